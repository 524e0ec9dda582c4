"""The rule engine of meetings against the second statement of their table (harness/annex2.py), on random plans of both stages and
random versions of the catalogue. The alternatives that it finds are held against the same statement, and against brute
force."""

import itertools
import json
import os
import pathlib
import random
import subprocess

from harness.annex2 import RULES, columns, judge, make_plan

DRIVER = pathlib.Path(os.environ.get("KIKI_BUILD", "build/default")) / "tests/unit/meeting_driver"
CASES = 100_000
# What is never changed: what was decided or is so (role, class, people, day), what is done on the day, and what was answered.
CHANGED = ["server_region", "end_to_end_encryption", "teams_premium", "recording", "transcription", "screen_sharing", "chat",
           "file_transfer", "waiting_room", "can_remove_participants", "terminals", "account", "client", "venue"]


def ask(plans: list[dict]) -> list[dict]:
    lines = "".join(json.dumps(columns(plan)) + "\n" for plan in plans)
    done = subprocess.run([DRIVER], input=lines, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(plans)
    return answers


def changed(plan: dict, alternative: dict) -> dict:
    return plan | {"service": alternative["service"]} | alternative["changes"]


def test_the_engine_judges_as_the_table_says():
    chance = random.Random(20240624)
    plans = [make_plan(chance) for _ in range(CASES)]
    met: dict[tuple, int] = {}
    for plan, answer in zip(plans, ask(plans)):
        verdict, findings = judge(plan)
        assert answer["verdict"] == verdict, plan
        assert [(f["rule"], f["level"], f["clauses"]) for f in answer["findings"]] == findings, plan
        assert all(f["title"] and f["detail"] and f["remedy"] for f in answer["findings"])
        for finding in answer["findings"]:
            told = (finding["rule"], finding["level"]) == ("meeting.service_consultation", "advice")
            assert finding["detail"].endswith(plan["consultation"]["conditions"]) if told else finding["detail"].isascii()
            assert ("has taken place" in finding["remedy"]) == (plan["stage"] == "held")
        assert (answer["regulation_version"], answer["annex2_version"]) == ("2025-10-16", "2024-06-24")
        assert answer["not_judged"] == []  # of a plan everything is known
        assert ("alternatives" in answer) == (verdict == "refused" and plan["role"] == "hosting")
        for alternative in answer.get("alternatives", []):
            assert judge(changed(plan, alternative))[0] == "permitted", (plan, alternative)
        for rule, level, _ in findings:
            met[rule, level, plan["stage"]] = met.get((rule, level, plan["stage"]), 0) + 1
        met[verdict] = met.get(verdict, 0) + 1
    # The random plans reach every level of every rule.
    of_the_day = ["confidentiality_announced", "admission_check", "recording_consent", "app_latest"]
    levels = {"provided_terminal": ["exception"], "city_account": ["exception"], "venue": ["exception"], "microphone": ["advice"],
              "native_app": ["exception", "advice"], "server_region": ["violation", "exception"],
              "service_consultation": ["violation", "advice"], "file_transfer_allowed": ["violation", "exception"],
              "end_to_end_encryption": ["violation", "exception", "advice"]}
    reached = {(f"meeting.{rule}", level, stage) for rule in RULES for stage in ("plan", "held")
               for level in (levels.get(rule, ["violation"]) if rule not in of_the_day else [["advice"], ["violation"]][stage == "held"])}
    reached |= {("meeting.confidentiality_announced", "violation", "plan"), ("meeting.recording_consent", "advice", "held")}
    assert reached | {"permitted", "permitted_with_exception", "refused"} == set(met)
    assert all(count >= 100 for count in met.values()), met


def choices(plan: dict, service: str) -> dict[str, list]:
    """Of each setting that an alternative may change, what it may become beside what it is."""
    row = next(row for row in plan["services"] if row["code"] == service)
    provided = [t if t["kind"] != "personal" else {"kind": "other_provided"} for t in plan["terminals"]]
    words = {"server_region": ["japan"] if row["domestic_servers"] else [], "teams_premium": [True],
             "end_to_end_encryption": [True, False], "waiting_room": [True], "can_remove_participants": [True],
             "recording": ["none", "local", "cloud"] if plan["recording"] != "none" else [], "transcription": [False],
             "screen_sharing": [False], "chat": [False], "file_transfer": [False], "terminals": [provided],
             "account": [{"kind": "city"}], "client": ["native_app"],
             "venue": ["meeting_room", "virtual_background", "camera_off"]}
    assert list(sorted(words)) == sorted(CHANGED)
    return {name: [value for value in values if value != plan[name]] for name, values in words.items()}


def fewest_changes(plan: dict, service: str, most: int) -> int | None:
    """How many changes it takes at the least, up to so many."""
    single = [(name, value) for name, values in choices(plan, service).items() for value in values]
    for count in range(most + 1):
        for chosen in itertools.combinations(single, count):
            if len(dict(chosen)) == count and judge(plan | {"service": service} | dict(chosen))[0] == "permitted":
                return count
    return None


def test_alternatives_change_as_little_as_possible():
    chance = random.Random(912)
    refused = []
    while len(refused) < 250:
        plan = make_plan(chance)
        if plan["role"] == "hosting" and judge(plan)[0] == "refused":
            refused.append(plan)
    found = 0
    for plan, answer in zip(refused, ask(refused)):
        counts = {alternative["service"]: len(alternative["changes"]) for alternative in answer["alternatives"]}
        order = [len(a["changes"]) + (a["service"] != plan["service"]) for a in answer["alternatives"]]
        assert order == sorted(order), answer
        for service in (row["code"] for row in plan["services"]):
            least = fewest_changes(plan, service, 3)
            assert counts.get(service) == least or least is None and counts.get(service, 4) > 3, (plan, service, answer)
            found += least is not None
    assert found > 200


def test_where_there_is_none_every_combination_was_tried():
    """Without a bound on the changes: everything that may be changed, in every way."""
    chance = random.Random(17)
    tried = found = 0
    while tried < 60:
        plan = make_plan(chance)
        if plan["role"] != "hosting" or judge(plan)[0] != "refused":
            continue
        counts = {a["service"]: len(a["changes"]) for a in ask([plan])[0]["alternatives"]}
        service = chance.choice(plan["services"])["code"]
        single = choices(plan, service)
        least = None
        for values in itertools.product(*([plan[name], *single[name][:2]] for name in CHANGED)):
            made = dict(zip(CHANGED, values))
            count = sum(made[name] != plan[name] for name in CHANGED)
            if (least is None or count < least) and judge(plan | {"service": service} | made)[0] == "permitted":
                least = count
        assert counts.get(service) == least, (plan, service)
        tried, found = tried + 1, found + (least is not None)
    assert 10 < found < 60


def test_what_an_alternative_never_changes():
    chance = random.Random(3)
    plans = [make_plan(chance) for _ in range(20_000)]
    for plan, answer in zip(plans, ask(plans)):
        for alternative in answer.get("alternatives", []):
            single = choices(plan, alternative["service"])
            assert all(value in single[name] for name, value in alternative["changes"].items()), (plan, alternative)
            for function in ("recording", "transcription", "screen_sharing", "chat", "file_transfer"):
                assert plan[function] not in (False, "none") or function not in alternative["changes"]
