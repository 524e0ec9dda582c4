"""Settings, and who set them so."""




class TestSettings:
    def test_are_changed_by_the_general_manager_with_history(self, general_manager, member, database):
        now = member.get("settings", 200)
        changed = general_manager.patch("settings", 200, {"data_warning_percent": 70, "longest_loan_days": now["longest_loan_days"],
                                                          "reason": "月末の超過が続いたため"}, match=now)
        assert changed["data_warning_percent"] == 70 and changed.etag != now.etag
        assert [row["type"] for row in database.events(changed)] == ["settings.changed"]
        assert {row["subject_type"] for row in database.audit(changed)} == {"settings", "settings_changes"}
        record = member.get("settings/history", 200)["items"][0]
        assert record["changes"] == {"data_warning_percent": [now["data_warning_percent"], 70]}
        assert record["reason"] == "月末の超過が続いたため" and record["changed_by_id"] == general_manager.get("me")["id"]
        general_manager.patch("settings", 200, {"data_warning_percent": 70}, match=changed)
        assert len(member.every("settings/history")) == 1

    def test_refusals(self, general_manager, usage_manager, operator, client, database):
        before = database.fingerprint()
        assert general_manager.patch("settings", 428, {"longest_loan_days": 7}).problem == "precondition-required"
        assert general_manager.patch("settings", 412, {"longest_loan_days": 7}, match='"0.ja"').problem == "precondition-failed"
        for caller in (usage_manager, operator):
            assert caller.patch("settings", 403, {"longest_loan_days": 7}, match="*").problem == "forbidden"
        assert client.patch("settings", 403, {"longest_loan_days": 7}, match="*").problem == "insufficient-scope"
        answer = general_manager.patch("settings", 422, {"longest_loan_days": 0, "data_warning_percent": "80", "only_one": True}, match="*")
        assert set(answer.faults) == {"/longest_loan_days", "/data_warning_percent", "/only_one"}
        assert database.fingerprint() == before
