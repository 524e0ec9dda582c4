"""Members of staff, and where they belong from day to day."""

import uuid

from harness.bureau import BEGAN
from harness.organisation import DAY
from harness.together import together

CSV_STAFF = "number,name,title,department_code,from,order_number\r\n"


class TestStaff:
    def test_everybody_reads_the_directory(self, member, departments):
        found = member.one("staff", number="220002")
        assert (found["name"], found["department_id"]) == ("雛形 竹子", departments["kawasaki"]["id"])
        assert found["subject"] is None and found["issuer"] is None
        assert member.get(f"staff/{found['id']}", 200).json == found
        assert member.get(f"staff/{uuid.uuid4()}", 404).problem == "not-found"

    def test_only_the_operator_sees_whom_a_token_names(self, operator, general_manager, auditor, client):
        assert operator.one("staff", number="220002")["subject"] == "220002"
        for caller in (general_manager, auditor, client):
            assert caller.one("staff", number="220002")["subject"] is None

    def test_filters(self, member, departments):
        assert len(member.every("staff", department_id=departments["kawasaki"]["id"])) == 6
        assert {p["number"] for p in member.every("staff", department_id=departments["shirei"]["id"])} == {"100001", "100002"}
        assert {p["number"] for p in member.every("staff", department_id=departments["joho"]["id"])} == {"100002"}
        assert [p["number"] for p in member.every("staff", q="ひながた たけ")] == ["220002"]
        assert member.get("staff", params={"limit": 2, "sort": "-number"})["items"][0]["number"] >= "900003"

    def test_adding_one(self, operator, database, departments, service):
        answer = operator.post("staff", 201, {"number": "500001", "name": "試験 次郎", "department_id": departments["tama"]["id"]})
        assert answer["department_id"] == departments["tama"]["id"] and answer["subject"] == "500001"
        database.on_record(answer, "staff.created", ("staff", "insert"), ("staff_names", "insert"), ("staff_transfers", "insert"))
        read = operator.get(f"staff/{answer['id']}", 200)
        assert read.json == answer.json and read.etag == answer.etag
        assert service.staff("500001").get("me", 200)["name"] == "試験 次郎"
        taken = operator.post("staff", 409, {"number": "500001", "name": "x", "department_id": departments["tama"]["id"]})
        assert taken.problem == "conflict" and taken.faults == {"/number": "taken"}
        taken = operator.post("staff", 409, {"number": "500002", "subject": "500001", "name": "x",
                                             "department_id": departments["tama"]["id"]})
        assert taken.faults == {"/subject": "taken"}
        unknown = operator.post("staff", 422, {"number": "500002", "name": "x", "department_id": str(uuid.uuid4())})
        assert unknown.problem == "reference-not-found" and unknown.faults == {"/department_id": "not_found"}

    def test_only_the_operator_may(self, general_manager, usage_manager, member, departments):
        for caller in (general_manager, usage_manager, member):
            body = {"number": "500003", "name": "x", "department_id": departments["tama"]["id"]}
            assert caller.post("staff", 403, body).problem == "forbidden"
            assert caller.upload("staff/import", CSV_STAFF, 403).problem == "forbidden"

    def test_changing_one(self, operator, departments, database, a_member):
        made = a_member("tama")
        path = f"staff/{made['id']}"
        assert operator.patch(path, 428, {"name": "x"}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"name": "試験 三郎", "title": "主査", "kana": None}, match=made)
        assert (changed["name"], changed["title"], changed["department_id"]) == ("試験 三郎", "主査", departments["tama"]["id"])
        database.on_record(changed, "staff.changed", *((table, action) for table in ("staff_names", "staff_transfers")
                                                       for action in ("update", "insert")))
        assert operator.get(path, 304, headers={"If-None-Match": changed.etag}).etag == changed.etag
        assert operator.patch(path, 412, {"name": "x"}, match=made).problem == "precondition-failed"
        assert operator.patch(path, 409, {"number": "210002"}, match="*").faults == {"/number": "taken"}
        assert operator.patch(path, 422, {"department_id": departments["asao"]["id"]}, match="*").problem == "validation-failed"
        assert operator.patch(f"staff/{uuid.uuid4()}", 404, {"name": "x"}, match="*").problem == "not-found"

    def test_the_issuer_tells_equal_subjects_apart(self, service, a_member):
        for name, issuer in (("甲", {"issuer": "https://one.example"}), ("乙", {"issuer": "https://two.example"}), ("丙", {})):
            a_member(name=name, subject="same", **issuer)
        assert service.staff("same").get("me", 200)["name"] == "丙"

    def test_who_has_left_is_not_let_in(self, operator, today, a_member):
        made = a_member()
        made.get("me", 200)
        changed = operator.patch(f"staff/{made['id']}", 200, {"left_on": str(today + DAY)}, match=made)
        made.get("me", 200)
        operator.patch(f"staff/{made['id']}", 200, {"left_on": str(today)}, match=changed)
        assert made.get("me", 401).problem == "unknown-caller"
        assert operator.every("staff", number=made["number"], active="true") == []
        assert len(operator.every("staff", number=made["number"], active="false")) == 1


class TestTransfers:
    def of(self, caller, person):
        return [(t["department_id"], t["from"], t["to"]) for t in caller.every(f"staff/{person['id']}/transfers")]

    def test_are_loaded_ahead_of_their_day(self, operator, departments, database, today, start_service, a_member):
        person = a_member("tama")
        turn = today + 1 * DAY
        before = operator.get(f"staff/{person['id']}", 200)
        moved = operator.post(f"staff/{person['id']}/transfers", 201, {
            "department_id": departments["asao"]["id"], "from": str(turn), "order_number": "令8消人第40号"})
        database.on_record(moved, "staff.transferred", ("staff_transfers", "update"), ("staff_transfers", "insert"))
        assert self.of(operator, person) == [(departments["tama"]["id"], BEGAN, str(turn - DAY)),
                                             (departments["asao"]["id"], str(turn), None)]
        now = operator.get(f"staff/{person['id']}", 200)
        assert now["department_id"] == departments["tama"]["id"] and now.etag != before.etag
        later = start_service(KIKI_CLOCK_OFFSET_S="86400")
        then = later.staff("900002").get(f"staff/{person['id']}", 200, headers={"If-None-Match": now.etag})
        assert then["department_id"] == departments["asao"]["id"]
        assert [d["code"] for d in later.staff(person["number"]).get("me")["departments"]] == ["asao"]

    def test_one_between_two_ends_where_the_next_begins(self, operator, departments, today, a_member):
        person = a_member("tama")
        path = f"staff/{person['id']}/transfers"
        operator.post(path, 201, {"department_id": departments["asao"]["id"], "from": str(today + 30 * DAY)})
        operator.post(path, 201, {"department_id": departments["saiwai"]["id"], "from": str(today + 10 * DAY)})
        assert self.of(operator, person) == [
            (departments["tama"]["id"], BEGAN, str(today + 9 * DAY)),
            (departments["saiwai"]["id"], str(today + 10 * DAY), str(today + 29 * DAY)),
            (departments["asao"]["id"], str(today + 30 * DAY), None)]
        operator.post(path, 201, {"department_id": departments["rinko"]["id"], "from": str(today + 10 * DAY)})
        assert self.of(operator, person)[1] == (departments["rinko"]["id"], str(today + 10 * DAY), str(today + 29 * DAY))

    def test_refusals(self, operator, general_manager, departments, today, a_member):
        person = a_member()
        path = f"staff/{person['id']}/transfers"
        body = {"department_id": departments["asao"]["id"], "from": str(today)}
        assert general_manager.post(path, 403, body).problem == "forbidden"
        assert operator.post(path, 422, body | {"department_id": str(uuid.uuid4())}).faults == {"/department_id": "not_found"}
        assert operator.post(path, 422, body | {"from": "2026-02-30"}).faults == {"/from": "format"}
        assert operator.post(f"staff/{uuid.uuid4()}/transfers", 404, body).problem == "not-found"
        assert operator.get(f"staff/{uuid.uuid4()}/transfers", 404).problem == "not-found"

    def test_one_that_came_about_meanwhile_is_seen(self, operator, departments, database, a_member):
        person = a_member("tama")
        insert = "INSERT INTO staff_transfers (staff_id, department_id, begins_on, ends_on) VALUES (%s, %s, '2031-04-01', '2031-04-09')"
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE staff_transfers SET ends_on = '2030-12-31' WHERE staff_id = %s", person["id"])
        with database.meanwhile(insert, person["id"], departments["tama"]["id"]) as submit:
            answer = submit(operator.post, f"staff/{person['id']}/transfers", 201,
                            {"department_id": departments["asao"]["id"], "from": "2031-04-05"})
        assert answer.result()["to"] is None
        assert self.of(operator, person)[-2:] == [(departments["tama"]["id"], "2031-04-01", "2031-04-04"),
                                                  (departments["asao"]["id"], "2031-04-05", None)]

    def test_ten_at_once_leave_one_line_of_days(self, operator, departments, today, a_member):
        person = a_member()
        together(*[lambda n=n: operator.post(f"staff/{person['id']}/transfers", 201, {
            "department_id": departments["asao"]["id"], "from": str(today + (n + 1) * DAY)}) for n in range(10)])
        days = self.of(operator, person)
        assert len(days) == 11
        assert all(before[2] < after[1] for before, after in zip(days, days[1:])) and days[-1][2] is None
