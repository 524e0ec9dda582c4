"""Corrections of an entry (art5.1.3): old and new stand side by side."""

import uuid

from harness.lending import after

STATION = "rinko"


class TestCorrections:
    def correct(self, caller, entry, field, value, status=201, **members):
        body = {"field": field, "new_value": value, "reason": "記入誤り"} | members
        return caller.post(f"usage-entries/{entry['id']}/corrections", status, body)

    def test_old_and_new_stand_side_by_side(self, lending, member, colleague, device, database):
        entry = lending.out(member, device, purpose_note="研修")
        first = self.correct(colleague, entry, "purpose_note", "訓練")
        second = self.correct(member, entry, "purpose_note", None)
        assert (first["old_value"], first["new_value"], first["corrected_by_id"]) == ("研修", "訓練", lending.staff["210003"])
        assert (second["old_value"], second["new_value"]) == ("訓練", None)
        read = member.get(f"usage-entries/{entry['id']}")
        assert (read["purpose_note"], read["corrected"], read["corrections"]) == ("研修", {"purpose_note": None}, 2)
        assert [c["id"] for c in member.every(f"usage-entries/{entry['id']}/corrections")] == [first["id"], second["id"]]
        assert [e["type"] for e in database.events(first)] == ["usage_entry.corrected"]
        assert [a["subject_type"] for a in database.audit(first)] == ["usage_corrections"]

    def test_every_field(self, lending, member, device):
        entry = lending.out(member, device, accessories=["三脚"])
        lending.back(member, entry)
        other_shelf = lending.equipment_manager.every("storage-locations", department_id=lending.departments[STATION])[1]["id"]
        out_at, returned_at = entry["out_at"], member.get(f"usage-entries/{entry['id']}")["returned_at"]
        values = {"user_staff_id": lending.staff["210003"], "purpose": "document_work", "purpose_note": "資料", "partner_organisation": "例示市",
                  "accessories": [], "storage_location_id": other_shelf, "locked": False, "abnormality": "傷", "remarks": "備考",
                  "returned_at": out_at}
        for field, value in values.items():
            self.correct(member, entry, field, value)
        corrected = member.get(f"usage-entries/{entry['id']}")["corrected"]
        assert corrected == values and returned_at != out_at
        assert lending.check(member, device).rules == {"check_out.storage_confirmed": "advice"}

    def test_the_value_has_the_type_of_the_field(self, lending, member, device, database):
        entry = lending.out(member, device)
        lending.back(member, entry)
        before = database.fingerprint()
        for field, value in (("locked", "yes"), ("purpose", "play"), ("out_at", "yesterday"), ("user_staff_id", "210002"),
                             ("accessories", "三脚"), ("remarks", True), ("purpose", None), ("returned_at", None), ("due_at", after())):
            answer = self.correct(member, entry, field, value, 422)
            assert answer.problem == "validation-failed", answer
        assert database.fingerprint() == before

    def test_what_cannot_be(self, lending, member, device):
        entry = lending.out(member, device)
        assert self.correct(member, entry, "returned_at", after(), 409).problem == "not-in-this-state"
        assert self.correct(member, entry, "locked", True, 409).problem == "not-in-this-state"
        assert self.correct(member, entry, "purpose", "training", 422).faults == {"/new_value": "unchanged"}
        assert self.correct(member, entry, "out_at", "2026-09-15T09:00:00+09:00", 422).faults == {"/new_value": "other_month"}
        assert self.correct(member, entry, "user_staff_id", str(uuid.uuid4()), 422).faults == {"/new_value": "not_found"}
        assert self.correct(member, entry, "purpose_note", "x", 422, in_closed_month=True).faults == {"/in_closed_month": "month_open"}
        lending.back(member, entry)
        assert self.correct(member, entry, "returned_at", after(minutes=5), 422).faults == {"/new_value": "future"}
        assert self.correct(member, entry, "storage_location_id", lending.shelf("kawasaki"), 422).faults == {"/new_value": "not_found"}

    def test_corrected_times_free_and_take_the_device(self, lending, member, device):
        def late(begin, end, status=201):
            return lending.out(member, device, status, out_at=f"2026-10-05T{begin}:00+09:00", due_at=f"2026-10-05T{end}:00+09:00",
                               late_reason="記入漏れ")
        first = late("09:00", "12:00")
        lending.back(member, first, returned_at="2026-10-05T12:00:00+09:00")
        assert late("10:30", "11:30", 409).problem == "check-out-refused"
        self.correct(member, first, "returned_at", "2026-10-05T10:00:00+09:00")
        second = late("10:30", "11:30")
        assert self.correct(member, first, "returned_at", "2026-10-05T11:00:00+09:00", 409).problem == "device-occupied"
        assert self.correct(member, first, "out_at", "2026-10-05T10:15:00+09:00", 422).faults == {"/new_value": "after_return"}
        assert self.correct(member, first, "returned_at", "2026-10-05T08:00:00+09:00", 422).faults == {"/new_value": "before_out"}
        self.correct(member, first, "out_at", "2026-10-05T08:00:00+09:00")
        assert second["id"]

    def test_who_may(self, lending, member, other_member, general_manager, auditor, device):
        entry = lending.out(member, device)
        assert self.correct(other_member, entry, "purpose_note", "x", 404).problem == "not-found"
        other_member.get(f"usage-entries/{entry['id']}/corrections", 404)
        for caller in (general_manager, auditor):
            assert self.correct(caller, entry, "purpose_note", "x", 403).problem == "forbidden"
            assert caller.every(f"usage-entries/{entry['id']}/corrections") == []

    def test_a_closed_month_takes_those_that_say_so(self, member):
        (entry, *_) = member.every("usage-entries", month="2026-08", sort="out_at")
        assert self.correct(member, entry, "purpose_note", "訂正後", 409).problem == "month-closed"
        assert self.correct(member, entry, "purpose_note", "訂正後", in_closed_month=True)["in_closed_month"] is True
