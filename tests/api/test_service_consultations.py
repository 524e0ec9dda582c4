"""Consultations about services outside the tables of Annex 2."""

import uuid

from harness.lending import after
from harness.together import together


class TestConsultations:
    def ask(self, caller, meetings, status=201, department="rinko", **members):
        return caller.post("service-consultations", status, {
            "department_id": meetings.departments[department], "service_name": "Ｗhereby", "confidentiality": "Ⅱ",
            "question": "他都市との打合せに使いたい。"} | members)

    def answer(self, caller, asked, status=200, *, match="", **members):
        match = asked if match == "" else match
        return caller.post(f"service-consultations/{asked['id']}/answer", status, {"usable": True} | members, match=match)

    def test_asked_and_answered_once(self, meetings, member, digital_office, database):
        asked = self.ask(member, meetings)
        assert asked["status"] == "asked" and asked["confidentiality"] == "II" and asked["usable"] is None
        assert [row["type"] for row in database.events(asked)] == ["service_consultation.created"]
        assert member.get(asked.headers["Location"], 200).json == asked.json
        tasks = {task["link"] for task in digital_office.every("me/tasks") if task["kind"] == "service_consultation"}
        assert f"/api/v1/service-consultations/{asked['id']}" in tasks
        answered = self.answer(digital_office, asked, conditions="待合室を使う", reference="総デ第3号", valid_from="2026-04-01",
                               valid_until="2027-03-31")
        assert answered["status"] == "usable" and answered["valid_until"] == "2027-03-31" and answered["answered_by_id"]
        assert [row["type"] for row in database.events(answered)] == ["service_consultation.answered"]
        assert [(row["subject_type"], row["action"]) for row in database.audit(answered)] == [("service_consultations", "update")]
        assert self.answer(digital_office, answered, 409).problem == "not-in-this-state"
        assert self.answer(digital_office, asked, 412).problem == "precondition-failed"

    def test_not_usable(self, meetings, member, digital_office):
        answered = self.answer(digital_office, self.ask(member, meetings), usable=False, conditions="サーバの場所が不明のため")
        assert answered["status"] == "not_usable"
        assert answered.json in member.every("service-consultations", status="not_usable")
        assert answered.json not in member.every("service-consultations", status="usable,asked")

    def test_who_may(self, meetings, member, other_member, usage_manager, general_manager, auditor, digital_office, operator):
        asked = self.ask(member, meetings)
        path = f"service-consultations/{asked['id']}"
        for caller in (usage_manager, general_manager, auditor, digital_office):
            assert caller.get(path, 200).json == asked.json
        for caller in (other_member, operator):
            assert caller.get(path, 404).problem == "not-found"
            assert asked["id"] not in {c["id"] for c in caller.every("service-consultations")}
        for caller in (member, usage_manager, general_manager):
            assert self.answer(caller, asked, 403).problem == "forbidden"
        assert self.ask(other_member, meetings, 403).problem == "forbidden"
        assert self.ask(general_manager, meetings, 403).problem == "forbidden"

    def test_an_answer_is_read_by_all_staff(self, meetings, member, colleague, other_member, operator, digital_office, a_client):
        answered = self.answer(digital_office, self.ask(member, meetings), conditions="待合室を使う")
        path = f"service-consultations/{answered['id']}"
        for caller in (colleague, other_member, operator):
            assert caller.get(path, 200).json == answered.json
            assert answered["id"] in {c["id"] for c in caller.every("service-consultations")}
        assert self.answer(other_member, answered, 403).problem == "forbidden"
        stranger = a_client("meetings:read", of=["kawasaki"])
        assert stranger.get(path, 404).problem == "not-found"
        assert answered["answered_by"]["name"] == digital_office.get("me")["name"]
        assert answered["asked_by"]["id"] == member.get("me")["id"]

    def test_filters(self, meetings, member):
        asked = self.ask(member, meetings, service_name="Ｍｙ　Ｍｅｅｔ 100%")
        for q in ("my meet", "MY", "100%"):
            assert [c["id"] for c in member.every("service-consultations", q=q)] == [asked["id"]]
        assert member.every("service-consultations", q="my_meet") == []
        assert asked["id"] in {c["id"] for c in member.every("service-consultations", department_id=meetings.departments["rinko"])}
        theirs = member.every("service-consultations", department_id=meetings.departments["kawasaki"])
        assert theirs and {c["status"] for c in theirs} <= {"usable", "not_usable"}

    def test_what_cannot_be(self, meetings, member, digital_office):
        for members, faults in (({"confidentiality": "Ⅳ"}, {"/confidentiality": "enum"}),
                                ({"confidentiality": "i"}, {"/confidentiality": "enum"}),
                                ({"service_name": ""}, {"/service_name": "too_short"}),
                                ({"department_id": str(uuid.uuid4())}, {"/department_id": "not_found"})):
            assert self.ask(member, meetings, 422, **members).faults == faults
        asked = self.ask(member, meetings)
        late = self.answer(digital_office, asked, 422, valid_from="2026-04-02", valid_until="2026-04-01")
        assert late.problem == "value-not-accepted" and late.faults == {"/valid_until": "before_from"}
        assert self.answer(digital_office, asked, 428, match=None).problem == "precondition-required"

    def test_a_client_asks_within_its_bounds(self, meetings, member, a_client):
        client = a_client("meetings:read", "meetings:write", of=["rinko"])
        asked = self.ask(client, meetings)
        assert member.get(f"service-consultations/{asked['id']}", 200)["asked_by_id"] == client.get("me")["id"]
        assert self.ask(client, meetings, 403, department="kawasaki").problem == "forbidden"

    def test_twenty_answers_at_once(self, meetings, member, patient_service):
        asked = self.ask(member, meetings)
        office = patient_service.staff("900003")
        answers = together(*20 * [lambda: self.answer(office, asked, (200, 409, 412))])
        assert [answer.status for answer in answers].count(200) == 1


def test_another_department_cites_it_with_its_conditions(meetings, member, other_member, digital_office):
    answer = meetings.answered(member, digital_office, service_name="Meet　Two", conditions="待合室を使い、\n録画しないこと。")
    cites = {"service": "other", "service_name": "ＭＥＥＴ two", "service_consultation_id": answer["id"]}
    for role in ("hosting", "joining"):
        found = meetings.check(other_member, department="kawasaki", role=role, **cites)
        assert found["verdict"] == "permitted" and found.rules == {"meeting.service_consultation": "advice"}
        assert found["findings"][0]["detail"].endswith("待合室を使い、\n録画しないこと。")
        assert found["findings"][0]["clauses"] == ["annex2.2.2"]
    planned = meetings.create(other_member, department="kawasaki", **cites)
    assert planned["findings"] == meetings.check(other_member, department="kawasaki", **cites)["findings"]
    english = other_member.get(f"meetings/{planned['id']}", headers={"Accept-Language": "en"})["findings"][0]["detail"]
    assert english.startswith("The answer") and english.endswith("録画しないこと。")
    assert meetings.check(member, service="other", service_name="meettwo").rules == {"meeting.service_consultation": "violation"}
    refused = meetings.answered(member, digital_office, service_name="Meet Three", usable=False, conditions="国外のため")
    assert meetings.check(other_member, **cites | {"service_name": "Meet Three", "service_consultation_id": refused["id"]}).rules == {
        "meeting.service_consultation": "violation"}


def test_a_meeting_cites_an_answer(meetings, member, digital_office):
    """Of the same service, whatever its width and case, for the same class, valid on the day of the meeting."""
    answer = meetings.answered(member, digital_office, service_name="Meet　One", valid_from=after(days=1)[:10],
                               valid_until=after(days=2)[:10])

    def found(**members):
        members = {"service": "other", "service_name": "ＭＥＥＴ one", "service_consultation_id": answer["id"]} | members
        return meetings.check(member, **members).rules

    assert found() == {}
    assert found(starts_at=after(days=2), ends_at=after(days=2, hours=1)) == {}
    unfit = {"meeting.service_consultation": "violation"}
    assert found(service_name="Meet Two") == unfit and found(service_consultation_id=None) == unfit
    assert found(starts_at=after(minutes=-1), ends_at=after(hours=1)) == unfit
    assert found(starts_at=after(days=3), ends_at=after(days=3, hours=1)) == unfit
    assert found(confidentiality="I")["meeting.service_consultation"] == "violation"
    assert found(confidentiality="III", service_consultation_id=None) == {}
    refused = meetings.answered(member, digital_office, service_name="Meet One", usable=False)
    assert found(service_consultation_id=refused["id"]) == unfit
