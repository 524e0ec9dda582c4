"""Who holds a post, by order and in somebody's stead (art2)."""

import contextlib
import uuid

import pytest

from harness.organisation import DAY, assign, name_acting, roles_of
from harness.together import together


@pytest.fixture
def station(a_department):
    return a_department()


@pytest.fixture
def post(a_post, station):
    """That of the station's head."""
    return a_post(station, is_head=True)


@pytest.fixture
def head(a_member, station, post):
    return a_member(station, holds=post)


@pytest.fixture
def person(a_member, station):
    return a_member(station)


def answerable(caller, department, **params):
    """The entry of the management structure for this department."""
    structure = caller.get("management-structure", 200, params=params)
    (found,) = [manager for manager in structure["usage_managers"] if manager["department"]["id"] == department["id"]]
    return found


class TestRegularHolders:
    def test_a_new_one_ends_the_incumbent_that_day(self, operator, start_service, station, post, head, person, people, database, today):
        turn = today + DAY
        answer = assign(operator, post, person, turn, order_number="令8消人第50号")
        assert answer["to"] is None and answer["named_by_id"] == people["900002"]["id"]
        database.on_record(answer, "post_assignment.created", ("post_assignments", "update"), ("post_assignments", "insert"))
        incumbent = operator.one(f"posts/{post['id']}/assignments", as_of=str(today))
        assert (incumbent["staff_id"], incumbent["to"]) == (head["id"], str(today))
        managing = ("usage_manager", station["id"])
        assert managing in roles_of(head) and managing not in roles_of(person)
        later = start_service(KIKI_CLOCK_OFFSET_S="86400")
        assert managing not in roles_of(later.staff(head["number"])) and managing in roles_of(later.staff(person["number"]))
        for day, holder in ((today, head), (turn, person)):
            manager = answerable(operator, station, as_of=str(day))
            assert manager["holder"]["staff_id"] == holder["id"] and manager["vacant_since"] is None

    def test_one_that_has_not_begun_can_be_withdrawn(self, operator, post, head, person, today, database):
        incumbent = operator.one(f"posts/{post['id']}/assignments", as_of=str(today))
        planned = assign(operator, post, person, today + 5 * DAY, order_number="令8消人第51号")
        path = f"posts/{post['id']}/assignments/{planned['id']}"
        gone = operator.patch(path, 200, {"withdrawn": True, "reason": "発令の取消し"}, match=planned)
        assert gone["withdrawn"] and gone["from"] == planned["from"]
        assert operator.get(path, 200).json == gone.json
        # He who held it without a last day holds it as before.
        database.on_record(gone, "post_assignment.withdrawn", *2 * [("post_assignments", "update")])
        assert operator.get(f"posts/{post['id']}/assignments/{incumbent['id']}")["to"] is None
        assert operator.patch(path, 409, {"reason": "x"}, match=gone).problem == "not-in-this-state"
        back = f"posts/{post['id']}/assignments/{incumbent['id']}"
        assert operator.patch(back, 200, {"to": None}, match="*")["to"] is None
        assert operator.patch(back, 409, {"withdrawn": True}, match="*").problem == "not-in-this-state"
        assert operator.one(f"posts/{post['id']}/assignments", as_of=str(today + 9 * DAY))["id"] == incumbent["id"]

    def test_no_two_at_a_time(self, operator, post, head, person, a_member, today):
        other, incumbent = a_member(), operator.one(f"posts/{post['id']}/assignments")
        assign(operator, post, person, today + 10 * DAY, today + 20 * DAY)
        for first, last in ((10, 20), (15, 30), (1, 10)):
            answer = assign(operator, post, other, today + first * DAY, today + last * DAY, 409, order_number="2")
            assert answer.problem == "conflict" and answer.faults == {"/from": "overlap"}
        operator.patch(f"posts/{post['id']}/assignments/{incumbent['id']}", 200, {"to": str(today)}, match="*")
        until = assign(operator, post, other, today + 2 * DAY, order_number="3")
        assert until["to"] == str(today + 9 * DAY)
        path = f"posts/{post['id']}/assignments/{until['id']}"
        assert operator.patch(path, 409, {"to": str(today + 12 * DAY)}, match=until).faults == {"/from": "overlap"}
        assert operator.patch(path, 422, {"to": str(today)}, match=until).faults == {"/to": "before_from"}

    def test_ten_at_once_make_one(self, operator, a_post, a_member, station, today):
        post, staff = a_post(station), [a_member(station) for _ in range(10)]
        answers = together(*[lambda person=person: assign(operator, post, person, today, status=(201, 409)) for person in staff])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 9

    def test_the_same_key_assigns_once(self, operator, post, person, today):
        key, body = str(uuid.uuid4()), {"staff_id": person["id"], "kind": "regular", "from": str(today), "order_number": "1"}
        first = operator.post(f"posts/{post['id']}/assignments", 201, body, key=key)
        again = operator.post(f"posts/{post['id']}/assignments", 201, body, key=key)
        assert again.content == first.content and again.headers["Location"] == first.headers["Location"]
        assert len(operator.every(f"posts/{post['id']}/assignments")) == 1

    def test_needs_an_order_number_and_an_order(self, operator, general_manager, usage_manager, client, posts, post, person, today):
        heads = posts["rinko-head"]
        assert assign(operator, heads, person, today + DAY, status=422, order_number=None).faults == {"/order_number": "required"}
        for caller in (general_manager, usage_manager):
            assert assign(caller, heads, person, today + DAY, status=403).problem == "forbidden"
        assert assign(operator, heads, person, today + DAY, today, 422).faults == {"/to": "before_from"}
        assert assign(client, post, person, today + DAY)["named_by_id"] is None

    def test_nobody_assigns_himself(self, operator, posts, people, database):
        before = database.fingerprint()
        answer = assign(operator, posts["audit"], people["900002"], "2030-04-01", status=422)
        assert answer.problem == "value-not-accepted" and answer.faults == {"/staff_id": "oneself"}
        assert database.fingerprint() == before
        own = operator.one(f"posts/{posts['operation']['id']}/assignments")
        path = f"posts/{posts['operation']['id']}/assignments/{own['id']}"
        assert operator.patch(path, 403, {"to": "2030-03-31"}, match="*").problem == "forbidden"

    def test_what_is_missing(self, operator, member, posts, person, today):
        missing = {"id": str(uuid.uuid4())}
        assert assign(operator, missing, person, today, status=404).problem == "not-found"
        assert member.get(f"posts/{missing['id']}/assignments", 404).problem == "not-found"
        path = f"posts/{posts['audit']['id']}/assignments/{missing['id']}"
        assert member.get(path, 404).problem == "not-found"
        assert operator.patch(path, 404, {"reason": "x"}, match="*").problem == "not-found"
        unknown = assign(operator, posts["audit"], missing, today, status=422)
        assert unknown.problem == "reference-not-found" and unknown.faults == {"/staff_id": "not_found"}

    def test_an_abolished_post_takes_nobody(self, operator, post, person, today):
        operator.patch(f"posts/{post['id']}", 200, {"abolished_on": str(today)}, match=post)
        assert assign(operator, post, person, today, status=409).problem == "not-in-this-state"
        assert operator.every("posts", code=post["code"], active="true") == []


class TestActingHolders:
    def test_named_by_the_holder_adds_powers_and_removes_none(self, other_usage_manager, station, post, head, person, today, database):
        managing = ("usage_manager", station["id"])
        assert managing not in roles_of(person)
        answer = name_acting(head, post, person, today, today + 2 * DAY, reason="出張")
        assert (answer["order_number"], answer["named_by_id"]) == (None, head["id"])
        database.on_record(answer, "post_assignment.created", ("post_assignments", "insert"))
        assert managing in roles_of(person) and managing in roles_of(head)
        asked = {"department_id": station["id"], "device_kind": "camera", "quantity": 1, "reason": "試験"}
        (row,) = database.audit(person.post("placement-requests", 201, asked))
        assert (str(row["actor_id"]), str(row["acting_for_id"])) == (person["id"], head["id"])
        assert [row["acting_for_id"] for row in database.audit(head.post("placement-requests", 201, asked))] == [None]
        assert [holder["number"] for holder in answerable(head, station)["acting"]] == [person["number"]]
        path = f"posts/{post['id']}/assignments/{answer['id']}"
        assert other_usage_manager.patch(path, 403, {"to": str(today)}, match="*").problem == "forbidden"
        assert person.patch(path, 403, {"to": str(today + 9 * DAY)}, match="*").problem == "forbidden"
        assert head.patch(path, 422, {"to": None}, match="*").faults == {"/to": "required"}
        assert head.patch(path, 200, {"to": str(today)}, match=answer)["to"] == str(today)

    def test_the_holder_names_for_his_own_post_and_term_ahead_of_the_day(self, operator, posts, post, head, person, a_member, today):
        assert name_acting(head, posts["tama-head"], person, today, today + DAY, 403).problem == "forbidden"
        assert name_acting(head, post, person, today - DAY, today + DAY, 422).faults == {"/from": "past"}
        assert name_acting(head, post, person, today, None, 422).faults == {"/to": "required"}
        assert name_acting(head, post, head, today, today + DAY, 422).faults == {"/staff_id": "oneself"}
        assign(operator, post, a_member(), today + 5 * DAY)
        assert name_acting(head, post, person, today + 3 * DAY, today + 5 * DAY, 422).faults == {"/to": "beyond_own_term"}
        named = name_acting(head, post, person, today + 3 * DAY, today + 4 * DAY)
        path = f"posts/{post['id']}/assignments/{named['id']}"
        assert head.patch(path, 422, {"to": str(today + 5 * DAY)}, match=named).faults == {"/to": "beyond_own_term"}
        assert head.patch(path, 200, {"withdrawn": True}, match=named)["withdrawn"]

    def test_the_general_manager_names_for_any_other(self, general_manager, operator, post, person, people, today):
        name_acting(general_manager, post, person, today, today + DAY)
        assert name_acting(general_manager, post, person, today - 2 * DAY, today + DAY, 422).faults == {"/from": "past"}
        assert name_acting(operator, post, person, today, today + DAY, 403, order_number="1").problem == "forbidden"
        assert name_acting(general_manager, post, people["100001"], today, today + DAY, 422).faults == {"/staff_id": "oneself"}

    def test_for_the_general_manager_by_order(self, operator, general_manager, posts, post, person, a_member, a_post, a_device, people,
                                              today):
        chief, acting = posts["shirei-head"], a_member(holds=a_post(role="auditor"))
        assert name_acting(operator, chief, acting, today, today + DAY, 422).faults == {"/order_number": "required"}
        answer = name_acting(operator, chief, acting, today, today + DAY, order_number="令8消人第60号", reason="入院")
        assert {("general_manager", None), ("auditor", None)} <= roles_of(acting)
        # Who stands in for the general manager does not hand that on.
        assert name_acting(acting, chief, people["210001"], today, today + DAY, 403).problem == "forbidden"
        name_acting(acting, post, person, today, today)
        # Both names stay with what the one who acts has done.
        device = a_device(of="rinko")
        report = acting.one("placement-reports", device_id=device["id"])
        told = acting.post(f"placement-reports/{report['id']}/acknowledgement", 200)["acknowledged_by"]
        assert (told["id"], told["acting"]) == (acting["id"], {
            "post_id": chief["id"], "post_name": chief["name"], "holder_id": people["100001"]["id"], "holder_name": "見本 一郎"})
        operator.patch(f"posts/{chief['id']}/assignments/{answer['id']}", 200, {"to": str(today)}, match=answer)
        name_acting(general_manager, chief, acting, today + 3 * DAY, today + 4 * DAY)

    def test_the_second_lock(self, posts, people, database):
        """A holder writes no regular assignment and none of another post, whatever the statement forgets."""
        enter = "SELECT api.enter('', '210001', NULL, '', '{usage_manager}', 'create_post_assignment', 'x')"
        insert = ("INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, order_number) "
                  "VALUES (%s, %s, %s, '2030-01-01', '2030-01-02', '1')")
        with contextlib.closing(database.cluster.connect(database.name, "kiki_service")) as connection:
            connection.autocommit = False
            for post, kind in (("rinko-head", "regular"), ("asao-head", "acting")):
                with connection.cursor() as cursor:
                    cursor.execute(enter)
                    with pytest.raises(Exception, match="row-level security"):
                        cursor.execute(insert, (posts[post]["id"], people["210003"]["id"], kind))
                connection.rollback()
