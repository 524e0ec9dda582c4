"""What would become of a check-out (art6, art7), judged without writing anything."""

import uuid

import pytest

from harness.lending import after, reserve


class TestCheck:
    def test_it_is_permitted_and_nothing_changes(self, lending, member, device, database):
        before = database.fingerprint()
        answer = lending.check(member, device)
        assert answer.json == {"verdict": "permitted", "regulation_version": "2025-10-16", "rules_of": "2025-10-16", "findings": [],
                               "not_judged": ["check_out.device_available"]}
        assert database.fingerprint() == before

    def test_every_rule_speaks_and_none_stops_another(self, lending, member, device):
        lending.out(member, device)
        answer = lending.check(member, device, purpose="other", user="220002")
        assert answer["verdict"] == "refused"
        assert answer.rules == {"check_out.device_available": "violation", "check_out.purpose": "exception",
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
        in_stock = lending.device(of=None)
        assert lending.check(general_manager, in_stock).rules == {"check_out.placed": "violation"}
        assert lending.out(general_manager, in_stock, 409).rules == {"check_out.placed": "violation"}

    def test_a_reservation_in_the_way(self, lending, member, device, database):
        reserve(database, device, after(hours=1), after(hours=3))
        assert lending.check(member, device).rules == {"check_out.reserved": "violation"}
        assert lending.check(member, device, due_at=after(minutes=50))["verdict"] == "permitted"
        entry = lending.out(member, device, due_at=after(minutes=30))
        refused = lending.act(member, entry, "extension", 409, {"due_at": after(hours=2), "reason": "延長"})
        assert refused.problem == "device-occupied"

    def test_a_purpose_that_article_6_does_not_list(self, lending, member, device):
        answer = lending.check(member, device, purpose="other")
        assert answer["verdict"] == "permitted_with_exception" and answer.rules == {"check_out.purpose": "exception"}

    def test_a_purpose_that_nobody_has_approved(self, lending, member, device):
        answer = lending.check(member, device, purpose="approved_other")
        assert answer["verdict"] == "refused" and answer.rules == {"check_out.purpose_approval": "violation"}

    @pytest.mark.parametrize("purpose", ["training", "document_work", "system_update"])
    def test_a_purpose_that_is(self, lending, member, device, purpose):
        answer = lending.check(member, device, purpose=purpose, purpose_note="新任職員研修")
        assert answer["verdict"] == "permitted" and answer.rules == {}

    def test_files_of_no_meeting_or_training(self, lending, member, device):
        answer = lending.check(member, device, purpose="document_work")
        assert answer["verdict"] == "permitted" and answer.rules == {"check_out.document_work": "advice"}

    def test_a_web_meeting_that_cites_none(self, lending, member, device):
        answer = lending.check(member, device, purpose="web_meeting")
        assert answer["verdict"] == "permitted" and answer.rules == {"check_out.meeting": "advice"}

    def test_a_user_of_another_department(self, lending, member, device):
        answer = lending.check(member, device, user="220002")
        assert answer["verdict"] == "permitted_with_exception" and answer.rules == {"check_out.other_department": "exception"}

    def test_the_last_return_was_not_locked(self, lending, member, colleague, device):
        entry = lending.out(member, device)
        lending.back(member, entry, locked=False)
        answer = lending.check(colleague, device)
        assert answer["verdict"] == "permitted" and answer.rules == {"check_out.storage_confirmed": "advice"}
        lending.act(colleague, entry, "storage-confirmation")
        assert lending.check(colleague, device).rules == {}

    def test_a_later_locked_return_settles_an_unlocked_one(self, lending, member, device):
        lending.back(member, lending.out(member, device), locked=False)
        lending.back(member, lending.out(member, device))
        assert lending.check(member, device).rules == {}

    def test_both_languages(self, lending, member, device):
        plan = lending.plan(purpose="other") | {"device_id": device["id"]}
        japanese, english = (member.post("usage-entries/check", 200, plan, headers={"Accept-Language": language})["findings"][0]
                             for language in ("ja", "en"))
        assert japanese["rule"] == english["rule"] and japanese["clauses"] == english["clauses"] == ["art7.1.1"]
        for text in ("title", "detail", "remedy"):
            assert not japanese[text].isascii() and english[text].isascii()

    def test_reasons_are_not_asked_for(self, lending, member, device):
        answer = lending.check(member, device, user="220002", out_at=after(hours=-23), due_at=after(hours=1))
        assert answer["verdict"] == "permitted_with_exception"

    def test_the_version_of_the_regulation_is_that_of_the_day(self, lending, member, device):
        ended = {"due_at": "2025-10-16T01:00:00+09:00",
                 "returned": {"returned_at": "2025-10-16T01:00:00+09:00", "storage_location_id": lending.shelf(), "locked": True}}
        old = lending.check(member, device, out_at="2025-10-15T23:59:59+09:00", **ended)
        new = lending.check(member, device, out_at="2025-10-16T00:00:00+09:00", **ended)
        assert (old["regulation_version"], new["regulation_version"]) == ("2021-03-11", "2025-10-16")
        assert old["rules_of"] == new["rules_of"] == "2025-10-16"

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
