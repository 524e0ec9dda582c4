"""A purpose that article 6 does not list (art7.1.1): the general manager is told, once for a use."""

import pytest

from harness.lending import after

OTHER = {"purpose": "other", "purpose_note": "広報展示", "exception_reason": "市の行事のため"}


@pytest.fixture
def told(general_manager):
    return lambda entry: [notice for notice in general_manager.every("notices", limit=200)
                          if notice["link"] == f"/api/v1/usage-entries/{entry['id']}"]


def test_the_general_manager_is_told_and_notes_it(lending, member, device, general_manager, told):
    entry = lending.out(member, device, **OTHER)
    assert entry["verdict"] == "permitted_with_exception" and entry.rules == {"check_out.purpose": "exception"}
    (notice,) = told(entry)
    assert (notice["kind"], notice["clause"], notice["role"]) == ("other_purpose", "art7.1.1", "general_manager")
    assert device["name"] in notice["text"] and "広報展示" in notice["text"] and notice["told_by_id"] == lending.staff["210002"]
    assert [task["link"] for task in general_manager.every("me/tasks") if task["link"].endswith(notice["id"])]
    general_manager.post(f"notices/{notice['id']}/acknowledgement", 200)


def test_not_again_when_it_is_handed_on(lending, member, device, told):
    entry = lending.out(member, device, **OTHER)
    over = lending.act(member, entry, "handover", 201, {"user_staff_id": lending.staff["210003"], "due_at": after(hours=3)})
    assert over["purpose"] == "other" and len(told(entry)) == 1 and told(over) == []


def test_what_is_written_down_afterwards(lending, member, device, told):
    entry = lending.used(member, device, after(hours=-3), after(hours=-2), purpose="other", purpose_note="広報展示")
    assert len(told(entry)) == 1


def test_what_a_correction_says(lending, member, device, told):
    entry = lending.out(member, device, purpose_note="広報展示")
    assert told(entry) == []
    member.post(f"usage-entries/{entry['id']}/corrections", 201, {"field": "purpose", "new_value": "other", "reason": "誤記"})
    assert len(told(entry)) == 1


def test_a_check_tells_nobody(lending, member, device, database):
    before = database.fingerprint()
    lending.check(member, device, **OTHER)
    assert database.fingerprint() == before
