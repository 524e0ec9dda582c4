"""The constraint has the last word: what a device was taken for meanwhile, and no rule has seen, refuses whoever comes."""

import pytest
from harness.lending import after


@pytest.fixture
def occupied(database):
    """Somebody's use of a device, from so many minutes ago until so many ahead."""
    def take(device, begin, end):
        database.run("""INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
                        SELECT api.new_id(), id, department_id, 'check_out', false, tstzrange(%s, %s) FROM devices WHERE id = %s""",
                     after(minutes=begin), after(minutes=end), device["id"])

    return take


@pytest.fixture
def overdue(lending, member, device):
    """A use that should have ended an hour ago."""
    return lending.out(member, device, out_at=after(hours=-2), due_at=after(hours=-1), late_reason="記入漏れ")


class TestTakenMeanwhile:
    def test_a_set_that_goes_out(self, lending, member, occupied):
        free, taken = lending.device(), lending.device()
        occupied(taken, -5, 60)
        answer = member.post("usage-entries/batch", 409, {"device_codes": [free["code"], taken["code"]], "purpose": "training"})
        assert answer.problem == "device-occupied"
        assert member.every("usage-entries", device_id=free["id"]) == []

    def test_what_comes_back(self, lending, member, device, overdue, occupied):
        occupied(device, -50, -40)
        back = {"storage_location_id": lending.shelf(), "locked": True}
        assert member.post(f"usage-entries/{overdue['id']}/return", 409, back, match="*").problem == "device-occupied"
        answer = member.post("usage-entries/returns", 409, {"items": [{"device_code": device["code"]} | back]})
        assert answer.problem == "device-occupied"

    def test_what_is_handed_over(self, member, people, device, overdue, occupied):
        occupied(device, -50, -40)
        to = {"user_staff_id": people["210003"]["id"]}
        assert member.post(f"usage-entries/{overdue['id']}/handover", 409, to, match="*").problem == "device-occupied"
        answer = member.post("usage-entries/handovers", 409, {"items": [{"device_code": device["code"]} | to]})
        assert answer.problem == "device-occupied"
        assert member.get(f"usage-entries/{overdue['id']}")["status"] == "overdue"
