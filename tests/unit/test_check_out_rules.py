"""The check-out table read a second time, and compared with the rule engine on random plans and facts.

TABLE is the table of the design, row by row: for each rule the ways of not meeting it, with level and clauses, and whether
a determination helps. What it asks is answered yes, no, or not known (None), and `either` and `both` go on from there; what
the engine is built of is not used. Values lie close to where a rule turns."""

import datetime
import json
import os
import pathlib
import random
import subprocess

DRIVER = pathlib.Path(os.environ.get("KIKI_BUILD", "build/default")) / "tests/unit/check_out_driver"
CASES = 100_000
JAPAN = datetime.timezone(datetime.timedelta(hours=9))
STATIONS = ["01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10", "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d11"]
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


def make_case(chance: random.Random) -> dict:
    """Mostly in order, so that single findings and none at all come often enough; each fact at times not known."""
    def pick(good: list, bad: list, unknown: bool = True):
        roll = chance.random()
        if unknown and roll < 0.1:
            return None
        return chance.choice(bad) if roll < 0.25 else chance.choice(good)

    def near(moment: datetime.datetime, **step) -> datetime.datetime:
        return moment + chance.choice([-1, 0, 1]) * datetime.timedelta(**step)

    turns = [datetime.datetime(2021, 3, 11, tzinfo=JAPAN), datetime.datetime(2025, 10, 16, tzinfo=JAPAN),
             datetime.datetime(2026, 4, 1, tzinfo=JAPAN), datetime.datetime(2026, 4, 1, 8, 30, tzinfo=JAPAN)]
    out = near(chance.choice(turns[2:] if chance.random() < 0.8 else turns), seconds=1)
    due = near(out + datetime.timedelta(days=chance.choice([0, 1, 3]), hours=chance.choice([1, 15, 24])), seconds=1)
    out_day, due_day = out.astimezone(JAPAN).date(), due.astimezone(JAPAN).date()
    one, hour = datetime.timedelta(days=1), datetime.timedelta(hours=1)
    confirmed_days, definition_days = chance.choice([1, 30, 365]), chance.choice([1, 14])
    zone = chance.choice([JAPAN, datetime.timezone.utc])
    meeting = chance.choice([(out, due), (near(out - TWO_HOURS, microseconds=1) - hour, near(out - TWO_HOURS, microseconds=1)),
                             (near(due + TWO_HOURS, microseconds=1), due + 4 * hour), (out, due), (out - one, due + one)])
    case = {
        "source": chance.choice(["checked_out", "checked_out", "late", "handover"]),
        "purpose": pick(["web_meeting", "training", "document_work", "system_update"], ["other", "approved_other"], False),
        "noted": chance.random() < 0.5,
        "user_department_id": pick([STATIONS[0]], [STATIONS[1]]),
        "out_at": out.astimezone(zone).isoformat(),
        "due_at": due.astimezone(zone).isoformat(),
        "kind": pick(["terminal", "mobile_router"], ["camera", "speakerphone", "display", "other"]),
        "condition": pick(["usable"], ["in_repair", "lost", "disposed"]),
        "occupied": pick(["no"], ["out", "overdue"]),
        "incident": pick(["none"], ["malware", "unauthorised_connection"]),
        "placed": pick([True], [False]),
        "holding_department_id": pick([STATIONS[0]], [STATIONS[1]]),
        "reserved": pick([False], [True]),
        "approval": pick([True], [False]),
        "approval_from": pick([str(out_day), str(out_day - one)], [str(out_day + one)]),
        "approval_until": pick([str(due_day), str(due_day + one)], [str(due_day - one)]),
        "data_percent": pick([0, 50, 99], [100, 101]),
        "security": pick(["current"], ["none", "unknown", "outdated"]),
        "security_confirmed_at": near(out - datetime.timedelta(days=confirmed_days), seconds=1).isoformat(),
        "security_confirmed_days": confirmed_days,
        "antivirus_definitions_on": pick([str(out_day), str(out_day - one * definition_days), str(out_day + one)],
                                         [str(out_day - one * (definition_days + 1))]),
        "antivirus_definition_days": definition_days,
        "last_return_unlocked": pick([False], [True]),
        "meeting": pick(["planned", "held", "closed", "none"], ["draft", "refused", "cancelled"]),
        "meeting_starts_at": pick([meeting[0].isoformat()], [meeting[0].isoformat()]),
        "meeting_ends_at": meeting[1].isoformat(),
        "determined": [f"check_out.{rule}" for rule in TABLE if chance.random() < 0.2] + ["meeting.venue"],
        "regulation_versions": chance.choice([["2021-03-11", "2025-10-16"], ["2025-10-16", "2021-03-11"], ["2021-03-11"]]),
    }
    if chance.random() < 0.3:  # what is not known may also be absent
        case = {name: value for name, value in case.items() if value is not None}
    return case


def ask(cases: list[dict]) -> list[dict]:
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run([DRIVER], input=lines, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_engine_judges_as_the_table_says():
    chance = random.Random(20251016)
    cases = [make_case(chance) for _ in range(CASES)]
    answers = ask(cases)
    assert len(answers) == CASES
    met: dict[tuple, int] = {}
    for case, answer in zip(cases, answers):
        wanted = judge(case)
        assert all(finding["title"] and finding["detail"] and finding["remedy"] for finding in answer.get("findings", []))
        if wanted["verdict"]:
            answer["findings"] = [(finding["rule"], finding["level"], finding["clauses"]) for finding in answer["findings"]]
        assert answer == wanted, case
        told = [(rule, level, *clauses) for rule, level, clauses in wanted.get("findings", [])]
        for key in [wanted["verdict"], *told, *wanted.get("not_judged", [])]:
            met[key] = met.get(key, 0) + 1
    # The random plans reach every verdict, every way of not meeting a rule, and each that cannot be judged.
    reached = {None, "permitted", "permitted_with_exception", "refused"}
    for rule, (determination, ways) in TABLE.items():
        told = [(f"check_out.{rule}", level, *clauses) for _, level, clauses in ways(Case(cases[0]))]
        told = [(f"check_out.{rule}", "violation", *clauses) for clauses in AVAILABLE] if rule == "device_available" else told
        reached |= {*told, *[(name, "exception", *clauses) for name, _, *clauses in told if determination]}
        reached |= {f"check_out.{rule}"} if rule != "purpose" else set()
    assert reached == set(met)
    assert all(count >= 100 for count in met.values()), met
