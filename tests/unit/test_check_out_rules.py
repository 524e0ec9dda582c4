"""The check-out table read a second time, and compared with the rule engine on random plans and facts.

Each rule here is a sentence of the table as a function of the plan and facts as they are told to the engine; what the
engine is built of is not used. Values lie close to where a rule turns."""

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

CLAUSES = {
    "device_available": ["art5.1.1", "art8.1.2"],
    "placed": ["art4.1.1"],
    "reserved": ["art5.1.1"],
    "purpose": ["art7.1.1"],
    "purpose_approval": ["art6.1.4"],
    "data_cap": ["art7.1.2"],
    "security_current": ["art8.1.3", "art8.1.2"],
    "security_confirmed": ["art8.1.3"],
    "other_department": ["art5.1.1", "art5.1.3"],
    "storage_confirmed": ["art5.1.2"],
    "meeting": ["art8.1.1"],
}
TURNED_BY_DETERMINATION = {"reserved", "purpose", "purpose_approval", "data_cap", "security_current"}


def instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def day(text: str) -> datetime.date:
    return instant(text).astimezone(JAPAN).date()


def days_between(out: datetime.date, due: datetime.date) -> list[str]:
    return [str(out + datetime.timedelta(days=i)) for i in range((due - out).days + 1)]


def overlapped(case: dict) -> bool:
    return case.get("occupied") in ("out", "overdue")


def unavailable(case: dict) -> bool:
    if case["source"] == "handover":
        return False
    return (overlapped(case) or case.get("condition") in ("in_repair", "lost", "disposed")
            or case.get("incident") in ("malware", "unauthorised_connection"))


def is_silent(case: dict, rule: str, *asked: str) -> bool:
    """Whether the rule finds nothing, and one of the facts that it asks is not known."""
    return not table(case)[rule] and any(case.get(fact) is None for fact in asked)


def not_judged(case: dict) -> list[str]:
    """The rules that could not be judged: nothing was found, but something is not known that could have been."""
    lent = ["user_department_id", "holding_department_id"]
    system = case.get("kind") in (None, "terminal", "mobile_router") and case["purpose"] != "system_update"
    in_stock = case.get("placed") is False and case.get("holding_department_id") is None
    silent = {
        "device_available": case["source"] != "handover" and is_silent(case, "device_available", "occupied", "condition", "incident"),
        "placed": not unavailable(case) and is_silent(case, "placed", "placed"),
        "reserved": is_silent(case, "reserved", "reserved"),
        "purpose_approval": case["purpose"] == "approved_other" and is_silent(case, "purpose_approval", "approval"),
        "data_cap": is_silent(case, "data_cap", "data_percent"),
        "security_current": system and is_silent(case, "security_current", "kind", "security", "antivirus_definitions_on"),
        "security_confirmed": system and is_silent(case, "security_confirmed", "kind", "security"),
        "other_department": not in_stock and is_silent(case, "other_department", *lent),
        "storage_confirmed": is_silent(case, "storage_confirmed", "last_return_unlocked"),
        "meeting": is_silent(case, "meeting", "meeting"),
    }
    return [f"check_out.{rule}" for rule, true in silent.items() if true]


def has_status_to_judge(case: dict) -> bool:
    return (case.get("kind") in ("terminal", "mobile_router") and case.get("security") is not None
            and case["purpose"] != "system_update")


def definitions_too_old(case: dict) -> bool:
    on = case.get("antivirus_definitions_on")
    last_good = day(case["out_at"]) - datetime.timedelta(days=case["antivirus_definition_days"])
    return on is not None and datetime.date.fromisoformat(on) < last_good


def confirmed_too_long_ago(case: dict) -> bool:
    limit = datetime.timedelta(days=case["security_confirmed_days"])
    return instant(case["security_confirmed_at"]) + limit < instant(case["out_at"])


def approval_missing(case: dict) -> bool:
    if case["purpose"] != "approved_other" or case.get("approval") is None:
        return False
    if not case["approval"]:
        return True
    first, last = case.get("approval_from") or "0000", case.get("approval_until") or "9999"
    return not all(first <= needed <= last for needed in days_between(day(case["out_at"]), day(case["due_at"])))


def meeting_level(case: dict) -> str | None:
    if case.get("meeting") in ("draft", "refused", "cancelled"):
        return "violation"
    return "advice" if case.get("meeting") == "none" and case["purpose"] == "web_meeting" else None


def table(case: dict) -> dict[str, str | None]:
    """rule → level, or None when it has nothing to say; before determinations."""
    def when(true: bool, level: str) -> str | None:
        return level if true else None
    lent_away = (case.get("user_department_id") and case.get("holding_department_id")
                 and case["user_department_id"] != case["holding_department_id"])
    return {
        "device_available": when(unavailable(case), "violation"),
        "placed": when(case.get("placed") is False and not unavailable(case), "violation"),
        "reserved": when(case.get("reserved") is True, "violation"),
        "purpose": when(case["purpose"] == "other", "violation"),
        "purpose_approval": when(approval_missing(case), "violation"),
        "data_cap": when((case.get("data_percent") or 0) >= 100, "violation"),
        "security_current": when(has_status_to_judge(case)
                                 and (case["security"] == "outdated" or definitions_too_old(case)), "violation"),
        "security_confirmed": when(has_status_to_judge(case)
                                   and (case["security"] in ("none", "unknown") or confirmed_too_long_ago(case)),
                                   "exception"),
        "other_department": when(bool(lent_away), "exception"),
        "storage_confirmed": when(case.get("last_return_unlocked") is True, "exception"),
        "meeting": meeting_level(case),
    }


def judge(case: dict) -> dict:
    versions = [version for version in case["regulation_versions"] if version <= str(day(case["out_at"]))]
    if not versions:
        return {"verdict": None}
    findings = {}
    for rule, level in table(case).items():
        if level == "violation" and rule in TURNED_BY_DETERMINATION and f"check_out.{rule}" in case["determined"]:
            level = "exception"
        if level:
            findings[rule] = level
    levels = set(findings.values())
    verdict = "refused" if "violation" in levels else "permitted_with_exception" if "exception" in levels else "permitted"
    if case["source"] == "late" and verdict == "refused" and not overlapped(case):
        verdict = "permitted_with_exception"
    return {
        "verdict": verdict,
        "regulation_version": max(versions),
        "needs_reason": case["source"] == "checked_out" and verdict == "permitted_with_exception",
        "findings": findings,
        "not_judged": not_judged(case),
    }


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
    one = datetime.timedelta(days=1)
    confirmed_days, definition_days = chance.choice([1, 30, 365]), chance.choice([1, 14])
    zone = chance.choice([JAPAN, datetime.timezone.utc])
    case = {
        "source": chance.choice(["checked_out", "checked_out", "late", "handover"]),
        "purpose": pick(["web_meeting", "training", "document_work", "system_update"], ["other", "approved_other"], False),
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
        "meeting": pick(["planned", "held", "closed"], ["none", "draft", "refused", "cancelled"]),
        "determined": [f"check_out.{rule}" for rule in CLAUSES if chance.random() < 0.2] + ["meeting.venue"],
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
        for finding in answer.get("findings", []):
            rule = finding["rule"].removeprefix("check_out.")
            assert finding["clauses"] == CLAUSES[rule], case
            assert finding["title"] and finding["detail"] and finding["remedy"]
        rules = [finding["rule"] for finding in answer.get("findings", [])]
        assert len(rules) == len(set(rules)), case
        if wanted["verdict"]:
            answer["findings"] = {f["rule"].removeprefix("check_out."): f["level"] for f in answer["findings"]}
        assert answer == wanted, case
        for key in [wanted["verdict"], *wanted.get("findings", {}).items(), *wanted.get("not_judged", [])]:
            met[key] = met.get(key, 0) + 1
    # The random plans reach every verdict, every level of every rule, and each that cannot be judged.
    reached = {None, "permitted", "permitted_with_exception", "refused"}
    reached |= {(rule, "violation") for rule in CLAUSES} - {(rule, "violation") for rule in
                                                            ("security_confirmed", "other_department", "storage_confirmed")}
    reached |= {(rule, "exception") for rule in TURNED_BY_DETERMINATION}
    reached |= {(rule, "exception") for rule in ("security_confirmed", "other_department", "storage_confirmed")}
    reached |= {("meeting", "advice")} | {f"check_out.{rule}" for rule in CLAUSES if rule != "purpose"}
    assert reached == set(met)
    assert all(count >= 100 for count in met.values()), met
