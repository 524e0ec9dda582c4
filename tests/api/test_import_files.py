"""What offices put into CSV files: what their spreadsheets leave, what an empty cell and an emptied one mean, and what an import
leaves behind. How each cell is read is tests/unit/test_csv_read.c's; that it is judged as JSON is, test_import_columns.py's."""

import pytest

DEVICE = "code,name,kind,introduced_on"
STAFF = "number,name,department_code"


def faults(answer):
    return [(row["line"], row["column"], row["code"]) for row in answer["rows"]]


def both(caller, path, file, status=200, **rest):
    """A dry run says what the import then says."""
    dry = caller.upload(path, file, status, params={"dry_run": "true"}, **rest)
    wet = caller.upload(path, file, status, **rest)
    told = ("count", "rows") if status == 422 else ("rows", "items")
    assert [dry[name] for name in told] == [wet[name] for name in told]
    return wet


@pytest.mark.parametrize("path, number, file, told", [
    ("devices/import", "100001", f"{DEVICE},accessories\nF 1,端末,terminal,2026-04-01,\n", (2, "code", "pattern")),
    ("devices/import", "100001", f"{DEVICE},accessories\nF-1,端末,terminal,0206/4/1,\n", (2, "introduced_on", "date")),
    ("devices/import", "100001", f"{DEVICE},accessories\nF-1,端末,terminal,2026-04-01,三脚、、電源\n", (2, "accessories", "too_short")),
    ("devices/import", "100001", f"{DEVICE},accessories\nF-1,端末,terminal,2026-04-01,三脚；三脚\n", (2, "accessories", "duplicate_item")),
    ("devices/import", "100001", f"{DEVICE},accessories\nF-1,端末,terminal,2026-04-01,{'、'.join(map(str, range(21)))}\n",
     (2, "accessories", "too_many_items")),
    ("staff/import", "900002", f"{STAFF}\n職1,試験,rinko\n", (2, "number", "pattern")),
    ("staff/import", "900002", f"{STAFF},left_on\nF-1,試験,rinko,46113\n", (2, "left_on", "serial_date")),
    ("posts/assignments/import", "900002", "post_code,staff_number,kind,from,order_number\na/b,210002,本務,2030-04-01,1\n",
     (2, "post_code", "pattern")),
    ("placements/import", "100002", "device_code,department_code,from\nWT-001,臨港,2026-04-01\n", (2, "department_code", "pattern")),
])
def test_a_cell_that_the_contract_refuses(service, database, path, number, file, told):
    before = database.fingerprint()
    answer = both(service.staff(number), path, file, 422)
    assert faults(answer) == [told] and answer["rows"][0]["detail"]
    assert database.fingerprint() == before


def test_the_item_of_a_list_is_told(general_manager):
    file = f"{DEVICE},accessories\nF-1,端末,terminal,2026-04-01,三脚、{'長' * 101}\n"
    answer = general_manager.upload("devices/import", file, 422, headers={"Accept-Language": "en"})
    assert answer["rows"][0]["detail"].startswith("Item 2: Give at most 100 characters")


def test_what_spreadsheets_leave(general_manager):
    """Empty columns and cells, rows of blanks, cells missing at the end, and the ways to write a day."""
    days = ["2026/4/1", "2026年4月1日", "2026.4.1", "20260401", "2026-4-1", "2026/4/1 0:00", "令和8年4月1日", "R8.4.1", "２０２６／４／１"]
    rows = "".join(f"F-2{n},端末,端末,{day},,\r\n,,,,,\r\n　,,\r\n" for n, day in enumerate(days))
    file = f"機器番号,品 名,種　別,導入日,,\r\n{rows}F-29,端末,terminal,2026-04-01\r\n,,,,,,,,\r\n"
    assert both(general_manager, "devices/import", file)["rows"] == len(days) + 1
    found = general_manager.every("devices", code=",".join(f"F-2{n}" for n in range(10)))
    assert {device["introduced_on"] for device in found} == {"2026-04-01"} and len(found) == 10


@pytest.mark.parametrize("separator", ["\t", ";"])
def test_another_separator_is_told_in_one_sentence(general_manager, separator):
    file = f"{DEVICE}\nF-3,端末,terminal,2026-04-01\nF-4,端末,terminal,2026-04-01\n".replace(",", separator)
    assert faults(both(general_manager, "devices/import", file, 422)) == [(1, None, "separator")]


def test_headings_of_offices(operator):
    both(operator, "staff/import", "職員Ｎｏ．,氏名,フリガナ,職名,所属,発令日\n530001,試験 一,シケン,係員,rinko,令和8年4月1日\n")
    person = operator.one("staff", number="530001")
    assert (person["kana"], person["title"]) == ("シケン", "係員")


def test_an_empty_cell_leaves_what_is_known(operator, general_manager, database):
    header = f"{STAFF},kana,title,left_on,subject,order_number"
    operator.upload("staff/import", f"{header}\n530002,試験 二,rinko,しけん,係員,2026-05-01,s530002,1\n", 200)
    known = operator.one("staff", number="530002")
    assert both(operator, "staff/import", f"{header}\n530002,,,,,,,\n")["items"] == [{"line": 2, "action": "keep"}]
    assert operator.one("staff", number="530002") == known and known["left_on"] == "2026-05-01"
    general_manager.upload("devices/import", f"{DEVICE},manufacturer,accessories,remarks\nF-5,端末,端末,2026-04-01,甲社,三脚,良\n", 200)
    device = general_manager.one("devices", code="F-5")
    answer = both(general_manager, "devices/import", f"{DEVICE},manufacturer,accessories,remarks\nF-5,,,,,,\n")
    assert answer["items"] == [{"line": 2, "action": "keep"}] and general_manager.one("devices", code="F-5") == device


def test_an_empty_cell_of_what_is_new_is_absent(operator, general_manager):
    both(operator, "staff/import", f"{STAFF},kana,subject\n530003,試験 三,rinko,,\n")
    person = operator.one("staff", number="530003")
    assert (person["kana"], person["subject"]) == (None, "530003")
    answer = both(general_manager, "devices/import", "code,name\nF-6,\n", 422)
    assert faults(answer) == [(2, "introduced_on", "required"), (2, "kind", "required"), (2, "name", "required")]


@pytest.mark.parametrize("word", ["（空）", "(空)", " (Empty) "])
def test_a_word_empties_a_cell(operator, general_manager, word):
    """Where the contract takes null, or an empty list."""
    operator.upload("staff/import", f"{STAFF},kana,left_on\n530004,試験 四,rinko,しけん,2026-05-01\n", 200)
    assert both(operator, "staff/import", f"number,kana,left_on\n530004,{word},{word}\n")["items"][0]["action"] == "update"
    person = operator.one("staff", number="530004")
    assert (person["kana"], person["left_on"], person["name"]) == (None, None, "試験 四")
    general_manager.upload("devices/import", f"{DEVICE},manufacturer,accessories\nF-7,端末,端末,2026-04-01,甲社,三脚\n", 200)
    both(general_manager, "devices/import", f"code,manufacturer,accessories\nF-7,{word},{word}\n")
    device = general_manager.one("devices", code="F-7")
    assert (device["manufacturer"], device["accessories"]) == (None, [])
    answer = both(general_manager, "devices/import", f"code,name,kind\nF-7,{word},{word}\n", 422)
    assert faults(answer) == [(2, "name", "required"), (2, "kind", "required")]


def test_where_a_cell_can_be_emptied_its_fault_says_how(operator, general_manager):
    answer = operator.upload("staff/import", "number,left_on\n210002,－\n", 422)
    assert faults(answer) == [(2, "left_on", "date")] and "（空）" in answer["rows"][0]["detail"]
    answer = general_manager.upload("devices/import", "code,introduced_on\nWT-001,－\n", 422)
    assert faults(answer) == [(2, "introduced_on", "date")] and "（空）" not in answer["rows"][0]["detail"]


def test_the_last_day_of_a_term_is_emptied_by_the_word_alone(operator):
    (tama,) = [department for department in operator.every("departments") if department["code"] == "tama"]
    post = operator.post("posts", 201, {"code": "files", "name": "係長", "department_id": tama["id"]})
    header = "post_code,staff_number,kind,from,to,order_number"
    for last, then in (("2030-09-30", "2030-09-30"), ("", "2030-09-30"), ("（空）", None)):
        operator.upload("posts/assignments/import", f"{header}\nfiles,270004,本務,2030-04-01,{last},{'' if last == '' else 1}\n", 200)
        (term,) = operator.every(f"posts/{post['id']}/assignments")
        assert (term["to"], term["order_number"]) == (then, "1")


def test_history_and_audit_tell_what_each_member_was_and_became(general_manager, database):
    general_manager.upload("devices/import", f"{DEVICE},manufacturer,accessories\nF-8,端末,端末,2026-04-01,甲社,三脚\n", 200)
    answer = general_manager.upload("devices/import", f"{DEVICE},manufacturer,accessories,reason\nF-8,端末,端末,2026/4/2,,三脚、電源,訂正\n", 200)
    device = general_manager.one("devices", code="F-8")
    latest = general_manager.every(f"devices/{device['id']}/history")
    (change,) = [record for record in latest if record["kind"] == "change"]
    assert (change["reason"], change["changes"]) == ("訂正", {"introduced_on": ["2026-04-01", "2026-04-02"],
                                                            "accessories": [["三脚"], ["三脚", "電源"]]})
    (updated,) = [row for row in database.audit(answer) if row["subject_type"] == "devices"]
    assert {name for name, value in updated["after"].items() if updated["before"][name] != value} == {
        "introduced_on", "accessories", "version", "updated_at"}


class TestSeal:
    """An imported entry was confirmed by who was usage manager on that day, or stood in for him."""
    HEADER = "device_code,user_staff_number,purpose,out_at,due_at,returned_at,storage_location,locked,confirmed_at,confirmed_by_staff_number"

    @pytest.fixture(scope="class")
    def device(self, lending, database):
        device = lending.device()
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE placements SET during = tstzrange('2026-04-01', NULL) WHERE device_id = %s", device["id"])
        return device

    def load(self, equipment_manager, device, day, by, status=200):
        row = (f"{device['code']},210002,training,{day} 9:00,{day}  12:00,{day} 11:30,事務室 鍵付きキャビネット,○,{day} 24:00,{by}")
        return both(equipment_manager, "usage-entries/import", f"{self.HEADER}\n{row}\n", status)

    def test_of_the_holder(self, lending, equipment_manager, member, device):
        self.load(equipment_manager, device, "2026-10-05", "210001")
        entry = member.every("usage-entries", device_id=device["id"])[0]
        assert (entry["confirmed_by_id"], entry["confirmed_for_id"], entry["confirmed_at"]) == (
            lending.staff["210001"], None, "2026-10-06T00:00:00+09:00")

    @pytest.mark.parametrize("by", ["210002", "220001", "100001"])
    def test_of_nobody_else(self, equipment_manager, database, device, by):
        before = database.fingerprint()
        answer = self.load(equipment_manager, device, "2026-10-06", by, 422)
        assert faults(answer) == [(2, "confirmed_by_staff_number", "not_usage_manager")] and database.fingerprint() == before

    def test_of_who_stood_in_for_him_on_that_day(self, lending, equipment_manager, member, database, device):
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("""INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on)
                        SELECT p.id, s.id, 'acting', '2026-10-08', '2026-10-09' FROM posts p, staff s
                         WHERE p.code = 'rinko-head' AND s.number = '210003'""")
        answer = self.load(equipment_manager, device, "2026-10-09", "210003", 422)  # who seals at 24:00 does so on the next day
        assert [code for _, _, code in faults(answer)] == ["not_usage_manager"]
        self.load(equipment_manager, device, "2026-10-08", "210003")
        entry = member.every("usage-entries", device_id=device["id"])[0]
        assert (entry["confirmed_by_id"], entry["confirmed_for_id"]) == (lending.staff["210003"], lending.staff["210001"])

    def test_of_who_held_the_post_then(self, lending, equipment_manager, member, database, device):
        """And not of who holds it today."""
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE post_assignments SET begins_on = '2026-10-12' WHERE kind = 'regular' AND post_id = "
                     "(SELECT id FROM posts WHERE code = 'rinko-head')")
        try:
            answer = self.load(equipment_manager, device, "2026-10-10", "210001", 422)
            assert [code for _, _, code in faults(answer)] == ["not_usage_manager"]
            self.load(equipment_manager, device, "2026-10-12", "210001")
        finally:
            database.run("UPDATE post_assignments SET begins_on = '2024-04-01' WHERE kind = 'regular' AND post_id = "
                         "(SELECT id FROM posts WHERE code = 'rinko-head')")
