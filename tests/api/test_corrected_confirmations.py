"""A correction of a confirmed entry takes the confirmation back (art5.1.3): the usage manager is told, by whom and what it
was, and confirms what stands there then."""

import uuid

import pytest

from harness.together import together

MANAGER, MEMBER, COLLEAGUE = "210001", "210002", "210003"


@pytest.fixture
def entry(lending, usage_manager, device):
    """Used by a member, returned by the usage manager and confirmed by him."""
    return lending.settled(usage_manager, device)


def correct(caller, entry, field, value, status=201, **members):
    return caller.post(f"usage-entries/{entry['id']}/corrections", status, {"field": field, "new_value": value, "reason": "記入誤り"} | members)


def tasks(caller, entry, language="ja") -> dict[str, str]:
    """kind -> title of those about the entry."""
    items, cursor = [], {}
    while cursor is not None:
        page = caller.get("me/tasks", 200, params={"limit": 200} | cursor, headers={"Accept-Language": language})
        items, cursor = items + page["items"], page["next_cursor"] and {"cursor": page["next_cursor"]}
    return {task["kind"]: task["title"] for task in items if task["link"] == f"/api/v1/usage-entries/{entry['id']}"}


class TestInAnOpenMonth:
    def test_it_waits_again_and_the_manager_is_told(self, lending, usage_manager, member, colleague, entry, people, database):
        assert tasks(usage_manager, entry) == {}
        made = correct(colleague, entry, "remarks", "受付に預けた")
        assert (made["unconfirmed"], made["own_correction"]) == (True, False)
        name = people[COLLEAGUE]["name"]
        assert made["corrected_by"] == {"kind": "staff", "id": lending.staff[COLLEAGUE], "name": name,
                                        "title": people[COLLEAGUE]["title"], "acting": None}
        read = member.get(f"usage-entries/{entry['id']}")
        assert (read["status"], read["confirmed_at"], read["confirmed_by_id"], read["own_use_confirmed"]) == ("returned", None, None, None)
        assert (read["remarks"], read["corrected"]) == (None, {"remarks": "受付に預けた"})
        (record,) = read["correction_records"]
        assert record == made.json
        told = tasks(usage_manager, entry)
        assert told.keys() == {"usage_correction"} and told["usage_correction"].endswith(f"{name}による訂正）")
        assert f"by {name} on " in tasks(usage_manager, entry, "en")["usage_correction"]
        second = correct(member, entry, "remarks", None)
        assert second["unconfirmed"] is False
        assert tasks(usage_manager, entry)["usage_correction"].endswith(f"{people[MEMBER]['name']}による訂正）"), "the last one"
        again = lending.act(usage_manager, entry, "confirmation", 200, {"remarks": "訂正を確認"})
        assert (again["status"], again["corrections"], [c["id"] for c in again["correction_records"]]) == (
            "confirmed", 2, [made["id"], second["id"]])
        assert tasks(usage_manager, entry) == {}
        assert lending.act(usage_manager, entry, "confirmation", 409).problem == "not-in-this-state"
        kept = database.rows("SELECT corrections, remarks FROM usage_confirmations WHERE usage_entry_id = %s ORDER BY corrections", entry["id"])
        assert [(row["corrections"], row["remarks"]) for row in kept] == [(0, None), (2, "訂正を確認")]

    def test_filters_and_totals_follow(self, lending, usage_manager, member, entry):
        path = f"departments/{lending.departments['rinko']}/ledgers/{entry['month']}/closure"

        def found(status):
            return bool(member.every("usage-entries", device_id=entry["device_id"], status=status))

        before = usage_manager.get(path)["not_confirmed"]
        assert found("confirmed") and not found("returned")
        correct(member, entry, "purpose_note", "資料")
        assert found("returned") and not found("confirmed")
        assert usage_manager.get(path)["not_confirmed"] == before + 1

    def test_what_was_not_confirmed_takes_nothing_back(self, lending, usage_manager, member, device):
        entry = lending.out(member, device)
        lending.back(member, entry)
        assert correct(member, entry, "remarks", "備考")["unconfirmed"] is False
        assert tasks(usage_manager, entry).keys() == {"usage_confirmation"}

    def test_a_confirmation_of_what_stood_there_before_is_none(self, lending, usage_manager, member, entry):
        correct(member, entry, "remarks", "一")
        read = usage_manager.get(f"usage-entries/{entry['id']}")
        correct(member, entry, "remarks", "二")
        assert lending.act(usage_manager, entry, "confirmation", 412, match=read).problem == "precondition-failed"
        lending.act(usage_manager, entry, "confirmation")

    def test_ten_confirmations_at_once_are_one(self, service, member, entry, database):
        correct(member, entry, "remarks", "備考")
        path, callers = f"usage-entries/{entry['id']}/confirmation", [service.staff(MANAGER) for _ in range(10)]
        answers = together(*[lambda c=c: c.post(path, (200, 409), match="*") for c in callers])
        assert sorted(a.status for a in answers) == [200] + [409] * 9
        assert database.value("SELECT count(*) FROM usage_confirmations WHERE usage_entry_id = %s", entry["id"]) == 2

    def test_corrections_and_a_confirmation_at_once(self, lending, service, usage_manager, entry, database):
        """Whatever comes first, what is confirmed is what stands there."""
        for n in range(5):
            key = str(uuid.uuid4())
            together(lambda n=n, key=key: service.staff(MEMBER).post(f"usage-entries/{entry['id']}/corrections", 201, {
                         "field": "remarks", "new_value": f"{n}", "reason": "誤記"}, key=key),
                     lambda: service.staff(MANAGER).post(f"usage-entries/{entry['id']}/confirmation", (200, 409), match="*"))
            state = database.rows("""SELECT s.confirmed_at IS NOT NULL AS confirmed, s.corrections, max(c.corrections) AS at
                                       FROM usage_states s JOIN usage_confirmations c ON c.usage_entry_id = s.id
                                      WHERE s.id = %s GROUP BY s.id""", entry["id"])[0]
            assert state["confirmed"] == (state["corrections"] == state["at"]) and state["corrections"] == n + 1

    def test_a_replay_takes_nothing_back(self, lending, usage_manager, member, entry):
        """Nor does one that comes after the next confirmation, when the answer to the first was lost."""
        path, body, key = f"usage-entries/{entry['id']}/corrections", {"field": "remarks", "new_value": "備考", "reason": "誤記"}, str(uuid.uuid4())
        first = member.post(path, 201, body, key=key)
        confirmed = lending.act(usage_manager, entry, "confirmation")
        again = member.post(path, 201, body, key=key)
        assert again.text == first.text and again.headers["Idempotency-Replayed"] == "true"
        read = usage_manager.get(f"usage-entries/{entry['id']}")
        assert (read["status"], read["corrections"], read["confirmed_at"]) == ("confirmed", 1, confirmed["confirmed_at"])

    def test_a_value_set_back_is_a_correction_still(self, lending, usage_manager, member, entry):
        correct(member, entry, "purpose", "document_work")
        correct(member, entry, "purpose", "training")
        read = member.get(f"usage-entries/{entry['id']}")
        assert (read["purpose"], read["corrected"], read["status"]) == ("training", {"purpose": "training"}, "returned")
        assert [(c["old_value"], c["new_value"]) for c in read["correction_records"]] == [
            ("training", "document_work"), ("document_work", "training")]
        lending.act(usage_manager, entry, "confirmation")


class TestSeparatedDuties:
    def test_who_corrects_his_own_use_is_shown(self, lending, usage_manager, member, colleague, entry):
        assert correct(colleague, entry, "remarks", "一")["own_correction"] is False
        assert member.get(f"usage-entries/{entry['id']}")["own_correction"] is False
        assert correct(member, entry, "remarks", "二")["own_correction"] is True
        confirmed = lending.act(usage_manager, entry, "confirmation")
        assert (confirmed["own_correction"], confirmed["own_correction_confirmed"], confirmed["own_use_confirmed"]) == (True, False, False)

    def test_so_is_who_takes_himself_out_of_a_line_or_puts_himself_in(self, lending, member, entry):
        assert correct(member, entry, "user_staff_id", lending.staff[COLLEAGUE])["own_correction"] is True
        assert correct(member, entry, "user_staff_id", lending.staff[MEMBER])["own_correction"] is True

    def test_and_who_confirms_what_he_corrected(self, lending, usage_manager, entry):
        correct(usage_manager, entry, "user_staff_id", lending.staff[MANAGER])
        confirmed = lending.act(usage_manager, entry, "confirmation")
        assert (confirmed["own_use_confirmed"], confirmed["own_correction"], confirmed["own_correction_confirmed"]) == (True, True, True)


class TestInAClosedMonth:
    @pytest.fixture
    def closed(self, member):
        return member.every("usage-entries", month="2026-08", status="confirmed", sort="out_at")[0]

    def test_it_waits_and_is_confirmed_again(self, lending, usage_manager, member, closed, database):
        closure = usage_manager.get(f"departments/{closed['department_id']}/ledgers/2026-08/closure")
        assert closure["closed"] is True
        made = correct(member, closed, "purpose_note", "訂正後", in_closed_month=True)
        assert (made["unconfirmed"], made["in_closed_month"]) == (True, True)
        assert tasks(usage_manager, closed).keys() == {"usage_correction"}
        answer = lending.act(usage_manager, closed, "confirmation")
        assert answer["status"] == "confirmed" and tasks(usage_manager, closed) == {}
        assert [event["type"] for event in database.events(answer)] == ["usage_entry.confirmed"]
