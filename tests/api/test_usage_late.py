"""What was taken out while nothing could be recorded, written down afterwards (art5.1.3): with its return when it has ended,
otherwise as a check-out that began a little ago."""

import datetime
import uuid

import pytest

from harness.lending import after, now, reserve
from harness.together import together

STATION = "rinko"
ENTRIES = "/api/v1/usage-entries/"


@pytest.fixture
def ended(lending, member, device):
    """Writes down a use that has ended, of a device at station rinko between two hours counted from one moment."""
    began = now()

    def at(hours):
        return (began + datetime.timedelta(hours=hours)).isoformat()

    def ended(begin=-5, end=-4, status=201, caller=member, of=device, back=None, **members):
        times = {"out_at": at(begin), "due_at": at(end), "late_reason": "通信障害のため"}
        returned = {"returned_at": at(end), "storage_location_id": lending.shelf(), "locked": True} | (back or {})
        return lending.out(caller, of, status, **times | {"returned": returned} | members)
    return ended


@pytest.fixture
def going_on(lending, member, device):
    def going_on(begin=-5, due=4, status=201, caller=member, **members):
        return lending.out(caller, device, status, out_at=after(hours=begin), due_at=after(hours=due), late_reason="通信障害のため", **members)
    return going_on


class TestEnded:
    def test_it_is_written_down_with_its_return(self, ended, member, lending, database):
        answer = ended(accessories=["三脚"], back={"abnormality": "傷", "accessories_missing": ["三脚"], "remarks": "会議室に置き忘れ"})
        entry = answer.json
        expected = {"source": "late", "late_reason": "通信障害のため", "status": "returned", "version": 2, "locked": True, "handed_over": False,
                    "storage_location_id": lending.shelf(), "returned_by_id": lending.staff["210002"], "abnormality": "傷",
                    "accessories_missing": ["三脚"], "remarks": "会議室に置き忘れ", "verdict": "permitted", "findings": []}
        assert {name: entry[name] for name in expected} == expected and entry["out_at"] < entry["returned_at"] < entry["created_at"]
        read = member.get(f"usage-entries/{entry['id']}")
        assert read.json == entry and read.etag == answer.etag == '"2.ja"'
        assert sorted((a["subject_type"], a["action"]) for a in database.audit(answer)) == [("usage_entries", "insert"), ("usage_returns", "insert")]
        assert [e["type"] for e in database.events(answer)] == ["usage_entry.checked_out", "usage_entry.returned"]

    def test_what_the_rules_say_stays_with_it(self, ended, member, lending, usage_manager):
        entry = ended(purpose="approved_other", user="220002")
        assert entry["verdict"] == "refused" and entry["exception_reason"] is None
        assert entry.rules == {"check_out.purpose_approval": "violation", "check_out.other_department": "exception"}
        assert member.get(f"usage-entries/{entry['id']}").rules == entry.rules
        assert lending.act(usage_manager, entry, "confirmation")["status"] == "confirmed"

    def test_it_is_refused_on_overlap_only(self, ended, member, device, lending):
        first = ended()
        for begin, end in ((-4.5, -3), (-6, -4.5), (-4.7, -4.3), (-6, -3), (-5, -4)):
            refused = ended(begin, end, 409)
            assert refused.problem == "check-out-refused" and refused.rules == {"check_out.device_available": "violation"}
            assert refused["findings"][0]["out"]["usage_entry_id"] == first["id"]
        assert lending.check(member, device, out_at=after(hours=-4.5), due_at=after(hours=-3), returned={
            "returned_at": after(hours=-3), "storage_location_id": lending.shelf(), "locked": True})["verdict"] == "refused"
        ended(-4, -3)
        ended(-6, -5)

    def test_a_moment_lies_in_no_other_use(self, ended):
        ended(-6, -5)
        moment = after(hours=-5.5)
        assert ended(out_at=moment, back={"returned_at": moment}, status=409).problem == "check-out-refused"
        moment = after(hours=-4.5)
        ended(out_at=moment, back={"returned_at": moment})
        assert ended(-4.6, -4.4, 409).problem == "check-out-refused"

    def test_its_time_is_up_to_its_return(self, ended, lending, colleague, device):
        """Somebody else had the device before this use was due."""
        ended(-5, -1, back={"returned_at": after(hours=-4, seconds=-30)})
        ended(-3, -2)
        entry = lending.out(colleague, device)
        ended(-0.9, -0.5)
        assert ended(-0.5, 0.5, 409, back={"returned_at": after(seconds=2)}).problem == "check-out-refused"
        lending.back(colleague, entry)

    def test_the_return_is_one_like_any(self, ended, lending, database, member, device):
        lending.out(member, device)  # one that is out now is no matter
        shed = lending.place(STATION, lockable=False)
        for back, faults in (({"returned_at": after(minutes=5)}, {"/returned/returned_at": "future"}),
                             ({"returned_at": after(hours=-6)}, {"/returned/returned_at": "before_out"}),
                             ({"storage_location_id": lending.shelf("kawasaki")}, {"/returned/storage_location_id": "not_found"}),
                             ({"storage_location_id": None, "storage_location": "ない棚"}, {"/returned/storage_location": "not_found"}),
                             ({"storage_location_id": None}, {"/returned/storage_location_id": "no_place_of_its_own"}),
                             ({"storage_location": "棚"}, {"/returned/storage_location": "named_twice"}),
                             ({"storage_location_id": shed["id"]}, {"/returned/locked": "location_not_lockable"})):
            back = {name: value for name, value in ({"returned_at": after(hours=-4), "storage_location_id": lending.shelf(), "locked": True} | back).items()
                    if value is not None}
            answer = lending.out(member, device, 422, out_at=after(hours=-5), due_at=after(hours=-4), late_reason="記入漏れ", returned=back)
            assert answer.faults == faults, answer
        for members, pointer in (({"returned": {"locked": True}}, "/returned/returned_at"), ({"returned": {"returned_at": after()}}, "/returned/locked")):
            answer = lending.out(member, device, 422, out_at=after(hours=-5), late_reason="記入漏れ", **members)
            assert answer.problem == "validation-failed" and pointer in answer.faults
        now = lending.out(member, device, 422, returned={"returned_at": after(), "locked": True, "storage_location_id": lending.shelf()})
        assert now.faults == {"/out_at": "required"}
        assert not database.value("SELECT count(*) FROM usage_entries WHERE source = 'late' AND device_id = %s", device["id"])

    def test_at_a_place_by_its_name(self, ended, lending):
        place = lending.place(STATION)
        entry = lending.out(lending.service.staff("210002"), lending.device(), out_at=after(hours=-5), late_reason="記入漏れ", returned={
            "returned_at": after(hours=-4), "storage_location": place["name"], "locked": True})
        assert entry["storage_location_id"] == place["id"]

    def test_it_was_not_locked_away(self, ended, lending, member, device):
        entry = ended(back={"locked": False})
        assert lending.check(member, device).rules == {"check_out.storage_confirmed": "advice"}
        lending.act(member, entry, "storage-confirmation")
        assert lending.check(member, device).rules == {}

    def test_a_reservation_that_was_in_the_way(self, ended, device, database):
        reserve(database, device, after(hours=-4), after(hours=-3))
        assert ended(-5, -3.5, 409).problem == "device-occupied"

    def test_twenty_at_once_write_it_once(self, lending, patient_service, device, database):
        plan = lending.plan(out_at=after(hours=-5), due_at=after(hours=-4), late_reason="記入漏れ", returned={
            "returned_at": after(hours=-4), "storage_location_id": lending.shelf(), "locked": True}) | {"device_id": device["id"]}
        callers = [patient_service.staff(f"21000{2 + n % 5}") for n in range(20)]
        answers = together(*[lambda caller=caller: caller.post("usage-entries", (201, 409), plan) for caller in callers])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 19
        assert all(answer.rules == {"check_out.device_available": "violation"} for answer in answers if answer.status == 409)
        assert database.value("SELECT count(*) FROM usage_returns JOIN usage_entries entry ON entry.id = usage_entry_id"
                              " WHERE device_id = %s", device["id"]) == 1

    def test_a_replay_is_harmless(self, ended, database, device):
        key, count = str(uuid.uuid4()), "SELECT count(*) FROM usage_entries WHERE device_id = %s"
        times = {"out_at": after(hours=-5), "due_at": after(hours=-4), "back": {"returned_at": after(hours=-4)}}
        first, again = (ended(key=key, **times) for _ in range(2))
        assert again.text == first.text and again.etag == first.etag and database.value(count, device["id"]) == 1

    def test_a_set(self, lending, member, database):
        devices = [lending.device() for _ in range(3)]
        body = lending.plan(out_at=after(hours=-5), due_at=after(hours=-4), late_reason="記入漏れ", returned={
            "returned_at": after(hours=-4), "storage_location_id": lending.shelf(), "locked": True})
        answer = member.post("usage-entries/batch", 201, body | {"items": [
            {"device_id": devices[0]["id"]}, {"device_code": devices[1]["code"], "returned": body["returned"] | {"locked": False}},
            {"device_id": devices[2]["id"]}]})
        assert [(entry["status"], entry["locked"], entry["version"]) for entry in answer["items"]] == [
            ("returned", True, 2), ("returned", False, 2), ("returned", True, 2)]
        assert sorted(e["type"] for e in database.events(answer)) == 3 * ["usage_entry.checked_out"] + 3 * ["usage_entry.returned"]
        for entry in answer["items"]:
            assert member.get(f"usage-entries/{entry['id']}").json == entry
        refused = member.post("usage-entries/batch", 409, body | {"device_ids": [lending.device()["id"], devices[0]["id"]]})
        assert [finding["device_id"] for finding in refused["findings"]] == [devices[0]["id"]]


class TestGoesOn:
    def test_it_is_brought_back_later(self, going_on, lending, member):
        entry = going_on()
        assert (entry["source"], entry["status"], entry["version"]) == ("late", "out", 1)
        assert going_on(-4, 1, 409).problem == "check-out-refused"
        assert lending.back(member, entry, returned_at=after(hours=-1))["status"] == "returned"

    def test_it_began_within_a_day(self, going_on, lending, member, device):
        assert going_on(-24.01, 4, 422).faults == {"/out_at": "begun_too_long_ago"}
        assert lending.check(member, device, 422, out_at=after(days=-2), due_at=after(hours=1)).faults == {"/out_at": "begun_too_long_ago"}
        assert going_on(-23.99)["status"] == "out"

    def test_it_is_refused_like_one_of_now(self, going_on, device, database):
        before = database.fingerprint()
        assert going_on(status=409, purpose="approved_other").rules == {"check_out.purpose_approval": "violation"}
        answer = going_on(status=422, user="220002")
        assert answer.problem == "exception-reason-required" and answer.rules == {"check_out.other_department": "exception"}
        assert database.fingerprint() == before
        assert going_on(user="220002", exception_reason="合同訓練のため")["verdict"] == "permitted_with_exception"

    def test_somebody_had_the_device_since(self, going_on, ended, lending, colleague, device):
        ended(-3, -2)
        assert going_on(status=409, due=-3.5).rules == {"check_out.device_available": "violation"}
        entry = going_on(-1.9, -1)  # overdue from the beginning
        assert entry["status"] == "overdue"
        assert going_on(-4, 1, 409, caller=colleague).problem == "check-out-refused"

    def test_a_device_that_was_lost_meanwhile(self, going_on, ended, device, database):
        """One that goes on is used now as well; one that had ended before is another matter."""
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE devices SET condition = 'lost' WHERE id = %s", device["id"])
        database.run("""INSERT INTO device_records (created_at, device_id, kind, occurred_on, reason, changes, recorded_by_id)
                        SELECT %s, id, 'change', %s, '試験', '{"condition": ["usable", "lost"]}', id FROM devices WHERE id = %s""",
                     after(hours=-1), after(hours=-1)[:10], device["id"])
        assert going_on(status=409).rules == {"check_out.device_available": "violation"}
        assert ended().rules == {}


class TestBoth:
    def test_the_purpose_other_takes_a_note(self, ended):
        answer = ended(status=422, purpose="other")
        assert answer.problem == "value-not-accepted" and answer.faults == {"/purpose_note": "required"}

    def test_it_belongs_to_the_department_that_held_the_device_then(self, ended, lending, equipment_manager, other_member, device):
        equipment_manager.post("placements", 201, {"device_id": device["id"], "department_id": lending.departments["kawasaki"], "reason": "移管"})
        assert lending.out(other_member, device, user="220002")["department_id"] == lending.departments["kawasaki"]
        assert ended(status=403, caller=other_member, user="220002").problem == "forbidden"

    def test_no_department_held_the_device_then(self, lending, general_manager, a_client, database):
        """Nor does one now, so there is no ledger that it could stand in."""
        stock, client = lending.device(None), a_client("usage:read", "usage:write", "devices:read")
        times = {"out_at": "2026-10-05T09:00:00+09:00", "due_at": "2026-10-05T12:00:00+09:00", "late_reason": "記入漏れ",
                 "returned": {"returned_at": "2026-10-05T12:00:00+09:00", "locked": False}}
        before = database.fingerprint()
        assert lending.check(general_manager, stock, 422, **times).faults == {"/device_id": "not_placed"}
        assert lending.out(client, stock, 422, **times).faults == {"/device_id": "not_placed"}
        batch = client.post("usage-entries/batch", 422, lending.plan(**times) | {"device_ids": [stock["id"]]})
        assert batch.faults == {"/device_ids/0": "not_placed"}
        assert database.fingerprint() == before

    def test_before_the_regulation(self, ended, lending, operator):
        veteran = operator.post("staff", 201, {"number": "299002", "name": "仮名 次郎", "department_id": lending.departments[STATION],
                                               "from": "2020-04-01"})
        answer = ended(status=422, out_at="2021-03-10T12:00:00+09:00", due_at="2021-03-10T13:00:00+09:00", user_staff_id=veteran["id"])
        assert answer.problem == "value-not-accepted" and answer.faults == {"/out_at": "before_regulation"}

    def test_not_into_a_closed_month(self, ended):
        times = {"due_at": "2026-09-01T01:00:00+09:00", "back": {"returned_at": "2026-09-01T00:30:00+09:00"}}
        assert ended(status=409, out_at="2026-08-31T23:59:59+09:00", **times).problem == "month-closed"
        assert ended(out_at="2026-09-01T00:00:00+09:00", **times)["month"] == "2026-09"

    @pytest.mark.parametrize("out_at, month", [
        ("2026-09-30T23:59:59.999999+09:00", "2026-09"), ("2026-10-01T00:00:00+09:00", "2026-10"),
        ("2026-09-30T15:00:00Z", "2026-10"), ("2026-09-30T14:59:59Z", "2026-09"), ("2026-09-30T10:00:00-05:00", "2026-10")])
    def test_months_are_those_of_japan(self, ended, member, device, out_at, month):
        entry = ended(out_at=out_at, due_at="2026-10-01T03:00:00+09:00", back={"returned_at": "2026-10-01T03:00:00+09:00"})
        assert entry["month"] == month
        for asked in ("2026-09", "2026-10"):
            found = member.every("usage-entries", device_id=device["id"], month=asked)
            assert [e["id"] for e in found] == ([entry["id"]] if asked == month else [])
