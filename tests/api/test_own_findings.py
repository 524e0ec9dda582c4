"""Nobody notes a finding about his own act: it stands until another holder, or somebody who acts for him, has noted it."""

import pytest

from harness.lending import after
from harness.meetings import PERSONAL
from harness.organisation import name_acting


class Station:
    """A department of its own with a head, his post, a member and a place."""

    def __init__(self, lending) -> None:
        self.lending, self.here = lending, lending.department()
        self.post = lending.post(self.here, is_head=True)
        self.head, self.member = lending.member(self.here, holds=self.post), lending.member(self.here)
        self.place = lending.place(self.here)

    def out(self, caller, user, **members):
        return self.lending.out(caller, self.lending.device(self.here, since=None), user=user, **members)

    def back(self, entry):
        return self.lending.back(self.member, entry, storage_location_id=self.place["id"])


@pytest.fixture
def station(lending):
    return Station(lending)


def of(caller, thing):
    """The kinds of findings about a thing, by the end of its link."""
    return {finding["kind"]: finding for finding in caller.every("compliance/findings") if finding["link"].endswith(thing["id"])}


def note(caller, finding, status=201, **body):
    return caller.post(f"compliance/findings/{finding['id']}/notes", status, body)


def refused(caller, finding, **body):
    assert note(caller, finding, 403, **body).problem == "own-act"


def late(station, recorder, user):
    """A use that nobody had approved, recorded afterwards."""
    return station.out(recorder, user, purpose="approved_other", out_at=after(minutes=-50), due_at=after(minutes=-20),
                       late_reason="通信の障害", returned={"returned_at": after(minutes=-30), "locked": True,
                                                           "storage_location_id": station.place["id"]})


class TestUses:
    def test_who_confirmed_his_own_use_does_not_note_it_when_he_acts_for_the_general_manager(
            self, station, general_manager, posts, today, auditor):
        """The acting head confirms, and later acts for the general manager too."""
        both = station.lending.member(station.here)
        name_acting(station.head, station.post, both, today, today)
        entry = station.out(both, both)
        station.back(entry)
        station.lending.act(both, entry, "confirmation")
        name_acting(general_manager, posts["shirei-head"], both, today, today)
        finding = of(both, entry)["own_use_confirmed"]
        assert finding["own_of"] == [both["id"]]
        refused(both, finding)
        refused(both, finding, role="general_manager")
        assert of(auditor, entry)["own_use_confirmed"]["must_act"] == ["general_manager"]
        link = f"/api/v1/compliance/findings/{finding['id']}"
        (task,) = [task for task in both.every("me/tasks") if task["link"] == link]
        assert task["title"].endswith("（自己の行為であるため、その職にある他の者又は代理者の確認を受けてください。）")
        (task,) = [task for task in general_manager.every("me/tasks") if task["link"] == link]
        assert "自己の行為" not in task["title"]
        noted = note(general_manager, finding)
        assert noted["rests"] and [(line["own_act"], line["also_as"]) for line in noted["notes"]] == [(False, [])]
        assert note(both, finding, 409).problem == "not-in-this-state"

    def test_the_general_manager_as_head_confirms_his_own_and_his_deputy_notes_it(self, station, general_manager, posts, today):
        """He acts for the head of the department, which makes him its usage manager."""
        me = general_manager.get("me")
        name_acting(station.head, station.post, me, today, today)
        entry = late(station, general_manager, me)
        violation = of(general_manager, entry)["late_entry_violation"]
        assert violation["own_of"] == [me["id"]]
        for body in ({}, {"role": "usage_manager"}, {"role": "general_manager"}):
            refused(general_manager, violation, **body)
        station.lending.act(general_manager, entry, "confirmation")
        own = of(general_manager, entry)["own_use_confirmed"]
        refused(general_manager, own)
        deputy = station.lending.member()
        name_acting(general_manager, posts["shirei-head"], deputy, today, today)
        assert note(station.head, violation)["must_act"] == ["general_manager"]
        for finding in (violation, own):
            noted = note(deputy, finding)
            assert noted["rests"] and noted["notes"][-1]["noted_by"]["acting"]["holder_id"] == me["id"]

    def test_who_recorded_it_for_somebody_else_does_not_note_it_either(self, station, general_manager):
        entry = late(station, station.head, station.member)
        violation = of(general_manager, entry)["late_entry_violation"]
        assert violation["own_of"] == sorted([station.head["id"], station.member["id"]])
        refused(station.head, violation)
        assert note(general_manager, violation)["must_act"] == ["usage_manager"]

    def test_a_correction_of_the_user_frees_nobody(self, station):
        entry = late(station, station.member, station.head)
        station.member.post(f"usage-entries/{entry['id']}/corrections", 201, {
            "field": "user_staff_id", "new_value": station.member["id"], "reason": "誤記"})
        refused(station.head, of(station.head, entry)["late_entry_violation"])

    def test_whom_a_correction_makes_the_user_is_shown_as_having_noted_his_own(self, station, general_manager):
        entry = late(station, station.member, station.member)
        violation = of(station.head, entry)["late_entry_violation"]
        assert note(station.head, violation)["notes"][0]["own_act"] is False
        station.member.post(f"usage-entries/{entry['id']}/corrections", 201, {
            "field": "user_staff_id", "new_value": station.head["id"], "reason": "誤記"})
        (noted,) = of(general_manager, entry)["late_entry_violation"]["notes"]
        assert noted["own_act"] is True

    def test_who_handed_over_and_who_took_over(self, station):
        entry = station.out(station.head, station.head)
        handed = station.head.post(f"usage-entries/{entry['id']}/handover", 201, {
            "user_staff_id": station.member["id"], "due_at": after(hours=3), "purpose": "approved_other"}, match="*")
        refused(station.head, of(station.head, handed)["handover_violation"])

    def test_an_own_correction(self, station, general_manager, posts, today):
        both = station.lending.member(station.here)
        name_acting(station.head, station.post, both, today, today)
        name_acting(general_manager, posts["shirei-head"], both, today, today)
        entry = station.out(station.member, station.member)
        station.back(entry)
        both.post(f"usage-entries/{entry['id']}/corrections", 201, {"field": "purpose", "new_value": "document_work", "reason": "誤記"})
        station.lending.act(both, entry, "confirmation")
        finding = of(general_manager, entry)["own_correction_confirmed"]
        refused(both, finding)
        assert note(general_manager, finding)["rests"]


class TestMeetings:
    def test_who_told_that_it_was_held_does_not_note_it(self, meetings, member, usage_manager, general_manager, auditor):
        draft = meetings.create(member, save_as="draft", **meetings.past())
        meetings.act(usage_manager, draft, "held", body={"reason": "急な招集"})
        finding = of(usage_manager, draft)["meeting_held_unpermitted"]
        assert finding["own_of"] == sorted([member.get("me")["id"], usage_manager.get("me")["id"]])
        refused(usage_manager, finding)
        assert note(general_manager, finding)["must_act"] == of(auditor, draft)["meeting_held_unpermitted"]["must_act"] == ["usage_manager"]

    def test_an_own_meeting(self, meetings, lending, general_manager, posts, today):
        here = lending.department()
        head = lending.usage_manager(here)
        name_acting(general_manager, posts["shirei-head"], head, today, today)
        planned = meetings.create(head, department=here, exception_reason="端末の故障", **PERSONAL)
        meetings.act(head, planned, "confirmation")
        finding = of(general_manager, planned)["own_meeting_confirmed"]
        refused(head, finding)
        assert note(general_manager, finding)["rests"]


def test_an_own_request_decided(lending, general_manager, equipment_manager, posts, today):
    here = lending.department()
    head = lending.usage_manager(here)
    name_acting(equipment_manager, posts["joho-head"], head, today, today)
    asked = head.post("placement-requests", 201, {"department_id": here["id"], "device_kind": "camera", "quantity": 1, "reason": "不足"})
    head.post(f"placement-requests/{asked['id']}/decision", 200, {"decision": "approved"}, match=asked)
    finding = of(general_manager, asked)["own_request_decided"]
    name_acting(general_manager, posts["shirei-head"], head, today, today)
    refused(head, finding)
    assert note(general_manager, finding)["rests"]
