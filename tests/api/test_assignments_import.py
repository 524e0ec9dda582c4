"""Holders of posts by file."""

from harness.organisation import assign
from harness.together import together

CSV_POSTS = "post_code,staff_number,kind,from,to,order_number\r\n"


class TestAssignmentImport:
    def test_regular_holders_succeed_one_another(self, operator, database, a_member, a_post):
        post, staff = a_post(**{"from": "2025-04-01"}), [a_member() for _ in range(3)]
        assign(operator, post, staff[0], "2025-04-01", order_number="0")
        code, numbers = post["code"], [person["number"] for person in staff]
        file = CSV_POSTS + f"{code},{numbers[1]},本務,令和9年4月1日,,令9消人第1号\r\n{code},{numbers[2]},regular,2028-04-01,,令10消人第1号\r\n" \
                           f"{code},{numbers[0]},regular,2025-04-01,,令7消人第1号\r\n"
        before = database.fingerprint()
        dry = operator.upload("posts/assignments/import?dry_run=true", file, 200)
        assert [item["action"] for item in dry["items"]] == ["create", "create", "update"] and database.fingerprint() == before
        wet = operator.upload("posts/assignments/import", file, 200)
        assert wet["items"] == dry["items"]
        assert [event["type"] for event in database.events(wet)] == ["post_assignments.imported"]
        holders = operator.every(f"posts/{post['id']}/assignments", sort="from")
        assert [(h["staff_id"], h["from"], h["to"], h["order_number"]) for h in holders] == [
            (staff[0]["id"], "2025-04-01", "2027-03-31", "令7消人第1号"),
            (staff[1]["id"], "2027-04-01", "2028-03-31", "令9消人第1号"),
            (staff[2]["id"], "2028-04-01", None, "令10消人第1号")]
        again = operator.upload("posts/assignments/import", file, 200)
        assert {item["action"] for item in again["items"]} == {"keep"}

    def test_every_bad_row_is_reported_and_none_is_written(self, operator, database, a_member, a_post):
        for number in ("p-11-a", "p-11-b"):
            a_member(number=number)
        assign(operator, a_post(code="p-11"), a_member(), "2029-04-01", "2029-12-31", order_number="0")
        before = database.fingerprint()
        rows = ["nowhere,p-11-a,regular,2026-04-01,,1", "p-11,000000,regular,2026-04-01,2026-05-31,1",
                "p-11,900002,regular,2027-04-01,2027-04-30,1", "p-11,p-11-a,acting,2026-04-01,2026-04-02,1",
                "shirei-head,100002,acting,2026-04-01,,1", "p-11,p-11-a,regular,2026-09-30,2026-09-01,1",
                "p-11,p-11-b,regular,2029-10-01,2029-10-31,1", "p-11,p-11-a,regular,2028-04-01,,", "p-11,p-11-a,both,2028-05-01,,1"]
        answer = operator.upload("posts/assignments/import", CSV_POSTS + "".join(f"{row}\r\n" for row in rows), 422)
        assert answer.problem == "import-refused"
        assert {(row["line"], row["column"], row["code"]) for row in answer["rows"]} == {
            (2, "post_code", "not_found"), (3, "staff_number", "not_found"), (4, "staff_number", "oneself"),
            (5, "kind", "named_by_the_holder"), (6, "to", "required"), (7, "to", "before_from"), (8, "from", "overlap"),
            (9, "order_number", "required"), (10, "kind", "enum")}
        assert all(row["detail"] for row in answer["rows"]) and database.fingerprint() == before
        twice = operator.upload("posts/assignments/import", CSV_POSTS + 2 * "p-11,p-11-a,regular,2026-04-01,2026-04-30,1\r\n", 422)
        assert (3, "staff_number", "repeated") in {(row["line"], row["column"], row["code"]) for row in twice["rows"]}

    def test_two_at_once_make_one(self, service, a_member, a_post):
        file = CSV_POSTS + f"{a_post()['code']},{a_member()['number']},regular,2026-04-01,,2\r\n"
        answers = together(*2 * [lambda: service.staff("900002").upload("posts/assignments/import", file, 200)])
        assert sorted(answer["items"][0]["action"] for answer in answers) == ["create", "keep"]

    def test_a_post_that_was_filled_meanwhile(self, operator, database, a_member, a_post):
        post = a_post()
        insert = ("INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, order_number) "
                  "VALUES (%s, %s, 'regular', '2026-04-01', '1')")
        with database.meanwhile(insert, post["id"], a_member()["id"]) as submit:
            answer = submit(operator.upload, "posts/assignments/import", CSV_POSTS + f"{post['code']},{a_member()['number']},regular,2026-04-01,,2\r\n", 422)
        assert [(row["column"], row["code"]) for row in answer.result()["rows"]] == [("from", "overlap")]

    def test_only_the_operator_and_a_client_may(self, general_manager, member, client):
        for caller in (general_manager, member):
            assert caller.upload("posts/assignments/import", CSV_POSTS, 403).problem == "forbidden"
        assert client.upload("posts/assignments/import?dry_run=true", CSV_POSTS, 200)["rows"] == 0
