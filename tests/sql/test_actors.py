"""For whom somebody does something (api.actor), against what is reckoned here from lists alone: over random posts, holders,
acting holders, leavers and abolitions, for each set of roles that an operation may be opened to."""

import contextlib
import datetime
import json
import random
import uuid

import pytest

DAY = datetime.timedelta(days=1)
ROLES = ("general_manager", "equipment_manager", "auditor")
OPENED = (("general_manager",), ("equipment_manager",), ("usage_manager",), ("general_manager", "usage_manager"),
          ("usage_manager", "equipment_manager"), ("general_manager", "equipment_manager", "usage_manager", "auditor"),
          ("user",), ("user", "general_manager"))


class Bureau:
    """A few of each, so that everything meets everything."""

    def __init__(self, seed: int, today: datetime.date) -> None:
        chance = self.chance = random.Random(seed)
        name, self.today = f"x{seed}-", today
        days = [None, None, None, today - DAY, today, today + DAY, today + 9 * DAY]
        self.departments = {str(uuid.uuid4()): {"code": f"{name}d{n}", "is_shozoku": chance.random() < 0.8,
                                                "abolished_on": chance.choice(days)} for n in range(3)}
        self.staff = {str(uuid.uuid4()): {"number": f"{name}s{n}", "left_on": chance.choice(days)} for n in range(6)}
        self.posts, self.terms = {}, []
        for n, (department, role) in enumerate([(one, None) for one in self.departments] + [
                (chance.choice(list(self.departments)), role) for role in ROLES]):
            self.posts[str(uuid.uuid4())] = {
                "code": f"{name}p{n}", "department_id": department, "is_head": role is None, "role": role,
                "abolished_on": chance.choice(days[2:]) if chance.random() < 0.2 else None}
        for post in self.posts:
            first = today - chance.choice((0, 5, 30)) * DAY
            if chance.random() < 0.7:
                self.term(post, "regular", first, chance.choice((None, None, today, today - DAY)))
            for _ in range(chance.choice((0, 1, 1, 2))):
                self.term(post, "acting", first, chance.choice((today, today - DAY, today + DAY)))

    def term(self, post, kind, first, last) -> None:
        staff = self.chance.choice(list(self.staff))
        if last is None or last >= first:
            self.terms.append({"id": str(uuid.uuid4()), "post_id": post, "staff_id": staff, "kind": kind, "begins_on": first,
                               "ends_on": last, "withdrawn": self.chance.random() < 0.1})

    # --- What is said of somebody

    def lasts(self, day) -> bool:
        return day is None or day > self.today

    def held(self, staff):
        """(role, department, post, kind) of each that this member of staff has today."""
        for term in self.terms:
            post = self.posts[term["post_id"]]
            place = self.departments[post["department_id"]]
            if (term["staff_id"] != staff or not self.runs(term) or not self.lasts(post["abolished_on"])
                    or not self.lasts(self.staff[staff]["left_on"])):
                continue
            if post["role"]:
                yield post["role"], None, term["post_id"], term["kind"]
            if post["is_head"] and place["is_shozoku"] and self.lasts(place["abolished_on"]):
                yield "usage_manager", post["department_id"], term["post_id"], term["kind"]

    def runs(self, term) -> bool:
        return not term["withdrawn"] and term["begins_on"] <= self.today and (term["ends_on"] is None or term["ends_on"] >= self.today)

    def acting(self, staff, opened, department):
        """(post, holder) that he stands in for; None for what he does himself."""
        if "user" in opened:
            return None
        serving = [(kind == "acting", self.posts[post]["code"], post) for role, over, post, kind in self.held(staff)
                   if role in opened and (over is None or department is None or over == department)]
        if not serving or not min(serving)[0]:
            return None
        post = min(serving)[2]
        return post, self.holder(post)

    def holder(self, post):
        holders = [term["staff_id"] for term in self.terms if term["post_id"] == post and term["kind"] == "regular"
                   and self.runs(term) and self.lasts(self.staff[term["staff_id"]]["left_on"])]
        return holders[0] if holders else None

    def answered_for(self, department, staff):
        """The row that says for whom somebody answered for a department, or none."""
        terms = [(term["kind"] == "acting", term["post_id"]) for term in self.terms
                 if term["staff_id"] == staff and self.runs(term) and self.lasts(self.staff[staff]["left_on"])
                 and self.posts[term["post_id"]]["is_head"] and self.posts[term["post_id"]]["department_id"] == department
                 and self.lasts(self.posts[term["post_id"]]["abolished_on"])]
        return [(self.holder(post) if acting else None,) for acting, post in sorted(terms)[:1]]


def insert(cursor, table, **row):
    cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))


def write(cursor, bureau):
    cursor.execute("SET search_path = kiki, api; SELECT set_config('kiki.operation', 'test', true)")
    # The sample's managers give way to these.
    cursor.execute("UPDATE post_terms SET role = NULL WHERE role = ANY (%s)", (list(ROLES),))
    for key, row in bureau.departments.items():
        insert(cursor, "department_records", id=key, abolished_on=row["abolished_on"])
        insert(cursor, "department_terms", department_id=key, code=row["code"], name="x", kind="section", is_shozoku=row["is_shozoku"])
    for key, row in bureau.staff.items():
        insert(cursor, "staff_records", id=key, number=row["number"], subject=row["number"], left_on=row["left_on"])
        insert(cursor, "staff_names", staff_id=key, name="x")
    for key, row in bureau.posts.items():
        insert(cursor, "post_records", id=key, code=row["code"], abolished_on=row["abolished_on"])
        insert(cursor, "post_terms", post_id=key, name="x", department_id=row["department_id"], is_head=row["is_head"], role=row["role"])
    for term in bureau.terms:
        insert(cursor, "post_assignments", order_number="1", **term)


@pytest.mark.parametrize("seed", range(25))
def test_who_stands_in_for_whom(database, seed):
    with contextlib.closing(database.cluster.connect(database.name)) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("SELECT api.today()")
        bureau = Bureau(seed, cursor.fetchone()[0])
        write(cursor, bureau)
        asked = 0
        for staff, record in bureau.staff.items():
            if not bureau.lasts(record["left_on"]):
                continue
            roles = {"user"} | {role for role, *_ in bureau.held(staff)}
            for opened in OPENED:
                if not roles & set(opened):
                    continue
                cursor.execute("SELECT api.enter('', %s, NULL, '', %s, 'test', 'x')", (record["number"], list(opened)))
                for department in (None, *bureau.departments):
                    cursor.execute("SELECT api.actor(%s::uuid)::text, api.context('acting_for')", (department,))
                    told, acting_for = cursor.fetchone()
                    actor, said = json.loads(told), bureau.acting(staff, set(opened) & roles, department)
                    shown = actor["acting"] and (actor["acting"]["post_id"], actor["acting"]["holder_id"])
                    assert (actor["id"], shown) == (staff, said), (opened, department)
                    if department is None:
                        assert acting_for == (said and said[1])
                    asked += 1
        for department in bureau.departments:
            for staff in bureau.staff:
                cursor.execute("SELECT acting_for_id::text FROM api.answered_for(%s, %s, %s)", (department, staff, bureau.today))
                assert cursor.fetchall() == bureau.answered_for(department, staff)
        connection.rollback()
    assert asked


def test_a_client_and_the_service_itself(database, service):
    with contextlib.closing(database.cluster.connect(database.name)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT api.actor()::text")
        assert json.loads(cursor.fetchone()[0]) == {"kind": "system", "id": None, "name": "kiki", "title": None, "acting": None}
        connection.autocommit = False
        cursor.execute("SELECT client_id, scopes[1], name FROM kiki.api_clients LIMIT 1")
        client, scope, name = cursor.fetchone()
        cursor.execute("SELECT api.enter('', NULL, %s, %s, '{}', 'test', 'x'), api.actor()::text", (client, scope))
        cursor.execute("SELECT api.actor()::text")
        told = json.loads(cursor.fetchone()[0])
        assert (told["kind"], told["name"], told["acting"]) == ("client", name, None)


def test_one_of_his_roles_is_named(database):
    """Of several, the one by which it was done; and never one that did not open the operation."""
    with contextlib.closing(database.cluster.connect(database.name)) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("SET search_path = kiki, api; SELECT set_config('kiki.operation', 'test', true)")
        cursor.execute("""INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, order_number)
                          SELECT post.id, member.id, 'acting', api.today(), api.today(), '1' FROM posts post, staff member
                           WHERE post.role = 'general_manager' AND member.number = '100002'""")
        for opened, used, acts in (("{general_manager,equipment_manager}", None, False),
                                   ("{general_manager,equipment_manager}", "{general_manager}", True),
                                   ("{general_manager,equipment_manager}", "{}", False),
                                   ("{equipment_manager}", "{general_manager}", False),
                                   ("{user}", "{general_manager}", False), ("{user,general_manager}", "{general_manager}", True)):
            cursor.execute("SELECT api.enter('', '100002', NULL, '', %s, 'test', 'x')", (opened,))
            if used is not None:
                cursor.execute("SELECT api.acts_by(%s)", (used,))
            cursor.execute("SELECT api.actor() -> 'acting' ->> 'holder_name'")
            assert (cursor.fetchone()[0] is not None) == acts, (opened, used)
        connection.rollback()
