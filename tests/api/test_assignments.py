"""Who holds a post, by order and in somebody's stead (art2)."""

import uuid

import pytest

from harness.organisation import DAY, assign, roles_of
from harness.together import together


class TestRegularHolders:
    def test_a_new_one_ends_the_incumbent_that_day(self, operator, service, start_service, departments, posts, people, database, today):
        post, head, heir = posts["kawasaki-head"], people["220001"], people["220002"]
        turn = today + DAY
        answer = assign(operator, post, 201, staff_id=heir["id"], kind="regular", **{"from": str(turn)}, order_number="令8消人第50号")
        assert answer["to"] is None and answer["named_by_id"] == people["900002"]["id"]
        database.on_record(answer, "post_assignment.created", ("post_assignments", "update"), ("post_assignments", "insert"))
        incumbent = operator.one(f"posts/{post['id']}/assignments", as_of=str(today))
        assert (incumbent["staff_id"], incumbent["to"]) == (head["id"], str(today))
        kawasaki = ("usage_manager", departments["kawasaki"]["id"])
        assert kawasaki in roles_of(service.staff("220001")) and kawasaki not in roles_of(service.staff("220002"))
        later = start_service(KIKI_CLOCK_OFFSET_S="86400")
        assert kawasaki not in roles_of(later.staff("220001")) and kawasaki in roles_of(later.staff("220002"))
        for day, holder in ((today, head), (turn, heir)):
            structure = operator.get("management-structure", 200, params={"as_of": str(day)})
            (answerable,) = [m for m in structure["usage_managers"] if m["department"]["code"] == "kawasaki"]
            assert answerable["holder"]["staff_id"] == holder["id"] and answerable["vacant_since"] is None

    def test_one_that_has_not_begun_can_be_withdrawn(self, operator, posts, people, today, database):
        post = posts["saiwai-head"]
        incumbent = operator.one(f"posts/{post['id']}/assignments", as_of=str(today))
        planned = assign(operator, post, 201, staff_id=people["230002"]["id"], kind="regular", **{"from": str(today + 5 * DAY)},
                         order_number="令8消人第51号")
        path = f"posts/{post['id']}/assignments/{planned['id']}"
        gone = operator.patch(path, 200, {"withdrawn": True, "reason": "発令の取消し"}, match=planned)
        assert gone["withdrawn"] and gone["from"] == planned["from"]
        assert operator.get(path, 200).json == gone.json
        database.on_record(gone, "post_assignment.withdrawn", ("post_assignments", "update"))
        assert operator.patch(path, 409, {"reason": "x"}, match=gone).problem == "not-in-this-state"
        back = f"posts/{post['id']}/assignments/{incumbent['id']}"
        assert operator.patch(back, 200, {"to": None}, match="*")["to"] is None
        assert operator.patch(back, 409, {"withdrawn": True}, match="*").problem == "not-in-this-state"
        assert operator.one(f"posts/{post['id']}/assignments", as_of=str(today + 9 * DAY))["id"] == incumbent["id"]

    def test_no_two_at_a_time(self, operator, posts, people, today):
        post = posts["nakahara-head"]
        incumbent = operator.one(f"posts/{post['id']}/assignments")
        bounded = {"from": str(today + 10 * DAY), "to": str(today + 20 * DAY)}
        assign(operator, post, 201, staff_id=people["240002"]["id"], kind="regular", order_number="1", **bounded)
        for first, last in ((10, 20), (15, 30), (1, 10)):
            days = {"from": str(today + first * DAY), "to": str(today + last * DAY)}
            answer = assign(operator, post, 409, staff_id=people["240003"]["id"], kind="regular", order_number="2", **days)
            assert answer.problem == "conflict" and answer.faults == {"/from": "overlap"}
        operator.patch(f"posts/{post['id']}/assignments/{incumbent['id']}", 200, {"to": str(today)}, match="*")
        until = assign(operator, post, 201, staff_id=people["240003"]["id"], kind="regular", order_number="3",
                       **{"from": str(today + 2 * DAY)})
        assert until["to"] == str(today + 9 * DAY)
        path = f"posts/{post['id']}/assignments/{until['id']}"
        assert operator.patch(path, 409, {"to": str(today + 12 * DAY)}, match=until).faults == {"/from": "overlap"}
        assert operator.patch(path, 422, {"to": str(today)}, match=until).faults == {"/to": "before_from"}

    def test_ten_at_once_make_one(self, service, operator, departments, people, today):
        post = operator.post("posts", 201, {"code": "p-race", "name": "競", "department_id": departments["tama"]["id"]})
        staff = [people[f"25000{n}"]["id"] for n in range(1, 7)] + [people[f"26000{n}"]["id"] for n in range(1, 5)]
        answers = together(*[lambda n=n: assign(operator, post, (201, 409), staff_id=staff[n], kind="regular", order_number=f"{n}",
                                                **{"from": str(today)}) for n in range(10)])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 9

    def test_the_same_key_assigns_once(self, operator, departments, people, today):
        post = operator.post("posts", 201, {"code": "p-key", "name": "鍵", "department_id": departments["tama"]["id"]})
        key, body = str(uuid.uuid4()), {"staff_id": people["250002"]["id"], "kind": "regular", "from": str(today), "order_number": "1"}
        first = operator.post(f"posts/{post['id']}/assignments", 201, body, key=key)
        again = operator.post(f"posts/{post['id']}/assignments", 201, body, key=key)
        assert again.content == first.content and again.headers["Location"] == first.headers["Location"]
        assert len(operator.every(f"posts/{post['id']}/assignments")) == 1

    def test_needs_an_order_number_and_an_order(self, operator, general_manager, usage_manager, client, posts, people, today):
        post, body = posts["rinko-head"], {"staff_id": people["210002"]["id"], "kind": "regular", "from": str(today + DAY)}
        assert assign(operator, post, 422, **body).faults == {"/order_number": "required"}
        for caller in (general_manager, usage_manager):
            assert assign(caller, post, 403, **body, order_number="1").problem == "forbidden"
        assert assign(operator, post, 422, **body, order_number="1", to=str(today)).faults == {"/to": "before_from"}
        assert assign(client, posts["asao-head"], 201, **body | {"staff_id": people["280002"]["id"]},
                      order_number="1")["named_by_id"] is None

    def test_nobody_assigns_himself(self, operator, posts, people, database):
        before = database.fingerprint()
        answer = assign(operator, posts["audit"], 422, staff_id=people["900002"]["id"], kind="regular", **{"from": "2030-04-01"},
                        order_number="1")
        assert answer.problem == "value-not-accepted" and answer.faults == {"/staff_id": "oneself"}
        assert database.fingerprint() == before
        own = operator.one(f"posts/{posts['operation']['id']}/assignments")
        path = f"posts/{posts['operation']['id']}/assignments/{own['id']}"
        assert operator.patch(path, 403, {"to": "2030-03-31"}, match="*").problem == "forbidden"

    def test_what_is_missing(self, operator, member, posts, people, today):
        body = {"staff_id": people["210002"]["id"], "kind": "regular", "from": str(today), "order_number": "1"}
        missing = uuid.uuid4()
        assert operator.post(f"posts/{missing}/assignments", 404, body).problem == "not-found"
        assert member.get(f"posts/{missing}/assignments", 404).problem == "not-found"
        assert member.get(f"posts/{posts['audit']['id']}/assignments/{missing}", 404).problem == "not-found"
        assert operator.patch(f"posts/{posts['audit']['id']}/assignments/{missing}", 404, {"reason": "x"}, match="*").problem == "not-found"
        unknown = assign(operator, posts["audit"], 422, **body | {"staff_id": str(missing)})
        assert unknown.problem == "reference-not-found" and unknown.faults == {"/staff_id": "not_found"}

    def test_an_abolished_post_takes_nobody(self, operator, departments, people, today):
        post = operator.post("posts", 201, {"code": "p-gone", "name": "廃", "department_id": departments["tama"]["id"]})
        operator.patch(f"posts/{post['id']}", 200, {"abolished_on": str(today)}, match=post)
        assert assign(operator, post, 409, staff_id=people["270002"]["id"], kind="regular", **{"from": str(today)},
                      order_number="1").problem == "not-in-this-state"
        assert operator.every("posts", code="p-gone", active="true") == []


class TestActingHolders:
    def days(self, today, first, last):
        return {"from": str(today + first * DAY), "to": str(today + last * DAY)}

    def test_named_by_the_holder_adds_powers_and_removes_none(self, service, other_usage_manager, usage_manager, departments, posts,
                                                              people, today, database):
        post, deputy = posts["rinko-head"], service.staff("210003")
        rinko = ("usage_manager", departments["rinko"]["id"])
        assert rinko not in roles_of(deputy)
        answer = assign(usage_manager, post, 201, staff_id=people["210003"]["id"], kind="acting", reason="出張", **self.days(today, 0, 2))
        assert (answer["order_number"], answer["named_by_id"]) == (None, people["210001"]["id"])
        database.on_record(answer, "post_assignment.created", ("post_assignments", "insert"))
        assert rinko in roles_of(deputy) and rinko in roles_of(usage_manager)
        made = deputy.post("placement-requests", 201, {"department_id": departments["rinko"]["id"], "device_kind": "camera",
                                                      "quantity": 1, "reason": "代理で"})
        (row,) = database.audit(made)
        assert (str(row["actor_id"]), str(row["acting_for_id"])) == (people["210003"]["id"], people["210001"]["id"])
        made = usage_manager.post("placement-requests", 201, {"department_id": departments["rinko"]["id"], "device_kind": "camera",
                                                             "quantity": 1, "reason": "本人"})
        assert [row["acting_for_id"] for row in database.audit(made)] == [None]
        structure = usage_manager.get("management-structure", 200)
        (answerable,) = [m for m in structure["usage_managers"] if m["department"]["code"] == "rinko"]
        assert [holder["number"] for holder in answerable["acting"]] == ["210003"]
        path = f"posts/{post['id']}/assignments/{answer['id']}"
        assert other_usage_manager.patch(path, 403, {"to": str(today)}, match="*").problem == "forbidden"
        assert deputy.patch(path, 403, {"to": str(today + 9 * DAY)}, match="*").problem == "forbidden"
        assert usage_manager.patch(path, 422, {"to": None}, match="*").faults == {"/to": "required"}
        assert usage_manager.patch(path, 200, {"to": str(today)}, match=answer)["to"] == str(today)

    def test_the_holder_names_for_his_own_post_and_term_ahead_of_the_day(self, service, operator, posts, people, today):
        head, post = service.staff("250001"), posts["takatsu-head"]
        body = {"staff_id": people["250003"]["id"], "kind": "acting"}
        assert assign(head, posts["tama-head"], 403, **body, **self.days(today, 0, 1)).problem == "forbidden"
        assert assign(head, post, 422, **body, **self.days(today, -1, 1)).faults == {"/from": "past"}
        assert assign(head, post, 422, **body, **{"from": str(today)}).faults == {"/to": "required"}
        own = {"staff_id": people["250001"]["id"], "kind": "acting"}
        assert assign(head, post, 422, **own, **self.days(today, 0, 1)).faults == {"/staff_id": "oneself"}
        assign(operator, post, 201, staff_id=people["250002"]["id"], kind="regular", order_number="1", **{"from": str(today + 5 * DAY)})
        assert assign(head, post, 422, **body, **self.days(today, 3, 5)).faults == {"/to": "beyond_own_term"}
        named = assign(head, post, 201, **body, **self.days(today, 3, 4))
        path = f"posts/{post['id']}/assignments/{named['id']}"
        assert head.patch(path, 422, {"to": str(today + 5 * DAY)}, match=named).faults == {"/to": "beyond_own_term"}
        assert head.patch(path, 200, {"withdrawn": True}, match=named)["withdrawn"]

    def test_the_general_manager_names_for_any_other(self, general_manager, operator, posts, people, today):
        body = {"staff_id": people["260002"]["id"], "kind": "acting"}
        assign(general_manager, posts["miyamae-head"], 201, **body, **self.days(today, 0, 1))
        assert assign(general_manager, posts["miyamae-head"], 422, **body, **self.days(today, -2, 1)).faults == {"/from": "past"}
        assert assign(operator, posts["miyamae-head"], 403, **body, **self.days(today, 0, 1), order_number="1").problem == "forbidden"
        mine = {"staff_id": people["100001"]["id"], "kind": "acting"}
        assert assign(general_manager, posts["miyamae-head"], 422, **mine, **self.days(today, 0, 1)).faults == {"/staff_id": "oneself"}

    def test_for_the_general_manager_by_order(self, service, operator, general_manager, posts, people, today):
        post, body = posts["shirei-head"], {"staff_id": people["100002"]["id"], "kind": "acting"}
        assert assign(operator, post, 422, **body, **self.days(today, 0, 1)).faults == {"/order_number": "required"}
        answer = assign(operator, post, 201, **body, **self.days(today, 0, 1), order_number="令8消人第60号", reason="入院")
        acting = service.staff("100002")
        assert ("general_manager", None) in roles_of(acting) and ("equipment_manager", None) in roles_of(acting)
        # Who stands in for the general manager does not hand that on.
        assert assign(acting, post, 403, staff_id=people["210001"]["id"], kind="acting", **self.days(today, 0, 1)).problem == "forbidden"
        assign(acting, posts["tama-head"], 201, staff_id=people["270002"]["id"], kind="acting", **self.days(today, 0, 0))
        operator.patch(f"posts/{post['id']}/assignments/{answer['id']}", 200, {"to": str(today)}, match=answer)
        assign(general_manager, post, 201, staff_id=people["100002"]["id"], kind="acting", **self.days(today, 3, 4))

    def test_the_second_lock(self, service, usage_manager, posts, people, database, today):
        """A holder writes no regular assignment and none of another post, whatever the statement forgets."""
        enter = "SELECT api.enter('', '210001', NULL, '', '{usage_manager}', 'create_post_assignment', 'x')"
        insert = ("INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, order_number) "
                  "VALUES (%s, %s, %s, '2030-01-01', '2030-01-02', '1')")
        connection = database.cluster.connect(database.name, "kiki_service")
        connection.autocommit = False
        try:
            for post, kind in (("rinko-head", "regular"), ("asao-head", "acting")):
                with connection.cursor() as cursor:
                    cursor.execute(enter)
                    with pytest.raises(Exception, match="row-level security"):
                        cursor.execute(insert, (posts[post]["id"], people["210003"]["id"], kind))
                connection.rollback()
        finally:
            connection.close()
