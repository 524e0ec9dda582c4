"""What a post gives belongs to nobody by his own hand (art3.1.1): neither by what a post hangs on, nor by a system that an
operator enrolled himself."""

import pytest

from harness.organisation import DAY, assign, roles_of

FILE = "post_code,staff_number,kind,from,to,order_number\r\n"


@pytest.fixture(scope="module")
def general_managers_post(member):
    return member.one("posts", role="general_manager")


@pytest.fixture(scope="module")
def an_operator(a_member, a_post):
    """an_operator(): one who holds a post of his own."""
    return lambda: a_member(holds=a_post(role="operator"))


@pytest.fixture
def operator(an_operator):
    return an_operator()


@pytest.fixture(scope="module")
def second_operator(an_operator):
    return an_operator()


@pytest.fixture
def system(service, operator):
    """One that the operator enrolled."""
    scopes, name = ["organisation:read", "organisation:write"], f"personnel-{operator['number']}"
    operator.post("api-clients", 201, {"client_id": name, "name": "人事システム", "scopes": scopes})
    return service.client(name, " ".join(scopes))


class TestWhatAPostHangsOn:
    def test_a_head_makes_no_shozoku_of_his_department(self, operator, second_operator, today, a_department, a_post):
        department = a_department(is_shozoku=False)
        assign(second_operator, a_post(department, is_head=True), operator, today)
        before, path = roles_of(operator), f"departments/{department['id']}"
        assert operator.patch(path, 403, {"is_shozoku": True}, match=department).problem == "forbidden"
        assert roles_of(operator) == before
        operator.patch(path, 200, {"name": "改称"}, match="*")
        second_operator.patch(path, 200, {"is_shozoku": True}, match="*")
        assert roles_of(operator) == before | {("usage_manager", department["id"])}

    @pytest.mark.parametrize("what", ["post", "department"])
    def test_a_holder_takes_no_abolition_back(self, operator, second_operator, today, what, a_department, a_post):
        department = a_department()
        post = a_post(department, is_head=True)
        assign(second_operator, post, operator, today)
        path = f"posts/{post['id']}" if what == "post" else f"departments/{department['id']}"
        operator.patch(path, 200, {"abolished_on": str(today + DAY)}, match="*")
        operator.patch(path, 200, {"abolished_on": str(today)}, match="*")
        before = roles_of(operator)
        for day in (None, str(today + DAY)):
            assert operator.patch(path, 403, {"abolished_on": day}, match="*").problem == "forbidden"
        assert roles_of(operator) == before
        second_operator.patch(path, 200, {"abolished_on": None}, match="*")
        assert roles_of(operator) == before | {("usage_manager", department["id"])}


class TestASystemOfTheOperators:
    def test_puts_him_into_no_post(self, system, operator, general_managers_post, today, database):
        post, before = general_managers_post, database.fingerprint()
        for members in ({"first": today, "last": today + DAY, "kind": "acting"}, {"first": today + 30 * DAY}):
            answer = assign(system, post, operator, status=422, **members)
            assert answer.problem == "value-not-accepted" and answer.faults == {"/staff_id": "oneself"}
        for row in (f"{post['code']},{operator['number']},acting,{today},{today + DAY},1",
                    f"{post['code']},{operator['number']},regular,{today + DAY},,1"):
            for query in ("?dry_run=true", ""):
                answer = system.upload(f"posts/assignments/import{query}", FILE + row + "\r\n", 422)
                assert [(fault["column"], fault["code"]) for fault in answer["rows"]] == [("staff_number", "oneself")]
        assert database.fingerprint() == before

    def test_not_after_he_has_left_that_post_either(self, system, operator, general_managers_post, today, a_member, a_post):
        former = a_member()
        assign(operator, a_post(role="operator"), former, today - 30 * DAY, today - DAY)
        assign(system, general_managers_post, former, today, today + DAY, 422, kind="acting")
        assign(operator, general_managers_post, former, today, today + DAY, 201, kind="acting")

    def test_makes_no_other_post_of_what_he_holds(self, system, operator, second_operator, today, a_department, a_post):
        department = a_department(is_shozoku=False)
        post = a_post(department, is_head=True)
        assignment = assign(second_operator, post, operator, today, today + DAY)
        assert system.patch(f"posts/{post['id']}", 403, {"role": "auditor"}, match="*").problem == "forbidden"
        assert system.patch(f"departments/{department['id']}", 403, {"is_shozoku": True}, match="*").problem == "forbidden"
        path = f"posts/{post['id']}/assignments/{assignment['id']}"
        assert system.patch(path, 403, {"to": str(today + 30 * DAY)}, match="*").problem == "forbidden"

    def test_fills_every_other_post(self, system, operator, today, a_member, a_post):
        assign(system, a_post(), a_member(), today)
        own = operator.one("posts", role="operator", code="operation")
        (mine,) = operator.every(f"posts/{own['id']}/assignments")
        row = f"{own['code']},900002,{mine['kind']},{mine['from']},,{mine['order_number']}\r\n"
        answer = system.upload("posts/assignments/import", FILE + row, 200)
        assert [item["action"] for item in answer["items"]] == ["keep"]
