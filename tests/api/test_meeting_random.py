"""Random plans of both stages through the whole service, against the second statement of the table (harness/annex2.py): what
lies between a body and the rules, and between their answer and what is kept."""

import random

from harness.annex2 import judge, make_plan
from harness.meetings import GOOD

SETTINGS = GOOD.keys() - {"title"} | {"service_name", "service_consultation_id", "teams_premium", "other_admission_measure"}
NOT_SENT = ("services", "consultation", "folded_service_name")


def listed(finding: dict) -> tuple:
    return finding["rule"], finding["level"], finding["clauses"]


def make(chance: random.Random, meetings, device: str, tables: list[dict], answers: list[dict]) -> tuple[dict, dict]:
    """(the plan, its body): on the tables in force, and with an answer that is on record."""
    answer = chance.choice([None, None, *answers])
    plan = make_plan(chance) | {"services": tables, "consultation": answer, "title": "無作為", "ends_at": "2026-04-02T12:00:00+09:00"}
    if plan["service"] not in (*(row["code"] for row in tables), "other"):
        plan["service"] = chance.choice(tables)["code"]
    plan["terminals"] = [terminal | ({"device_id": device} if terminal["kind"] == "device" else {}) for terminal in plan["terminals"]]
    body = {name: value for name, value in plan.items() if name not in NOT_SENT and value is not None}
    body |= {"department_id": meetings.departments["rinko"], "confidentiality": chance.choice(
        {"I": ["I", "Ⅰ", "Ｉ"], "II": ["II", "Ⅱ", "ＩＩ"], "III": ["III", "Ⅲ", "ＩＩＩ"]}[plan["confidentiality"]])}
    return plan, body | ({"service_consultation_id": answer["id"]} if answer else {})


def test_checked_planned_and_held(meetings, lending, member, digital_office):
    chance = random.Random(5)
    device = lending.device(kind="terminal")["id"]
    tables = member.get("meeting-services", params={"as_of": "2026-04-01"})["items"]
    answers = [meetings.answered(member, digital_office, service_name=name, confidentiality=klass, **members) | {
        "service_name": name.lower()} for name, klass, members in (
            ("Meet One", "I", {}), ("Meet One", "II", {"conditions": "録画しないこと。"}), ("Meet Two", "II", {"conditions": "一"}),
            ("Meet One", "II", {"usable": False, "conditions": "不可"}), ("Meet One", "III", {"valid_until": "2026-03-31"}),
            ("Meet One", "II", {"valid_from": "2026-04-02", "conditions": "二"}))]
    verdicts = set()
    for _ in range(80):
        plan, body = make(chance, meetings, device, tables, answers)
        verdict, findings = judge(plan)
        checked = member.post("meetings/check", 200, body)
        assert (checked["verdict"], [listed(f) for f in checked["findings"]]) == (verdict, findings), plan
        for alternative in checked.json.get("alternatives", []):
            assert member.post("meetings/check", 200, body | {"service": alternative["service"]} | alternative["changes"])[
                "verdict"] == "permitted"
        verdicts.add((verdict, plan["stage"]))
        # As a draft it is judged as planned, and then as it was: as planned, or in every setting otherwise.
        draft = member.post("meetings", 201, {name: value for name, value in body.items() if name != "stage"} | {"save_as": "draft"})
        assert (draft["verdict"], [listed(f) for f in draft["findings"]]) == judge(plan | {"stage": "plan"})
        was, told = make(chance, meetings, device, tables, answers) if chance.random() < 0.7 else (plan, body)
        actual = {name: told.get(name) for name in SETTINGS}
        held = meetings.act(member, draft, "held", 200, {"reason": "無作為", "actual": actual}, match=draft)
        judged = held["actual_judgement"]
        assert (judged["verdict"], [listed(f) for f in judged["findings"]]) == judge(was | {"stage": "held", "starts_at": plan["starts_at"]})
        assert held["differences"] == sorted(name for name in SETTINGS if held["actual"][name] != draft[name])
        assert {name: held[name] for name in SETTINGS} == {name: draft[name] for name in SETTINGS}
    assert len(verdicts) == 6
