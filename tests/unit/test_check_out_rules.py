"""The check-out table, stated a second time (tests/harness/check_out_table.py), and the rule engine agree on random plans and
facts. Values lie close to where a rule turns."""

import datetime
import json
import os
import pathlib
import random
import subprocess

from harness.check_out_table import AVAILABLE, JAPAN, TABLE, TWO_HOURS, Case, judge

DRIVER = pathlib.Path(os.environ.get("KIKI_BUILD", "build/default")) / "tests/unit/check_out_driver"
CASES = 100_000
STATIONS = ["01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10", "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d11"]


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
