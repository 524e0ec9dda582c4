"""Lending (art5.1.3, art6, art7): check, check-out, return, extension, hand-over, confirmations, corrections, import."""

import concurrent.futures
import contextlib
import itertools
import uuid

import pytest

from harness.lending import after

STATION = "rinko"


@pytest.fixture
def device(lending):
    return lending.device()


def parallel(calls):
    """The answers of all calls, made at once."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def reserve(database, device, begin, end):
    database.run("""INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
                    SELECT api.new_id(), id, department_id, 'reservation', true, tstzrange(%s, %s) FROM devices WHERE id = %s""",
                 begin, end, device["id"])


class TestCheck:
    def test_it_is_permitted_and_nothing_changes(self, lending, member, device, database):
        before = database.fingerprint()
        answer = lending.check(member, device)
        assert answer.json == {"verdict": "permitted", "regulation_version": "2025-10-16", "findings": []}
        assert database.fingerprint() == before

    def test_every_rule_speaks_and_none_stops_another(self, lending, member, device):
        lending.out(member, device)
        answer = lending.check(member, device, purpose="other", user="220002")
        assert answer["verdict"] == "refused"
        assert answer.rules == {"check_out.device_available": "violation", "check_out.purpose": "violation",
                                "check_out.other_department": "exception"}

    def test_a_device_that_is_out_or_overdue(self, lending, member, device, start_service):
        lending.out(member, device)
        assert lending.check(member, device).rules == {"check_out.device_available": "violation"}
        later = start_service(KIKI_CLOCK_OFFSET_S=str(86400)).staff("210002")
        overdue = lending.check(later, device, due_at=after(days=2))
        assert overdue.rules == {"check_out.device_available": "violation"}
        assert overdue["findings"][0]["detail"] != lending.check(member, device)["findings"][0]["detail"]

    def test_a_device_that_was_disposed_of(self, lending, general_manager, device):
        general_manager.post(f"devices/{device['id']}/disposal", 200, {
            "disposed_on": after(days=-1)[:10], "reason": "故障", "erasure_method": "物理破壊", "erased_on": after(days=-1)[:10]},
            match=general_manager.get(f"devices/{device['id']}"))
        assert lending.check(general_manager, device).rules == {"check_out.device_available": "violation"}

    @pytest.mark.parametrize("condition", ["in_repair", "lost"])
    def test_a_device_in_repair_or_lost(self, lending, member, device, database, condition):
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE devices SET condition = %s WHERE id = %s", condition, device["id"])
        assert lending.check(member, device).rules == {"check_out.device_available": "violation"}

    def test_a_device_that_no_department_holds(self, lending, general_manager):
        in_stock = lending.device(department=None)
        assert lending.check(general_manager, in_stock).rules == {"check_out.placed": "violation"}
        assert lending.out(general_manager, in_stock, 409).rules == {"check_out.placed": "violation"}

    def test_a_reservation_in_the_way(self, lending, member, device, database):
        reserve(database, device, after(hours=1), after(hours=3))
        assert lending.check(member, device).rules == {"check_out.reserved": "violation"}
        assert lending.check(member, device, due_at=after(minutes=50))["verdict"] == "permitted"
        entry = lending.out(member, device, due_at=after(minutes=30))
        refused = lending.act(member, entry, "extension", 409, {"due_at": after(hours=2), "reason": "延長"})
        assert refused.problem == "device-occupied"

    @pytest.mark.parametrize("purpose, rule", [("other", "check_out.purpose"), ("approved_other", "check_out.purpose_approval")])
    def test_a_purpose_that_is_not_allowed(self, lending, member, device, purpose, rule):
        answer = lending.check(member, device, purpose=purpose)
        assert answer["verdict"] == "refused" and answer.rules == {rule: "violation"}

    @pytest.mark.parametrize("purpose", ["training", "document_work", "system_update"])
    def test_a_purpose_that_is(self, lending, member, device, purpose):
        assert lending.check(member, device, purpose=purpose)["verdict"] == "permitted"

    def test_a_web_meeting_that_cites_none(self, lending, member, device):
        answer = lending.check(member, device, purpose="web_meeting")
        assert answer["verdict"] == "permitted" and answer.rules == {"check_out.meeting": "advice"}

    def test_a_user_of_another_department(self, lending, member, device):
        answer = lending.check(member, device, user="220002")
        assert answer["verdict"] == "permitted_with_exception" and answer.rules == {"check_out.other_department": "exception"}

    def test_the_last_return_was_not_locked(self, lending, member, colleague, device):
        entry = lending.out(member, device)
        lending.back(member, entry, locked=False)
        assert lending.check(colleague, device).rules == {"check_out.storage_confirmed": "exception"}
        lending.act(colleague, entry, "storage-confirmation")
        assert lending.check(colleague, device)["verdict"] == "permitted"

    def test_a_later_locked_return_settles_an_unlocked_one(self, lending, member, device):
        lending.back(member, lending.out(member, device), locked=False)
        lending.back(member, lending.out(member, device, exception_reason="前回の保管は別に確認する"))
        assert lending.check(member, device)["verdict"] == "permitted"

    def test_both_languages(self, lending, member, device):
        plan = lending.plan(purpose="other") | {"device_id": device["id"]}
        japanese, english = (member.post("usage-entries/check", 200, plan, headers={"Accept-Language": language})["findings"][0]
                             for language in ("ja", "en"))
        assert japanese["rule"] == english["rule"] and japanese["clauses"] == english["clauses"] == ["art7.1.1"]
        for text in ("title", "detail", "remedy"):
            assert not japanese[text].isascii() and english[text].isascii()

    def test_reasons_are_not_asked_for(self, lending, member, device):
        answer = lending.check(member, device, user="220002", out_at=after(days=-1), due_at=after(hours=-20))
        assert answer["verdict"] == "permitted_with_exception"

    def test_the_version_of_the_regulation_is_that_of_the_day(self, lending, member, device):
        old = lending.check(member, device, out_at="2025-10-15T23:59:59+09:00", due_at="2025-10-16T01:00:00+09:00")
        new = lending.check(member, device, out_at="2025-10-16T00:00:00+09:00", due_at="2025-10-16T01:00:00+09:00")
        assert (old["regulation_version"], new["regulation_version"]) == ("2021-03-11", "2025-10-16")

    def test_what_cannot_be(self, lending, member, device):
        for members, faults in (
                ({"due_at": after(minutes=-1)}, {"/due_at": "not_after_out"}),
                ({"due_at": after(days=32)}, {"/due_at": "loan_too_long"}),
                ({"out_at": after(minutes=5)}, {"/out_at": "future"})):
            answer = lending.check(member, device, 422, **members)
            assert answer.problem == "value-not-accepted" and answer.faults == faults

    def test_ids_that_name_nothing(self, lending, member, device, other_usage_manager):
        theirs = other_usage_manager.every("devices")[0]
        for missing in ({"id": str(uuid.uuid4())}, theirs):
            assert lending.check(member, missing, 422).faults == {"/device_id": "not_found"}
        for name in ("user_staff_id", "meeting_id", "reservation_id", "determination_id", "purpose_approval_id"):
            answer = lending.check(member, device, 422, **{name: str(uuid.uuid4())})
            assert answer.problem == "reference-not-found" and answer.faults == {f"/{name}": "not_found"}

    def test_an_auditor_may_ask(self, lending, auditor, device):
        assert lending.check(auditor, device)["verdict"] == "permitted"


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
        answer = lending.out(member, device, 409, purpose="other", purpose_note="試験")
        assert answer.problem == "check-out-refused" and answer.rules == {"check_out.purpose": "violation"}
        assert database.fingerprint() == before

    def test_a_refusal_is_replayed_under_its_key(self, lending, member, device):
        key, body = str(uuid.uuid4()), lending.plan(purpose="other") | {"device_id": device["id"]}
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
        answers = parallel([lambda caller=caller: caller.post("usage-entries", (201, 409), plan) for caller in callers])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 19
        for answer in answers:
            assert answer.status == 201 or answer.rules == {"check_out.device_available": "violation"}
        assert database.value("SELECT count(*) FROM usage_entries WHERE device_id = %s", device["id"]) == 1

    def test_twenty_at_once_under_one_key_are_one_request(self, lending, patient_service, device, database):
        callers = [patient_service.staff("210002") for _ in range(20)]
        plan, key = lending.plan() | {"device_id": device["id"]}, str(uuid.uuid4())
        answers = parallel([lambda caller=caller: caller.post("usage-entries", (201, 409), plan, key=key) for caller in callers])
        made = [answer for answer in answers if answer.status == 201]
        assert all(answer.problem == "request-in-progress" for answer in answers if answer.status != 201)
        assert len({answer.text for answer in made}) == 1 and len({answer.etag for answer in made}) == 1
        assert sum("Idempotency-Replayed" not in answer.headers for answer in made) <= 1
        assert database.value("SELECT count(*) FROM usage_entries WHERE device_id = %s", device["id"]) == 1

    def test_taking_and_bringing_back_in_turns(self, lending, service, device, database):
        """Out and back again by many at once: never two at a time, and no faults."""
        shelf, plan = lending.shelf(), lending.plan() | {"device_id": device["id"]}

        def turns(caller):
            statuses = []
            for _ in range(8):
                out = caller.post("usage-entries", (201, 409), plan)
                statuses.append(out.status)
                if out.status == 201:
                    caller.post(f"usage-entries/{out['id']}/return", 200, {"storage_location_id": shelf, "locked": True}, match=out)
            return statuses

        callers = [service.staff(f"21000{2 + n}") for n in range(5)]
        statuses = list(itertools.chain(*parallel([lambda caller=caller: turns(caller) for caller in callers])))
        assert statuses.count(201) >= 8
        overlaps = database.value("""SELECT count(*) FROM usage_states a JOIN usage_entries e ON e.id = a.id
                                       JOIN usage_entries f ON f.device_id = e.device_id AND f.id > e.id
                                       JOIN usage_states b ON b.id = f.id
                                      WHERE e.device_id = %s AND tstzrange(e.out_at, a.returned_at) && tstzrange(f.out_at, b.returned_at)""",
                                  device["id"])
        assert overlaps == 0


class TestClients:
    @pytest.fixture(scope="class")
    def client(self, service, operator, lending):
        """Makes an API client with the scopes of usage, bound to the departments of these codes."""
        def make(*departments):
            name = f"kiosk-{uuid.uuid4().hex[:8]}"
            bound = {"department_ids": [lending.departments[code] for code in departments]} if departments else {}
            operator.post("api-clients", 201, {"client_id": name, "name": "貸出端末", "scopes": ["usage:read", "usage:write"]} | bound)
            return service.client(name, "usage:read usage:write")
        return make

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
        assert entry.rules == {"check_out.purpose": "violation", "check_out.other_department": "exception"}

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
        answer = member.post("usage-entries/batch", 409, lending.plan() | {"device_ids": [device, device.upper()]})
        assert answer.problem == "device-occupied"

    def test_not_into_a_closed_month(self, lending, member):
        answer = self.take(lending, member, [lending.device()], 409, out_at="2026-08-10T09:00:00+09:00",
                           due_at="2026-08-10T10:00:00+09:00", late_reason="記入漏れ")
        assert answer.problem == "month-closed"

    def test_two_sets_that_overlap_crosswise(self, lending, member, colleague):
        """Devices are locked in one order, so neither waits for the other for ever."""
        devices = [lending.device() for _ in range(4)]
        answers = parallel([lambda: self.take(lending, member, devices, (201, 409)),
                            lambda: self.take(lending, colleague, devices[::-1], (201, 409))])
        assert sorted(a.status for a in answers) == [201, 409]


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
        answers = parallel([lambda c=c: c.post(f"usage-entries/{entry['id']}/return", (200, 412), body, match=entry) for c in callers])
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

    def test_a_borrower_of_another_department_leaves_it_to_the_lender(self, lending, member, other_member, other_usage_manager, device):
        entry = lending.out(member, device, user="220002", exception_reason="合同訓練")
        for caller in (other_member, other_usage_manager):
            assert lending.back(caller, entry, 403).problem == "forbidden"


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
        entry = lending.out(member, device, out_at=after(hours=-1), late_reason="通信障害", purpose="other", purpose_note="展示")
        answer = self.hand(lending, member, entry, 409)
        assert answer.problem == "check-out-refused" and answer.rules == {"check_out.purpose": "violation"}
        assert member.get(f"usage-entries/{entry['id']}")["status"] == "out"

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
        answers = parallel([lambda c=c: c.post(path, (201, 412), body, match=entry) for c in callers])
        assert sorted(a.status for a in answers) == [201] + [412] * 9


class TestConfirmations:
    def test_an_unlocked_return_is_put_right_once(self, lending, member, colleague, other_member, general_manager, device, database):
        entry = lending.out(member, device)
        assert lending.act(member, entry, "storage-confirmation", 409).problem == "not-in-this-state"
        lending.back(member, entry, locked=False)
        path = f"usage-entries/{entry['id']}/storage-confirmation"
        assert member.post(path, 428).problem == "precondition-required"
        assert member.post(path, 412, match=entry).problem == "precondition-failed"
        assert other_member.post(path, 404, match=entry).problem == "not-found"
        assert lending.act(general_manager, entry, "storage-confirmation", 403).problem == "forbidden"
        assert lending.act(colleague, entry, "storage-confirmation", 422,
                           {"storage_location_id": lending.shelf("kawasaki")}).faults == {"/storage_location_id": "not_found"}
        answer = lending.act(colleague, entry, "storage-confirmation", 200, {"remarks": "翌朝確認"})
        assert answer["storage_confirmed_by_id"] == lending.staff["210003"] and answer["storage_confirmed_at"] and not answer["locked"]
        assert [e["type"] for e in database.events(answer)] == ["usage_entry.storage_confirmed"]
        assert [a["subject_type"] for a in database.audit(answer)] == ["usage_storage_confirmations"]
        assert lending.act(member, entry, "storage-confirmation", 409).problem == "not-in-this-state"

    def test_a_locked_return_needs_none(self, lending, member, device):
        entry = lending.out(member, device)
        lending.back(member, entry)
        assert lending.act(member, entry, "storage-confirmation", 409).problem == "not-in-this-state"

    def test_the_usage_manager_confirms_once(self, lending, member, usage_manager, device, database):
        entry = lending.out(member, device)
        assert lending.act(usage_manager, entry, "confirmation", 409).problem == "not-in-this-state"
        lending.back(member, entry)
        assert lending.act(member, entry, "confirmation", 403).problem == "forbidden"
        path = f"usage-entries/{entry['id']}/confirmation"
        assert usage_manager.post(path, 428).problem == "precondition-required"
        assert usage_manager.post(path, 412, match=entry).problem == "precondition-failed"
        answer = lending.act(usage_manager, entry, "confirmation", 200, {"remarks": "確認済み"})
        assert (answer["status"], answer["confirmed_by_id"], answer["own_use_confirmed"], answer["confirmed_for_id"]) == (
            "confirmed", lending.staff["210001"], False, None)
        assert [e["type"] for e in database.events(answer)] == ["usage_entry.confirmed"]
        assert [a["subject_type"] for a in database.audit(answer)] == ["usage_confirmations"]
        assert lending.act(usage_manager, entry, "confirmation", 409).problem == "not-in-this-state"

    def test_an_own_use_is_shown_as_such(self, lending, usage_manager, device):
        assert lending.settled(usage_manager, device, user="210001")["own_use_confirmed"] is True

    def test_only_the_lenders_usage_manager(self, lending, member, other_usage_manager, general_manager, device):
        entry = lending.out(member, device, user="220002", exception_reason="合同訓練")
        lending.back(member, entry)
        for caller in (other_usage_manager, general_manager):
            assert lending.act(caller, entry, "confirmation", 403).problem == "forbidden"

    def test_an_acting_holder_confirms_in_both_names(self, lending, service, member, usage_manager, general_manager, device):
        post = general_manager.one("posts", code="rinko-head")
        general_manager.post(f"posts/{post['id']}/assignments", 201, {
            "staff_id": lending.staff["210004"], "kind": "acting", "from": after()[:10], "to": after(days=1)[:10], "reason": "出張"})
        entry = lending.out(member, device)
        lending.back(member, entry)
        answer = lending.act(service.staff("210004"), entry, "confirmation")
        assert (answer["confirmed_by_id"], answer["confirmed_for_id"]) == (lending.staff["210004"], lending.staff["210001"])


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
        assert lending.check(member, device).rules == {"check_out.storage_confirmed": "exception"}

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


class TestList:
    def test_newest_first_page_by_page(self, lending, member):
        mine = lending.departments[STATION]
        every = member.every("usage-entries", department_id=mine)
        assert [e["out_at"] for e in every] == sorted((e["out_at"] for e in every), reverse=True)
        paged, cursor = [], None
        while True:
            params = {"department_id": mine, "limit": 7} | ({"cursor": cursor} if cursor else {})
            page = member.get("usage-entries", 200, params=params)
            paged += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert [e["id"] for e in paged] == [e["id"] for e in every]
        oldest = member.every("usage-entries", department_id=mine, sort="out_at")
        assert [e["id"] for e in oldest] == [e["id"] for e in every][::-1]
        assert member.get("usage-entries", params={"department_id": mine, "include_total": "true"})["total"] == len(every)

    def test_filters(self, lending, member, usage_manager, device):
        first = lending.out(member, device, purpose="document_work")
        only = {"device_id": device["id"]}
        assert [e["id"] for e in member.every("usage-entries", status="out", **only)] == [first["id"]]
        assert member.every("usage-entries", status="overdue,returned,confirmed", **only) == []
        lending.back(member, first)
        assert [e["status"] for e in member.every("usage-entries", status="returned", **only)] == ["returned"]
        lending.act(usage_manager, first, "confirmation")
        second = lending.out(member, device, user="210003")
        assert [e["id"] for e in member.every("usage-entries", status="confirmed", **only)] == [first["id"]]
        assert [e["id"] for e in member.every("usage-entries", purpose="document_work,other", **only)] == [first["id"]]
        assert [e["id"] for e in member.every("usage-entries", user_staff_id=lending.staff["210003"], **only)] == [second["id"]]
        assert [e["id"] for e in member.every("usage-entries", out_at_from=second["out_at"], **only)] == [second["id"]]
        assert [e["id"] for e in member.every("usage-entries", out_at_to=first["out_at"], **only)] == [first["id"]]
        ours = member.every("usage-entries", department_id=lending.departments[STATION], status="out,overdue")
        assert second["id"] in [e["id"] for e in ours] and first["id"] not in [e["id"] for e in ours]

    def test_departments_one_or_several(self, lending, equipment_manager):
        ids = [lending.departments[code] for code in ("rinko", "kawasaki")]
        counts = [len(equipment_manager.every("usage-entries", department_id=one)) for one in ids]
        both = equipment_manager.every("usage-entries", department_id=",".join(ids))
        assert len(both) == sum(counts) and all(counts)
        assert {e["department_id"] for e in both} == set(ids)

    def test_bad_parameters(self, member):
        for name, value in (("status", "lost"), ("month", "2026-13"), ("sort", "purpose"), ("department_id", "x"), ("out_at_from", "now"),
                            ("device", str(uuid.uuid4()))):
            answer = member.get("usage-entries", 400, params={name: value})
            assert answer.problem == "invalid-parameter" and list(answer.faults) == [name]


class TestHiddenFromAnotherStation:
    @pytest.fixture
    def stranger(self, service):
        """The head of station saiwai, whose staff borrow nothing here."""
        return service.staff("230001")

    def test_every_entry_by_every_path(self, lending, stranger, member, device, database):
        """The same answer as for an id that does not exist, and no row changes."""
        lending.out(member, device)
        entries = [str(row["id"]) for row in database.rows(
            "SELECT id FROM usage_entries WHERE department_id = %s", lending.departments[STATION])]
        assert len(entries) > 20
        bodies = {"return": {"storage_location_id": lending.shelf("saiwai"), "locked": True},
                  "extension": {"due_at": after(hours=9), "reason": "x"},
                  "handover": {"user_staff_id": lending.staff["230002"], "due_at": after(hours=9)},
                  "storage-confirmation": {}, "confirmation": {}, "corrections": {"field": "purpose_note", "new_value": "x", "reason": "x"}}
        nothing = str(uuid.uuid4())
        before = database.fingerprint()

        def seen(answer):
            return {name: value for name, value in answer.json.items() if name not in ("instance", "request_id")}

        for entry in [*entries, nothing]:
            answers = [stranger.get(f"usage-entries/{entry}", 404), stranger.get(f"usage-entries/{entry}/corrections", 404)]
            answers += [stranger.post(f"usage-entries/{entry}/{what}", 404, body, match='"1.ja"') for what, body in bodies.items()]
            assert len({str(seen(answer)) for answer in answers}) == 1, answers
        assert database.fingerprint() == before

    def test_lists_and_ledgers(self, lending, stranger, device):
        theirs = lending.departments[STATION]
        assert stranger.every("usage-entries", department_id=theirs) == []
        assert stranger.every("usage-entries", device_id=device["id"]) == []
        assert {e["department_id"] for e in stranger.every("usage-entries")} == {lending.departments["saiwai"]}
        for path in (f"departments/{theirs}/ledgers/2026-09", f"departments/{theirs}/ledgers/2026-09/closure",
                     f"departments/{uuid.uuid4()}/ledgers/2026-09"):
            for form in ({}, {"Accept": "text/csv"}):
                assert stranger.get(path, 404 if "closure" not in path or not form else 406, headers=form).problem
        answer = stranger.post(f"departments/{theirs}/ledgers/2026-09/closure", 404, match='"1.ja"')
        assert answer.problem == "not-found"

    def test_rows_stay_hidden_without_any_condition(self, cluster, database, lending):
        """The second lock: what a statement without its WHERE would see and write as the head of saiwai."""
        connection = cluster.connect(database.name, "kiki_service")
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("SELECT api.enter('', %s, NULL, '', '{user,usage_manager}', 'test', 'test')", ["230001"])
            for table in ("usage_entries", "usage_states", "usage_returns", "usage_confirmations", "device_occupations",
                          "ledger_closures"):
                cursor.execute(f"SELECT DISTINCT department_id::text FROM {table}")
                assert cursor.fetchall() == [(lending.departments["saiwai"],)], table
        connection.rollback()
        connection.close()


HEADER = ("device_code,user_staff_number,purpose,purpose_note,out_at,due_at,returned_at,storage_location,locked,"
          "storage_confirmed_at,storage_confirmed_by_staff_number,confirmed_at,confirmed_by_staff_number,remarks")


class TestImport:
    place = "事務室 鍵付きキャビネット"

    def row(self, device, day="2026-10-07", **members):
        row = {"device_code": device["code"], "user_staff_number": "210002", "purpose": "training", "purpose_note": "研修",
               "out_at": f"{day}T09:00:00+09:00", "due_at": f"{day}T12:00:00+09:00", "returned_at": f"{day}T11:30:00+09:00",
               "storage_location": self.place, "locked": "true", "confirmed_at": f"{day}T17:00:00+09:00",
               "confirmed_by_staff_number": "210001"} | members
        return ",".join(row.get(name, "") for name in HEADER.split(","))

    def load(self, caller, *rows, status=200, **rest):
        return caller.upload("usage-entries/import", "\r\n".join([HEADER, *rows]) + "\r\n", status, **rest)

    @pytest.fixture
    def device(self, lending, database):
        """Held by the station for long."""
        device = lending.device()
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE placements SET during = tstzrange('2026-04-01', NULL) WHERE device_id = %s", device["id"])
        return device

    def test_past_entries_are_written_settled_and_not_judged(self, lending, equipment_manager, member, device, database):
        answer = self.load(equipment_manager, self.row(device), self.row(
            device, "2026-10-08", locked="いいえ", storage_confirmed_at="R8.10.9 8:30", storage_confirmed_by_staff_number="210003",
            confirmed_at="", confirmed_by_staff_number="", remarks="机上に返却", purpose="WEB会議"))
        assert answer.json == {"dry_run": False, "rows": 2, "items": [{"line": 2, "action": "create"}, {"line": 3, "action": "create"}]}
        second, first = member.every("usage-entries", device_id=device["id"])
        assert (first["status"], first["source"], first["verdict"], first["confirmed_by_id"], first["month"]) == (
            "confirmed", "imported", None, lending.staff["210001"], "2026-10")
        assert first["user_name"] and first["department_id"] == lending.departments[STATION] and first["confirmed_at"].startswith("2026-10-07T17")
        assert (second["status"], second["purpose"], second["remarks"], second["storage_confirmed_at"]) == (
            "returned", "web_meeting", "机上に返却", "2026-10-09T08:30:00+09:00")
        assert [e["type"] for e in database.events(answer)] == ["usage_entries.imported"]
        assert {a["subject_type"] for a in database.audit(answer)} == {
            "usage_entries", "usage_returns", "usage_storage_confirmations", "usage_confirmations"}
        assert lending.check(member, device)["verdict"] == "permitted"

    def test_a_dry_run_writes_nothing(self, equipment_manager, device, database):
        before = database.fingerprint()
        assert self.load(equipment_manager, self.row(device), params={"dry_run": "true"})["dry_run"] is True
        assert database.fingerprint() == before

    def test_cp932(self, equipment_manager, member, device):
        self.load(equipment_manager, self.row(device, purpose_note="髙橋研修"), charset="cp932")
        assert member.every("usage-entries", device_id=device["id"])[0]["purpose_note"] == "髙橋研修"

    def test_every_bad_row_is_named_and_none_is_written(self, lending, equipment_manager, device, database):
        in_stock = lending.device(department=None)
        before = database.fingerprint()
        answer = self.load(
            equipment_manager,
            self.row(device),                                                                          # 2, fine
            self.row(device, out_at="2026-10-07T11:00:00+09:00"),                                      # 3
            self.row({"code": "NONE-1"}), self.row(in_stock),                                          # 4, 5
            self.row(device, "2026-10-01", user_staff_number="999999"),                                # 6
            self.row(device, "2026-10-02", storage_location="どこか"),                                  # 7
            self.row(device, "2026-10-03", due_at="2026-10-03T08:00:00+09:00"),                        # 8
            self.row(device, "2026-10-04", returned_at="2026-10-04T08:00:00+09:00"),                   # 9
            self.row(device, "2026-08-05"),                                                            # 10
            self.row(device, "2026-10-06", purpose="other", purpose_note=""),                          # 11
            self.row(device, "2026-10-10", confirmed_by_staff_number=""),                              # 12
            self.row(device, "2026-10-11", confirmed_at="2026-10-11T10:00:00+09:00"),                  # 13
            self.row(device, "2026-10-12", storage_confirmed_at="2026-10-12T13:00:00+09:00",
                     storage_confirmed_by_staff_number="210003"),                                      # 14
            self.row(device, "2026-10-13", purpose="遊び"),                                            # 15
            status=422)
        assert answer.problem == "import-refused"
        found = {(row["line"], row["column"], row["code"]) for row in answer["rows"]}
        assert found >= {(3, "out_at", "occupied_by_row"), (4, "device_code", "not_found"), (5, "device_code", "not_placed"),
                         (6, "user_staff_number", "not_found"), (7, "storage_location", "not_found"), (8, "due_at", "not_after_out"),
                         (9, "returned_at", "before_out"), (10, "out_at", "month_closed"), (11, "purpose_note", "required"),
                         (12, "confirmed_by_staff_number", "not_found"), (13, "confirmed_at", "before_return"),
                         (14, "storage_confirmed_at", "was_locked"), (15, "purpose", "enum")}
        assert {line for line, _, _ in found} == set(range(3, 16))
        assert database.fingerprint() == before

    def test_what_is_there_already_is_in_the_way(self, equipment_manager, device):
        self.load(equipment_manager, self.row(device))
        answer = self.load(equipment_manager, self.row(device), status=422)
        assert [(row["line"], row["code"]) for row in answer["rows"]] == [(2, "occupied")]

    def test_only_the_equipment_manager(self, usage_manager, general_manager, device):
        for caller in (usage_manager, general_manager):
            assert self.load(caller, self.row(device), status=403).problem == "forbidden"

    OCCUPY = """INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
                SELECT api.new_id(), id, department_id, 'reservation', true, '[2026-10-07T10:00+09,2026-10-07T11:00+09)'
                  FROM devices WHERE id = %(device)s"""
    CLOSE = """INSERT INTO ledger_closures (department_id, month, closed_by_id)
               SELECT %(department)s, '2026-10-01', id FROM staff LIMIT 1"""

    @pytest.mark.parametrize("lock, statement, problem, fault", [
        # Under the month's lock, as everybody: it is judged afterwards.
        ("SELECT api.hold_ledger(%(department)s, '2026-10-01', true)", OCCUPY, "import-refused", "occupied"),
        ("SELECT api.hold_ledger(%(department)s, '2026-10-01', true)", CLOSE, "import-refused", "month_closed"),
        # Without it, between the judging and the writing: the database decides.
        ("LOCK TABLE usage_entries IN SHARE MODE", OCCUPY, "device-occupied", None),
        ("LOCK TABLE usage_entries IN SHARE MODE", CLOSE, "month-closed", None),
    ])
    def test_what_others_do_meanwhile(self, lending, equipment_manager, cluster, database, device, lock, statement, problem, fault):
        values = {"device": device["id"], "department": lending.departments[STATION]}
        with contextlib.closing(cluster.connect(database.name)) as other, other.cursor() as cursor, \
                concurrent.futures.ThreadPoolExecutor() as pool:
            other.autocommit = False
            cursor.execute("SET search_path = kiki, api; SELECT set_config('kiki.operation', 'test', false)")
            cursor.execute(lock, values)
            cursor.execute(statement, values)
            waiting = pool.submit(self.load, equipment_manager, self.row(device), status=422 if fault else 409)
            wait_for_a_lock(database)
            other.commit()
            answer = waiting.result()
            assert answer.problem == problem and (not fault or [row["code"] for row in answer["rows"]] == [fault])
            cursor.execute("DELETE FROM device_occupations WHERE device_id = %(device)s; DELETE FROM ledger_closures WHERE month = '2026-10-01'", values)
            other.commit()


def wait_for_a_lock(database):
    """Until some backend waits for another."""
    for _ in range(200):
        if database.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return
        database.run("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits")
