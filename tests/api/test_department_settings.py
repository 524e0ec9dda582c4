"""When a department's shift ends, and who said so."""

import pytest

from harness.together import together


@pytest.fixture
def station(a_department):
    return a_department()


def path(station):
    return f"departments/{station['id']}/settings"


def test_its_usage_manager_changes_them_with_history(station, lending, database):
    head = lending.usage_manager(station)
    before = head.get(path(station), 200)
    assert (before["shift_ends_at"], before["updated_at"]) == ("08:30", None)
    changed = head.patch(path(station), 200, {"shift_ends_at": "09:00", "reason": "勤務時間の変更"}, match=before)
    assert changed["shift_ends_at"] == "09:00" and changed["updated_at"] and changed.etag != before.etag
    assert [row["type"] for row in database.events(changed)] == ["department.settings_changed"]
    assert {row["subject_type"] for row in database.audit(changed)} == {"department_settings", "department_settings_changes"}
    (record,) = head.every(f"{path(station)}/history")
    assert record["changes"] == {"shift_ends_at": ["08:30", "09:00"]} and record["reason"] == "勤務時間の変更"
    assert record["changed_by"]["name"] == head["name"] and record["changed_by_id"] == head["id"]
    again = head.patch(path(station), 200, {"shift_ends_at": "09:00"}, match=changed)
    assert again.etag == changed.etag and database.audit(again) == []
    assert head.get(path(station), 200).json == changed.json and len(head.every(f"{path(station)}/history")) == 1


def test_the_equipment_manager_may_and_others_may_not(station, lending, equipment_manager, member, usage_manager, database):
    before = database.fingerprint()
    assert usage_manager.patch(path(station), 403, {"shift_ends_at": "09:00"}, match="*").problem == "forbidden"
    assert member.patch(path(station), 403, {"shift_ends_at": "09:00"}, match="*").problem == "forbidden"
    assert equipment_manager.patch(path(station), 412, {"shift_ends_at": "09:00"}, match='"1.ja"').problem == "precondition-failed"
    assert equipment_manager.patch(path(station), 422, {"shift_ends_at": "24:00"}, match="*").faults == {"/shift_ends_at": "pattern"}
    unit = lending.department(is_shozoku=False)
    assert equipment_manager.patch(path(unit), 404, {"shift_ends_at": "09:00"}, match="*").problem == "not-found"
    assert database.fingerprint() != before  # of the unit that was made
    assert equipment_manager.patch(path(station), 200, {"shift_ends_at": "17:15"}, match='"0.ja"')["shift_ends_at"] == "17:15"


def test_two_first_changes_at_once(station, equipment_manager):
    answers = together(*[lambda hour=hour: equipment_manager.patch(path(station), (200, 412), {"shift_ends_at": f"{hour:02}:00"}, match='"0.ja"')
                         for hour in (9, 10)])
    assert sorted(answer.status for answer in answers) == [200, 412]
