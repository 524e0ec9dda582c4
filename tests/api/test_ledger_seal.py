"""What closing keeps (art5.1.3, annex1): the form as it was, byte for byte, under its check code; and what comes after it."""

import hashlib
import json

import pytest

from harness.ledgers import Station, correct, read_csv
from harness.organisation import DAY, name_acting


@pytest.fixture
def station(lending):
    return Station(lending)


@pytest.fixture
def closed(station):
    """A station whose October has three uses and is closed."""
    for day in ("2026-10-05", "2026-10-06", "2026-10-07"):
        station.confirmed(day, purpose_note="合同訓練")
    station.close("2026-10")
    return station


def form(caller, station, **params):
    """The bytes of JSON up to what came later, in both languages; and those of CSV in both charsets."""
    answers = [caller.get(station.path("2026-10"), params=params, headers={"Accept-Language": language}).content
               for language in ("ja", "en")]
    tables = [caller.get(station.path("2026-10"), params=params | {"format": format}).content for format in ("csv", "csv_cp932")]
    return [answer.split(b'],"corrections":[{"')[0].split(b'],"corrections":[],"addenda"')[0] for answer in answers], tables


def verified(caller, station):
    return caller.get(station.path("2026-10", "/verification"))


class TestKept:
    def test_anybody_can_make_the_check_code(self, closed):
        """A few lines, as the contract tells an auditor."""
        answer = closed.member.get(closed.path("2026-10"), params={"format": "canonical"})
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        code = hashlib.sha256(answer.content).hexdigest()
        ledger = closed.member.get(closed.path("2026-10"))
        assert code == ledger["check_code"] == closed.member.get(closed.path("2026-10", "/closure"))["check_code"]
        head, *lines = [json.loads(line) for line in answer.content.decode().splitlines()]
        english = closed.member.get(closed.path("2026-10"), headers={"Accept-Language": "en"})
        assert [line["ja"] for line in lines] == ledger["lines"] and [line["en"] for line in lines] == english["lines"]
        assert [line["cells"] for line in lines] == read_csv(closed.member.get(closed.path("2026-10"), params={"format": "csv"}))[1:]
        assert {name: ledger[name] for name in head} == head and len(lines) == 3

    def test_an_open_month_has_no_canonical_text(self, station):
        assert station.member.get(station.path("2026-10"), 409, params={"format": "canonical"}).problem == "form-not-kept"
        answer = verified(station.member, station)
        assert (answer["closed"], answer["kept"], answer["intact"], answer["check_code"]) == (False, False, None, None)

    def test_a_month_without_uses_is_kept_too(self, station):
        station.close("2026-10")
        answer = station.member.get(station.path("2026-10"), params={"format": "canonical"})
        assert verified(station.member, station)["intact"] is True and len(answer.content.splitlines()) == 1

    def test_no_change_that_comes_later_is_seen_in_the_form(self, lending, closed, operator, general_manager, equipment_manager, today):
        before = form(closed.member, closed)
        one = form(closed.member, closed, device_id=closed.device["id"])
        (line, *_) = closed.member.get(closed.path("2026-10"))["lines"]
        entry = {"id": line["usage_entry_id"]}
        for field, value in (("purpose_note", "消防研修"), ("locked", False), ("user_staff_id", closed.head["id"]),
                             ("out_at", "2026-10-05T08:30:00+09:00"), ("accessories", ["三脚"])):
            correct(closed.member, entry, field, value, in_closed_month=True)
        operator.patch(f"staff/{closed.member['id']}", 200, {"name": "改姓 梅子", "title": "主任"}, match="*")
        operator.patch(f"staff/{closed.head['id']}", 200, {"name": "改姓 桜子"}, match="*")
        operator.patch(f"departments/{closed.of['id']}", 200, {"name": "改称消防署"}, match="*")
        operator.patch(f"posts/{closed.post['id']}", 200, {"name": "改称署長"}, match="*")
        equipment_manager.patch(f"storage-locations/{closed.place['id']}", 200, {"name": "改称棚"}, match="*")
        general_manager.patch(f"devices/{closed.device['id']}", 200, {"name": "改称機器", "reason": "改称"}, match="*")
        name_acting(closed.head, closed.post, lending.member(closed.of), today, today + DAY)
        operator.post(f"staff/{closed.head['id']}/transfers", 201, {"department_id": lending.department()["id"], "from": str(today + DAY)})
        general_manager.patch("settings", 200, {"longest_loan_days": 3, "reason": "見直し"}, match=general_manager.get("settings"))
        reader = general_manager
        after, single = form(reader, closed), form(reader, closed, device_id=closed.device["id"])
        assert after[0] == before[0] and single[0] == one[0]
        for now, then in zip(after[1] + single[1], before[1] + one[1]):
            assert now.startswith(then) and len(now) > len(then)
        answer = verified(reader, closed)
        assert (answer["same_code"], answer["same_records"], answer["differences"]) == (True, True, [])
        assert len(answer["corrections"]) == 5 and answer["awaiting_confirmation"] == 5

    def test_the_head_is_of_the_months_last_day(self, closed):
        ledger = closed.member.get(closed.path("2026-10"))
        assert (ledger["department_name"], ledger["closed_by"], ledger["closed_by_actor"]["title"], ledger["kept"]) == (
            "試験消防署", "試験 桜子", "署長", True)


class TestVerification:
    def alter(self, database, closed, statement):
        database.run(f"{statement} WHERE department_id = '{closed.of['id']}' AND month = '2026-10-01'")

    def test_it_is_intact(self, closed, auditor):
        answer = verified(auditor, closed)
        assert answer["intact"] is answer["same_code"] is answer["same_records"] is True
        assert answer["check_code"] == answer["recomputed_check_code"] and answer["closed_by"]["name"] == "試験 桜子"
        assert (answer["corrections"], answer["addenda"], answer["awaiting_confirmation"]) == ([], [], 0)

    @pytest.mark.parametrize("statement, code, records", [
        ("UPDATE ledger_kept_lines SET cells[14] = '異常なし'", False, True),
        ("UPDATE ledger_kept_lines SET number = number + 7", True, False),
        ("DELETE FROM ledger_kept_lines", False, False),
        ("UPDATE ledger_kept_lines SET ja = ja::jsonb || '{\"purpose_note\": \"改\"}'", False, False),
        ("UPDATE ledger_closures SET head = replace(head, '桜子', '他人')", False, True)])
    def test_what_was_altered_behind_the_services_back_is_told(self, closed, database, statement, code, records):
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        self.alter(database, closed, statement)
        answer = verified(closed.head, closed)
        assert (answer["intact"], answer["same_code"], answer["same_records"]) == (False, code, records)

    def test_who_alters_the_code_as_well_is_told_by_the_records(self, closed, database):
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        self.alter(database, closed, "UPDATE ledger_kept_lines SET ja = ja::jsonb || '{\"purpose\": \"training\", \"remarks\": \"改\"}'")
        self.alter(database, closed, "UPDATE ledger_closures SET check_code = api.check_code(api.ledger_text(head, department_id, month))")
        answer = verified(closed.head, closed)
        assert (answer["same_code"], answer["same_records"], answer["intact"]) == (True, False, False)
        assert [difference["members"] for difference in answer["differences"]] == [["remarks"]] * 3

    def test_a_record_altered_is_told(self, closed, database):
        database.run("UPDATE usage_states SET returned_at = returned_at + interval '1 hour' WHERE department_id = %s", closed.of["id"])
        answer = verified(closed.head, closed)
        assert answer["same_code"] is True and answer["differences"][0]["members"] == ["returned_at"]

    def test_who_reads(self, closed, usage_manager):
        usage_manager.get(closed.path("2026-10", "/verification"), 404)


class TestWhatComesAfter:
    def addendum(self, station, day="2026-10-08", reason="聞取りにより判明", **members):
        return station.late(day, addendum_reason=reason, **members)

    def test_a_correction_stands_behind_the_form(self, closed, database):
        line = closed.member.get(closed.path("2026-10"))["lines"][1]
        before = closed.member.get(closed.path("2026-10"))
        correct(closed.member, {"id": line["usage_entry_id"]}, "purpose_note", "消防研修", in_closed_month=True, reason="転記誤り")
        ledger = closed.member.get(closed.path("2026-10"))
        assert ledger.etag != before.etag and ledger["lines"] == before["lines"]
        (correction,) = ledger["corrections"]
        assert (correction["number"], correction["field"], correction["old_value"], correction["new_value"], correction["reason"],
                correction["corrected_by"], correction["corrected_by_actor"]["title"], correction["confirmed_at"]) == (
            2, "purpose_note", "合同訓練", "消防研修", "転記誤り", "試験 梅子", "係員", None)
        *form, row = read_csv(closed.member.get(closed.path("2026-10"), params={"format": "csv"}))
        assert len(form) == 4 and row[0] == "訂正1" and row[7] == closed.device["code"] and row[16] == "確認待ち"
        assert row[17].startswith("締切り後の訂正　番号2　目的の説明：合同訓練→消防研修（令和") and "係員　試験 梅子　（本人による訂正）　理由：転記誤り）" in row[17]
        state = closed.member.get(closed.path("2026-10", "/closure"))
        assert (state["corrections_after"], state["own_corrections_after"], state["addenda"], state["awaiting_confirmation"]) == (1, 1, 0, 1)

    def test_a_correction_waits_until_the_use_is_confirmed_again(self, closed):
        line = closed.member.get(closed.path("2026-10"))["lines"][0]
        entry = {"id": line["usage_entry_id"]}
        for value in ("消防研修", "演習"):
            correct(closed.member, entry, "purpose_note", value, in_closed_month=True)
        assert verified(closed.head, closed)["awaiting_confirmation"] == 2
        closed.lending.act(closed.head, entry, "confirmation", body={"remarks": "聞取り済み"})
        correct(closed.member, entry, "purpose_note", "訓練", in_closed_month=True)
        ledger = closed.member.get(closed.path("2026-10"))
        assert [correction["confirmed_at"] is None for correction in ledger["corrections"]] == [False, False, True]
        assert ledger["corrections"][0]["confirmed_by_actor"]["name"] == "試験 桜子" and ledger["lines"][0]["confirmation_remarks"] is None
        answer = verified(closed.head, closed)
        assert (answer["intact"], answer["awaiting_confirmation"]) == (True, 1)
        rows = read_csv(closed.member.get(closed.path("2026-10"), params={"format": "csv"}))
        assert rows[4][16].startswith("署長　試験 桜子　令和") and rows[6][16] == "確認待ち"

    def test_what_was_corrected_before_the_closing_is_part_of_the_form(self, station):
        entry = station.late("2026-10-05", purpose_note="研修")
        correct(station.member, entry, "purpose_note", "訓練")
        station.lending.act(station.head, entry, "confirmation")
        station.close("2026-10")
        ledger = station.member.get(station.path("2026-10"))
        assert ledger["corrections"] == [] and ledger["lines"][0]["purpose_note"] == "訓練"
        assert [(c["old_value"], c["new_value"]) for c in ledger["lines"][0]["corrections"]] == [("研修", "訓練")]
        correct(station.member, entry, "purpose_note", "演習", in_closed_month=True)
        ledger = station.member.get(station.path("2026-10"))
        assert ledger["lines"][0]["purpose_note"] == "訓練" and len(ledger["lines"][0]["corrections"]) == len(ledger["corrections"]) == 1
        assert verified(station.member, station)["intact"] is True

    def test_an_addendum_stands_behind_the_form_and_waits(self, closed, database):
        refused = closed.lending.used(closed.member, closed.device, "2026-10-08T09:00:00+09:00", "2026-10-08T10:00:00+09:00", 409,
                                      department=closed.of, user=closed.member)
        assert refused.problem == "month-closed" and "追記" in refused["detail"]
        before = closed.member.get(closed.path("2026-10"))
        entry = self.addendum(closed)
        assert entry["addendum_reason"] == "聞取りにより判明"
        ledger = closed.member.get(closed.path("2026-10"))
        assert ledger["lines"] == before["lines"] and ledger.etag != before.etag
        (line,) = ledger["addenda"]
        assert (line["usage_entry_id"], line["number"], line["addendum_reason"], line["confirmed_at"]) == (
            entry["id"], 1, "聞取りにより判明", None)
        row = read_csv(closed.member.get(closed.path("2026-10"), params={"format": "csv"}))[-1]
        assert (row[0], row[3], row[4], row[16]) == ("追記1", "09:00", "10:00", "確認待ち")
        assert row[17].startswith("追記（理由：聞取りにより判明　令和") and "係員　試験 梅子）" in row[17]
        assert entry["id"] in {task["link"].rsplit("/", 1)[1] for task in closed.head.every("me/tasks")}
        answer = verified(closed.head, closed)
        assert answer["intact"] and answer["awaiting_confirmation"] == 1
        assert (answer["addenda"][0]["recorded_by"]["name"], answer["addenda"][0]["confirmed_at"]) == ("試験 梅子", None)
        closed.lending.act(closed.head, entry, "confirmation")
        answer = verified(closed.head, closed)
        assert answer["intact"] and answer["awaiting_confirmation"] == 0
        assert answer["addenda"][0]["confirmed_by_actor"]["name"] == "試験 桜子"

    def unlock(self, closed, line):
        """Says of a line, after the closing, that the device was not locked away."""
        entry = {"id": line["usage_entry_id"]}
        correct(closed.member, entry, "locked", False, in_closed_month=True, reason="施錠の記入誤り")
        return entry

    def test_where_a_line_was_locked_away_after_all_stands_behind_the_form(self, lending, closed, today):
        before = form(closed.member, closed)
        first, second, _ = closed.member.get(closed.path("2026-10"))["lines"]
        waiting, entry = self.unlock(closed, first), self.unlock(closed, second)
        corrected = closed.member.get(closed.path("2026-10"))
        assert corrected["storage_confirmations"] == verified(closed.member, closed)["storage_confirmations"] == []
        state = closed.member.get(closed.path("2026-10", "/closure"))
        shelf, deputy = lending.place(closed.of, name="第二書庫"), lending.member(name="試験 楓", title="主査")
        name_acting(closed.head, closed.post, deputy, today, today)
        lending.act(deputy, entry, "storage-confirmation", body={"storage_location_id": shelf["id"], "remarks": "鍵を確認"})
        ledger = closed.member.get(closed.path("2026-10"))
        assert ledger.etag != corrected.etag and ledger["lines"] == corrected["lines"]
        (stored,) = ledger["storage_confirmations"]
        assert (stored["usage_entry_id"], stored["number"], stored["device_code"], stored["storage_location_id"],
                stored["storage_location"], stored["remarks"], stored["storage_confirmed_by"]) == (
            entry["id"], 2, closed.device["code"], shelf["id"], "第二書庫", "鍵を確認", "試験 楓")
        read = closed.member.get(f"usage-entries/{entry['id']}")
        assert stored["storage_confirmed_at"] == read["storage_confirmed_at"]
        actor = stored["storage_confirmed_by_actor"]
        assert actor == read["storage_confirmed_by"] and actor["title"] == "主査"
        answer = verified(closed.member, closed)
        assert answer["storage_confirmations"] == [stored] and answer["intact"] is True
        after = closed.member.get(closed.path("2026-10", "/closure"))
        assert (state["storage_confirmations_after"], after["storage_confirmations_after"]) == (0, 1) and state.etag != after.etag
        assert form(closed.member, closed)[0] == before[0]
        *rows, row = read_csv(closed.member.get(closed.path("2026-10"), params={"format": "csv"}))
        assert [cells[0] for cells in rows[4:]] == ["訂正1", "訂正2"] and (row[0], row[7]) == ("保管確認1", closed.device["code"])
        assert row[14].startswith("施錠確認　第二書庫　令和") and row[14].endswith("主査　試験 楓") and row[16] == ""
        assert row[17] == "締切り後の施錠保管の確認　番号2　施錠確認時：鍵を確認"
        # A second one comes behind it, and an addendum behind both.
        lending.act(closed.member, waiting, "storage-confirmation")
        self.addendum(closed)
        rows = read_csv(closed.member.get(closed.path("2026-10"), params={"format": "csv"}))
        assert [cells[0] for cells in rows[4:]] == ["訂正1", "訂正2", "保管確認1", "保管確認2", "追記1"]
        assert rows[7][17] == "締切り後の施錠保管の確認　番号1"
        assert [line["number"] for line in verified(closed.head, closed)["storage_confirmations"]] == [2, 1]

    def test_what_was_locked_away_after_all_before_the_closing_is_part_of_the_form(self, station):
        entry = station.late("2026-10-05", locked=False)
        station.lending.act(station.head, entry, "storage-confirmation", body={"storage_location_id": station.place["id"]})
        station.lending.act(station.head, entry, "confirmation")
        station.close("2026-10")
        ledger = station.member.get(station.path("2026-10"))
        assert ledger["storage_confirmations"] == [] and ledger["lines"][0]["storage_confirmed_by"] == "試験 桜子"

    def test_a_storage_confirmation_of_an_addendum_stands_in_its_own_line(self, closed):
        entry = self.addendum(closed, locked=False)
        closed.lending.act(closed.head, entry, "storage-confirmation", body={"storage_location_id": closed.place["id"]})
        ledger = closed.member.get(closed.path("2026-10"))
        assert ledger["storage_confirmations"] == [] and ledger["addenda"][0]["storage_confirmed_by"] == "試験 桜子"

    def test_a_corrected_addendum_shows_it_in_its_own_line(self, closed):
        entry = self.addendum(closed)
        correct(closed.member, entry, "purpose_note", "合同", in_closed_month=True)
        ledger = closed.member.get(closed.path("2026-10"))
        assert ledger["corrections"] == [] and ledger["addenda"][0]["purpose_note"] == "合同"
        assert len(ledger["addenda"][0]["corrections"]) == 1

    def test_one_device(self, closed):
        other = closed.held("2026-10-01")
        line = closed.member.get(closed.path("2026-10"))["lines"][0]
        closed.lending.act(closed.member, self.unlock(closed, line), "storage-confirmation")
        self.addendum(closed)
        ledger = closed.member.get(closed.path("2026-10"), params={"device_id": other["id"]})
        assert ledger["lines"] == ledger["addenda"] == ledger["storage_confirmations"] == []
        assert len(closed.member.get(closed.path("2026-10"), params={"device_id": closed.device["id"]})["addenda"]) == 1
        assert len(closed.member.get(closed.path("2026-10"), params={"device_id": closed.device["id"]})["storage_confirmations"]) == 1
        for device, rows in ((other, 0), (closed.device, 1)):
            table = read_csv(closed.member.get(closed.path("2026-10"), params={"device_id": device["id"], "format": "csv"}))
            assert len([row for row in table if row[0].startswith("保管確認")]) == rows

    def test_no_import_into_a_closed_month(self, closed, equipment_manager):
        row = (f"{closed.device['code']},{closed.member['number']},training,2026-10-09T09:00:00+09:00,2026-10-09T12:00:00+09:00,"
               f"2026-10-09T11:00:00+09:00,{closed.place['name']},true\n")
        answer = equipment_manager.upload("usage-entries/import", "device_code,user_staff_number,purpose,out_at,due_at,returned_at,"
                                          "storage_location,locked\n" + row, 422)
        assert [fault["code"] for fault in answer["rows"]] == ["month_closed"]


def test_a_month_closed_before_forms_were_kept_says_so(station, database):
    """As the records were when the service learnt to keep them."""
    entry = station.confirmed("2026-10-05")
    database.run("SELECT set_config('kiki.operation', 'test', false)")
    database.run("INSERT INTO ledger_closures (department_id, month, closed_by_id) VALUES (%s, '2026-10-01', %s)",
                 station.of["id"], station.head["id"])
    ledger = station.member.get(station.path("2026-10"))
    assert (ledger["kept"], ledger["check_code"], len(ledger["lines"])) == (False, None, 1) and ledger["closed_at"]
    correct(station.member, entry, "purpose_note", "訓練", in_closed_month=True)
    ledger = station.member.get(station.path("2026-10"))
    assert ledger["lines"][0]["purpose_note"] == "訓練" and ledger["corrections"][0]["number"] is None
    answer = verified(station.head, station)
    assert (answer["closed"], answer["kept"], answer["intact"]) == (True, False, None) and len(answer["corrections"]) == 1
    assert station.member.get(station.path("2026-10"), 409, params={"format": "canonical"}).problem == "form-not-kept"
