"""The ledger of a department and month (art5.1.3, annex1): what it shows."""

import re
import uuid

import psycopg2
import pytest

from harness.ledgers import Station, late, path, read_csv
from harness.lending import after
from harness.organisation import DAY, name_acting

HEADER = ["番号", "利用年月日", "利用年月日（西暦）", "開始時刻", "返却時刻", "所属", "職・氏名", "機器番号", "品名", "付属品", "利用目的", "会議名",
          "機密性区分", "異常の有無", "施錠保管確認", "通信量", "利用管理者確認", "備考"]


class TestReading:
    def test_json_has_the_lines_of_the_form(self, lending, member):
        ledger = member.get(path(lending, "2026-09"), 200)
        entries = member.every("usage-entries", department_id=lending.departments["rinko"], month="2026-09", sort="out_at")
        assert (ledger["department_code"], ledger["month"], ledger["month_wareki"], ledger["closed_at"]) == (
            "rinko", "2026-09", "令和8年9月", None)
        assert [line["usage_entry_id"] for line in ledger["lines"]] == [entry["id"] for entry in entries]
        assert [line["number"] for line in ledger["lines"]] == list(range(1, len(entries) + 1))
        first = ledger["lines"][0]
        assert first["used_on"] == entries[0]["out_at"][:10] and first["used_on_wareki"].startswith("令和8年9月")
        assert first["confirmed_by"] == member.get(f"staff/{entries[0]['confirmed_by_id']}")["name"]
        assert first["storage_location"]

    def test_one_device_keeps_the_numbers_of_the_month(self, lending, member):
        whole = member.get(path(lending, "2026-09"))["lines"]
        device = member.one("devices", code=whole[-1]["device_code"])
        lines = member.get(path(lending, "2026-09"), params={"device_id": device["id"]})["lines"]
        assert lines == [line for line in whole if line["device_code"] == device["code"]] and lines
        assert member.get(path(lending, "2026-09"), params={"device_id": str(uuid.uuid4())})["lines"] == []

    @pytest.mark.parametrize("headers, params, charset", [
        ({"Accept": "text/csv"}, {}, "utf-8-sig"), ({}, {"format": "csv"}, "utf-8-sig"),
        ({"Accept": "text/csv; charset=cp932"}, {}, "cp932"), ({}, {"format": "csv_cp932"}, "cp932"),
        ({"Accept": "application/json"}, {"format": "csv"}, "utf-8-sig")])
    def test_csv_in_both_charsets(self, lending, member, headers, params, charset):
        answer = member.get(path(lending, "2026-09"), 200, headers=headers, params=params)
        assert answer.headers["Content-Type"] == f"text/csv; charset={charset.removesuffix('-sig')}"
        assert answer.content.startswith(b"\xef\xbb\xbf") == (charset == "utf-8-sig")
        rows = read_csv(answer, charset)
        ledger = member.get(path(lending, "2026-09"))["lines"]
        assert rows[0] == HEADER and len(rows) == len(ledger) + 1 and {len(row) for row in rows} == {len(HEADER)}
        for row, line in zip(rows[1:], ledger):
            assert row[:3] == [str(line["number"]), line["used_on_wareki"], line["used_on"]]
            assert row[3] == line["out_at"][11:16] and row[7] == line["device_code"] and line["user_name"] in row[6]
        assert ("X-Substituted-Characters" in answer.headers) == (charset == "cp932")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="ledger-rinko-2026-09.csv"'
        assert answer.content.endswith(b"\r\n")

    def test_json_when_nothing_else_is_asked_for(self, lending, member):
        assert member.get(path(lending, "2026-09"), params={"format": "json"}, headers={"Accept": "text/csv"})["lines"]
        assert member.get(path(lending, "2026-09"), 406, headers={"Accept": "application/pdf"}).problem == "not-acceptable"
        assert member.get(path(lending, "2026-09"), 400, params={"format": "pdf"}).faults == {"format": "invalid"}

    def test_characters_that_cp932_lacks_are_counted(self, lending, member):
        late(lending, member, lending.device(), "2026-10-06", purpose_note="𠮷田 café")
        answer = member.get(path(lending, "2026-10"), params={"format": "csv_cp932"})
        assert answer.headers["X-Substituted-Characters"] == "2"
        assert any("〓田 caf〓" in row[10] for row in read_csv(answer, "cp932"))

    def test_characters_that_cp932_has_otherwise_are_no_loss(self, lending, member):
        late(lending, member, lending.device(), "2026-10-05", purpose_note="\ufa1b田、葛\U000e0100城、㋿\u00a0元年–二年")
        answer = member.get(path(lending, "2026-10"), params={"format": "csv_cp932"})
        assert any("\ufa1b田、葛城、令和 元年-二年" in row[10] for row in read_csv(answer, "cp932"))
        assert int(answer.headers["X-Substituted-Characters"]) >= 4

    def test_cells_that_begin_like_a_formula_are_harmless(self, lending, member):
        late(lending, member, lending.device(), "2026-10-06", "10:00", "11:00")
        entry = late(lending, member, lending.device(), "2026-10-06", "11:00", "12:00")
        member.post(f"usage-entries/{entry['id']}/corrections", 201, {"field": "abnormality", "new_value": "=1+1", "reason": "試験"})
        rows = read_csv(member.get(path(lending, "2026-10"), params={"format": "csv"}), "utf-8-sig")
        assert "'=1+1" in [row[13] for row in rows]

    def test_everything_that_happened_stands_in_the_line(self, lending, member, usage_manager):
        device = lending.device()
        entry = late(lending, member, device, "2026-10-09", user="220002", purpose_note="合同訓練")
        for field, value in (("returned_at", "2026-10-09T09:45:00+09:00"), ("purpose", "web_meeting"), ("locked", False),
                             ("user_staff_id", lending.staff["210003"])):
            member.post(f"usage-entries/{entry['id']}/corrections", 201, {"field": field, "new_value": value, "reason": "記入誤り"})
        lending.act(member, entry, "storage-confirmation")
        lending.act(usage_manager, entry, "confirmation")
        (line,) = member.get(path(lending, "2026-10"), params={"device_id": device["id"]})["lines"]
        name = member.get(f"staff/{lending.staff['210003']}")["name"]
        assert (line["returned_at"], line["purpose"], line["locked"], line["user_name"], line["user_department_name"]) == (
            "2026-10-09T09:45:00+09:00", "web_meeting", False, name, "臨港消防署")
        assert [(c["field"], c["new_value"]) for c in line["corrections"]][0] == ("returned_at", "2026-10-09T09:45:00+09:00")
        assert line["corrections"][0]["old_value"] == "2026-10-09T10:00:00+09:00" and line["corrections"][0]["reason"] == "記入誤り"
        (row,) = read_csv(member.get(path(lending, "2026-10"), params={"device_id": device["id"], "format": "csv"}), "utf-8-sig")[1:]
        assert row[4] == "09:45" and row[10] == "WEB会議（第6条第1号）　合同訓練" and name in row[6]
        now = r"令和\d+年\d+月\d+日 \d+:\d\d"
        me = member.get(f"staff/{member.get('me')['id']}")
        recorded = f"（{now}　{me['title']}　{me['name']}　理由：記入誤り）"
        place = member.get(f"storage-locations/{lending.shelf()}")["name"]
        assert re.fullmatch(f"未施錠　{place}　（施錠確認　{now}　{me['title']}　{me['name']}）", row[14])
        other = member.get(f"staff/{lending.staff['220002']}")["name"]
        advice = "助言　利用手順に沿って計画された会議であること（第8条第1項第1号）／"  # and no exception of the user who was none
        assert re.fullmatch(advice + "事後入力（理由：記入漏れ）／訂正　返却時刻：令和8年10月9日 10:00→令和8年10月9日 9:45" + recorded
                            + f"／訂正　利用目的：職員研修等（第6条第2号）→WEB会議（第6条第1号）{recorded}"
                            + f"／訂正　施錠：施錠→未施錠{recorded}／訂正　利用者：{other}→{name}{recorded}", row[17])

    def test_accessories_corrected_from_none_and_to_none(self, lending, member, device):
        entry = late(lending, member, device, "2026-10-09")
        for value in (["三脚", "延長コード"], []):
            member.post(f"usage-entries/{entry['id']}/corrections", 201, {"field": "accessories", "new_value": value, "reason": "記入漏れ"})
        (row,) = read_csv(member.get(path(lending, "2026-10"), params={"device_id": device["id"], "format": "csv"}), "utf-8-sig")[1:]
        assert "／訂正　付属品：なし→三脚、延長コード（" in row[17] and "／訂正　付属品：三脚、延長コード→なし（" in row[17]

    def test_an_acting_holder_and_an_own_use_are_shown(self, lending, a_department, a_member, a_place, a_post, today):
        station = a_department()
        post = a_post(station, is_head=True, name="試験署長")
        head, deputy = a_member(station, holds=post, name="試験 桜子", title="署長"), a_member(station, title="係員")
        device = lending.device(station)
        a_place(station)
        lending.act(head, late(lending, head, device, "2026-10-13", department=station, user=head), "confirmation")
        name_acting(head, post, deputy, today, today + DAY)
        lending.act(deputy, late(lending, head, device, "2026-10-14", department=station, user=head), "confirmation")
        rows = read_csv(head.get(path(lending, "2026-10", station), params={"device_id": device["id"], "format": "csv"}), "utf-8-sig")[1:]
        now = r"　令和\d+年\d+月\d+日 \d+:\d\d"
        assert re.fullmatch(rf"署長　{head['name']}　（本人使用）{now}", rows[0][16])
        assert re.fullmatch(rf"試験署長（{head['name']}）不在につき代決　係員　{deputy['name']}{now}", rows[1][16])

    def test_who_acts_for_a_vacant_post_is_shown(self, lending, general_manager, a_department, a_member, a_place, a_post, today):
        station = a_department()
        post = a_post(station, is_head=True, name="試験署長")
        deputy, user = a_member(station, title="係員"), a_member(station)
        a_place(station)
        device = lending.device(station)
        name_acting(general_manager, post, deputy, today, today + DAY)
        lending.act(deputy, late(lending, user, device, "2026-10-14", department=station, user=user), "confirmation")
        (row,) = read_csv(deputy.get(path(lending, "2026-10", station), params={"format": "csv"}), "utf-8-sig")[1:]
        assert re.fullmatch(rf"試験署長欠員につき代決　係員　{deputy['name']}　令和\d+年\d+月\d+日 \d+:\d\d", row[16])

    def test_what_was_remarked_and_agreed_to_stands_in_the_line(self, lending):
        """Extension, storage put right elsewhere, confirmation: in the entry, in the ledger's JSON and in its remarks."""
        station = Station(lending)
        borrower, elsewhere = lending.member(lending.department()), lending.place(station.of)
        entry = lending.out(station.member, station.device, user=borrower, exception_reason="応援")
        lending.act(station.member, entry, "extension", body={"due_at": after(hours=5), "reason": "訓練の延長"})
        lending.back(station.member, entry, department=station.of, locked=False, storage_location_id=station.place["id"])
        lending.act(station.member, entry, "storage-confirmation", body={"storage_location_id": elsewhere["id"], "remarks": "棚を変更"})
        entry = lending.act(station.head, entry, "confirmation", body={"remarks": "確認済み"})
        (line,) = station.member.get(station.path(after()[:7]))["lines"]
        for shown in (entry, line):
            (extension,) = shown["extensions"]
            assert (extension["reason"], extension["extended_by"]["name"]) == ("訓練の延長", "試験 梅子")
            assert (shown["storage_confirmed_location_id"], shown["storage_confirmation_remarks"], shown["confirmation_remarks"]) == (
                elsewhere["id"], "棚を変更", "確認済み")
        assert entry["confirmed_by"] == line["confirmed_by_actor"] and entry["confirmed_by"]["name"] == "試験 桜子"
        assert entry["storage_confirmed_by"] == line["storage_confirmed_by_actor"]
        assert line["storage_confirmed_location"] == elsewhere["name"] and line["findings"] == entry["findings"] != []
        (row,) = read_csv(station.member.get(station.path(after()[:7]), params={"format": "csv"}))[1:]
        assert f"（施錠確認　{elsewhere['name']}　令和" in row[14]
        told = row[17].split("／")
        assert told[0] == "例外　機器が配置されている所属の職員が使用すること（第5条第1号、第5条第3号）"
        assert told[-4].startswith("例外（理由：応援　同意：署長　試験 桜子）") and told[-3].startswith("延長　令和")
        assert told[-3].endswith("係員　試験 梅子　理由：訓練の延長）") and told[-2:] == ["施錠確認時：棚を変更", "確認時：確認済み"]

    def test_a_standing_agreement_stands_for_the_confirmation(self, lending, today):
        station, other = Station(lending), lending.department()
        agreement = station.head.post("standing-agreements", 201, {
            "kind": "loan", "number": "包括-1", "description": "応援", "department_id": station.of["id"], "to_department_id": other["id"],
            "valid_from": str(today), "valid_until": str(today)})
        entry = lending.out(station.member, station.device, user=lending.member(other), standing_agreement_id=agreement["id"],
                            exception_reason="応援", due_at=after(minutes=1))
        (line,) = station.member.get(station.path(after()[:7]))["lines"]
        assert line["standing_agreement"]["number"] == "包括-1" and entry["standing_agreement"] == line["standing_agreement"]
        (row,) = read_csv(station.member.get(station.path(after()[:7]), params={"format": "csv"}))[1:]
        assert "例外（理由：応援　包括的な同意：包括-1　署長　試験 桜子）" in row[17]

    def test_a_month_without_entries(self, lending, member):
        assert member.get(path(lending, "2031-01"))["lines"] == []
        assert read_csv(member.get(path(lending, "2031-01"), params={"format": "csv"}), "utf-8-sig") == [HEADER]

    def test_who_reads(self, lending, auditor, general_manager, member):
        for caller in (auditor, general_manager):
            assert caller.get(path(lending, "2026-09"))["lines"] == member.get(path(lending, "2026-09"))["lines"]
        for month in ("2026-9", "2026-13", "x"):
            member.get(path(lending, month), 404)

    def test_the_tag_changes_with_whatever_is_added(self, lending, member):
        before = member.get(path(lending, "2026-10"))
        member.get(path(lending, "2026-10"), 304, headers={"If-None-Match": before.etag})
        late(lending, member, lending.device(), "2026-10-15")
        assert member.get(path(lending, "2026-10"), 200, headers={"If-None-Match": before.etag}).etag != before.etag


@pytest.mark.parametrize("table", ["usage_entries", "usage_returns", "usage_extensions", "usage_storage_confirmations",
                                   "usage_confirmations", "usage_corrections", "usage_states", "device_occupations", "ledger_closures",
                                   "ledger_kept_lines"])
def test_the_services_role_changes_and_deletes_no_row(cluster, database, table):
    connection = cluster.connect(database.name, "kiki_service")
    with connection.cursor() as cursor:
        for statement in (f"UPDATE {table} SET department_id = department_id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE",
                          f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TABLE {table} CASCADE"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
    connection.close()
