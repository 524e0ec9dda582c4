"""What was taken out while nothing could be recorded, written down afterwards (art5.1.3)."""

import pytest

from harness.lending import after, reserve

STATION = "rinko"


class TestLate:
    def late(self, lending, caller, device, status=201, hours=(-5, -4), **members):
        return lending.out(caller, device, status, **{
            "out_at": after(hours=hours[0]), "due_at": after(hours=hours[1]), "late_reason": "通信障害のため"} | members)

    def test_it_is_recorded_and_returned_as_of_then(self, lending, member, device):
        entry = self.late(lending, member, device)
        assert (entry["source"], entry["late_reason"], entry["status"]) == ("late", "通信障害のため", "overdue")
        returned = lending.back(member, entry, returned_at=after(hours=-4))
        assert returned["status"] == "returned" and returned["returned_at"] < returned["created_at"]

    def test_it_is_refused_on_overlap_only(self, lending, member, device):
        lending.back(member, self.late(lending, member, device), returned_at=after(hours=-4))
        refused = self.late(lending, member, device, 409, hours=(-4.5, -3))
        assert refused.problem == "check-out-refused" and refused.rules == {"check_out.device_available": "violation"}
        entry = self.late(lending, member, device, hours=(-4, -3), purpose="other", purpose_note="展示", user="220002")
        assert entry["verdict"] == "permitted_with_exception"
        assert entry.rules == {"check_out.purpose": "exception", "check_out.other_department": "exception"}

    def test_while_somebody_has_the_device(self, lending, member, colleague, device):
        lending.out(member, device)
        entry = self.late(lending, colleague, device)
        assert lending.back(colleague, entry, 409).problem == "device-occupied"  # it was back before the other took it
        lending.back(colleague, entry, returned_at=after(hours=-4.5))
        assert self.late(lending, colleague, device, 409, hours=(-1, 1)).problem == "check-out-refused"

    def test_what_is_still_out_since_before_overlaps(self, lending, member, device):
        self.late(lending, member, device)
        assert self.late(lending, member, device, 409, hours=(-3, -2)).problem == "check-out-refused"

    def test_a_reservation_that_was_in_the_way(self, lending, member, device, database):
        reserve(database, device, after(hours=-4), after(hours=-3))
        assert self.late(lending, member, device, 409, hours=(-5, -3.5)).problem == "device-occupied"

    def test_the_purpose_other_takes_a_note(self, lending, member, device):
        answer = self.late(lending, member, device, 422, purpose="other")
        assert answer.problem == "value-not-accepted" and answer.faults == {"/purpose_note": "required"}

    def test_it_belongs_to_the_department_that_held_the_device_then(self, lending, equipment_manager, member, other_member, device):
        moved = device["id"]
        entry = self.late(lending, member, device, hours=(-0.001, 1))
        lending.back(member, entry)
        equipment_manager.post("placements", 201, {"device_id": moved, "department_id": lending.departments["kawasaki"], "reason": "移管"})
        assert lending.out(other_member, device, user="220002")["department_id"] == lending.departments["kawasaki"]
        at = entry["created_at"]
        answer = other_member.post("usage-entries", 403, lending.plan(user="220002", out_at=at, late_reason="記入漏れ",
                                                                      due_at=after(hours=1)) | {"device_id": moved})
        assert answer.problem == "forbidden"

    def test_no_department_held_the_device_then(self, lending, general_manager, service, database):
        """Nor does one now, so there is no ledger that it could stand in."""
        stock, client = lending.device(None), service.enrolled("late-lender", "usage:read usage:write devices:read")
        times = {"out_at": "2026-10-05T09:00:00+09:00", "due_at": "2026-10-05T12:00:00+09:00", "late_reason": "記入漏れ"}
        before = database.fingerprint()
        assert lending.check(general_manager, stock, 422, **times).faults == {"/device_id": "not_placed"}
        assert lending.out(client, stock, 422, **times).faults == {"/device_id": "not_placed"}
        batch = client.post("usage-entries/batch", 422, lending.plan(**times) | {"device_ids": [stock["id"]]})
        assert batch.faults == {"/device_ids/0": "not_placed"}
        assert database.fingerprint() == before

    def test_before_the_regulation(self, lending, member, device, operator):
        veteran = operator.post("staff", 201, {"number": "299002", "name": "仮名 次郎", "department_id": lending.departments[STATION],
                                               "from": "2010-04-01"})
        answer = self.late(lending, member, device, 422, out_at="2021-03-10T12:00:00+09:00", due_at="2021-03-10T13:00:00+09:00",
                           user_staff_id=veteran["id"])
        assert answer.problem == "value-not-accepted" and answer.faults == {"/out_at": "before_regulation"}

    def test_not_into_a_closed_month(self, lending, member, device):
        answer = self.late(lending, member, device, 409, out_at="2026-08-31T23:59:59+09:00", due_at="2026-09-01T01:00:00+09:00")
        assert answer.problem == "month-closed"
        assert self.late(lending, member, device, out_at="2026-09-01T00:00:00+09:00", due_at="2026-09-01T01:00:00+09:00")["month"] == "2026-09"

    @pytest.mark.parametrize("out_at, month", [
        ("2026-09-30T23:59:59.999999+09:00", "2026-09"), ("2026-10-01T00:00:00+09:00", "2026-10"),
        ("2026-09-30T15:00:00Z", "2026-10"), ("2026-09-30T14:59:59Z", "2026-09"), ("2026-09-30T10:00:00-05:00", "2026-10")])
    def test_months_are_those_of_japan(self, lending, member, device, out_at, month):
        entry = self.late(lending, member, device, out_at=out_at, due_at="2026-10-01T03:00:00+09:00")
        assert entry["month"] == month
        for asked in ("2026-09", "2026-10"):
            found = member.every("usage-entries", device_id=device["id"], month=asked)
            assert [e["id"] for e in found] == ([entry["id"]] if asked == month else [])
