"""What becomes of a device that is out (art5.1.3): its return, a later due time, its next user."""

import uuid

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
