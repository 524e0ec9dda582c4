"""What is kept and shown of a judgement: the rules that could not be judged stand beside the findings, and what is hidden
from the caller is judged all the same. What the service cannot read it takes for nothing."""

import pytest

from harness.meetings import PERSONAL, Meetings
from harness.service import Service

# Incidents, lines and security status are not kept yet.
ANY_DEVICE = ["check_out.device_available"]
TERMINAL = [*ANY_DEVICE, "check_out.data_cap", "check_out.security_current", "check_out.security_confirmed"]


@pytest.fixture(scope="module")
def meetings(service):
    return Meetings(service)


@pytest.fixture(scope="module")
def everywhere(service):
    """A client that writes for every department."""
    return service.enrolled("everywhere", "usage:read usage:write meetings:read meetings:write")


@pytest.fixture
def terminal(lending):
    return lending.device(kind="terminal")


class TestCheckOut:
    @pytest.mark.parametrize("kind, expected", [("camera", ANY_DEVICE), ("terminal", TERMINAL), ("mobile_router", TERMINAL)])
    def test_what_is_not_known_is_told(self, lending, member, kind, expected):
        answer = lending.check(member, lending.device(kind=kind))
        assert (answer["verdict"], answer["findings"], answer["not_judged"]) == ("permitted", [], expected)

    def test_only_of_rules_that_are_asked(self, lending, member, terminal):
        updating = lending.check(member, terminal, purpose="system_update")
        assert updating["not_judged"] == [*ANY_DEVICE, "check_out.data_cap"]

    def test_what_refuses_is_judged(self, lending, member, terminal):
        lending.out(member, terminal)
        answer = lending.check(member, terminal)
        assert answer["verdict"] == "refused" and answer["not_judged"] == TERMINAL[1:]

    def test_it_is_kept_with_the_entry(self, lending, member, terminal, database):
        entry = lending.out(member, terminal)
        assert (entry["verdict"], entry["not_judged"]) == ("permitted", TERMINAL)
        assert member.get(f"usage-entries/{entry['id']}")["not_judged"] == TERMINAL
        assert database.value("SELECT not_judged FROM usage_entries WHERE id = %s", entry["id"]) == TERMINAL
        (listed,) = member.every("usage-entries", device_id=terminal["id"])
        assert listed["not_judged"] == TERMINAL
        (event,) = database.events(entry)
        assert event["data"]["not_judged"] == TERMINAL
        audited = [row["after"] for row in database.audit(entry) if row["subject_type"] == "usage_entries"]
        assert [row["not_judged"] for row in audited] == [TERMINAL]

    def test_each_of_a_set_has_its_own(self, lending, member, terminal):
        camera = lending.device()
        body = lending.plan() | {"device_ids": [terminal["id"], camera["id"]]}
        entries = member.post("usage-entries/batch", 201, body)["items"]
        assert [(entry["device_id"], entry["not_judged"]) for entry in entries] == [
            (terminal["id"], TERMINAL), (camera["id"], ANY_DEVICE)]

    def test_a_late_recording_and_a_handover_have_theirs(self, lending, member, terminal):
        entry = lending.out(member, terminal)
        handed = lending.act(member, entry, "handover", 201, {"user_staff_id": lending.staff["210001"],
                                                              "due_at": lending.plan()["due_at"]})
        assert handed["not_judged"] == TERMINAL[1:]  # availability is not asked of it
        lending.back(member, handed)

    def test_a_refusal_says_it_too(self, lending, member, terminal):
        camera = lending.device()
        refused = lending.out(member, terminal, 409, purpose="approved_other")
        assert (refused.rules, refused["not_judged"]) == ({"check_out.purpose_approval": "violation"}, TERMINAL)
        body = lending.plan(purpose="approved_other") | {"device_ids": [camera["id"], terminal["id"]]}
        refused = member.post("usage-entries/batch", 409, body)
        assert [finding["device_id"] for finding in refused["findings"]] == [camera["id"], terminal["id"]]
        assert refused["not_judged"] == TERMINAL
        unexplained = lending.out(member, terminal, 422, user="220002")
        assert unexplained.problem == "exception-reason-required" and unexplained["not_judged"] == TERMINAL

    def test_imported_entries_are_not_judged_at_all(self, lending, member, equipment_manager):
        device = lending.device()
        (place,) = [place for place in equipment_manager.every("storage-locations") if place["id"] == lending.shelf()]
        columns = {"device_code": device["code"], "user_staff_number": "210002", "purpose": "training",
                   "out_at": "2026-10-07T03:00:00+09:00", "due_at": "2026-10-07T05:00:00+09:00",
                   "returned_at": "2026-10-07T04:00:00+09:00", "storage_location": place["name"], "locked": "true"}
        equipment_manager.upload("usage-entries/import", ",".join(columns) + "\n" + ",".join(columns.values()) + "\n", 200)
        (entry,) = member.every("usage-entries", device_id=device["id"], out_at_from=columns["out_at"], out_at_to=columns["out_at"])
        assert (entry["verdict"], entry["findings"], entry["not_judged"]) == (None, [], [])


class TestMeetings:
    def test_of_a_plan_everything_is_known(self, meetings, member, database):
        assert meetings.check(member)["not_judged"] == []
        meeting = meetings.create(member)
        assert meeting["not_judged"] == [] and member.get(f"meetings/{meeting['id']}")["not_judged"] == []
        assert meetings.create(member, 422, **PERSONAL)["not_judged"] == []


class TestWhatTheCallerDoesNotSee:
    def test_the_meeting_of_another_department_is_judged(self, meetings, lending, member, everywhere, terminal):
        """Who hands over does not see the meeting that the entry is for; that it was cancelled stands against it all the same."""
        meeting = meetings.create(everywhere, department="kawasaki", **meetings.soon())
        entry = lending.out(everywhere, terminal, purpose="web_meeting", meeting_id=meeting["id"])
        member.get(f"meetings/{meeting['id']}", 404)
        meetings.act(everywhere, meeting, "cancellation", 200, {"reason": "中止"})
        refused = lending.act(member, entry, "handover", 201, {"user_staff_id": lending.staff["210001"],
                                                               "due_at": lending.plan()["due_at"]})
        assert refused["verdict"] == "refused" and refused.rules == {"check_out.meeting": "violation"}

    def test_the_answer_that_another_department_asked_for_counts(self, meetings, member, everywhere, digital_office):
        answer = meetings.answered(everywhere, digital_office, department="kawasaki")
        member.get(f"service-consultations/{answer['id']}", 200)
        other = {"service": "other", "service_name": "whereby", "service_consultation_id": answer["id"]}
        meeting = meetings.create(everywhere, **other)
        changed = meetings.change(member, meeting, 200, title="改めた題")
        assert (changed["title"], changed["verdict"], changed["findings"]) == ("改めた題", "permitted", [])


class TestWhatChangesMeanwhile:
    @pytest.fixture
    def gate(self, database):
        """Between judging and writing every request waits for the lock 42."""
        name = "api.keep_judged(judged json)"
        definition = database.value("SELECT pg_get_functiondef('api.keep_judged(json)'::regprocedure)")
        database.run(f"CREATE OR REPLACE FUNCTION {name} RETURNS void LANGUAGE sql VOLATILE AS "
                     "'SELECT FROM pg_advisory_xact_lock(42), set_config(''kiki.judged'', judged::text, true)'")
        yield
        database.run(definition)

    def test_a_user_who_is_transferred_is_judged_again(self, lending, member, database, gate):
        device, user = lending.device(), lending.staff["210003"]
        transfer = "UPDATE staff_transfers SET department_id = %s WHERE staff_id = %s"
        with database.meanwhile(f"SELECT pg_advisory_xact_lock(42); {transfer}", lending.departments["kawasaki"], user) as submit:
            answer = submit(lending.out, member, device, 422, user="210003")
        assert answer.result().rules == {"check_out.other_department": "exception"}
        assert member.every("usage-entries", device_id=device["id"]) == []
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run(transfer, lending.departments["rinko"], user)


class TestWhatCannotBeRead:
    """A word that the contract does not have is not taken for none, nor for any other."""

    @pytest.fixture
    def failing(self, cluster, keys, database):
        service = Service(cluster, keys, database.name).start()
        service.expected_errors = {"fault"}
        yield service
        service.stop()

    def test_nothing_is_permitted(self, failing, lending, member, terminal, database):
        caller = failing.staff("210002")
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("ALTER TABLE devices DROP CONSTRAINT devices_condition_check")
        database.run("UPDATE devices SET condition = 'unheard of' WHERE id = %s", terminal["id"])
        try:
            assert lending.check(caller, terminal, 500).problem == "internal-error"
            assert lending.out(caller, terminal, 500).problem == "internal-error"
            assert database.value("SELECT count(*) FROM usage_entries WHERE device_id = %s", terminal["id"]) == 0
        finally:
            database.run("UPDATE devices SET condition = 'usable' WHERE id = %s", terminal["id"])
            database.run("ALTER TABLE devices ADD CONSTRAINT devices_condition_check"
                         " CHECK (condition IN ('usable', 'in_repair', 'lost', 'disposed'))")
        faults = [(line["operation"], line["cause"]) for line in failing.log_lines() if line["event"] == "fault"]
        assert faults == [("check_usage", "condition of the row check_out_facts"), ("check_out", "condition of the row check_out_facts")]
        lending.out(caller, terminal)
