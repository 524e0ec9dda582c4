"""What is not as the regulation has it: who is told, until when, and what a past day would have said."""

import datetime
import uuid

import pytest

from harness.lending import after
from harness.meetings import PERSONAL
from harness.organisation import name_acting
from harness.together import together


class Station:
    """A department of its own with a head, a member and a place."""

    def __init__(self, lending) -> None:
        self.lending, self.here = lending, lending.department()
        self.head, self.member = lending.usage_manager(self.here), lending.member(self.here)
        self.place = lending.place(self.here)

    def device(self, **members):
        return self.lending.device(self.here, since=None, **members)

    def out(self, caller=None, **members):
        return self.lending.out(caller or self.member, self.device(), user=members.pop("user", self.member), **members)

    def lent(self):
        """To somebody of another department: an exception."""
        return self.out(user=self.lending.member(), exception_reason="急ぎ")

    def back(self, entry, **members):
        return self.lending.back(self.member, entry, storage_location_id=self.place["id"], **members)


@pytest.fixture(scope="module")
def station(lending):
    return Station(lending)


def found(caller, **params):
    return caller.every("compliance/findings", **params)


def of(caller, thing, **params):
    """The kinds of findings about a thing, by the end of its link."""
    return {finding["kind"]: finding for finding in found(caller, **params) if finding["link"].endswith(thing["id"])}


class TestWhatIsFound:
    def test_a_head_post_that_is_vacant(self, lending, general_manager, member):
        here = lending.department()
        assert "vacant_head_post" not in {f["kind"] for f in found(general_manager, department_id=here["id"])}
        lending.device(here, since=None)
        (vacant,) = found(general_manager, department_id=here["id"], kind="vacant_head_post")
        assert vacant["clauses"] == ["art2.4"] and vacant["must_act"] == ["general_manager"] and not vacant["to_be_noted"]
        assert vacant["department_name"] == "試験消防署" and vacant["title"] == "情報機器を保有する所属の長が欠員です：試験消防署"
        assert found(member, kind="vacant_head_post") == []
        assert member.get(f"compliance/findings/{vacant['id']}", 404).problem == "not-found"
        lending.usage_manager(here)
        assert found(general_manager, department_id=here["id"], kind="vacant_head_post") == []

    def test_a_device_without_a_lockable_place(self, lending, station, equipment_manager):
        device = station.device()
        (without,) = of(station.head, device).values()
        assert without["kind"] == "no_lockable_place" and without["clauses"] == ["art4.1.2"]
        assert without["must_act"] == ["usage_manager", "equipment_manager"]
        station.head.patch(f"devices/{device['id']}", 200, {"storage_location_id": station.place["id"]}, match="*")
        assert of(station.head, device) == {}
        shelf = lending.place(station.here, lockable=False)
        station.head.patch(f"devices/{device['id']}", 200, {"storage_location_id": shelf["id"]}, match="*")
        (open_shelf,) = of(equipment_manager, device).values()
        assert open_shelf["id"] != without["id"] and open_shelf["since"] > without["since"]

    def test_a_report_that_is_not_acknowledged_in_time(self, lending, general_manager, usage_manager, start_service):
        device = lending.device(since=None)
        report = general_manager.every("placement-reports", device_id=device["id"])[0]
        assert of(general_manager, report) == {}
        late = start_service(KIKI_CLOCK_OFFSET_S=str(9 * 86400))
        (overdue,) = of(late.staff("100001"), report).values()
        assert overdue["kind"] == "placement_report_unacknowledged" and overdue["clauses"] == ["art4.2"]
        assert of(late.staff("210001"), report) == {}
        # It was none a week ago, and is none any more.
        day = (datetime.date.today() + datetime.timedelta(days=3)).isoformat()
        assert of(late.staff("100001"), report, as_of=day) == {}
        late.staff("100001").post(f"placement-reports/{report['id']}/acknowledgement", 200)
        assert of(late.staff("100001"), report) == {}
        later = start_service(KIKI_CLOCK_OFFSET_S=str(11 * 86400))
        day = (datetime.date.today() + datetime.timedelta(days=9)).isoformat()
        assert of(later.staff("100001"), report, as_of=day) == {}
        day = (datetime.date.today() + datetime.timedelta(days=8)).isoformat()
        assert of(later.staff("100001"), report, as_of=day)["placement_report_unacknowledged"]["id"] == overdue["id"]

    def test_a_use_that_is_overdue_and_one_that_is_not_locked_away(self, station, general_manager, member, start_service):
        entry = station.out()
        late = start_service(KIKI_CLOCK_OFFSET_S=str(3 * 3600))
        (overdue,) = of(late.staff("100001"), entry).values()
        assert overdue["kind"] == "overdue_return" and overdue["since"] == entry["due_at"]
        assert overdue["staff_id"] == station.member["id"] and overdue["must_act"] == ["usage_manager"]
        assert of(general_manager, entry) == {}
        back = station.back(entry, locked=False)
        (unlocked,) = of(station.member, back).values()
        assert unlocked["kind"] == "unlocked_return" and unlocked["clauses"] == ["art5.1.2"]
        assert unlocked["staff_name"] == "試験 花子"
        assert of(station.member, back, responsible="me").keys() == of(station.head, back, responsible="me").keys() == {"unlocked_return"}
        assert of(general_manager, back, responsible="me") == of(member, back) == {}
        station.lending.act(station.member, back, "storage-confirmation", body={"storage_location_id": station.place["id"]})
        assert of(station.head, back) == {}

    def test_an_exception_until_it_is_confirmed(self, station, general_manager):
        entry = station.lent()
        (exception,) = [f for f in found(station.head, kind="usage_exception") if f["link"].endswith(entry["id"])]
        assert exception["rule"] == "check_out.other_department" and exception["clauses"] == ["art5.1.1", "art5.1.3"]
        assert station.head.get(f"compliance/findings/{exception['id']}", 200).json == exception
        english = station.head.get(f"compliance/findings/{exception['id']}", 200, headers={"Accept-Language": "en"})
        assert english["title"].startswith("The usage manager has not confirmed an exception: ")
        station.back(entry)
        station.lending.act(station.head, entry, "confirmation")
        assert of(general_manager, entry) == {}

    def test_a_month_that_is_not_closed(self, usage_manager, general_manager, departments):
        rinko = departments["rinko"]["id"]
        month = usage_manager.get(f"departments/{rinko}/ledgers/2026-10/closure")["earliest_open_month"]
        ledger = f"departments/{rinko}/ledgers/{month}"
        read = usage_manager.get(ledger)

        def opened(**params):
            return {f["link"]: f for f in found(general_manager, kind="ledger_month_open", department_id=rinko, **params)}
        finding = opened()[f"/api/v1/{ledger}"]
        assert month < finding["since"][:7] and finding["clauses"] == ["art5.1.3"]
        assert finding["since"][7:] == "-01T00:00:00+09:00"
        assert finding["title"] == f"使用管理簿（{read['month_wareki']}分）が締め切られていません：臨港消防署"
        usage_manager.post(f"{ledger}/closure", 200, {}, match=read)
        assert f"/api/v1/{ledger}" not in opened()

    def test_meetings(self, meetings, member, usage_manager, general_manager, start_service):
        refused = {"service": "zoom", "confidentiality": "I"}
        draft = meetings.create(member, save_as="draft", **meetings.past(), **refused)
        assert of(usage_manager, draft) == {}
        meetings.act(member, draft, "held", body={"reason": "急な招集"})
        (held,) = of(usage_manager, draft).values()
        assert held["kind"] == "meeting_held_unpermitted" and held["to_be_noted"]
        assert held["must_act"] == ["usage_manager", "general_manager"]
        otherwise = meetings.create(member, **meetings.past())
        meetings.act(member, otherwise, "held", body={"actual": {"waiting_room": False, "can_remove_participants": False}})
        kinds = of(usage_manager, otherwise)
        assert kinds.keys() == {"meeting_held_differently", "meeting_held_with_violation"}
        assert kinds["meeting_held_with_violation"]["rule"] == "meeting.uninvited_kept_out"
        for kind in kinds.values():
            assert usage_manager.post(f"compliance/findings/{kind['id']}/notes", 201)["rests"]
        excepted = meetings.create(member, exception_reason="端末の故障", **PERSONAL)
        (exception,) = of(usage_manager, excepted).values()
        assert exception["kind"] == "meeting_exception" and exception["rule"] == "meeting.city_account"
        meetings.act(usage_manager, excepted, "confirmation")
        assert of(usage_manager, excepted) == {}
        chatty = meetings.create(member, chat=True, **meetings.past())
        meetings.act(member, chatty, "held")
        assert of(usage_manager, chatty) == {}
        late = start_service(KIKI_CLOCK_OFFSET_S=str(9 * 86400))
        (uncleared,) = of(late.staff("210001"), chatty).values()
        assert uncleared["kind"] == "meeting_clean_up_overdue" and uncleared["rule"] == "meeting.clean_up"
        assert of(late.staff("210002"), chatty, responsible="me").keys() == {"meeting_clean_up_overdue"}


class TestWhatHasHappened:
    def test_a_late_entry_against_the_rules_until_each_has_noted_it(self, station, general_manager, start_service, today):
        late = station.out(purpose="approved_other", out_at=after(minutes=-50), due_at=after(minutes=-20), late_reason="通信の障害",
                           returned={"returned_at": after(minutes=-30), "storage_location_id": station.place["id"], "locked": True})
        assert late["verdict"] == "refused"
        finding = of(station.head, late)["late_entry_violation"]
        assert finding["rule"] == "check_out.purpose_approval" and finding["clauses"] == ["art6.1.4"] and finding["to_be_noted"]
        path = f"compliance/findings/{finding['id']}"
        station.head.post(f"{path}/notes", 201)
        assert of(general_manager, late)["late_entry_violation"]["must_act"] == ["general_manager"]
        assert general_manager.post(f"{path}/notes", 201)["rests"]
        assert "late_entry_violation" not in of(general_manager, late)
        # Who goes on with what was not permitted hands it over all the same.
        entry = station.out()
        handed = station.member.post(f"usage-entries/{entry['id']}/handover", 201, {
            "user_staff_id": station.head["id"], "due_at": after(hours=3), "purpose": "approved_other"}, match="*")
        assert of(station.head, handed)["handover_violation"]["rule"] == "check_out.purpose_approval"

    def test_a_correction_after_the_confirmation_and_an_own_one(self, station, general_manager):
        entry = station.out()
        station.back(entry)
        station.lending.act(station.head, entry, "confirmation")
        station.head.post(f"usage-entries/{entry['id']}/corrections", 201, {
            "field": "purpose", "new_value": "document_work", "reason": "誤記"})
        (waiting,) = of(station.head, entry).values()
        assert waiting["kind"] == "corrected_entry_unconfirmed" and waiting["must_act"] == ["usage_manager"]
        station.lending.act(station.head, entry, "confirmation")
        (own,) = of(general_manager, entry).values()
        assert own["kind"] == "own_correction_confirmed" and own["must_act"] == ["general_manager"]


class TestNotes:
    def own_use(self, station):
        """A usage manager confirms his own use, which the general manager is to note."""
        entry = station.out(station.head, user=station.head)
        station.back(entry)
        station.lending.act(station.head, entry, "confirmation")
        return entry, of(station.head, entry)["own_use_confirmed"]

    def held(self, meetings, member, **members):
        draft = meetings.create(member, save_as="draft", **meetings.past(), **members)
        meetings.act(member, draft, "held", body={"reason": "急な招集"})
        return draft

    def test_it_rests_once_each_has_noted_it(self, meetings, member, usage_manager, other_usage_manager, general_manager,
                                             equipment_manager, auditor, database):
        meeting = self.held(meetings, member, service="zoom", confidentiality="I")
        path = f"compliance/findings/{of(usage_manager, meeting)['meeting_held_unpermitted']['id']}"
        link = f"/api/v1/{path}"
        for caller in (usage_manager, general_manager):
            assert link in {task["link"] for task in caller.every("me/tasks") if task["kind"] == "meeting_held_unpermitted"}
        for caller in (member, equipment_manager, auditor):
            assert caller.post(f"{path}/notes", 403).problem == "forbidden"
        assert other_usage_manager.post(f"{path}/notes", 404).problem == "not-found"
        noted = usage_manager.post(f"{path}/notes", 201, {"note": "注意した"})
        assert noted["must_act"] == ["general_manager"] and not noted["rests"]
        assert [(note["role"], note["note"], note["noted_by"]["name"]) for note in noted["notes"]] == [
            ("usage_manager", "注意した", usage_manager.get("me")["name"])]
        assert [row["type"] for row in database.events(noted)] == ["finding.noted"]
        assert link not in {task["link"] for task in usage_manager.every("me/tasks")}
        assert of(usage_manager, meeting, responsible="me") == {}
        assert usage_manager.post(f"{path}/notes", 409).problem == "not-in-this-state"
        rests = general_manager.post(f"{path}/notes", 201)
        assert rests["rests"] and rests["must_act"] == [] and len(rests["notes"]) == 2
        assert of(usage_manager, meeting) == {} and general_manager.get(path, 200).json == rests.json
        assert of(auditor, meeting, rests="true")["meeting_held_unpermitted"] == rests.json
        assert general_manager.post(f"{path}/notes", 409).problem == "not-in-this-state"

    def test_one_who_has_both_roles_says_which_or_notes_for_both(self, lending, meetings, general_manager, departments):
        holding = lending.member(departments["shirei"])

        def held():
            meeting = self.held(meetings, holding, department="shirei")
            return f"compliance/findings/{of(general_manager, meeting)['meeting_held_unpermitted']['id']}"
        both = general_manager.post(f"{held()}/notes", 201)
        assert both["rests"] and {(note["role"], *note["also_as"]) for note in both["notes"]} == {
            ("usage_manager", "general_manager"), ("general_manager", "usage_manager")}
        path = held()
        one = general_manager.post(f"{path}/notes", 201, {"role": "general_manager"})
        assert one["must_act"] == ["usage_manager"] and one["notes"][0]["also_as"] == [] and one["notes"][0]["own_act"] is False
        assert general_manager.post(f"{path}/notes", 409, {"role": "general_manager"}).problem == "not-in-this-state"

    def test_who_notes_in_two_roles_is_shown_with_the_post_of_each(self, lending, meetings, general_manager, today):
        here = lending.department()
        post = lending.post(here, is_head=True)
        head = lending.member(here, holds=post)
        name_acting(head, post, general_manager.get("me"), today, today)
        meeting = self.held(meetings, lending.member(here), department=here)
        finding = of(general_manager, meeting)["meeting_held_unpermitted"]
        notes = {note["role"]: note["noted_by"] for note in general_manager.post(f"compliance/findings/{finding['id']}/notes", 201)["notes"]}
        assert notes["usage_manager"]["acting"]["holder_id"] == head["id"] and notes["general_manager"]["acting"] is None

    def test_what_is_not_to_be_noted(self, station, usage_manager, general_manager):
        without = of(station.head, station.device())["no_lockable_place"]
        assert station.head.post(f"compliance/findings/{without['id']}/notes", 409).problem == "finding-not-noted"
        assert station.head.post(f"compliance/findings/{uuid.uuid4()}/notes", 404).problem == "not-found"
        _, own = self.own_use(station)
        path = f"compliance/findings/{own['id']}/notes"
        assert own["must_act"] == ["general_manager"] and station.head.post(path, 403).problem == "forbidden"
        wrong = general_manager.post(path, 422, {"role": "usage_manager"})
        assert wrong.problem == "value-not-accepted" and wrong.faults == {"/role": "not_held"}

    def test_it_says_who_noted_it_and_keeps_it(self, station, general_manager, database):
        _, own = self.own_use(station)
        noted = general_manager.post(f"compliance/findings/{own['id']}/notes", 201, {"note": "了知"})
        (row,) = database.rows("SELECT * FROM finding_notes WHERE finding_id = %s", own["id"])
        assert row["kind"] == "own_use_confirmed" and row["noted_by"]["acting"] is None
        assert [(log["operation"], log["action"]) for log in database.audit(noted)] == [("note_finding", "insert")]

    def test_twenty_at_once(self, station, patient_service):
        _, own = self.own_use(station)
        manager = patient_service.staff("100001")
        # Who waits longer than a request may is sent away for a while.
        answers = together(*20 * [lambda: manager.post(f"compliance/findings/{own['id']}/notes", (201, 409, 503), {})])
        assert [answer.status for answer in answers].count(201) == 1


class TestPastDays:
    def test_what_a_day_would_have_said(self, station, general_manager, start_service, today):
        entry = station.lent()
        device = station.device()
        tomorrow = start_service(KIKI_CLOCK_OFFSET_S=str(86400))

        def kinds(caller, thing, day=None):
            return set(of(caller, thing, **({"as_of": (today + datetime.timedelta(days=day)).isoformat()} if day is not None else {})))
        manager = tomorrow.staff("100001")
        assert kinds(manager, entry) == {"overdue_return", "usage_exception"}
        # Everything that was open is put right on the next day.
        member, head = (type(who)(tomorrow, who.record) for who in (station.member, station.head))
        member.post(f"usage-entries/{entry['id']}/return", 200, {"storage_location_id": station.place["id"], "locked": False},
                    match="*")
        assert kinds(manager, entry) == {"unlocked_return", "usage_exception"}
        head.post(f"usage-entries/{entry['id']}/storage-confirmation", 200, {"storage_location_id": station.place["id"]}, match="*")
        head.post(f"usage-entries/{entry['id']}/confirmation", 200, {}, match="*")
        head.patch(f"devices/{device['id']}", 200, {"storage_location_id": station.place["id"]}, match="*")
        assert kinds(manager, entry) == kinds(manager, device) == set()
        assert {"usage_exception"} <= kinds(manager, entry, 0) <= {"usage_exception", "overdue_return"}
        assert kinds(manager, device, 0) == {"no_lockable_place"}
        assert kinds(manager, entry, -1) == kinds(manager, device, -1) == set()
        assert kinds(manager, entry, 30) == set()

    def test_notes_count_from_when_they_were_given(self, meetings, member, usage_manager, start_service, today):
        meeting = meetings.create(member, save_as="draft", **meetings.past(), service="zoom", confidentiality="I")
        meetings.act(member, meeting, "held", body={"reason": "急な招集"})
        tomorrow = start_service(KIKI_CLOCK_OFFSET_S=str(86400))
        manager, general = tomorrow.staff("210001"), tomorrow.staff("100001")
        finding = of(manager, meeting)["meeting_held_unpermitted"]
        for caller in (manager, general):
            caller.post(f"compliance/findings/{finding['id']}/notes", 201)
        assert of(manager, meeting) == {}
        then = of(manager, meeting, as_of=today.isoformat())["meeting_held_unpermitted"]
        assert then["id"] == finding["id"] and then["notes"] == []


class TestLists:
    def test_filters_and_pages(self, station, general_manager):
        station.device(), station.lent()
        mine = found(general_manager, department_id=station.here["id"])
        assert mine == found(general_manager, department_id=station.here["id"], limit=1)
        assert [f["since"] for f in mine] == sorted(f["since"] for f in mine)
        assert {f["kind"] for f in found(general_manager, clause="art4.1.2,art5.1.1")} == {"no_lockable_place", "usage_exception"}
        assert found(general_manager, department_id=station.here["id"], kind="no_lockable_place") == [
            f for f in mine if f["kind"] == "no_lockable_place"]
        assert {f["department_id"] for f in found(station.head)} == {station.here["id"]}
        assert general_manager.get("compliance/findings", 400, params={"clause": "第3条"}).problem == "invalid-parameter"

    def test_the_summary_counts_them(self, station, general_manager, member, today):
        station.device()
        summary = general_manager.get("compliance/summary", 200, params={"department_id": station.here["id"]})
        mine = found(general_manager, department_id=station.here["id"])
        assert summary["as_of"] == today.isoformat() and summary["findings"] == len(mine)
        for item in summary["items"]:
            there = [f for f in mine if item["clause"] in f["clauses"]]
            assert (item["findings"], item["oldest_since"]) == (len(there), there[0]["since"])
        assert general_manager.get("compliance/summary", 200, params={"as_of": "2020-03-15"})["findings"] == 0
        assert member.get("compliance/summary", 200, params={"department_id": station.here["id"]})["items"] == []

    def test_a_client_within_its_bounds(self, station, a_client, lending):
        station.device()
        client = a_client("compliance:read", of=[station.here])
        assert {f["department_id"] for f in found(client)} == {station.here["id"]}
        assert found(client, responsible="me") == []
        other = a_client("compliance:read", of=[lending.department()])
        assert found(other) == []
