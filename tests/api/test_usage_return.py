"""What becomes of a device that is out (art5.1.3): its return, a later due time, its next user."""

import datetime
import uuid

import pytest

from harness.lending import after
from harness.together import together


class TestReturn:
    def test_any_colleague_brings_it_back_and_is_recorded(self, lending, member, colleague, device, database):
        entry = lending.out(member, device)
        answer = lending.back(colleague, entry, abnormality="画面に傷", accessories_missing=["ケーブル"], remarks="受付に預けた")
        expected = {"status": "returned", "returned_by_id": lending.staff["210003"], "locked": True, "handed_over": False,
                    "abnormality": "画面に傷", "accessories_missing": ["ケーブル"], "remarks": "受付に預けた",
                    "storage_location_id": lending.shelf()}
        assert {name: answer[name] for name in expected} == expected
        assert answer.etag == '"2.ja"' == member.get(f"usage-entries/{entry['id']}").etag
        assert [e["type"] for e in database.events(answer)] == ["usage_entry.returned"]
        assert [(a["subject_type"], a["action"]) for a in database.audit(answer)] == [("usage_returns", "insert")]

    def test_once_and_by_what_was_read(self, lending, member, device, database):
        entry = lending.out(member, device)
        assert lending.back(member, entry, 428, match=None).problem == "precondition-required"
        assert lending.back(member, entry, 412, match='"7.ja"').problem == "precondition-failed"
        lending.back(member, entry)
        before = database.fingerprint()
        assert lending.back(member, entry, 409).problem == "not-in-this-state"
        assert lending.back(member, entry, 412, match=entry).problem == "precondition-failed"
        assert database.fingerprint() == before

    def test_ten_at_once_are_one(self, lending, service, member, device, database):
        entry, shelf = lending.out(member, device), lending.shelf()
        callers = [service.staff(f"21000{2 + n % 5}") for n in range(10)]
        body = {"storage_location_id": shelf, "locked": True}
        answers = together(*[lambda c=c: c.post(f"usage-entries/{entry['id']}/return", (200, 412), body, match=entry) for c in callers])
        assert sorted(a.status for a in answers) == [200] + [412] * 9
        assert database.value("SELECT count(*) FROM usage_returns WHERE usage_entry_id = %s", entry["id"]) == 1

    def test_a_key_replays(self, lending, member, device):
        entry, key = lending.out(member, device), str(uuid.uuid4())
        body, path = {"storage_location_id": lending.shelf(), "locked": True}, f"usage-entries/{entry['id']}/return"
        first = member.post(path, 200, body, match=entry, key=key)
        again = member.post(path, 200, body, match=entry, key=key)
        assert again.text == first.text and again.headers["Idempotency-Replayed"] == "true"

    def test_the_place_is_one_of_the_department(self, lending, member, usage_manager, device):
        entry = lending.out(member, device)
        for place in (lending.shelf("kawasaki"), str(uuid.uuid4())):
            answer = lending.back(member, entry, 422, storage_location_id=place)
            assert answer.problem == "reference-not-found" and answer.faults == {"/storage_location_id": "not_found"}

    def test_the_time_lies_between_leaving_and_now(self, lending, member, device):
        entry = lending.out(member, device)
        assert lending.back(member, entry, 422, returned_at=after(minutes=5)).faults == {"/returned_at": "future"}
        assert lending.back(member, entry, 422, returned_at=after(minutes=-5)).faults == {"/returned_at": "before_out"}

    def test_an_overdue_device_comes_back(self, lending, member, device, start_service):
        entry = lending.out(member, device)
        later = start_service(KIKI_CLOCK_OFFSET_S="86400").staff("210002")
        read = later.get(f"usage-entries/{entry['id']}")
        assert read["status"] == "overdue" and read.etag == '"1.overdue.ja"'
        assert later.get(f"usage-entries/{entry['id']}", 200, headers={"If-None-Match": entry.etag})["status"] == "overdue"
        assert [e["id"] for e in later.every("usage-entries", status="overdue", device_id=device["id"])] == [entry["id"]]
        assert lending.back(later, entry, match=entry)["status"] == "returned"

    def test_who_may(self, lending, member, other_member, other_usage_manager, general_manager, device):
        entry = lending.out(member, device)
        missing = lending.back(other_member, {"id": str(uuid.uuid4())}, 404)
        hidden = lending.back(other_member, entry, 404)
        assert hidden.json.keys() == missing.json.keys() and hidden["detail"] == missing["detail"]
        assert lending.back(general_manager, entry, 403).problem == "forbidden"

    def test_the_borrower_of_another_department_brings_it_back(self, lending, member, other_member, other_usage_manager, service, device):
        """And puts it right when he left it unlocked; all else is the lender's."""
        entry = lending.out(member, device, user="220002", exception_reason="合同訓練")
        assert lending.back(other_usage_manager, entry, 403).problem == "forbidden"
        assert lending.back(service.staff("220003"), entry, 404).problem == "not-found"
        assert lending.act(other_member, entry, "extension", 403, {"due_at": after(hours=5), "reason": "延長"}).problem == "forbidden"
        answer = lending.back(other_member, entry, locked=False, remarks="受付")
        assert (answer["status"], answer["returned_by_id"]) == ("returned", lending.staff["220002"])
        assert lending.act(other_member, entry, "storage-confirmation", 200)["storage_confirmed_by_id"] == lending.staff["220002"]


def cut(entry, places: int) -> str:
    """The time when it was taken out, as a form has it that knows so many letters of it."""
    return entry["out_at"][:places] + (":00" if places == 16 else "") + "+09:00"


class TestTimesAsTheyAreTold:
    """Forms know minutes, or seconds; and no two clocks are the same."""

    @pytest.mark.parametrize("places", [16, 19])
    def test_the_minute_in_which_it_was_taken_out(self, lending, member, device, places):
        entry = lending.out(member, device)
        assert lending.back(member, entry, returned_at=cut(entry, places))["returned_at"] == entry["out_at"]

    def test_any_other_time_before_is_refused(self, lending, member, device):
        entry = lending.out(member, device)
        told = datetime.datetime.fromisoformat(cut(entry, 16))
        for wrong in (told - datetime.timedelta(minutes=1), told - datetime.timedelta(seconds=1)):
            assert lending.back(member, entry, 422, returned_at=wrong.isoformat()).faults == {"/returned_at": "before_out"}

    def test_a_correction_to_that_minute(self, lending, member, device):
        entry = lending.out(member, device)
        lending.back(member, entry)
        body = {"field": "returned_at", "new_value": cut(entry, 16), "reason": "誤記"}
        made = member.post(f"usage-entries/{entry['id']}/corrections", 201, body)
        assert datetime.datetime.fromisoformat(made["new_value"]) == datetime.datetime.fromisoformat(entry["out_at"])

    def test_the_minute_in_which_it_came_back_from_another(self, lending, member, device):
        """What is written down of the next use begins as soon as the device was there, also by a correction."""
        first = lending.used(member, device, "2026-10-05T09:00:00+09:00", "2026-10-05T10:15:32+09:00")
        assert lending.used(member, device, "2026-10-05T10:14:00+09:00", "2026-10-05T11:00:00+09:00", 409).problem == "check-out-refused"
        second = lending.used(member, device, "2026-10-05T10:15:00+09:00", "2026-10-05T11:00:00+09:00")
        assert second["out_at"] == first["returned_at"]
        body, path = {"field": "out_at", "reason": "誤記"}, f"usage-entries/{second['id']}/corrections"
        member.post(path, 201, body | {"new_value": "2026-10-05T10:30:00+09:00"})
        assert member.post(path, 201, body | {"new_value": "2026-10-05T10:15:00+09:00"})["new_value"] == first["returned_at"]

    def test_a_clock_that_runs_ahead(self, lending, member, device):
        entry = lending.out(member, device, out_at=after(seconds=20), late_reason="通信障害")
        assert entry["out_at"] < after(seconds=10)
        back = lending.back(member, entry, returned_at=after(seconds=20))
        assert entry["out_at"] <= back["returned_at"] < after(seconds=10)
        again = lending.out(member, device)
        assert lending.back(member, again, 422, returned_at=after(seconds=60)).faults == {"/returned_at": "future"}
        lending.back(member, again)
        assert lending.out(member, device, 422, out_at=after(seconds=60), late_reason="通信障害").faults == {"/out_at": "future"}


class TestWhoReturnedIt:
    """An unlocked return asks the department of the entry and who brought it back, whoever holds the device by then."""

    def tasks(self, caller, entry) -> set[str]:
        return {task["kind"] for task in caller.every("me/tasks") if task["link"] == f"/api/v1/usage-entries/{entry['id']}"}

    def test_the_device_has_gone_to_another_department(self, lending, a_department, a_member, a_usage_manager, a_place, operator, today):
        station, other = a_department(), a_department()
        head, member, stranger = a_usage_manager(station), a_member(station), a_usage_manager(other)
        place, device = a_place(station), lending.device(station)
        entry = lending.out(head, device, user=head)
        lending.back(member, entry, locked=False, storage_location_id=place["id"])
        lending.equipment_manager.post("placements", 201, {"device_id": device["id"], "department_id": other["id"], "reason": "移管"})
        assert self.tasks(head, entry) == {"usage_confirmation", "unsecured_return"}
        assert self.tasks(member, entry) == {"unsecured_return"} and self.tasks(stranger, entry) == set()
        operator.post(f"staff/{member['id']}/transfers", 201, {"department_id": other["id"], "from": str(today)})
        assert self.tasks(member, entry) == {"unsecured_return"}, "wherever he belongs by then"
        answer = lending.act(member, entry, "storage-confirmation")
        assert answer["storage_confirmed_by_id"] == member["id"] and self.tasks(head, entry) == {"usage_confirmation"}


class TestSomebodyLeft:
    def test_with_a_device(self, lending, a_department, a_member, a_usage_manager, a_place, operator, today):
        """Whom he lent it from and his own head are told; nobody extends his loan, and a colleague brings it back."""
        station, other = a_department(), a_department()
        head, own_head, place = a_usage_manager(station), a_usage_manager(other), a_place(station)
        gone = a_member(other)
        entry = lending.out(head, lending.device(station), user=gone, exception_reason="応援", due_at=after(minutes=1))
        day = datetime.timedelta(days=1)
        longer = {"due_at": after(hours=9), "reason": "延長"}
        operator.patch(f"staff/{gone['id']}", 200, {"left_on": str(today + day)}, match=operator.get(f"staff/{gone['id']}"))
        lending.act(head, entry, "extension", 200, {"due_at": f"{today}T23:59:59+09:00", "reason": "延長"})
        beyond = {"due_at": f"{today + day}T00:00:00+09:00", "reason": "延長"}
        assert lending.act(head, entry, "extension", 422, beyond).faults == {"/due_at": "user_left"}
        operator.patch(f"staff/{gone['id']}", 200, {"left_on": str(today)}, match=operator.get(f"staff/{gone['id']}"))
        assert lending.act(head, entry, "extension", 422, longer).problem == "value-not-accepted"
        for caller in (head, own_head):
            assert TestWhoReturnedIt().tasks(caller, entry) == {"left_with_device"}
        lending.back(head, entry, storage_location_id=place["id"])
        assert TestWhoReturnedIt().tasks(own_head, entry) == set()


class TestExtension:
    def extend(self, lending, caller, entry, status=200, **members):
        body = {"due_at": after(hours=5), "reason": "会議が延びたため"} | members
        return lending.act(caller, entry, "extension", status, body, match=members.pop("match", ""))

    def test_the_due_time_moves(self, lending, member, colleague, device, database):
        entry = lending.out(member, device)
        due = after(hours=5)
        answer = self.extend(lending, colleague, entry, due_at=due)
        assert answer["due_at"] == due and answer.etag == '"2.ja"'
        assert [e["type"] for e in database.events(answer)] == ["usage_entry.extended"]
        assert [a["subject_type"] for a in database.audit(answer)] == ["usage_extensions"]

    def test_what_cannot_be(self, lending, member, device):
        entry = lending.out(member, device)
        assert self.extend(lending, member, entry, 422, due_at=after(hours=1)).faults == {"/due_at": "not_later"}
        assert self.extend(lending, member, entry, 422, due_at=after(days=32)).faults == {"/due_at": "loan_too_long"}
        assert self.extend(lending, member, entry, 422, reason="").faults == {"/reason": "too_short"}
        lending.back(member, entry)
        assert self.extend(lending, member, entry, 409).problem == "not-in-this-state"

    def test_who_may_and_when(self, lending, member, other_member, general_manager, device):
        entry = lending.out(member, device)
        body = {"due_at": after(hours=5), "reason": "延長"}
        path = f"usage-entries/{entry['id']}/extension"
        assert member.post(path, 428, body).problem == "precondition-required"
        assert member.post(path, 412, body, match='"9.ja"').problem == "precondition-failed"
        assert other_member.post(path, 404, body, match=entry).problem == "not-found"
        assert general_manager.post(path, 403, body, match=entry).problem == "forbidden"


class TestHandover:
    def hand(self, lending, caller, entry, status=201, user="210003", **members):
        return lending.act(caller, entry, "handover", status, {"user_staff_id": lending.staff[user], "due_at": after(hours=8)} | members)

    def test_one_entry_closes_and_the_next_opens(self, lending, member, device, database):
        entry = lending.out(member, device, purpose_note="研修", accessories=["三脚"])
        answer = self.hand(lending, member, entry)
        old = member.get(f"usage-entries/{entry['id']}")
        assert (old["status"], old["handed_over"], old["locked"]) == ("returned", True, None)
        assert old["returned_at"] == answer["out_at"] and answer["previous_entry_id"] == entry["id"]
        assert (answer["source"], answer["user_staff_id"], answer["purpose_note"], answer["accessories"]) == (
            "handover", lending.staff["210003"], "研修", ["三脚"])
        assert answer.headers["Location"] == f"/api/v1/usage-entries/{answer['id']}"
        assert {e["type"] for e in database.events(answer)} == {"usage_entry.handed_over", "usage_entry.checked_out"}
        assert {a["subject_type"] for a in database.audit(answer)} == {"usage_returns", "usage_entries"}
        assert self.hand(lending, member, answer, user="210004")["previous_entry_id"] == answer["id"]

    def test_the_rules_are_judged_anew(self, lending, member, device):
        entry = lending.out(member, device, purpose="other", purpose_note="展示", exception_reason="広報のため")
        answer = self.hand(lending, member, entry)
        assert answer["verdict"] == "permitted_with_exception" and answer.rules == {"check_out.purpose": "exception"}

    def test_what_another_department_holds_by_then_comes_back_first(self, lending, member, device, database):
        entry = lending.out(member, device)
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE placements SET during = tstzrange(lower(during), now()) WHERE device_id = %s", device["id"])
        assert self.hand(lending, member, entry, 403).problem == "forbidden"
        assert lending.back(member, entry)["status"] == "returned"

    def test_an_exception_waits_for_the_usage_manager(self, lending, member, device):
        answer = self.hand(lending, member, lending.out(member, device), user="220002")
        assert answer["verdict"] == "permitted_with_exception" and answer.rules == {"check_out.other_department": "exception"}

    def test_what_cannot_be(self, lending, member, device):
        entry = lending.out(member, device)
        assert self.hand(lending, member, entry, 422, due_at=after(minutes=-1)).faults == {"/due_at": "not_after_out"}
        assert self.hand(lending, member, entry, 422, user_staff_id=str(uuid.uuid4())).faults == {"/user_staff_id": "not_found"}
        lending.back(member, entry)
        assert self.hand(lending, member, entry, 409).problem == "not-in-this-state"

    def test_who_may_and_when(self, lending, member, other_member, general_manager, device):
        entry = lending.out(member, device)
        body, path = {"user_staff_id": lending.staff["210003"], "due_at": after(hours=8)}, f"usage-entries/{entry['id']}/handover"
        assert member.post(path, 428, body).problem == "precondition-required"
        assert member.post(path, 412, body, match='"9.ja"').problem == "precondition-failed"
        assert other_member.post(path, 404, body, match=entry).problem == "not-found"
        assert general_manager.post(path, 403, body, match=entry).problem == "forbidden"

    def test_ten_at_once_are_one(self, lending, service, member, device):
        entry = lending.out(member, device)
        body, path = {"user_staff_id": lending.staff["210003"], "due_at": after(hours=8)}, f"usage-entries/{entry['id']}/handover"
        callers = [service.staff(f"21000{2 + n % 5}") for n in range(10)]
        answers = together(*[lambda c=c: c.post(path, (201, 412), body, match=entry) for c in callers])
        assert sorted(a.status for a in answers) == [201] + [412] * 9
