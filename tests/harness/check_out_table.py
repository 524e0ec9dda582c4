"""The check-out table read a second time: for each rule the ways of not meeting it, with level and clauses, and whether a
determination helps. What it asks is answered yes, no, or not known (None), and `either` and `both` go on from there; what the
engine is built of is not used."""

import datetime

JAPAN = datetime.timezone(datetime.timedelta(hours=9))
TWO_HOURS = datetime.timedelta(hours=2)
RULES_OF = "2025-10-16"

Known = bool | None


def either(*answers: Known) -> Known:
    return True if True in answers else None if None in answers else False


def both(*answers: Known) -> Known:
    return False if False in answers else None if None in answers else True


def no(answer: Known) -> Known:
    return None if answer is None else not answer


class Case:
    """A plan and its facts, by what the table calls them; what is not known is None."""

    def __init__(self, told: dict) -> None:
        self.told = told
        self.out, self.due = self.moment("out_at"), self.moment("due_at")

    def __getattr__(self, name: str):
        return self.told.get(name)

    def is_(self, name: str, *words) -> Known:
        return None if self.told.get(name) is None else self.told[name] in words

    def moment(self, name: str) -> datetime.datetime | None:
        return datetime.datetime.fromisoformat(self.told[name]) if self.told.get(name) else None

    def days(self) -> list[str]:
        """Every day from out to due, in Japan."""
        first, last = self.out.astimezone(JAPAN).date(), self.due.astimezone(JAPAN).date()
        return [str(first + datetime.timedelta(days=n)) for n in range((last - first).days + 1)]

    def available(self) -> list[Known]:
        """The reasons for which it is not, in the order of the table; a hand-over goes without a return."""
        if self.source == "handover":
            return [False]
        return [self.is_("occupied", "out", "overdue"), self.is_("condition", "in_repair"), self.is_("condition", "lost"),
                self.is_("condition", "disposed"), self.is_("incident", "malware"),
                self.is_("incident", "unauthorised_connection")]

    def approved(self) -> Known:
        if self.approval is not True:  # then there are no days
            return self.approval
        first, last = self.approval_from or "0000", self.approval_until or "9999"
        return all(first <= day <= last for day in self.days())

    def has_system(self) -> Known:
        return both(self.is_("kind", "terminal", "mobile_router"), self.purpose != "system_update")

    def definitions_old(self) -> Known:
        if self.antivirus_definitions_on is None:
            return None
        age = datetime.date.fromisoformat(self.days()[0]) - datetime.date.fromisoformat(self.antivirus_definitions_on)
        return age.days > self.antivirus_definition_days

    def confirmed_long_ago(self) -> Known:
        if self.security_confirmed_at is None:
            return None
        return self.out - self.moment("security_confirmed_at") > datetime.timedelta(days=self.security_confirmed_days)

    def meets(self) -> Known:
        """Whether the meeting overlaps [out - 2 h, due + 2 h)."""
        begin, end = self.moment("meeting_starts_at"), self.moment("meeting_ends_at")
        return None if begin is None or end is None else begin < self.due + TWO_HOURS and end > self.out - TWO_HOURS


HELPS, NEVER = True, False
AVAILABLE = [["art5.1.1"], ["art3.1.3"], ["art5.1.2"], ["art3.1.2"], ["art8.1.2"], ["art8.1.4"]]
TABLE = {  # rule: (determination, case → [(whether, level, clauses)])
    "device_available": (NEVER, lambda case: [(found, "violation", clauses) for found, clauses in zip(case.available(), AVAILABLE)]),
    "placed": (NEVER, lambda case: [(both(no(case.placed), True not in case.available()), "violation", ["art4.1.1"])]),
    "reserved": (HELPS, lambda case: [(case.reserved, "violation", ["art5.1.1"])]),
    "purpose": (NEVER, lambda case: [(case.purpose == "other", "exception", ["art7.1.1"])]),
    "document_work": (NEVER, lambda case: [
        (both(case.purpose == "document_work", not case.noted, case.is_("meeting", "none")), "advice", ["art6.1.3"])]),
    "purpose_approval": (HELPS, lambda case: [
        (both(case.purpose == "approved_other", no(case.approved())), "violation", ["art6.1.4"])]),
    "data_cap": (HELPS, lambda case: [
        (None if case.data_percent is None else case.data_percent >= 100, "violation", ["art7.1.2"])]),
    "security_current": (HELPS, lambda case: [
        (both(case.has_system(), either(case.is_("security", "outdated"), case.definitions_old())), "violation",
         ["art8.1.3", "art8.1.2"])]),
    "security_confirmed": (NEVER, lambda case: [
        (both(case.has_system(), either(case.is_("security", "none", "unknown"), case.confirmed_long_ago(), None if case.security is None else False)),
         "exception", ["art8.1.3"])]),
    "other_department": (NEVER, lambda case: [
        (both(either(case.placed is not False, case.holding_department_id is not None),
              None if None in (case.user_department_id, case.holding_department_id)
              else case.user_department_id != case.holding_department_id), "exception", ["art5.1.1", "art5.1.3"])]),
    "storage_confirmed": (NEVER, lambda case: [(case.last_return_unlocked, "advice", ["art5.1.2"])]),
    "meeting": (NEVER, lambda case: [
        (case.is_("meeting", "draft", "refused", "cancelled"), "violation", ["art8.1.1"]),
        (both(case.is_("meeting", "planned", "held", "closed"), no(case.meets())), "violation", ["art8.1.1"]),
        (both(case.purpose == "web_meeting", case.is_("meeting", "none")), "advice", ["art8.1.1"])]),
}


def judge(told: dict) -> dict:
    case = Case(told)
    versions = [version for version in told["regulation_versions"] if version <= case.days()[0]]
    if not versions:
        return {"verdict": None}
    findings, unknown = [], []
    for rule, (determination, ways) in TABLE.items():
        asked = ways(case)
        found = next(((level, clauses) for answer, level, clauses in asked if answer), None)
        if found:
            level, clauses = found
            turned = level == "violation" and determination and f"check_out.{rule}" in told["determined"]
            findings.append((f"check_out.{rule}", "exception" if turned else level, clauses))
        elif None in [answer for answer, *_ in asked]:
            unknown.append(f"check_out.{rule}")
    levels = {level for _, level, _ in findings}
    verdict = "refused" if "violation" in levels else "permitted_with_exception" if "exception" in levels else "permitted"
    return {"verdict": verdict, "regulation_version": max(versions), "rules_of": RULES_OF,
            "needs_reason": verdict == "permitted_with_exception", "findings": findings, "not_judged": unknown}
