"""Staff by file, as the personnel system has it."""

from harness.bureau import BEGAN

CSV_STAFF = "number,name,title,department_code,from,order_number\r\n"


class TestStaffImport:
    def test_dry_run_changes_nothing_and_says_the_same(self, operator, database, departments, a_member):
        kept, moved = (a_member("rinko", title="係長", kana="かな") for _ in range(2))
        file = CSV_STAFF + "520001,試験 一子,係長,rinko,令和8年4月1日,令8消人第1号\r\n" \
                           f"{kept['number']},{kept['name']},係長,rinko,{BEGAN},\r\n" \
                           f"{moved['number']},架谷 梅子,主査,saiwai,2030-04-01,令12消人第9号\r\n"
        before = database.fingerprint()
        dry = operator.upload("staff/import?dry_run=true", file, 200)
        assert [item["action"] for item in dry["items"]] == ["create", "keep", "update"]
        assert database.fingerprint() == before
        wet = operator.upload("staff/import", file, 200)
        assert wet["items"] == dry["items"] and (dry["dry_run"], wet["dry_run"]) == (True, False)
        assert [(event["type"], event["data"]) for event in database.events(wet)] == [
            ("staff.imported", {"rows": 3, "created": 1, "updated": 1})]
        person = operator.one("staff", number="520001")
        assert (person["title"], person["department_id"]) == ("係長", departments["rinko"]["id"])
        moved = operator.one("staff", number=moved["number"])
        # What the file has for a day to come holds from that day on.
        assert (moved["name"], moved["title"], moved["kana"]) == ("試験 花子", "係長", "かな")
        assert [(t["from"], t["title"]) for t in operator.every(f"staff/{moved['id']}/transfers")] == [
            (BEGAN, "係長"), ("2030-04-01", "主査")]
        then = operator.get(f"staff/{moved['id']}", 200, params={"as_of": "2030-04-01"})
        assert (then["name"], then["title"], then["kana"]) == ("架谷 梅子", "主査", "かな")
        assert [(n["from"], n["name"]) for n in operator.every(f"staff/{moved['id']}/names")] == [
            (None, "試験 花子"), ("2030-04-01", "架谷 梅子")]
        again = operator.upload("staff/import", file, 200)
        assert {item["action"] for item in again["items"]} == {"keep"}

    def test_a_transfer_of_that_day_is_corrected(self, operator, departments, a_member):
        """Its order, and where to, each alone; an empty cell leaves the other."""
        number = a_member("rinko")["number"]
        person = operator.one("staff", number=number)

        def load(department, order):
            file = f"number,department_code,from,order_number\n{number},{department},2030-04-01,{order}\n"
            (item,) = operator.upload("staff/import", file, 200)["items"]
            last = operator.every(f"staff/{person['id']}/transfers")[-1]
            return item["action"], last["department_id"], last["order_number"]

        saiwai, tama = departments["saiwai"]["id"], departments["tama"]["id"]
        assert load("saiwai", "令12第1号") == ("update", saiwai, "令12第1号")
        assert load("saiwai", "令12第2号") == ("update", saiwai, "令12第2号")
        assert load("", "令12第3号") == ("update", saiwai, "令12第3号")
        assert load("tama", "") == ("update", tama, "令12第3号")
        assert load("", "") == load("tama", "令12第3号") == ("keep", tama, "令12第3号")

    def test_every_bad_row_is_reported_and_none_is_written(self, operator, database):
        before = database.fingerprint()
        answer = operator.upload("staff/import", CSV_STAFF + "520002,可,係員,rinko,2026-04-01,\r\n520003," + "可" * 101 + ",係員,nowhere,明日,\r\n"
                                 "520002,重複,係員,rinko,2026-04-01,\r\n520004,不明,係員,nowhere,2026-04-01,\r\n"
                                 "520005,無所属,係員,,2026-04-01,\r\n520006,,係員,rinko,2026-04-01,\r\n", 422)
        assert answer.problem == "import-refused"
        assert {(row["line"], row["column"], row["code"]) for row in answer["rows"]} >= {
            (3, "name", "too_long"), (3, "from", "date"), (4, "number", "repeated"), (5, "department_code", "not_found"),
            (6, "department_code", "required"), (7, "name", "required")}
        assert all(row["detail"] for row in answer["rows"]) and {row["line"] for row in answer["rows"]} == {3, 4, 5, 6, 7}
        assert database.fingerprint() == before

    def test_subjects_stay_unique(self, operator):
        header = "number,name,department_code,subject\r\n"
        answer = operator.upload("staff/import", header + "520006,甲,rinko,210002\r\n520007,乙,rinko,s1\r\n520008,丙,rinko,s1\r\n", 422)
        assert {(row["line"], row["column"], row["code"]) for row in answer["rows"]} == {
            (2, "subject", "taken"), (4, "subject", "repeated")}
        # Two that change places.
        operator.upload("staff/import", header + "520007,乙,rinko,s1\r\n520008,丙,rinko,s2\r\n", 200)
        operator.upload("staff/import", header + "520007,乙,rinko,s3\r\n520008,丙,rinko,s1\r\n", 200)
        assert operator.one("staff", number="520008")["subject"] == "s1"

    def test_a_number_that_was_taken_meanwhile(self, operator, database):
        insert = "INSERT INTO staff_records (number, subject) VALUES ('520010', '520010')"
        with database.meanwhile(insert) as submit:
            answer = submit(operator.upload, "staff/import", CSV_STAFF + "520010,後,係員,rinko,,\r\n", 409)
        assert answer.result().problem == "conflict" and answer.result().faults == {"/number": "taken"}

    def test_cp932_and_japanese_names_of_columns(self, operator):
        file = "職員番号,氏名,所属コード,異動日\r\n520009,髙橋 一,rinko,令和8年4月1日\r\n".encode("cp932")
        operator.request("POST", "staff/import", 200, data=file, headers={"Content-Type": "text/csv"})
        assert operator.one("staff", number="520009")["name"] == "髙橋 一"

    def test_a_client_may(self, client):
        assert client.upload("staff/import?dry_run=true", CSV_STAFF + "210002,試川 桜子,係長,rinko,,\r\n", 200)["rows"] == 1
