"""What is confirmed of a return (art5.1.2, art5.1.3): its storage by a colleague, the use by the usage manager."""

from harness.organisation import DAY, name_acting


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

    def test_an_acting_holder_confirms_in_both_names(self, lending, a_department, a_post, a_member, a_place, today):
        station = a_department()
        post = a_post(station, is_head=True)
        head, deputy = a_member(station, holds=post), a_member(station)
        a_place(station)
        name_acting(head, post, deputy, today, today + DAY)
        entry = lending.out(head, lending.device(station), user=head)
        lending.back(head, entry, department=station)
        answer = lending.act(deputy, entry, "confirmation")
        assert (answer["confirmed_by_id"], answer["confirmed_for_id"]) == (deputy["id"], head["id"])
