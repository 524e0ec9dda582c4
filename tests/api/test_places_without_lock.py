"""Nothing is locked away at a place that has no lock (art5.1.2), by whatever way it is said."""

import pytest

FILE = "device_code,user_staff_number,purpose,out_at,due_at,returned_at,storage_location,locked,storage_confirmed_at," \
       "storage_confirmed_by_staff_number\n"


@pytest.fixture(scope="module")
def counter(lending):
    """A place without a lock."""
    return lending.place("rinko", lockable=False)


def unlocked(lending, member, device, counter):
    entry = lending.out(member, device)
    return lending.back(member, entry, storage_location_id=counter["id"], locked=False)


def not_lockable(answer, pointer):
    return answer.problem == "value-not-accepted" and answer.faults == {pointer: "location_not_lockable"}


def test_a_return(lending, member, device, counter, database):
    entry = lending.out(member, device)
    before = database.fingerprint()
    assert not_lockable(lending.back(member, entry, 422, storage_location_id=counter["id"]), "/locked")
    assert database.fingerprint() == before
    assert lending.back(member, entry, storage_location_id=counter["id"], locked=False)["locked"] is False


def test_the_storage_that_is_confirmed(lending, member, device, counter):
    entry = unlocked(lending, member, device, counter)
    for body in (None, {"storage_location_id": counter["id"]}):
        assert not_lockable(lending.act(member, entry, "storage-confirmation", 422, body), "/storage_location_id")
    lending.act(member, entry, "storage-confirmation", 200, {"storage_location_id": lending.shelf()})


def test_a_correction(lending, member, device, counter):
    def correct(entry, status, field, value):
        return member.post(f"usage-entries/{entry['id']}/corrections", status, {"field": field, "new_value": value, "reason": "誤記"})

    entry = unlocked(lending, member, device, counter)
    assert not_lockable(correct(entry, 422, "locked", True), "/new_value")
    correct(entry, 201, "storage_location_id", lending.shelf())
    correct(entry, 201, "locked", True)
    assert not_lockable(correct(entry, 422, "storage_location_id", counter["id"]), "/new_value")


@pytest.mark.parametrize("cells, column", [("はい,,", "locked"), ("いいえ,2026-10-02 9:00,210002", "storage_confirmed_at")])
def test_an_import(lending, equipment_manager, counter, database, cells, column):
    device = lending.device()
    database.run("SELECT set_config('kiki.operation', 'test', false)")
    database.run("UPDATE placements SET during = tstzrange('2026-09-01', NULL) WHERE device_id = %s", device["id"])
    row = f"{device['code']},210002,training,2026-10-01 9:00,2026-10-01 12:00,2026-10-01 11:00,{counter['name']},{cells}\n"
    answer = equipment_manager.upload("usage-entries/import", FILE + row, 422)
    assert [(fault["column"], fault["code"]) for fault in answer["rows"]] == [(column, "location_not_lockable")]
