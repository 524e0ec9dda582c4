"""What is recorded afterwards is judged as things stood at out_at (art5.1.3): who held the device, in which condition it was,
whether it had been locked away."""

import pytest

from harness.lending import after

APRIL, MAY, JUNE = "2026-04-10", "2026-05-10", "2026-06-10"


def use(lending, day: str, begin: int = 9, end: int = 10) -> dict:
    """A use of that day, as it is written down afterwards."""
    end_at = f"{day}T{end:02}:00:00+09:00"
    return {"out_at": f"{day}T{begin:02}:00:00+09:00", "due_at": end_at, "late_reason": "記入漏れ",
            "returned": {"returned_at": end_at, "storage_location_id": lending.shelf(), "locked": True}}


def became(database, device, was: str, condition: str, day: str, recorded_on: str | None = None) -> None:
    """No operation marks a device lost or in repair yet."""
    database.run("SELECT set_config('kiki.operation', 'test', false)")
    database.run("UPDATE devices SET condition = %s WHERE id = %s", condition, device["id"])
    database.run("""INSERT INTO device_records (created_at, device_id, kind, occurred_on, reason, changes, recorded_by_id)
                    SELECT %s, id, 'change', %s, '試験', jsonb_build_object('condition', jsonb_build_array(%s::text, %s::text)), id
                      FROM devices WHERE id = %s""", f"{recorded_on or day}T12:00:00+09:00", day, was, condition, device["id"])


@pytest.fixture
def found(lending, member, device):
    """What the rules find of a use of the device on that day."""
    return lambda day, *hours, **members: lending.check(member, device, **use(lending, day, *hours), **members).rules


class TestPlacement:
    def test_nobody_held_it_yet(self, lending, member):
        device = lending.device(since=MAY)
        assert lending.check(member, device, 422, **use(lending, APRIL)).faults == {"/device_id": "not_placed"}
        assert lending.out(member, device, 422, **use(lending, "2026-05-09")).faults == {"/device_id": "not_placed"}
        assert lending.check(member, device, **use(lending, MAY))["verdict"] == "permitted"

    def test_it_is_in_stock_by_now(self, lending, equipment_manager, a_client, device):
        equipment_manager.post("placements", 201, {"device_id": device["id"], "department_id": None, "reason": "返納"})
        anywhere = a_client("usage:read", "usage:write", "devices:read")
        assert lending.check(anywhere, device).rules == {"check_out.placed": "violation"}
        entry = lending.out(anywhere, device, **use(lending, "2026-10-12"))
        assert (entry["verdict"], entry["department_id"]) == ("permitted", lending.departments["rinko"])

    def test_another_department_held_it(self, lending, equipment_manager, a_client, device):
        equipment_manager.post("placements", 201, {"device_id": device["id"], "department_id": lending.departments["kawasaki"], "reason": "移管"})
        anywhere = a_client("usage:read", "usage:write", "devices:read")
        assert lending.check(anywhere, device).rules == {"check_out.other_department": "exception"}
        assert lending.check(anywhere, device, **use(lending, MAY)).rules == {}


class TestCondition:
    def test_lost_in_may_and_found_in_june(self, found, device, database):
        became(database, device, "usable", "lost", MAY)
        became(database, device, "lost", "usable", JUNE)
        assert found(APRIL) == {} and found(JUNE, 13, 14) == {} and found("2026-06-11") == {}
        for day in (MAY, "2026-05-11", "2026-06-09"):
            assert found(day, 12, 14) == {"check_out.device_available": "violation"}, day
        assert found(MAY, 8, 11) == {} and found(JUNE, 10, 11) == {"check_out.device_available": "violation"}

    def test_a_day_whose_hour_nobody_wrote_down(self, found, device, database):
        became(database, device, "usable", "in_repair", MAY, "2026-05-12")
        assert found(MAY, 20, 21) == {} and found("2026-05-11", 0, 1) == {"check_out.device_available": "violation"}
        became(database, device, "in_repair", "usable", JUNE, "2026-06-12")
        assert found(JUNE, 0, 1) == {} and found("2026-06-09", 22, 23) == {"check_out.device_available": "violation"}

    def test_disposed_of_since(self, lending, member, general_manager, device):
        general_manager.post(f"devices/{device['id']}/disposal", 200, {
            "disposed_on": after()[:10], "reason": "故障", "erasure_method": "物理破壊", "erased_on": after()[:10]},
            match=general_manager.get(f"devices/{device['id']}"))
        assert lending.check(general_manager, device).rules == {"check_out.device_available": "violation"}
        assert lending.check(general_manager, device, **use(lending, MAY)).rules == {}


class TestStorage:
    def test_put_right_since(self, lending, member, found, device):
        entry = lending.used(member, device, after(hours=-5), after(hours=-4), returned={"locked": False})
        between = {"out_at": after(hours=-3), "due_at": after(hours=2), "late_reason": "記入漏れ"}
        lending.act(member, entry, "storage-confirmation")
        assert lending.check(member, device, **between).rules == {"check_out.storage_confirmed": "advice"}
        assert lending.check(member, device).rules == {} and found(APRIL) == {}
