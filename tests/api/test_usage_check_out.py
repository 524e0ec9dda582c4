"""Taking out (art5.1.3, art6, art7): one device, a set of them, by a member of staff or by an API client."""

import uuid

import pytest

from harness.lending import after
from harness.together import together

STATION = "rinko"


class TestCheckOut:
    def test_an_entry_is_written(self, lending, member, colleague, device, database):
        answer = lending.out(colleague, device, purpose_note="新任職員研修", partner_organisation="例示市", accessories=["三脚"])
        entry = answer.json
        assert answer.headers["Location"] == f"/api/v1/usage-entries/{entry['id']}" and answer.etag == '"1.ja"'
        assert member.get(f"usage-entries/{entry['id']}").json == entry
        person = member.get(f"staff/{lending.staff['210002']}")
        expected = {
            "department_id": lending.departments[STATION], "device_code": device["code"], "device_name": device["name"],
            "user_name": person["name"], "user_title": person["title"], "user_department_id": lending.departments[STATION],
            "purpose": "training", "purpose_note": "新任職員研修", "partner_organisation": "例示市", "accessories": ["三脚"],
            "status": "out", "source": "checked_out", "recorded_by_id": lending.staff["210003"], "verdict": "permitted",
            "findings": [], "regulation_version": "2025-10-16", "returned_at": None, "corrections": 0, "corrected": {}}
        assert {name: entry[name] for name in expected} == expected
        assert entry["month"] == entry["out_at"][:7]
        audit = database.audit(answer)
        assert [(a["operation"], a["subject_type"], a["action"]) for a in audit] == [("check_out", "usage_entries", "insert")]
        assert str(audit[0]["subject_id"]) == entry["id"] and audit[0]["after"]["purpose_note"] == "新任職員研修"
        (event,) = database.events(answer)
        assert (event["type"], event["subject"]) == ("usage_entry.checked_out", f"usage-entries/{entry['id']}")
        assert event["data"]["id"] == entry["id"]

    def test_a_refusal_names_its_findings_and_changes_nothing(self, lending, member, device, database):
        before = database.fingerprint()
        answer = lending.out(member, device, 409, purpose="approved_other")
        assert answer.problem == "check-out-refused" and answer.rules == {"check_out.purpose_approval": "violation"}
        assert database.fingerprint() == before

    def test_a_refusal_is_replayed_under_its_key(self, lending, member, device):
        key, body = str(uuid.uuid4()), lending.plan(purpose="approved_other") | {"device_id": device["id"]}
        first = member.post("usage-entries", 409, body, key=key)
        again = member.post("usage-entries", 409, body, key=key)
        assert again.headers["Idempotency-Replayed"] == "true" and again.json == first.json

    def test_an_exception_takes_a_reason(self, lending, member, device, other_member, other_usage_manager):
        answer = lending.out(member, device, 422, user="220002")
        assert answer.problem == "exception-reason-required" and answer.faults == {"/exception_reason": "required"}
        assert answer.rules == {"check_out.other_department": "exception"}
        entry = lending.out(member, device, user="220002", exception_reason="合同訓練のため")
        assert (entry["verdict"], entry["exception_reason"]) == ("permitted_with_exception", "合同訓練のため")
        assert entry.rules == {"check_out.other_department": "exception"}
        for reader in (other_member, other_usage_manager):  # the borrower, and his usage manager
            assert reader.get(f"usage-entries/{entry['id']}")["id"] == entry["id"]
            assert entry["id"] in [e["id"] for e in reader.every("usage-entries", user_staff_id=lending.staff["220002"])]

    def test_findings_are_kept_in_both_languages(self, lending, member, device):
        entry = lending.out(member, device, user="220002", exception_reason="合同訓練のため")
        english = member.get(f"usage-entries/{entry['id']}", headers={"Accept-Language": "en"})
        assert english["findings"][0]["detail"].isascii() and not entry["findings"][0]["detail"].isascii()

    def test_only_members_of_the_holding_department_record(self, lending, other_member, general_manager, auditor, device):
        assert lending.out(other_member, device, 422).faults == {"/device_id": "not_found"}
        for caller in (general_manager, auditor):  # who see the device all the same
            assert lending.out(caller, device, 403).problem == "forbidden"

    def test_a_user_who_has_left_or_not_come_yet(self, lending, member, device, operator):
        person = operator.post("staff", 201, {"number": "299001", "name": "仮名 太郎", "department_id": lending.departments[STATION],
                                              "from": after(days=3)[:10]})
        answer = member.post("usage-entries", 422, lending.plan() | {"device_id": device["id"], "user_staff_id": person["id"]})
        assert answer.faults == {"/user_staff_id": "not_found"}

    def test_bad_input_changes_nothing(self, lending, member, device, database):
        good = lending.plan() | {"device_id": device["id"]}
        before = database.fingerprint()
        for change, pointer in (
                ({"purpose": "play"}, "/purpose"), ({"due_at": "2026-13-01T00:00:00+09:00"}, "/due_at"),
                ({"due_at": "tomorrow"}, "/due_at"), ({"user_staff_id": "210002"}, "/user_staff_id"),
                ({"accessories": ["三脚", "三脚"]}, "/accessories/1"), ({"partner_organisation": "あ" * 101}, "/partner_organisation"),
                ({"out_at": after(hours=-1)}, "/late_reason"), ({"late_reason": "通信障害"}, "/out_at"),
                ({"status": "returned"}, "/status"), ({"department_id": str(uuid.uuid4())}, "/department_id")):
            answer = member.post("usage-entries", 422, good | change)
            assert answer.problem == "validation-failed" and pointer in answer.faults, answer
        assert database.fingerprint() == before

    def test_twenty_at_once_make_one_entry(self, lending, patient_service, device, database):
        callers = [patient_service.staff(f"21000{2 + n % 5}") for n in range(20)]
        plan = lending.plan() | {"device_id": device["id"]}
        answers = together(*[lambda caller=caller: caller.post("usage-entries", (201, 409), plan) for caller in callers])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 19
        for answer in answers:
            assert answer.status == 201 or answer.rules == {"check_out.device_available": "violation"}
        assert database.value("SELECT count(*) FROM usage_entries WHERE device_id = %s", device["id"]) == 1

    def test_twenty_at_once_under_one_key_are_one_request(self, lending, patient_service, device, database):
        callers = [patient_service.staff("210002") for _ in range(20)]
        plan, key = lending.plan() | {"device_id": device["id"]}, str(uuid.uuid4())
        answers = together(*[lambda caller=caller: caller.post("usage-entries", (201, 409), plan, key=key) for caller in callers])
        made = [answer for answer in answers if answer.status == 201]
        assert all(answer.problem == "request-in-progress" for answer in answers if answer.status != 201)
        assert len({answer.text for answer in made}) == 1 and len({answer.etag for answer in made}) == 1
        assert sum("Idempotency-Replayed" not in answer.headers for answer in made) <= 1
        assert database.value("SELECT count(*) FROM usage_entries WHERE device_id = %s", device["id"]) == 1

    def test_taking_and_bringing_back_in_turns(self, lending, service, device, database):
        """Out and back again by many at once: never two at a time, and no faults."""
        shelf, plan = lending.shelf(), lending.plan() | {"device_id": device["id"]}

        def turns(caller):
            taken = 0
            while taken < 3:
                out = caller.post("usage-entries", (201, 409), plan)
                if out.status == 201:
                    taken += 1
                    caller.post(f"usage-entries/{out['id']}/return", 200, {"storage_location_id": shelf, "locked": True}, match=out)

        callers = [service.staff(f"21000{2 + n}") for n in range(5)]
        together(*[lambda caller=caller: turns(caller) for caller in callers])
        assert database.value("SELECT count(*) FROM usage_entries WHERE device_id = %s", device["id"]) == 15
        overlaps = database.value("""SELECT count(*) FROM usage_states a JOIN usage_entries e ON e.id = a.id
                                       JOIN usage_entries f ON f.device_id = e.device_id AND f.id > e.id
                                       JOIN usage_states b ON b.id = f.id
                                      WHERE e.device_id = %s AND tstzrange(e.out_at, a.returned_at) && tstzrange(f.out_at, b.returned_at)""",
                                  device["id"])
        assert overlaps == 0


class TestBatch:
    def take(self, lending, caller, devices, status=201, **members):
        return caller.post("usage-entries/batch", status, lending.plan(**members) | {"device_ids": [d["id"] for d in devices]})

    def test_a_set_is_taken_out_whole(self, lending, member, database):
        devices = [lending.device() for _ in range(3)]
        answer = self.take(lending, member, devices)
        entries = answer["items"]
        assert sorted(e["device_id"] for e in entries) == sorted(d["id"] for d in devices)
        assert len({e["out_at"] for e in entries}) == 1
        found = member.get("/" + answer.headers["Location"].lstrip("/"), 200)
        assert sorted(e["id"] for e in found["items"]) == sorted(e["id"] for e in entries)
        assert [e["type"] for e in database.events(answer)] == ["usage_entry.checked_out"] * 3
        assert len(database.audit(answer)) == 3

    def test_or_not_at_all(self, lending, member, database):
        devices = [lending.device() for _ in range(3)]
        lending.out(member, devices[1])
        before = database.fingerprint()
        answer = self.take(lending, member, devices, 409)
        assert answer.problem == "check-out-refused"
        assert [(f["device_id"], f["rule"]) for f in answer["findings"]] == [(devices[1]["id"], "check_out.device_available")]
        assert database.fingerprint() == before

    def test_an_exception_takes_a_reason(self, lending, member):
        devices = [lending.device() for _ in range(2)]
        assert self.take(lending, member, devices, 422, user="220002").problem == "exception-reason-required"
        assert len(self.take(lending, member, devices, user="220002", exception_reason="合同訓練")["items"]) == 2

    def test_ids_that_name_nothing(self, lending, member, other_usage_manager, general_manager):
        mine, theirs = lending.device(), other_usage_manager.every("devices")[0]
        assert self.take(lending, member, [mine, theirs], 422).faults == {"/device_ids/1": "not_found"}
        assert self.take(lending, general_manager, [mine, theirs], 403).problem == "forbidden"
        assert self.take(lending, member, [mine, mine], 422).faults == {"/device_ids/1": "duplicate_item"}

    def test_one_device_in_two_spellings(self, lending, member):
        device = lending.device()["id"]
        answer = member.post("usage-entries/batch", 422, lending.plan() | {"device_ids": [device, device.upper()]})
        assert answer.faults == {"/device_ids/1": "item_twice"}

    def test_not_into_a_closed_month(self, lending, member):
        answer = self.take(lending, member, [lending.device()], 409, out_at="2026-08-10T09:00:00+09:00",
                           due_at="2026-08-10T10:00:00+09:00", late_reason="記入漏れ", returned={
                               "returned_at": "2026-08-10T10:00:00+09:00", "storage_location_id": lending.shelf(), "locked": True})
        assert answer.problem == "month-closed"

    def test_two_sets_that_overlap_crosswise(self, lending, member, colleague):
        """Devices are locked in one order, so neither waits for the other for ever."""
        devices = [lending.device() for _ in range(4)]
        answers = together(lambda: self.take(lending, member, devices, (201, 409)),
                           lambda: self.take(lending, colleague, devices[::-1], (201, 409)))
        assert sorted(a.status for a in answers) == [201, 409]


class TestClients:
    @pytest.fixture
    def client(self, a_client):
        """client("rinko"): one with the scopes of usage."""
        return lambda *departments: a_client("usage:read", "usage:write", of=departments)

    def test_one_bound_to_a_department_lends_its_devices_only(self, lending, client, device):
        kiosk = client(STATION)
        entry = lending.out(kiosk, device)
        assert entry["user_staff_id"] == lending.staff["210002"] and entry["recorded_by_id"] not in lending.staff.values()
        assert lending.back(kiosk, entry)["status"] == "returned"
        assert lending.act(kiosk, entry, "confirmation", 403).problem == "insufficient-scope"
        other = client("kawasaki")
        assert lending.out(other, device, 422).faults == {"/device_id": "not_found"}
        assert lending.back(other, entry, 404).problem == "not-found"
        assert {e["department_id"] for e in other.every("usage-entries")} == {lending.departments["kawasaki"]}

    def test_one_bound_to_none_lends_all(self, lending, client, device):
        entry = lending.out(client(), device)
        assert lending.act(client(), entry, "extension", 200, {"due_at": after(hours=9), "reason": "延長"})["status"] == "out"
