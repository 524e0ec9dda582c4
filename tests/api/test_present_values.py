"""What a correction changed holds for every later step (art5.1.3): return, hand-over, extension, late entries, the
occupation of the device, who sees the entry, filters and the order of lines."""

import pytest

from harness.noon import MONTH, Ledger, at, at_noon


@pytest.fixture(scope="module")
def service(cluster, keys, database):
    with at_noon(cluster, keys, database) as service:
        yield service


@pytest.fixture
def ledger(lending, member, device):
    return Ledger(lending, member, device)


def occupation(database, entry) -> list[str]:
    """As JSON has them, which leaves zeros at the end of a fraction out."""
    return list(database.rows("""SELECT to_json(lower(during)) #>> '{}' AS begin, to_json(upper(during)) #>> '{}' AS end
                                   FROM device_occupations WHERE id = %s""", entry["id"])[0].values())


class TestReturn:
    def test_after_another_use_took_the_hour_that_was_given_back(self, ledger, database):
        entry = ledger.out(at(9), at(14))
        ledger.correct(entry, "out_at", at(10))
        ledger.used(at(9), at(10))
        ledger.back(entry, returned_at=at(11))
        assert occupation(database, entry) == [at(10), at(11)]

    def test_an_hour_that_was_added_is_not_lent_again(self, ledger, database):
        entry = ledger.out(at(10), at(14))
        ledger.correct(entry, "out_at", at(9))
        ledger.back(entry, returned_at=at(11))
        assert occupation(database, entry) == [at(9), at(11)]
        assert ledger.out(at(9), at(9, 30), 409).problem == "check-out-refused"

    def test_an_hour_that_was_given_back_can_be_lent_afterwards(self, ledger):
        entry = ledger.out(at(9), at(14))
        ledger.correct(entry, "out_at", at(10))
        ledger.back(entry, returned_at=at(11))
        ledger.used(at(9), at(10))

    def test_not_before_it_was_taken_out(self, ledger):
        entry = ledger.out(at(9), at(14))
        ledger.correct(entry, "out_at", at(10))
        assert ledger.back(entry, 422, returned_at=at(9, 30)).faults == {"/returned_at": "before_out"}
        ledger.back(entry, returned_at=at(10))

    def test_the_reservation_that_came_next_is_kept_by_a_correction_too(self, ledger, database):
        entry = ledger.out(at(9), at(10))
        database.run("""INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
                        VALUES (gen_random_uuid(), %s, %s, 'reservation', true, tstzrange(%s, %s))""",
                     ledger.device["id"], ledger.lending.departments["rinko"], at(11), at(13))
        ledger.back(entry, returned_at=at(11, 30))
        ledger.correct(entry, "out_at", at(8))
        ledger.correct(entry, "returned_at", at(11, 45))
        assert occupation(database, entry) == [at(8), at(11)]


class TestHandover:
    def hand_over(self, ledger, entry, status=201):
        body = {"user_staff_id": ledger.lending.staff["210003"], "due_at": at(15)}
        return ledger.act(entry, "handover", status, body)

    def test_after_another_use_took_the_hour_that_was_given_back(self, ledger, database):
        entry = ledger.out(at(9), at(14))
        ledger.correct(entry, "out_at", at(10))
        ledger.used(at(9), at(10))
        later = self.hand_over(ledger, entry)
        begin, end = occupation(database, entry)
        assert (begin, end) == (at(10), ledger.member.get(f"usage-entries/{entry['id']}")["returned_at"])
        assert occupation(database, later)[0] == end

    def test_what_another_has_taken_since_is_not_written_down_as_out(self, ledger, member, lending, device):
        ledger.used(at(9), at(9, 30))
        ledger.used(at(9, 30), at(10))
        present = lending.out(member, device, due_at=at(14))
        assert ledger.out(at(10, 30), at(11), 409).problem == "check-out-refused"
        ledger.used(at(10, 30), at(11))
        ledger.back(present)


class TestExtension:
    def test_the_longest_loan_begins_when_it_was_taken_out(self, ledger, database):
        entry = ledger.out(at(9), at(14))
        ledger.correct(entry, "out_at", at(8))
        limit = {"reason": "延長", "due_at": at(8, 30, days=31)}
        assert ledger.act(entry, "extension", 422, limit).faults == {"/due_at": "loan_too_long"}
        ledger.correct(entry, "out_at", at(10))
        ledger.act(entry, "extension", 200, limit | {"due_at": at(9, 30, days=31)})
        assert occupation(database, entry) == [at(10), at(9, 30, days=31)]
        ledger.back(entry)


class TestCorrectionOfACorrection:
    def test_each_starts_from_the_one_before(self, ledger, database):
        entry = ledger.used(at(9), at(10))
        ledger.correct(entry, "returned_at", at(11))
        second = ledger.correct(entry, "out_at", at(10, 30))
        third = ledger.correct(entry, "returned_at", at(10, 45))
        assert (second["old_value"][:19], third["old_value"][:19]) == (at(9)[:19], at(11)[:19])
        assert occupation(database, entry) == [at(10, 30), at(10, 45)]
        assert ledger.correct(entry, "out_at", at(10, 50), 422).faults == {"/new_value": "after_return"}
        read = ledger.member.get(f"usage-entries/{entry['id']}")
        assert (read["out_at"], read["returned_at"]) == (at(9), at(10)), "what was recorded stays as it was"
        assert read["corrected"]["returned_at"][:19] == at(10, 45)[:19]

    def test_nothing_moves_into_the_future(self, ledger):
        entry = ledger.out(at(9), at(14))
        assert ledger.correct(entry, "out_at", at(13), 422).faults == {"/new_value": "future"}

    def test_the_user_was_somebody_on_that_day(self, ledger, lending, operator):
        entry = ledger.used(at(9), at(10))
        gone = operator.post("staff", 201, {"number": "990001", "name": "退職　済", "subject": "990001",
                                            "department_id": lending.departments["rinko"], "from": "2026-04-01"}).json
        operator.patch(f"staff/{gone['id']}", 200, {"left_on": "2026-10-01"}, match=operator.get(f"staff/{gone['id']}"))
        assert ledger.correct(entry, "user_staff_id", gone["id"], 422).faults == {"/new_value": "not_found"}


class TestStorage:
    def test_a_return_that_was_locked_after_all(self, ledger, lending, member, device):
        entry = ledger.out(at(9), at(10))
        ledger.back(entry, returned_at=at(10), locked=False)
        assert set(lending.check(member, device, due_at=at(14)).rules) == {"check_out.storage_confirmed"}
        ledger.correct(entry, "locked", True)
        assert lending.check(member, device, due_at=at(14)).rules == {}
        assert ledger.act(entry, "storage-confirmation", 409, {}).problem == "not-in-this-state"


class TestWhoSees:
    def test_the_true_user_does_and_the_wrong_one_no_more(self, ledger, lending, service, other_member, other_usage_manager):
        entry = ledger.used(at(9), at(10), user="220003", exception_reason="応援")
        path, wrong = f"usage-entries/{entry['id']}", service.staff("220003")
        for caller, before in ((wrong, 200), (other_member, 404), (other_usage_manager, 200)):
            caller.get(path, before)
        ledger.correct(entry, "user_staff_id", lending.staff["220002"])
        for caller, after in ((wrong, 404), (other_member, 200), (other_usage_manager, 200)):
            caller.get(path, after)
            caller.get(f"{path}/corrections", after)
            listed = caller.every("usage-entries", device_id=ledger.device["id"])
            assert bool(listed) == (after == 200)
        ledger.correct(entry, "user_staff_id", lending.staff["210003"])
        other_usage_manager.get(path, 404)

    def test_an_own_use_is_reckoned_from_the_present_user(self, ledger, lending, usage_manager):
        entry = ledger.used(at(9), at(10))
        assert ledger.act(entry, "confirmation", caller=usage_manager)["own_use_confirmed"] is False
        ledger.correct(entry, "user_staff_id", lending.staff["210001"])
        assert ledger.act(entry, "confirmation", caller=usage_manager)["own_use_confirmed"] is True


class TestLists:
    @pytest.fixture
    def two(self, ledger, lending, member):
        """The use of one device, and of another one that began later; then the later one is corrected."""
        first, other = ledger.used(at(9), at(10)), Ledger(lending, member, lending.device())
        second = other.used(at(10), at(11))
        for field, value in (("out_at", at(8)), ("returned_at", at(8, 30)), ("purpose", "document_work"), ("remarks", "訂正後"),
                             ("user_staff_id", lending.staff["210003"])):
            other.correct(second, field, value)
        return first, second

    def test_order_and_filters(self, two, lending, member):
        first, second = two
        devices = f"{first['device_id']},{second['device_id']}"

        def found(**filters):
            return [entry["id"] for entry in member.every("usage-entries", device_id=devices, sort="out_at", **filters)]

        assert found() == found(month=MONTH) == found(limit=1) == [second["id"], first["id"]]
        assert found(purpose="document_work") == found(user_staff_id=lending.staff["210003"]) == [second["id"]]
        assert found(purpose="training") == found(user_staff_id=lending.staff["210002"]) == [first["id"]]
        assert found(out_at_to=at(8, 30)) == [second["id"]] and found(out_at_from=at(8, 30)) == [first["id"]]

    def test_lines_of_the_ledger(self, two, lending, member):
        ids = [second["id"] for second in reversed(two)]
        path = f"departments/{lending.departments['rinko']}/ledgers/{MONTH}"
        lines = [line for line in member.get(path, 200)["lines"] if line["usage_entry_id"] in ids]
        assert [line["usage_entry_id"] for line in lines] == ids
        assert lines[0]["number"] < lines[1]["number"]
        name = member.get(f"staff/{lending.staff['210003']}")["name"]
        assert (lines[0]["out_at"], lines[0]["user_name"], lines[0]["remarks"]) == (at(8), name, "訂正後")
