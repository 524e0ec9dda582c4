"""What a post gives belongs to nobody by his own hand (art3.1.1): neither by what a post hangs on, nor by a system that an
operator enrolled himself."""

import uuid

import pytest

from harness.organisation import DAY

FILE = "post_code,staff_number,kind,from,to,order_number\r\n"


@pytest.fixture(scope="module")
def general_managers_post(operator):
    return operator.one("posts", role="general_manager")


@pytest.fixture(scope="module")
def system(service, operator):
    """One that the operator enrolled."""
    scopes = ["organisation:read", "organisation:write"]
    operator.post("api-clients", 201, {"client_id": "personnel", "name": "人事システム", "scopes": scopes})
    return service.client("personnel", " ".join(scopes))


@pytest.fixture(scope="module")
def second_operator(service, operator, people, today):
    """Another operator."""
    post = new_post(operator, new_department(operator, is_shozoku=False), role="operator")
    assign(operator, post, people["280003"], today)
    return service.staff("280003")


def new_department(operator, **members):
    return operator.post("departments", 201, {"code": f"o-{uuid.uuid4().hex[:12]}", "name": "試験", "kind": "section",
                                              "is_shozoku": True} | members)


def new_post(operator, department, **members):
    return operator.post("posts", 201, {"code": f"o-{uuid.uuid4().hex[:12]}", "name": "職", "department_id": department["id"]} | members)


def assign(caller, post, person, first, status=201, **members):
    return caller.post(f"posts/{post['id']}/assignments", status, {"staff_id": person["id"], "kind": "regular", "from": str(first),
                                                                   "order_number": "1"} | members)


def held(caller):
    return {(role["role"], role["department_id"]) for role in caller.get("me", 200)["roles"]}


class TestWhatAPostHangsOn:
    def test_a_head_makes_no_shozoku_of_his_department(self, operator, second_operator, people, today):
        department = new_department(operator, is_shozoku=False)
        assign(second_operator, new_post(operator, department, is_head=True), people["900002"], today)
        before, path = held(operator), f"departments/{department['id']}"
        assert operator.patch(path, 403, {"is_shozoku": True}, match=department).problem == "forbidden"
        assert held(operator) == before
        operator.patch(path, 200, {"name": "改称"}, match="*")
        second_operator.patch(path, 200, {"is_shozoku": True}, match="*")
        assert held(operator) == before | {("usage_manager", department["id"])}

    @pytest.mark.parametrize("what", ["post", "department"])
    def test_a_holder_takes_no_abolition_back(self, operator, second_operator, people, today, what):
        department = new_department(operator)
        post = new_post(operator, department, is_head=True)
        assign(second_operator, post, people["900002"], today)
        path = f"posts/{post['id']}" if what == "post" else f"departments/{department['id']}"
        operator.patch(path, 200, {"abolished_on": str(today + DAY)}, match="*")
        operator.patch(path, 200, {"abolished_on": str(today)}, match="*")
        before = held(operator)
        for day in (None, str(today + DAY)):
            assert operator.patch(path, 403, {"abolished_on": day}, match="*").problem == "forbidden"
        assert held(operator) == before
        second_operator.patch(path, 200, {"abolished_on": None}, match="*")
        assert held(operator) == before | {("usage_manager", department["id"])}


class TestASystemOfTheOperators:
    def test_puts_him_into_no_post(self, system, operator, people, general_managers_post, today, database):
        me, post, before = people["900002"], general_managers_post, database.fingerprint()
        for members in ({"kind": "acting", "to": str(today + DAY)}, {"from": str(today + 30 * DAY)}):
            answer = assign(system, post, me, today, 422, **members)
            assert answer.problem == "value-not-accepted" and answer.faults == {"/staff_id": "oneself"}
        for row in (f"{post['code']},900002,acting,{today},{today + DAY},1", f"{post['code']},900002,regular,{today + DAY},,1"):
            for query in ("?dry_run=true", ""):
                answer = system.upload(f"posts/assignments/import{query}", FILE + row + "\r\n", 422)
                assert [(fault["column"], fault["code"]) for fault in answer["rows"]] == [("staff_number", "oneself")]
        assert database.fingerprint() == before

    def test_not_after_he_has_left_that_post_either(self, system, operator, people, general_managers_post, today):
        former = people["270004"]
        post = new_post(operator, new_department(operator, is_shozoku=False), role="operator")
        assign(operator, post, former, today - 30 * DAY, to=str(today - DAY))
        assign(system, general_managers_post, former, today, 422, kind="acting", to=str(today + DAY))
        assign(operator, general_managers_post, former, today, 201, kind="acting", to=str(today + DAY))

    def test_makes_no_other_post_of_what_he_holds(self, system, operator, second_operator, people, today):
        department = new_department(operator, is_shozoku=False)
        post = new_post(operator, department, is_head=True)
        assignment = assign(second_operator, post, people["900002"], today, to=str(today + DAY))
        assert system.patch(f"posts/{post['id']}", 403, {"role": "auditor"}, match="*").problem == "forbidden"
        assert system.patch(f"departments/{department['id']}", 403, {"is_shozoku": True}, match="*").problem == "forbidden"
        path = f"posts/{post['id']}/assignments/{assignment['id']}"
        assert system.patch(path, 403, {"to": str(today + 30 * DAY)}, match="*").problem == "forbidden"

    def test_fills_every_other_post(self, system, operator, people, today):
        post = new_post(operator, new_department(operator))
        assign(system, post, people["270005"], today)
        own = operator.one("posts", role="operator", code="operation")
        (mine,) = operator.every(f"posts/{own['id']}/assignments")
        row = f"{own['code']},900002,{mine['kind']},{mine['from']},,{mine['order_number']}\r\n"
        answer = system.upload("posts/assignments/import", FILE + row, 200)
        assert [item["action"] for item in answer["items"]] == ["keep"]
