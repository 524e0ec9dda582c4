"""Web meetings (art8.1.1, annex2): planning, changing and confirming."""

import uuid

import pytest

from harness.lending import after
from harness.meetings import PERSONAL
from harness.organisation import DAY, name_acting
from harness.together import together


def on_record(database, answer, event, *actions):
    """The one event and the audited changes of the meeting that this request left."""
    assert [row["type"] for row in database.events(answer)] == [event]
    assert [(row["subject_type"], row["action"]) for row in database.audit(answer)] == [("meetings", action) for action in actions]


class TestPlanning:
    def test_a_plan_is_kept_with_its_judgement(self, meetings, member, lending, database):
        device = lending.device(kind="terminal")["id"]
        answer = meetings.create(member, terminals=[{"kind": "device", "device_id": device}], microphone_muted_when_idle=False,
                                 participant_department_ids=[meetings.departments["kawasaki"]], partner_organisations=["見本市立病院"])
        me = member.get("me")
        assert answer["planned_by"] == answer["created_by"] == {
            "kind": "staff", "id": me["id"], "name": me["name"], "title": answer["planned_by"]["title"], "acting": None}
        assert answer.json | {
            "status": "planned", "verdict": "permitted", "regulation_version": "2025-10-16", "annex2_version": "2024-06-24",
            "planned_by_id": me["id"], "created_by_id": me["id"], "open_findings": [], "teams_premium": False, "service_name": None,
            "partner_organisations": ["見本市立病院"], "held_at": None, "clean_up_by": None} == answer.json
        assert answer.rules == {"meeting.microphone": "advice"}
        names = {department["id"]: department["name"] for department in member.every("departments")}
        assert answer["department_name"] == names[meetings.departments["rinko"]]
        assert answer["participant_department_names"] == [names[meetings.departments["kawasaki"]]]
        assert member.get(answer.headers["Location"], 200).json == answer.json
        assert answer.json in member.every("meetings", device_id=device)
        on_record(database, answer, "meeting.created", "insert")

    def test_a_refused_plan_is_kept_as_a_draft_only(self, meetings, member, database):
        before = database.fingerprint()
        refused = meetings.create(member, 409, file_transfer=True)
        assert refused.problem == "meeting-refused" and refused.rules == {"meeting.file_transfer_allowed": "violation"}
        assert database.fingerprint() == before
        draft = meetings.create(member, file_transfer=True, save_as="draft")
        assert (draft["status"], draft["verdict"], draft["planned_at"]) == ("draft", "refused", None)
        assert meetings.act(member, draft, "planning", 409).rules == {"meeting.file_transfer_allowed": "violation"}
        mended = meetings.change(member, draft, file_transfer=False)
        assert (mended["status"], mended["verdict"], mended["findings"]) == ("draft", "permitted", [])
        planned = meetings.act(member, mended, "planning")
        assert planned["status"] == "planned" and planned["planned_at"] and planned["verdict"] == "permitted"
        on_record(database, planned, "meeting.planned", "update")
        assert meetings.act(member, planned, "planning", 409).problem == "not-in-this-state"

    def test_an_exception_needs_a_reason(self, meetings, member):
        asked = meetings.create(member, 422, **PERSONAL)
        assert asked.problem == "exception-reason-required" and asked.rules == {"meeting.city_account": "exception"}
        assert asked.faults == {"/exception_reason": "required"}
        planned = meetings.create(member, exception_reason="契約の切替え中のため", **PERSONAL)
        assert planned["verdict"] == "permitted_with_exception" and planned["open_findings"] == ["exception_unconfirmed"]
        draft = meetings.create(member, save_as="draft", **PERSONAL)
        assert draft["open_findings"] == []
        assert meetings.act(member, draft, "planning", 422).problem == "exception-reason-required"
        assert meetings.act(member, draft, "planning", 200, {"exception_reason": "契約の切替え中のため"})["status"] == "planned"

    def test_twenty_times_at_once_under_one_key(self, meetings, patient_service, database):
        key, member = str(uuid.uuid4()), patient_service.staff("210002")
        plan = meetings.plan(title="同時に20回")
        answers = together(*20 * [lambda: member.post("meetings", (201, 409), plan, key=key)])
        assert {answer.problem for answer in answers} <= {None, "request-in-progress"}
        assert len({answer["id"] for answer in answers if answer.status == 201}) == 1
        assert database.value("SELECT count(*) FROM meetings WHERE title = '同時に20回'") == 1

    def test_a_draft_is_planned_once_by_twenty(self, meetings, patient_service):
        member = patient_service.staff("210002")
        draft = meetings.create(member, save_as="draft")
        answers = together(*20 * [lambda: meetings.act(member, draft, "planning", (200, 409, 412), match=draft)])
        assert [answer.status for answer in answers].count(200) == 1

    def test_who_may(self, meetings, member, colleague, other_member, general_manager, auditor, digital_office, operator):
        for caller in (other_member, general_manager, auditor, digital_office, operator):
            assert meetings.create(caller, 403).problem == "forbidden"
        planned = meetings.create(member)
        assert meetings.change(colleague, planned, title="同僚も直せる")["title"] == "同僚も直せる"
        for caller in (general_manager, auditor):
            assert caller.get(f"meetings/{planned['id']}", 200)
            assert meetings.change(caller, planned, 403, title="x").problem == "forbidden"
            assert meetings.act(caller, planned, "cancellation", 403, {"reason": "x"}).problem == "forbidden"

    def test_a_client_plans_within_its_bounds(self, meetings, member, a_client):
        bound, every = (a_client("meetings:read", "meetings:write", of=of) for of in (["rinko"], []))
        planned = meetings.create(bound)
        assert member.get(f"meetings/{planned['id']}", 200)["created_by_id"] == bound.get("me")["id"]
        assert meetings.create(bound, 403, department="kawasaki").problem == "forbidden"
        theirs = meetings.create(every, department="kawasaki")
        assert meetings.change(every, theirs, title="全所属")["title"] == "全所属"
        assert bound.get(f"meetings/{theirs['id']}", 404).problem == "not-found"
        assert meetings.create(a_client("meetings:read"), 403).problem == "insufficient-scope"


class TestChange:
    def test_a_changed_plan_is_judged_again(self, meetings, member, database):
        planned = meetings.create(member)
        changed = meetings.change(member, planned, title="打合せ", end_to_end_encryption=False, recording="cloud",
                                  recording_consent="consented", confidentiality="Ｉ", service_name=None)
        assert (changed["title"], changed["confidentiality"], changed["verdict"]) == ("打合せ", "I", "permitted")
        assert changed["planned_at"] == planned["planned_at"] and changed["judged_at"] > planned["judged_at"]
        on_record(database, changed, "meeting.changed", "update")

    def test_a_plan_stays_permitted(self, meetings, member, database):
        planned = meetings.create(member)
        before = database.fingerprint()
        assert meetings.change(member, planned, 409, file_transfer=True).problem == "meeting-refused"
        assert meetings.change(member, planned, 422, **PERSONAL).problem == "exception-reason-required"
        assert database.fingerprint() == before
        assert meetings.change(member, planned, exception_reason="契約の切替え中", **PERSONAL)["verdict"] == "permitted_with_exception"

    def test_null_takes_away(self, meetings, member):
        planned = meetings.create(member, waiting_room=False, can_remove_participants=False, other_admission_measure="名簿で確かめる")
        assert meetings.change(member, planned, 409, other_admission_measure=None).rules == {"meeting.uninvited_kept_out": "violation"}
        assert meetings.change(member, planned, 422, venue=None).faults == {"/venue": "type"}
        draft = meetings.create(member, save_as="draft", service="other", service_name="Whereby")
        assert meetings.change(member, draft, 422, service_name=None).faults == {"/service_name": "required"}

    def test_what_cannot_be(self, meetings, member):
        planned = meetings.create(member)
        for members, faults in (({"ends_at": after(hours=1)}, {"/ends_at": "not_after_start"}),
                                ({"starts_at": "2020-01-01T10:00:00+09:00"}, {"/starts_at": "before_regulation"}),
                                ({"terminals": [{"kind": "device", "device_id": str(uuid.uuid4())}]}, {"/terminals/0/device_id": "not_found"}),
                                ({"department_id": meetings.departments["kawasaki"]}, {"/department_id": "unknown_member"}),
                                ({"status": "held"}, {"/status": "unknown_member"}),
                                ({"verdict": "permitted"}, {"/verdict": "unknown_member"}),
                                ({"service": "other"}, {"/service_name": "required"}),
                                ({}, {"": "too_few_members"})):
            assert meetings.change(member, planned, 422, **members).faults == faults

    def test_stale_and_missing_tags(self, meetings, member):
        planned = meetings.create(member)
        changed = meetings.change(member, planned, title="二")
        assert meetings.change(member, planned, 412, match=planned, title="三").problem == "precondition-failed"
        assert meetings.change(member, planned, 428, match=None, title="三").problem == "precondition-required"
        assert meetings.change(member, changed, match=changed, title="三").status == 200

    def test_a_device_that_moved_away_is_no_obstacle(self, meetings, member, lending, equipment_manager):
        device = lending.device(kind="terminal")["id"]
        planned = meetings.create(member, terminals=[{"kind": "device", "device_id": device}])
        equipment_manager.post("placements", 201, {"device_id": device, "department_id": meetings.departments["kawasaki"], "reason": "移す"})
        assert meetings.change(member, planned, title="端末は移った")["title"] == "端末は移った"

    def test_cancelled_for_good(self, meetings, member, database):
        planned = meetings.create(member)
        cancelled = meetings.act(member, planned, "cancellation", 200, {"reason": "中止"})
        assert cancelled["status"] == "cancelled" and cancelled["cancellation_reason"] == "中止"
        on_record(database, cancelled, "meeting.cancelled", "update")
        for what, body in (("cancellation", {"reason": "x"}), ("planning", {}), ("held", {}), ("closing", {})):
            assert meetings.act(member, cancelled, what, 409, body).problem == "not-in-this-state"
        assert meetings.change(member, cancelled, 409, title="x").problem == "not-in-this-state"

    def test_who_may_not_is_told_so_before_anything_else(self, meetings, member, general_manager):
        """In whatever state the meeting is, and however old the tag."""
        planned = meetings.create(member, **meetings.past())
        cancelled = meetings.act(member, meetings.create(member), "cancellation", 200, {"reason": "中止"})
        closed = meetings.act(member, meetings.act(member, planned, "held"), "closing")
        for meeting in (cancelled, closed):
            for match in ("*", '"1.ja"'):
                for what, body in (("planning", {}), ("cancellation", {"reason": "x"}), ("held", {}), ("closing", {})):
                    assert meetings.act(general_manager, meeting, what, 403, body, match=match).problem == "forbidden"
                assert meetings.change(general_manager, meeting, 403, match=match, title="x").problem == "forbidden"
            assert meetings.act(member, meeting, "cancellation", 412, {"reason": "x"}, match='"1.ja"').problem == "precondition-failed"


class TestConfirmation:
    def plan(self, meetings, caller, **members):
        return meetings.create(caller, exception_reason="契約の切替え中のため", **PERSONAL, **members)

    def test_the_usage_manager_confirms_exceptions_once(self, meetings, member, usage_manager, database):
        planned = self.plan(meetings, member)
        link = f"/api/v1/meetings/{planned['id']}"
        assert link in {task["link"] for task in usage_manager.every("me/tasks") if task["kind"] == "meeting_confirmation"}
        confirmed = meetings.act(usage_manager, planned, "confirmation")
        assert confirmed["open_findings"] == [] and confirmed["confirmed_by_id"] == usage_manager.get("me")["id"]
        assert confirmed["own_meeting_confirmed"] is False and confirmed["confirmed_for_id"] is None
        on_record(database, confirmed, "meeting.confirmed", "update")
        assert link not in {task["link"] for task in usage_manager.every("me/tasks")}
        assert meetings.act(usage_manager, confirmed, "confirmation", 409).problem == "not-in-this-state"

    def test_an_own_meeting_is_shown_as_such(self, meetings, usage_manager):
        assert meetings.act(usage_manager, self.plan(meetings, usage_manager), "confirmation")["own_meeting_confirmed"] is True

    def test_so_is_one_that_somebody_else_drafted(self, meetings, member, usage_manager, general_manager):
        draft = self.plan(meetings, member, save_as="draft")
        confirmed = meetings.act(usage_manager, meetings.act(usage_manager, draft, "planning"), "confirmation")
        assert (confirmed["created_by_id"], confirmed["own_meeting_confirmed"]) == (member.get("me")["id"], True)
        link = f"/api/v1/meetings/{draft['id']}"
        (finding,) = [f for f in general_manager.every("compliance/findings", kind="own_meeting_confirmed") if f["link"] == link]
        assert finding["must_act"] == ["general_manager"]

    def test_what_has_no_exception_needs_none(self, meetings, member, usage_manager):
        draft = meetings.create(member, save_as="draft", **PERSONAL)
        for meeting in (meetings.create(member), draft):
            assert meetings.act(usage_manager, meeting, "confirmation", 409).problem == "not-in-this-state"

    def test_only_the_own_usage_manager(self, meetings, member, other_usage_manager, general_manager):
        planned = self.plan(meetings, member)
        assert meetings.act(other_usage_manager, planned, "confirmation", 404).problem == "not-found"
        assert meetings.act(member, planned, "confirmation", 403).problem == "forbidden"
        assert meetings.act(general_manager, planned, "confirmation", 403).problem == "forbidden"

    @pytest.mark.parametrize("members", [
        {"terminals": [{"kind": "personal"}]}, {"microphone_muted_when_idle": False}, {"confidentiality": "III"},
        {"service": "zoom_jgp"}, {"participants": 7}, {"partner_organisations": ["見本市立病院"]},
        {"starts_at": after(days=2), "ends_at": after(days=2, hours=1)}], ids=lambda members: next(iter(members)))
    def test_what_is_not_what_was_confirmed_is_confirmed_anew(self, meetings, member, usage_manager, members):
        confirmed = meetings.act(usage_manager, self.plan(meetings, member), "confirmation")
        changed = meetings.change(member, confirmed, **members)
        assert changed["open_findings"] == ["exception_unconfirmed"]
        for name in ("confirmed_at", "confirmed_by", "confirmed_by_id", "confirmed_for_id", "own_meeting_confirmed"):
            assert changed[name] is None
        link = f"/api/v1/meetings/{changed['id']}"
        assert link in {task["link"] for task in usage_manager.every("me/tasks") if task["kind"] == "meeting_confirmation"}
        assert meetings.act(usage_manager, changed, "confirmation")["open_findings"] == []

    def test_the_department_that_takes_part_and_the_name_of_a_service_are_confirmed_too(self, meetings, member, usage_manager):
        planned = self.plan(meetings, member, service="other", service_name="Meet One", confidentiality="III")
        confirmed = meetings.act(usage_manager, planned, "confirmation")
        folded = meetings.change(member, confirmed, service_name="ＭＥＥＴ one")
        assert folded["confirmed_at"] == confirmed["confirmed_at"]
        changed = meetings.change(member, folded, service_name="Meet Two")
        assert changed["confirmed_at"] is None
        confirmed = meetings.act(usage_manager, changed, "confirmation")
        assert meetings.change(member, confirmed, participant_department_ids=[meetings.departments["kawasaki"]])["confirmed_at"] is None

    def test_nothing_else_takes_a_confirmation_away(self, meetings, member, usage_manager, database):
        day = after(days=2)[:10]
        planned = self.plan(meetings, member, starts_at=f"{day}T10:00:00+09:00", ends_at=f"{day}T11:00:00+09:00")
        confirmed = meetings.act(usage_manager, planned, "confirmation")
        for members in ({"title": "題だけ変える"}, {"starts_at": f"{day}T09:00:00+09:00"}, {"ends_at": f"{day}T12:00:00+09:00"},
                        {"chat": True}, {"venue": "camera_off"}, {"exception_reason": "市の契約の更新中"}):
            changed = meetings.change(member, confirmed, **members)
            assert (changed["confirmed_at"], changed["confirmed_by"]) == (confirmed["confirmed_at"], confirmed["confirmed_by"]), members
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("""UPDATE meetings SET findings = replace(findings::text, '個人', '私物')::jsonb WHERE id = %s""", planned["id"])
        assert meetings.change(member, changed, title="改めた版の言葉で")["confirmed_at"] == confirmed["confirmed_at"]

    def test_an_acting_holder_confirms_in_both_names(self, meetings, a_department, a_post, a_member, today):
        station = a_department()
        post = a_post(station, is_head=True)
        head, deputy = a_member(station, holds=post), a_member(station)
        name_acting(head, post, deputy, today, today + DAY)
        confirmed = meetings.act(deputy, self.plan(meetings, head, department=station), "confirmation")
        assert (confirmed["confirmed_by_id"], confirmed["confirmed_for_id"]) == (deputy["id"], head["id"])
        by = confirmed["confirmed_by"]
        assert (by["id"], by["acting"]["post_id"], by["acting"]["holder_id"]) == (deputy["id"], post["id"], head["id"])


class TestHiddenFromAnotherStation:
    def test_every_path_is_as_for_a_missing_id(self, meetings, member, other_usage_manager, database):
        meeting = meetings.create(member)
        before = database.fingerprint()

        def told(id):
            answers = [other_usage_manager.get(f"meetings/{id}", 404),
                       other_usage_manager.patch(f"meetings/{id}", 404, {"title": "x"}, match='"1.ja"')]
            answers += [other_usage_manager.post(f"meetings/{id}/{what}", 404, body, match='"1.ja"') for what, body in (
                ("planning", {}), ("cancellation", {"reason": "x"}), ("held", {}), ("closing", {}), ("confirmation", None))]
            return [(answer["type"], answer["title"], answer["detail"]) for answer in answers]

        assert told(meeting["id"]) == told(str(uuid.uuid4()))
        assert meeting["id"] not in {m["id"] for m in other_usage_manager.every("meetings")}
        assert other_usage_manager.every("meetings", department_id=meetings.departments["rinko"]) == []
        assert database.fingerprint() == before

    def test_the_digital_office_sees_none(self, digital_office):
        assert digital_office.every("meetings") == []

    def test_rows_stay_hidden_without_any_condition(self, cluster, database, meetings, member, service):
        """The second lock: what a statement without its WHERE would see and change as a member of kawasaki."""
        meetings.create(member)
        ask = {"service_name": "Whereby", "confidentiality": "II", "question": "試験"}
        for code, number in (("rinko", "210002"), ("kawasaki", "220002")):
            caller = service.staff(number)
            caller.post("service-consultations", 201, ask | {"department_id": meetings.departments[code]})
            meetings.create(caller, department=code)
        connection = cluster.connect(database.name, "kiki_service")
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("SELECT api.enter('', %s, NULL, '', '{user}', 'test', 'test')", ["220002"])
            for table in ("meetings", "service_consultations WHERE answered_at IS NULL"):
                cursor.execute(f"SELECT DISTINCT department_id::text FROM {table}")
                assert cursor.fetchall() == [(meetings.departments["kawasaki"],)], table
            cursor.execute("UPDATE meetings SET title = 'x' RETURNING department_id::text")
            assert {row[0] for row in cursor.fetchall()} == {meetings.departments["kawasaki"]}
            cursor.execute("UPDATE service_consultations SET usable = true, answered_at = now() RETURNING id")
            assert cursor.fetchall() == []
        connection.rollback()
        connection.close()


class TestList:
    def test_filters(self, meetings, member):
        draft = meetings.create(member, title="絞り込み 100%", save_as="draft", file_transfer=True, confidentiality="III", service="zoom")
        for params in ({"q": "100%"}, {"q": "絞り込み", "status": "draft"}, {"q": "絞り込み", "verdict": "refused,permitted"},
                       {"q": "絞り込み", "confidentiality": "III"}, {"q": "絞り込み", "service": "zoom,webex"},
                       {"q": "絞り込み", "starts_at_from": draft["starts_at"], "starts_at_to": draft["starts_at"]}):
            assert [m["id"] for m in member.every("meetings", **params)] == [draft["id"]], params
        for params in ({"q": "絞り_込"}, {"q": "絞り込み", "status": "planned"}, {"q": "絞り込み", "service": "webex"},
                       {"q": "絞り込み", "open_finding": "clean_up_overdue"}, {"device_id": str(uuid.uuid4())}):
            assert member.every("meetings", **params) == []

    def test_latest_first_page_by_page(self, meetings, member):
        times = [meetings.create(member, title="頁", starts_at=after(days=n), ends_at=after(days=n, hours=1))["starts_at"] for n in (3, 1, 2)]
        assert [m["starts_at"] for m in member.every("meetings", q="頁", limit=1)] == sorted(times, reverse=True)
        assert [m["starts_at"] for m in member.every("meetings", q="頁", sort="starts_at")] == sorted(times)
        assert member.get("meetings", params={"q": "頁", "include_total": "true", "limit": 1})["total"] == 3

    def test_bad_parameters(self, member):
        for name, value in (("status", "open"), ("service", "Skype"), ("confidentiality", "Ⅰ"), ("device_id", "1"),
                            ("open_finding", "any"), ("sort", "title"), ("starts_at_from", "2026")):
            assert member.get("meetings", 400, params={name: value}).faults == {name: "invalid"}
