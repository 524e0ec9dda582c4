"""Web meetings (annex2) that took place: as they were, beside how they were planned, and what they left to be cleared up."""

import uuid

from harness.lending import after
from harness.meetings import GOOD, PERSONAL, RECORDED
from harness.together import together

SETTINGS = GOOD.keys() - {"title"}


class TestHeldAndClosed:
    def test_a_plan_is_held_and_closed(self, meetings, member, database):
        planned = meetings.create(member, **meetings.past())
        held = meetings.act(member, planned, "held")
        assert held["status"] == "held" and held["held_reason"] is None and held["open_findings"] == []
        database.on_record(held, "meeting.held", ("meetings", "update"))
        closed = meetings.act(member, held, "closing", 200, {"remarks": "予定どおり"})
        assert closed["status"] == "closed" and closed["closing_remarks"] == "予定どおり"
        database.on_record(closed, "meeting.closed", ("meetings", "update"))
        for what in ("held", "closing"):
            assert meetings.act(member, closed, what, 409).problem == "not-in-this-state"
        assert meetings.change(member, closed, 409, title="x").problem == "not-in-this-state"

    def test_not_before_it_began(self, meetings, member):
        planned = meetings.create(member)
        assert meetings.act(member, planned, "held", 409, {"reason": "早い"}).problem == "not-in-this-state"
        assert meetings.act(member, planned, "closing", 409).problem == "not-in-this-state"

    def test_a_draft_that_took_place_stays_a_finding(self, meetings, member, usage_manager):
        draft = meetings.create(member, save_as="draft", file_transfer=True, **meetings.past())
        asked = meetings.act(member, draft, "held", 422)
        assert asked.problem == "value-not-accepted" and asked.faults == {"/reason": "required"}
        held = meetings.act(member, draft, "held", 200, {"reason": "急な要請のため"})
        assert held["verdict"] == "refused" and held["open_findings"] == ["held_unpermitted"]
        assert meetings.act(member, held, "closing")["open_findings"] == ["held_unpermitted"]
        assert held["id"] in {m["id"] for m in usage_manager.every("meetings", open_finding="held_unpermitted")}

    def test_what_is_in_the_cloud_is_accounted_for(self, meetings, member):
        members = meetings.past() | RECORDED | {"transcription": True, "chat": True}
        held = meetings.act(member, meetings.create(member, **members), "held")
        body = {"cloud_recording": "moved", "cloud_transcript": "deleted", "cloud_chat": "not_needed", "moved_to": "共有フォルダ",
                "consent_evidence": "開会時に口頭で知らせ、異議なし"}
        for name in body:
            answer = meetings.act(member, held, "closing", 422, {k: v for k, v in body.items() if k != name})
            assert answer.problem == "value-not-accepted" and answer.faults == {f"/{name}": "required"}
        closed = meetings.act(member, held, "closing", 200, body)
        assert {name: closed[name] for name in body} == body

    def test_of_a_meeting_that_was_joined_nothing_is_asked(self, meetings, member):
        joined = meetings.create(member, role="joining", **meetings.past(), **RECORDED)
        assert joined["clean_up_by"] is None
        assert meetings.act(member, meetings.act(member, joined, "held"), "closing")["status"] == "closed"

    def test_what_is_not_cleared_in_time_is_a_finding(self, meetings, member, usage_manager):
        meeting = meetings.create(member, **meetings.past(8), **RECORDED)
        fresh = meetings.create(member, **meetings.past(7), **RECORDED)
        assert meeting["open_findings"] == ["clean_up_overdue"] and fresh["open_findings"] == []
        assert fresh["clean_up_by"] == after()[:10]
        held = meetings.act(member, meeting, "held")
        assert held["open_findings"] == ["clean_up_overdue"]
        overdue = {m["id"] for m in usage_manager.every("meetings", open_finding="clean_up_overdue")}
        assert held["id"] in overdue and fresh["id"] not in overdue

        def links(caller):
            return {task["link"] for task in caller.every("me/tasks") if task["kind"] == "meeting_clean_up"}

        paths = {m["id"]: f"/api/v1/meetings/{m['id']}" for m in (held, fresh)}
        assert links(member) >= set(paths.values())
        assert paths[held["id"]] in links(usage_manager) and paths[fresh["id"]] not in links(usage_manager)
        closed = meetings.act(member, held, "closing", 200, {"cloud_recording": "deleted", "consent_evidence": "開会時に通知"})
        assert closed["open_findings"] == [] and paths[held["id"]] not in links(member)

    def test_its_etag_follows_the_days_that_are_set(self, meetings, member, general_manager):
        meeting = meetings.create(member, **meetings.past(), **RECORDED)
        path = f"meetings/{meeting['id']}"
        before = member.get(path)
        settings = general_manager.get("settings")
        general_manager.patch("settings", 200, {"meeting_clean_up_days": 30, "reason": "試験"}, match=settings)
        changed = member.get(path)
        general_manager.patch("settings", 200, {"meeting_clean_up_days": 7, "reason": "戻す"}, match=general_manager.get("settings"))
        assert changed["clean_up_by"] > before["clean_up_by"] and changed.etag != before.etag
        assert member.get(path).etag == before.etag
        assert meetings.change(member, meeting, match=changed, title="同じ版").status == 200


class TestAsItWas:
    def held(self, meetings, caller, status=200, reason=None, save_as=None, planned=None, **actual):
        plan = meetings.create(caller, save_as=save_as, **meetings.past(), **planned or {})
        body = {"actual": actual} if actual else {}
        return meetings.act(caller, plan, "held", status, body | ({"reason": reason} if reason else {}))

    def test_as_planned_where_nothing_else_is_said(self, meetings, member):
        planned = meetings.create(member, **meetings.past())
        assert (planned["actual"], planned["actual_judgement"], planned["differences"]) == (None, None, [])
        held = meetings.act(member, planned, "held")
        assert {name: held["actual"][name] for name in SETTINGS} == {name: held[name] for name in SETTINGS}
        assert held["actual_judgement"] == {
            "verdict": "permitted", "regulation_version": "2025-10-16", "rules_of": "2025-10-16", "annex2_version": "2024-06-24",
            "findings": [], "not_judged": []}
        assert (held["differences"], held["open_findings"]) == ([], [])

    def test_both_are_kept_and_judged(self, meetings, member, usage_manager):
        held = self.held(meetings, member, confidentiality="Ｉ", server_region="unknown", recording="cloud", end_to_end_encryption=False,
                         partner_organisations=["見本市立病院"])
        assert (held["confidentiality"], held["actual"]["confidentiality"]) == ("II", "I")
        assert held["verdict"] == "permitted" and held.rules == {}
        judged = held["actual_judgement"]
        assert judged["verdict"] == "refused" and {f["rule"]: f["level"] for f in judged["findings"]} == {
            "meeting.server_region": "violation", "meeting.recording_consent": "violation"}
        assert held["differences"] == ["confidentiality", "end_to_end_encryption", "partner_organisations", "recording",
                                       "server_region"]
        assert held["open_findings"] == ["held_with_violations", "held_differently"]
        for finding in held["open_findings"]:
            assert held["id"] in {m["id"] for m in usage_manager.every("meetings", open_finding=finding)}
        assert member.get(f"meetings/{held['id']}").json == held.json

    def test_what_was_left_undone_on_the_day(self, meetings, member):
        undone = {"confidentiality_announced": False, "client_is_latest": False, "admission_check": False}
        held = self.held(meetings, member, planned=undone)
        assert held["verdict"] == "permitted" and set(held.rules.values()) == {"advice"}
        assert {f["level"] for f in held["actual_judgement"]["findings"]} == {"violation"}
        assert (held["differences"], held["open_findings"]) == ([], ["held_with_violations"])
        done = self.held(meetings, member, planned=undone, **{name: True for name in undone})
        assert done["actual_judgement"]["verdict"] == "permitted" and done["open_findings"] == ["held_differently"]

    def test_the_same_as_a_check_of_that_stage(self, meetings, member):
        actual = PERSONAL | {"chat": True, "file_transfer": True, "waiting_room": False, "can_remove_participants": False}
        held = self.held(meetings, member, **actual)
        check = meetings.check(member, stage="held", **meetings.past(), **actual)
        assert {name: check[name] for name in held["actual_judgement"]} == held["actual_judgement"]

    def test_what_there_was_is_cleared_up(self, meetings, member):
        none = self.held(meetings, member, planned=RECORDED, recording="none")
        assert none["clean_up_by"] is None
        assert meetings.act(member, none, "closing")["status"] == "closed"
        chat = self.held(meetings, member, chat=True, recording="cloud", recording_consent="notified", end_to_end_encryption=False)
        assert chat["clean_up_by"] is not None
        body = {"cloud_recording": "deleted", "cloud_chat": "not_needed", "consent_evidence": "開会時に通知"}
        for name in body:
            rest = {other: value for other, value in body.items() if other != name}
            assert meetings.act(member, chat, "closing", 422, rest).faults == {f"/{name}": "required"}
        assert meetings.act(member, chat, "closing", 200, body)["clean_up_by"] is None
        joined = self.held(meetings, member, planned=RECORDED, role="joining")
        assert meetings.act(member, joined, "closing")["status"] == "closed"

    def test_null_takes_away(self, meetings, member):
        planned = {"waiting_room": False, "can_remove_participants": False, "other_admission_measure": "名簿で確かめる"}
        held = self.held(meetings, member, planned=planned, other_admission_measure=None)
        assert held["actual"]["other_admission_measure"] is None and held["other_admission_measure"] == "名簿で確かめる"
        assert [f["rule"] for f in held["actual_judgement"]["findings"]] == ["meeting.uninvited_kept_out"]

    def test_a_draft_needs_its_reason_all_the_same(self, meetings, member):
        assert self.held(meetings, member, 422, save_as="draft", chat=True).faults == {"/reason": "required"}
        held = self.held(meetings, member, reason="急な要請のため", save_as="draft", chat=True)
        assert held["open_findings"] == ["held_unpermitted", "held_differently"]

    def test_what_cannot_be(self, meetings, member, database, other_usage_manager):
        theirs = other_usage_manager.every("devices")[0]["id"]
        planned = meetings.create(member, **meetings.past())
        before = database.fingerprint()
        for actual, faults in (
                ({"service": "skype"}, {"/actual/service": "service_unknown"}),
                ({"service": "other"}, {"/actual/service_name": "required"}),
                ({"terminals": [{"kind": "device", "device_id": theirs}]}, {"/actual/terminals/0/device_id": "not_found"}),
                ({"terminals": []}, {"/actual/terminals": "too_few_items"}),
                ({"service_consultation_id": str(uuid.uuid4())}, {"/actual/service_consultation_id": "not_found"}),
                ({"participant_department_ids": [str(uuid.uuid4())]}, {"/actual/participant_department_ids/0": "not_found"}),
                ({"confidentiality": "IV"}, {"/actual/confidentiality": "enum"}),
                ({"venue": None}, {"/actual/venue": "type"}),
                ({"title": "題"}, {"/actual/title": "unknown_member"})):
            assert meetings.act(member, planned, "held", 422, {"actual": actual}).faults == faults
        assert database.fingerprint() == before

    def test_once_by_twenty(self, meetings, patient_service):
        member = patient_service.staff("210002")
        planned = meetings.create(member, **meetings.past())
        answers = together(*20 * [lambda: meetings.act(member, planned, "held", (200, 409, 412), {"actual": {"chat": True}}, match=planned)])
        assert [answer.status for answer in answers].count(200) == 1


def findings_of(caller, meeting) -> dict:
    link = f"/api/v1/meetings/{meeting['id']}"
    return {(f["kind"], f["rule"]): f for f in caller.every("compliance/findings") if f["link"] == link}


class TestUntilNoted:
    held = TestAsItWas.held

    def note(self, caller, finding):
        return caller.post(f"compliance/findings/{finding['id']}/notes", 201, {"note": "指導した"})

    def test_violations_and_differences_stand_until_the_usage_manager_has_noted_each(self, meetings, member, usage_manager):
        held = self.held(meetings, member, confidentiality_announced=False, client_is_latest=False)
        found = findings_of(usage_manager, held)
        assert {key: f["clauses"] for key, f in found.items()} == {
            ("meeting_held_with_violation", "meeting.confidentiality_announced"): ["annex2.4.1"],
            ("meeting_held_with_violation", "meeting.app_latest"): ["annex2.5.2"],
            ("meeting_held_differently", None): ["art8.1.1"]}
        assert {tuple(f["must_act"]) for f in found.values()} == {("usage_manager",)}
        links = {task["link"] for task in usage_manager.every("me/tasks")}
        assert links >= {f"/api/v1/compliance/findings/{f['id']}" for f in found.values()}
        opened, tags = [], [member.get(f"meetings/{held['id']}").etag]
        for finding in found.values():
            self.note(usage_manager, finding)
            meeting = member.get(f"meetings/{held['id']}")
            opened.append(meeting["open_findings"])
            tags.append(meeting.etag)
        assert opened[-1] == [] and len(opened[0]) > 0 and tags[0] != tags[-1]
        assert findings_of(usage_manager, held) == {}
        assert meetings.act(member, meeting, "closing", match=tags[-1])["status"] == "closed"

    def test_what_was_not_permitted_is_noted_by_both(self, meetings, member, usage_manager, general_manager):
        held = self.held(meetings, member, reason="急な要請のため", save_as="draft", planned={"file_transfer": True})
        (finding,) = findings_of(usage_manager, held).values()
        assert finding["kind"] == "meeting_held_unpermitted"
        for caller, opened in ((usage_manager, ["held_unpermitted"]), (general_manager, [])):
            link = f"/api/v1/compliance/findings/{finding['id']}"
            assert link in {task["link"] for task in caller.every("me/tasks")}
            self.note(caller, finding)
            assert link not in {task["link"] for task in caller.every("me/tasks")}
            assert member.get(f"meetings/{held['id']}")["open_findings"] == opened
            assert (held["id"] in {m["id"] for m in usage_manager.every("meetings", open_finding="held_unpermitted")}) == bool(opened)

    def test_who_hosted_after_all_clears_up(self, meetings, member, usage_manager, start_service):
        held = self.held(meetings, member, planned={"role": "joining", "chat": True}, role="hosting")
        assert held["clean_up_by"]
        late = start_service(KIKI_CLOCK_OFFSET_S=str(9 * 86400)).staff("210001")
        assert ("meeting_clean_up_overdue", "meeting.clean_up") in findings_of(late, held)


class TestNeverMarked:
    def links(self, caller):
        return {task["link"] for task in caller.every("me/tasks") if task["kind"] == "meeting_unmarked"}

    def test_a_plan_a_day_past_is_a_task(self, meetings, member, colleague, usage_manager, general_manager):
        def path(meeting):
            return f"/api/v1/meetings/{meeting['id']}"

        past, today = meetings.create(member, **meetings.past()), meetings.create(member)
        draft = meetings.create(member, save_as="draft", **meetings.past())
        for caller in (member, usage_manager):
            assert path(past) in self.links(caller) and not {path(today), path(draft)} & self.links(caller)
        for caller in (colleague, general_manager):
            assert path(past) not in self.links(caller)
        cancelled = meetings.create(member, **meetings.past())
        meetings.act(member, past, "held")
        meetings.act(member, cancelled, "cancellation", 200, {"reason": "中止"})
        assert not {path(past), path(cancelled)} & self.links(usage_manager)
