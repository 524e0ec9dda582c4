"""Departments and their tree (art2.3, art2.4)."""

import uuid

from harness.organisation import DAY
from harness.together import together


class TestDepartments:
    def test_everybody_reads_them(self, member, client, departments):
        found = member.get(f"departments/{departments['joho']['id']}", 200)
        assert found["parent_id"] == departments["shirei"]["id"] and found["shozoku_id"] == departments["shirei"]["id"]
        assert found["is_shozoku"] is False and departments["keibo"]["shozoku_id"] is None
        assert client.one("departments", code="rinko")["shozoku_id"] == departments["rinko"]["id"]
        assert member.get(f"departments/{uuid.uuid4()}", 404).problem == "not-found"

    def test_filters(self, member, departments):
        stations = member.every("departments", kind="station", is_shozoku="true", parent_id=departments["shobo"]["id"])
        assert len(stations) == 8
        assert [d["code"] for d in member.every("departments", q="臨港")] == ["rinko"]
        assert member.every("departments", q="%") == []
        names = [d["name"] for d in member.every("departments", sort="-name", limit=3)]
        assert names == sorted(names, reverse=True)

    def test_adding_one(self, operator, database, departments):
        body = {"code": "d-1", "name": "試験係", "kind": "unit", "parent_id": departments["rinko"]["id"], "is_shozoku": False}
        answer = operator.post("departments", 201, body)
        assert answer["shozoku_id"] == departments["rinko"]["id"]
        assert answer.headers["Location"] == f"/api/v1/departments/{answer['id']}"
        assert operator.get(f"departments/{answer['id']}", 200).json == answer.json
        database.on_record(answer, "department.created", ("departments", "insert"), ("department_terms", "insert"))
        taken = operator.post("departments", 409, body)
        assert taken.problem == "conflict" and taken.faults == {"/code": "taken"}
        unknown = operator.post("departments", 422, body | {"code": "d-2", "parent_id": str(uuid.uuid4())})
        assert unknown.problem == "reference-not-found" and unknown.faults == {"/parent_id": "not_found"}

    def test_the_same_key_adds_one(self, operator, database):
        key, body = str(uuid.uuid4()), {"code": "d-key", "name": "一度", "kind": "section", "is_shozoku": False}
        first = operator.post("departments", 201, body, key=key)
        again = operator.post("departments", 201, body, key=key)
        assert again.headers["Idempotency-Replayed"] == "true" and again.content == first.content and again.etag == first.etag
        assert database.value("SELECT count(*) FROM departments WHERE code = 'd-key'") == 1

    def test_only_the_operator_and_a_client_with_the_scope_may(self, general_manager, usage_manager, member, service, client):
        body = {"code": "d-3", "name": "x", "kind": "unit", "is_shozoku": False}
        for caller in (general_manager, usage_manager, member):
            assert caller.post("departments", 403, body).problem == "forbidden"
        reader = service.client("personnel", "organisation:read")
        assert reader.post("departments", 403, body).problem == "insufficient-scope"
        client.post("departments", 201, body)

    def test_bad_members_are_named_and_change_nothing(self, operator, database):
        before = database.fingerprint()
        answer = operator.post("departments", 422, {"code": "-", "name": "", "kind": "planet", "shozoku_id": None})
        assert answer.problem == "validation-failed"
        assert set(answer.faults) >= {"/code", "/name", "/kind", "/is_shozoku", "/shozoku_id"}
        assert database.fingerprint() == before

    def test_changing_one_needs_the_present_etag(self, operator, database):
        made = operator.post("departments", 201, {"code": "d-4", "name": "旧", "kind": "section", "is_shozoku": False})
        path = f"departments/{made['id']}"
        assert operator.patch(path, 428, {"name": "新"}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"name": "新"}, match=made)
        database.on_record(changed, "department.changed", ("departments", "update"), ("department_terms", "update"),
                           ("department_terms", "insert"))
        changed = operator.patch(path, 200, {"name": "新しい", "abolished_on": "2027-04-01"}, match=changed)
        assert changed["name"] == "新しい" and changed["abolished_on"] == "2027-04-01"
        assert operator.patch(path, 412, {"name": "x"}, match=made).problem == "precondition-failed"
        assert operator.patch(path, 200, {"abolished_on": None}, match=changed)["abolished_on"] is None
        assert operator.patch(path, 409, {"code": "rinko"}, match="*").faults == {"/code": "taken"}
        assert operator.patch(path, 422, {"parent_id": str(uuid.uuid4())}, match="*").faults == {"/parent_id": "not_found"}
        assert operator.patch(f"departments/{uuid.uuid4()}", 404, {"name": "x"}, match="*").problem == "not-found"

    def test_what_is_below_follows(self, operator, member):
        top = operator.post("departments", 201, {"code": "d-top", "name": "上", "kind": "section", "is_shozoku": False})
        low = operator.post("departments", 201, {"code": "d-low", "name": "下", "kind": "unit", "is_shozoku": False,
                                                 "parent_id": top["id"]})
        lowest = operator.post("departments", 201, {"code": "d-lowest", "name": "底", "kind": "unit", "is_shozoku": False,
                                                    "parent_id": low["id"]})
        assert lowest["shozoku_id"] is None
        changed = operator.patch(f"departments/{top['id']}", 200, {"is_shozoku": True}, match=top)
        assert changed["shozoku_id"] == top["id"]
        for department in (low, lowest):
            assert member.get(f"departments/{department['id']}")["shozoku_id"] == top["id"]
        # The ETag that was answered is the present one.
        operator.patch(f"departments/{top['id']}", 200, {"is_shozoku": False}, match=changed)
        assert member.get(f"departments/{lowest['id']}")["shozoku_id"] is None

    def test_a_ring_is_refused(self, operator, member):
        top = operator.post("departments", 201, {"code": "d-r1", "name": "上", "kind": "section", "is_shozoku": False})
        low = operator.post("departments", 201, {"code": "d-r2", "name": "下", "kind": "unit", "is_shozoku": False,
                                                 "parent_id": top["id"]})
        for parent in (top, low):
            answer = operator.patch(f"departments/{top['id']}", 422, {"parent_id": parent["id"]}, match=top)
            assert answer.problem == "value-not-accepted" and answer.faults == {"/parent_id": "ring"}

    def test_two_moves_at_once_make_no_ring(self, service, operator):
        pair = [operator.post("departments", 201, {"code": f"d-x{n}", "name": "対", "kind": "section", "is_shozoku": False})
                for n in range(2)]
        answers = together(*[lambda n=n: operator.patch(f"departments/{pair[n]['id']}", (200, 422), {"parent_id": pair[1 - n]["id"]},
                                                        match=pair[n]) for n in range(2)])
        assert sorted(answer.status for answer in answers) == [200, 422]

    def test_one_that_holds_equipment_stays_what_it_is(self, operator, departments, today):
        path = f"departments/{departments['asao']['id']}"
        assert operator.patch(path, 409, {"is_shozoku": False}, match="*").problem == "not-in-this-state"
        for day in (today, today + 400 * DAY):
            assert operator.patch(path, 409, {"abolished_on": str(day)}, match="*").problem == "department-in-use"
