"""The rules as they are told: every one that the engine judges, in both languages."""

import pytest

RULES = {  # rule: (level, whether a determination helps)
    "check_out.device_available": ("violation", False), "check_out.placed": ("violation", False),
    "check_out.reserved": ("violation", True), "check_out.purpose": ("exception", False),
    "check_out.document_work": ("advice", False),
    "check_out.purpose_approval": ("violation", True), "check_out.data_cap": ("violation", True),
    "check_out.security_current": ("violation", True), "check_out.security_confirmed": ("exception", False),
    "check_out.other_department": ("exception", False), "check_out.storage_confirmed": ("advice", False),
    "check_out.meeting": ("violation", False),
    "meeting.provided_terminal": ("exception", False), "meeting.service_allowed": ("violation", False),
    "meeting.service_consultation": ("violation", False), "meeting.server_region": ("violation", False),
    "meeting.ismap": ("violation", False), "meeting.end_to_end_encryption": ("violation", False),
    "meeting.end_to_end_impossible": ("violation", False), "meeting.recording_allowed": ("violation", False),
    "meeting.screen_sharing_allowed": ("violation", False), "meeting.chat_allowed": ("violation", False),
    "meeting.file_transfer_allowed": ("violation", False), "meeting.confidentiality_announced": ("violation", False),
    "meeting.uninvited_kept_out": ("violation", False), "meeting.admission_check": ("violation", False),
    "meeting.recording_consent": ("violation", False), "meeting.city_account": ("exception", False),
    "meeting.native_app": ("exception", False), "meeting.app_latest": ("violation", False),
    "meeting.venue": ("exception", False), "meeting.microphone": ("advice", False), "meeting.clean_up": ("violation", False),
}


def test_all_rules_with_level_and_determination(member):
    rules = member.get("rules", 200)
    assert {rule["id"]: (rule["level"], rule["determination"]) for rule in rules["items"]} == RULES
    assert rules["next_cursor"] is None and rules.headers["Content-Language"] == "ja"
    for rule in rules["items"]:
        assert rule["clauses"] and all(clause.startswith(("art", "annex2.")) for clause in rule["clauses"])


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_in_both_languages(member, rule):
    japanese = member.get(f"rules/{rule}", 200, headers={"Accept-Language": "ja"})
    english = member.get(f"rules/{rule}", 200, headers={"Accept-Language": "en"})
    assert english.headers["Content-Language"] == "en"
    assert japanese["clauses"] == english["clauses"] and japanese.etag != english.etag
    for text in ("title", "explanation"):
        assert not japanese[text].isascii() and english[text].isascii()
    assert member.get(f"rules/{rule}", 304, headers={"Accept-Language": "en", "If-None-Match": english.etag}).status == 304


def test_each_reason_has_its_level_and_clauses(member):
    for rule in member.get("rules", 200)["items"]:
        levels = ["violation", "exception", "advice"]
        for reason in rule["reasons"]:
            assert levels.index(reason["level"]) >= levels.index(rule["level"]) and set(reason["clauses"]) <= set(rule["clauses"])
    available = member.get("rules/check_out.device_available", 200)
    assert [reason["clauses"] for reason in available["reasons"]] == [
        ["art5.1.1"], ["art5.1.1"], ["art3.1.2"], ["art5.1.2"], ["art3.1.3"], ["art8.1.2"], ["art8.1.4"]]
    assert {(reason["level"], *reason["clauses"]) for reason in member.get("rules/check_out.meeting", 200)["reasons"]} == {
        ("violation", "art8.1.1"), ("advice", "art8.1.1")}


def test_how_a_word_of_a_clause_is_read(member):
    reading = member.get("rules/check_out.security_current", 200)["reading"]
    assert "利用責任者" in reading and "利用管理者" in reading
    assert "原則" in member.get("rules/check_out.purpose", 200)["reading"]
    assert member.get("rules/check_out.placed", 200)["reading"] is None


@pytest.mark.parametrize("rule", ["check_out.nothing", "purpose", "check_out", "check_out.purpose.", "CHECK_OUT.PURPOSE", "x" * 65])
def test_what_is_no_rule(member, rule):
    assert member.get(f"rules/{rule}", 404).problem == "not-found"


def test_anybody_of_the_bureau_reads_them(auditor, digital_office, operator, nobody):
    for caller in (auditor, digital_office, operator):
        caller.get("rules", 200)
    assert nobody.get("rules", 401).problem == "authentication-required"


def test_how_a_word_of_annex_2_is_read(member):
    for rule, word in (("provided_terminal", "原則として"), ("native_app", "ものとする"), ("venue", "配慮"), ("clean_up", "必要に応じて"),
                       ("end_to_end_encryption", "可能な限り"), ("file_transfer_allowed", "原則利用せず")):
        assert f"「{word}」" in member.get(f"rules/meeting.{rule}", 200)["reading"]
    reasons = member.get("rules/meeting.recording_consent", 200)["reasons"]
    assert [reason["level"] for reason in reasons] == ["violation", "advice", "advice"]
