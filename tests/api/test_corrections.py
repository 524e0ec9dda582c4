"""Corrections of an entry (art5.1.3): old and new stand side by side."""

import datetime
import time
import uuid

import pytest

from harness.lending import after, now, on_that_day

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
            return lending.used(member, device, f"2026-10-05T{begin}:00+09:00", f"2026-10-05T{end}:00+09:00", status)
        first = late("09:00", "12:00")
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


class TestNamesAndWords:
    @pytest.fixture(scope="class")
    def station(self, lending):
        return lending.department()

    @pytest.fixture(scope="class")
    def head(self, lending, station):
        lending.place(station)
        return lending.usage_manager(station)

    def used(self, lending, head, device, day, **members):
        """From twelve to one of a day in October; it was due at two."""
        return lending.used(head, device, f"2026-10-{day}T12:00:00+09:00", f"2026-10-{day}T13:00:00+09:00",
                            **{"user": head, "due_at": f"2026-10-{day}T14:00:00+09:00"} | members)

    def correct(self, head, entry, field, value, status=201):
        return head.post(f"usage-entries/{entry['id']}/corrections", status, {"field": field, "new_value": value, "reason": "誤記"})

    def placed(self, lending, station):
        """Since the fifth of October, in a month that is not closed."""
        device = lending.device(None)
        lending.equipment_manager.upload("placements/import", "device_code,department_code,from\n"
                                         f"{device['code']},{station['code']},2026-10-05\n", 200)
        return device

    def test_the_department_held_the_device_then(self, lending, head, station):
        device = self.placed(lending, lending.department())
        lending.equipment_manager.post("placements", 201, {"device_id": device["id"], "department_id": station["id"], "reason": "移管"})
        entry = lending.out(head, device, user=head)
        assert self.correct(head, entry, "out_at", after(minutes=-1), 422).faults == {"/new_value": "held_by_another"}

    def test_each_refusal_has_its_word(self, lending, head, station, a_member, start_service, database):
        newcomer = a_member(station, **{"from": "2026-10-06"})
        device = self.placed(lending, station)
        then = on_that_day(start_service, head, "2026-10-06T12:00:00+09:00")
        entry = lending.out(then, device, user=newcomer, due_at="2026-10-06T14:00:00+09:00")
        words = [("out_at", "2026-10-06T14:00:00+09:00", "after_due"), ("out_at", "2027-10-06T14:00:00+09:00", "future"),
                 ("out_at", "2026-09-30T14:00:00+09:00", "other_month"), ("out_at", "2026-10-05T12:00:00+09:00", "user_absent"),
                 ("purpose", "other", "note_required")]
        before = database.fingerprint()
        for field, value, word in words:
            assert self.correct(head, entry, field, value, 422).faults == {"/new_value": word}, word
        assert database.fingerprint() == before
        lending.back(head, entry, department=station, returned_at="2026-10-06T13:00:00+09:00", locked=False)
        assert self.correct(head, entry, "out_at", "2026-10-06T13:00:01+09:00", 422).faults == {"/new_value": "after_return"}
        assert self.correct(head, entry, "returned_at", "2026-10-06T11:58:00+09:00", 422).faults == {"/new_value": "before_out"}
        lending.act(head, entry, "storage-confirmation")
        later = (now() + datetime.timedelta(minutes=-1)).isoformat(timespec="seconds")
        self.correct(head, entry, "returned_at", later)
        self.correct(head, entry, "purpose_note", "展示")
        self.correct(head, entry, "purpose", "other")
        assert self.correct(head, entry, "purpose_note", None, 422).faults == {"/new_value": "note_required"}

    def test_the_return_is_not_after_it_was_locked_away(self, lending, head, station):
        place = lending.place(station)
        entry = self.used(lending, head, self.placed(lending, station), "06", returned={"storage_location_id": place["id"], "locked": False},
                          department=station)
        lending.act(head, entry, "storage-confirmation")
        time.sleep(1.1)
        later = now().isoformat(timespec="seconds")
        assert self.correct(head, entry, "returned_at", later, 422).faults == {"/new_value": "after_storage_confirmation"}

    def test_the_user_is_named_as_of_the_day_of_use(self, lending, head, station, a_member, operator):
        """He was transferred in between; old and new stand in the record, by name as well."""
        first, other = lending.department(), a_member(station)
        borrower = lending.member(first)
        operator.post(f"staff/{borrower['id']}/transfers", 201, {"department_id": station["id"], "from": "2026-10-07"})
        entry = self.used(lending, head, self.placed(lending, station), "08", user=other, department=station)
        made = self.correct(head, entry, "user_staff_id", borrower["id"])
        assert (made["old_value"], made["old_name"], made["new_value"], made["new_name"]) == (
            other["id"], other["name"], borrower["id"], borrower["name"])
        assert borrower.get("usage-entries", 200, params={"department_id": station["id"]})["items"]
        lender = lending.usage_manager(first)
        lender.get(f"usage-entries/{entry['id']}", 404)
        self.correct(head, entry, "out_at", "2026-10-06T12:00:00+09:00")
        assert lender.get(f"usage-entries/{entry['id']}")["corrected"]["user_staff_id"] == borrower["id"], "he was theirs on that day"

    def test_a_place_by_its_name(self, lending, head, station):
        first, second = lending.place(station), lending.place(station)
        entry = self.used(lending, head, self.placed(lending, station), "06", returned={"storage_location_id": first["id"]}, department=station)
        made = self.correct(head, entry, "storage_location_id", second["id"])
        assert (made["old_name"], made["new_name"]) == (first["name"], second["name"])


class TestMomentsOfNoLength:
    """A device that was taken out and brought back within a minute, in a form that knows minutes only."""

    def used(self, lending, member, device, begin, end, status=201):
        return lending.used(member, device, f"2026-10-05T{begin}:00+09:00", f"2026-10-05T{end}:00+09:00", status)

    def moment(self, lending, member, device, at, status=201):
        time = f"2026-10-05T{at}:00+09:00"
        return lending.used(member, device, time, time, status, due_at="2026-10-05T23:00:00+09:00")

    def test_they_lie_beside_other_uses_and_not_within(self, lending, member, device):
        moment = self.moment(lending, member, device, "09:30")
        assert self.used(lending, member, device, "09:00", "10:00", 409).problem == "check-out-refused"
        for begin, end in (("09:00", "09:30"), ("09:30", "10:00")):
            self.used(lending, member, device, begin, end)
        correction = {"field": "returned_at", "reason": "誤記", "new_value": "2026-10-05T09:40:00+09:00"}
        assert member.post(f"usage-entries/{moment['id']}/corrections", 409, correction).problem == "device-occupied"
        self.used(lending, member, device, "11:00", "12:00")
        assert self.used(lending, member, device, "11:30", "11:45", 409).problem == "check-out-refused"
        for moment in ("11:00", "12:00"):
            self.moment(lending, member, device, moment)
        assert self.moment(lending, member, device, "11:30", 409).problem == "check-out-refused"
