"""Asking about a web meeting (annex2): what the rules say, in what words, and which settings would do."""

import uuid

import pytest
from harness.lending import after
from harness.meetings import GOOD, PERSONAL, RECORDED


class TestCheck:
    def test_it_is_permitted_and_nothing_changes(self, meetings, member, database):
        before = database.fingerprint()
        assert meetings.check(member).json == {"verdict": "permitted", "regulation_version": "2025-10-16",
                                               "rules_of": "2025-10-16", "annex2_version": "2024-06-24", "findings": [], "not_judged": []}
        assert database.fingerprint() == before

    @pytest.mark.parametrize("members, rule, level, clauses", [
        ({"terminals": [{"kind": "personal"}]}, "provided_terminal", "exception", ["annex2.2.1"]),
        ({"service": "google_meet", "confidentiality": "III", "screen_sharing": True, "end_to_end_encryption": False,
          "microphone_muted_when_idle": True}, "screen_sharing_allowed", "violation", ["annex2.table3"]),
        ({"service": "zoom", "confidentiality": "I"}, "service_allowed", "violation", ["annex2.2.2", "annex2.table1"]),
        ({"service": "zoom", "confidentiality": "I"}, "ismap", "violation", ["annex2.table1", "annex2.table3"]),
        ({"confidentiality": "I", "server_region": "unknown"}, "server_region", "violation", ["annex2.table1"]),
        ({"end_to_end_encryption": False}, "end_to_end_encryption", "exception", ["annex2.table1", "annex2.4.2"]),
        ({"service": "zoom", "end_to_end_encryption": False}, "end_to_end_encryption", "violation", ["annex2.table1", "annex2.4.2"]),
        ({"confidentiality": "III", "end_to_end_encryption": False}, "end_to_end_encryption", "advice",
         ["annex2.table1", "annex2.4.2"]),
        ({"service": "microsoft_teams"}, "end_to_end_impossible", "violation", ["annex2.table3", "annex2.4.2"]),
        ({"transcription": True}, "end_to_end_impossible", "violation", ["annex2.table3", "annex2.4.2"]),
        ({"service": "zoom"} | RECORDED, "recording_allowed", "violation", ["annex2.table3", "annex2.4.3.u"]),
        ({"service": "zoom", "confidentiality": "III"} | RECORDED, "recording_allowed", "violation", ["annex2.table3"]),
        ({"file_transfer": True}, "file_transfer_allowed", "violation", ["annex2.table3", "annex2.4.3.o"]),
        ({"confidentiality": "I", "server_region": "unknown", "role": "joining"}, "server_region", "exception", ["annex2.table1"]),
        ({"service": "microsoft_teams", "end_to_end_encryption": False}, "end_to_end_encryption", "advice",
         ["annex2.table1", "annex2.4.2"]),
        ({"service": "microsoft_teams", "end_to_end_encryption": False, "confidentiality": "I"}, "end_to_end_encryption", "exception",
         ["annex2.table1", "annex2.4.2"]),
        ({"confidentiality_confirmed": False}, "confidentiality_announced", "violation", ["annex2.4.1"]),
        ({"waiting_room": False, "can_remove_participants": False}, "uninvited_kept_out", "violation", ["annex2.4.3.a"]),
        (PERSONAL, "city_account", "exception", ["annex2.5.1"]),
        ({"client": "web_browser"}, "native_app", "exception", ["annex2.5.2"]),
        ({"client": "web_browser", "service": "google_meet", "confidentiality": "III", "end_to_end_encryption": False,
          "screen_sharing": False}, "native_app", "advice", ["annex2.5.2"]),
        ({"venue": "open"}, "venue", "exception", ["annex2.5.3"]),
        ({"microphone_muted_when_idle": False}, "microphone", "advice", ["annex2.5.3"])])
    def test_each_rule_speaks_with_its_clauses(self, meetings, member, members, rule, level, clauses):
        answer = meetings.check(member, **members)
        (finding,) = [finding for finding in answer["findings"] if finding["rule"] == f"meeting.{rule}"]
        assert (finding["level"], finding["clauses"]) == (level, clauses)
        verdict = {"violation": "refused", "exception": "permitted_with_exception", "advice": "permitted"}
        assert answer["verdict"] == verdict[max((f["level"] for f in answer["findings"]),
                                                key=["advice", "exception", "violation"].index)]

    @pytest.mark.parametrize("members, rule, clauses", [
        ({"confidentiality_announced": False}, "confidentiality_announced", ["annex2.4.1"]),
        ({"admission_check": False}, "admission_check", ["annex2.4.3.i"]),
        (RECORDED | {"recording_consent": "none"}, "recording_consent", ["annex2.4.3.e"]),
        ({"client_is_latest": False}, "app_latest", ["annex2.5.2"])])
    def test_what_is_done_on_the_day_is_advice_until_then(self, meetings, member, members, rule, clauses):
        for stage, level, verdict in ((None, "advice", "permitted"), ("plan", "advice", "permitted"), ("held", "violation", "refused")):
            answer = meetings.check(member, stage=stage, **members)
            assert [(f["rule"], f["level"], f["clauses"]) for f in answer["findings"]] == [(f"meeting.{rule}", level, clauses)]
            assert answer["verdict"] == verdict
        assert meetings.check(member, 422, stage="done").faults == {"/stage": "enum"}
        assert member.post("meetings", 422, meetings.plan(stage="plan")).faults == {"/stage": "unknown_member"}

    def test_every_rule_speaks_and_none_stops_another(self, meetings, member):
        answer = meetings.check(member, client="web_browser", venue="open", microphone_muted_when_idle=False, file_transfer=True, **PERSONAL)
        assert answer.rules == {"meeting.file_transfer_allowed": "violation", "meeting.city_account": "exception",
                                "meeting.native_app": "exception", "meeting.venue": "exception", "meeting.microphone": "advice"}

    def test_settings_that_do_not_go_together_are_judged(self, meetings, member):
        answer = meetings.check(member, recording_consent="consented", transcription=True, recording="cloud", waiting_room=False,
                                client="web_browser", client_is_latest=False)
        assert answer.rules == {"meeting.end_to_end_impossible": "violation", "meeting.native_app": "exception"}
        assert meetings.check(member, account={"kind": "none"}, terminals=[{"kind": "other_provided"}], waiting_room=False,
                              can_remove_participants=False, other_admission_measure="名簿で確かめる").rules == {}

    def test_who_joins_answers_for_less(self, meetings, member):
        wrong = {"end_to_end_encryption": False, "file_transfer": True, "waiting_room": False, "can_remove_participants": False,
                 "recording": "cloud", "confidentiality_announced": False, "service": "zoom"}
        assert meetings.check(member, role="joining", **wrong)["verdict"] == "permitted"
        answer = meetings.check(member, role="joining", client="web_browser", **wrong)
        assert answer.rules == {"meeting.native_app": "exception"} and "alternatives" not in answer.json

    @pytest.mark.parametrize("written, read", [("Ⅰ", "I"), ("Ⅱ", "II"), ("Ⅲ", "III"), ("Ｉ", "I"), ("ＩＩ", "II"), ("ＩＩＩ", "III")])
    def test_classes_as_offices_write_them(self, meetings, member, written, read):
        wrong = {"service": "google_meet", "end_to_end_encryption": False, "server_region": "other"}
        assert meetings.check(member, confidentiality=written, **wrong).json == meetings.check(member, confidentiality=read, **wrong).json
        assert meetings.create(member, confidentiality=written, save_as="draft")["confidentiality"] == read

    @pytest.mark.parametrize("written", ["1", "i", "ⅰ", "IV", "Ⅳ", "I ", "", "秘", 2, None, ["I"]])
    def test_anything_else_is_no_class(self, meetings, member, database, written):
        before = database.fingerprint()
        for path in ("meetings/check", "meetings"):
            answer = member.post(path, 422, meetings.plan() | {"confidentiality": written})
            assert answer.problem == "validation-failed" and set(answer.faults) == {"/confidentiality"}
        assert database.fingerprint() == before

    def test_both_languages(self, meetings, member):
        japanese, english = (member.post("meetings/check", 200, meetings.plan(venue="open"), headers={"Accept-Language": language})
                             for language in ("ja", "en"))
        for text in ("title", "detail", "remedy"):
            assert not japanese["findings"][0][text].isascii() and english["findings"][0][text].isascii()

    def test_the_versions_are_those_of_the_day(self, meetings, member):
        for start, versions in (("2025-10-15T23:59:59+09:00", ("2021-03-11", "2024-06-24")),
                                ("2025-10-15T15:00:00Z", ("2025-10-16", "2024-06-24")),
                                ("2024-06-24T00:00:00+09:00", ("2021-03-11", "2024-06-24"))):
            answer = meetings.check(member, starts_at=start, ends_at="2026-01-01T00:00:00+09:00")
            assert (answer["regulation_version"], answer["annex2_version"]) == versions
        for start in ("2024-06-23T23:59:59+09:00", "2021-03-10T12:00:00+09:00"):
            answer = meetings.check(member, 422, starts_at=start)
            assert answer.problem == "value-not-accepted" and answer.faults == {"/starts_at": "before_regulation"}

    def test_what_cannot_be(self, meetings, member, other_usage_manager, database):
        theirs = other_usage_manager.every("devices")[0]["id"]
        start = after(days=1)
        before = database.fingerprint()
        for members, faults in (
                ({"starts_at": start, "ends_at": start}, {"/ends_at": "not_after_start"}),
                ({"ends_at": after(hours=-1)}, {"/ends_at": "not_after_start"}),
                ({"department_id": str(uuid.uuid4())}, {"/department_id": "not_found"}),
                ({"terminals": [{"kind": "personal"}, {"kind": "device", "device_id": str(uuid.uuid4())}]},
                 {"/terminals/1/device_id": "not_found"}),
                ({"terminals": [{"kind": "device", "device_id": theirs}]}, {"/terminals/0/device_id": "not_found"}),
                ({"terminals": [{"kind": "device"}]}, {"/terminals/0/device_id": "required"}),
                ({"terminals": [{"kind": "tablet"}]}, {"/terminals/0/kind": "enum"}),
                ({"participant_department_ids": [meetings.departments["rinko"], str(uuid.uuid4())]},
                 {"/participant_department_ids/1": "not_found"}),
                ({"service_consultation_id": str(uuid.uuid4())}, {"/service_consultation_id": "not_found"}),
                ({"account": {"kind": "city", "account_id": str(uuid.uuid4())}}, {"/account/account_id": "not_found"}),
                ({"service": "other"}, {"/service_name": "required"}),
                ({"service": "skype"}, {"/service": "service_unknown"}),
                ({"service": "Webex"}, {"/service": "pattern"}),
                ({"terminals": []}, {"/terminals": "too_few_items"}),
                ({"participants": 0}, {"/participants": "too_small"}),
                ({"starts_at": "tomorrow"}, {"/starts_at": "format"}),
                ({"title": ""}, {"/title": "too_short"})):
            for path in ("meetings/check", "meetings"):
                assert member.post(path, 422, meetings.plan(**members)).faults == faults, members
        assert meetings.check(member, 422, save_as="draft").faults == {"/save_as": "unknown_member"}
        assert database.fingerprint() == before

    def test_every_member_of_the_plan_is_needed(self, meetings, member):
        for name in GOOD:
            assert meetings.check(member, 422, **{name: None}).faults == {f"/{name}": "required"}

    def test_anybody_may_ask(self, meetings, general_manager, auditor, digital_office, operator, other_member, nobody):
        for caller in (general_manager, auditor, digital_office, operator, other_member):
            assert meetings.check(caller)["verdict"] == "permitted"
        assert meetings.check(nobody, 401).problem == "authentication-required"

    def test_reasons_are_not_asked_for(self, meetings, member):
        assert meetings.check(member, **PERSONAL)["verdict"] == "permitted_with_exception"


class TestAlternatives:
    def test_each_is_permitted_when_it_is_asked_about(self, meetings, member):
        for wrong in ({"client": "web_browser", "file_transfer": True, "venue": "open"},
                      {"service": "google_meet", "screen_sharing": True},
                      {"service": "other", "service_name": "Whereby", "confidentiality": "I", "file_transfer": True},
                      RECORDED | {"service": "zoom", "transcription": True}, {"service": "microsoft_teams", "participants": 9},
                      {"confidentiality": "I", "server_region": "unknown", "terminals": [{"kind": "personal"}]} | PERSONAL):
            plan = meetings.plan(**wrong)
            answer = member.post("meetings/check", 200, plan)
            assert answer["verdict"] == "refused" and answer["alternatives"]
            for alternative in answer["alternatives"]:
                changed = plan | {"service": alternative["service"]} | alternative["changes"]
                assert member.post("meetings/check", 200, changed)["verdict"] == "permitted", alternative

    def test_they_change_as_little_as_possible(self, meetings, member):
        answer = meetings.check(member, service="google_meet", end_to_end_encryption=True, screen_sharing=False)
        assert answer["alternatives"] == [{"service": "webex", "changes": {}}, {"service": "zoom_jgp", "changes": {}},
                                          {"service": "zoom", "changes": {}},
                                          {"service": "microsoft_teams", "changes": {"teams_premium": True}}]
        own = meetings.check(member, client="web_browser", file_transfer=True)["alternatives"][0]
        assert own == {"service": "webex", "changes": {"file_transfer": False, "client": "native_app"}}

    def test_what_is_so_or_is_done_on_the_day_is_not_changed(self, meetings, member):
        assert meetings.check(member, confidentiality_confirmed=False)["alternatives"] == []
        assert meetings.check(member, stage="held", admission_check=False, waiting_room=True)["alternatives"] == []
        of_the_day = {"confidentiality_announced": False, "admission_check": False, "client_is_latest": False,
                      "microphone_muted_when_idle": False, "recording_consent": "none"}
        answer = meetings.check(member, file_transfer=True, recording="local", end_to_end_encryption=False, **of_the_day)
        assert answer["alternatives"] and not of_the_day.keys() & {name for a in answer["alternatives"] for name in a["changes"]}

    def test_provided_terminals_stay(self, meetings, member, lending):
        device = lending.device(kind="terminal")["id"]
        terminals = [{"kind": "device", "device_id": device}, {"kind": "personal"}]
        answer = meetings.check(member, terminals=terminals, venue="open", file_transfer=True)
        assert answer["alternatives"][0]["changes"] == {
            "file_transfer": False, "terminals": [terminals[0], {"kind": "other_provided"}], "venue": "meeting_room"}

    def test_a_permitted_plan_needs_none(self, meetings, member):
        for members in ({}, PERSONAL, {"role": "joining", "service": "zoom", "confidentiality": "I"}):
            assert "alternatives" not in meetings.check(member, **members).json
