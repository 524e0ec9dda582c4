"""A bureau of 10,000 staff: a change of the organisation costs what it concerns.

What it costs is the time that PostgreSQL's processes work, whatever else keeps the machine busy."""

import pytest

MOVED = 30


@pytest.fixture(scope="module")
def bureau_of_many(database):
    """code -> id of its departments: `m-01` with 29 below it, in which they all belong, and `to-1` and `to-2`, where it can go."""
    database.run("SELECT set_config('kiki.operation', 'test', false)")
    make = """WITH d AS (SELECT api.new_id() AS id, %s || n AS code FROM generate_series(1, %s) n),
                   r AS (INSERT INTO department_records (id, established_on) SELECT id, '2021-03-11' FROM d RETURNING id)
              INSERT INTO department_terms (department_id, code, name, kind, parent_id, is_shozoku)
              SELECT d.id, d.code, d.code, 'unit', p.id, %s FROM r JOIN d USING (id), departments p WHERE p.code = %s"""
    database.run(make, "to-", 2, True, "keibo")
    database.run(make, "m-0", 1, False, "to-1")
    database.run(make, "m-", MOVED - 1, False, "m-01")
    database.run("INSERT INTO staff_records (number, subject) SELECT 'm-' || n, 'm-' || n FROM generate_series(1, 10000) n")
    database.run("INSERT INTO staff_names (staff_id, name) SELECT id, '大勢' FROM staff_records WHERE number LIKE 'm-%'")
    database.run("""INSERT INTO staff_transfers (staff_id, department_id, begins_on)
                    SELECT s.id, d.id, '2025-04-01' FROM staff_records s
                      JOIN departments d ON d.code = 'm-' || 1 + substr(s.number, 3)::int %% %s WHERE s.number LIKE 'm-%%'""", MOVED - 1)
    database.run("ANALYZE")
    return {row["code"]: str(row["id"]) for row in database.rows("SELECT code, id FROM departments")}


def callers(database):
    """Changes when anybody is recomputed, also when nothing comes of it."""
    return database.value("SELECT sum(hashtextextended(ctid || ' ' || xmin, 0)) FROM callers")


def test_a_rename_recomputes_nobody(operator, bureau_of_many, database):
    before = callers(database)
    post = operator.one("posts", code="rinko-head")
    person = operator.one("staff", number="m-1")
    operator.patch(f"departments/{bureau_of_many['m-1']}", 200, {"name": "新", "code": "m-new"}, match="*")
    operator.patch(f"posts/{post['id']}", 200, {"name": "署長", "code": "rinko-chief"}, match="*")
    operator.patch(f"staff/{person['id']}", 200, {"name": "新 太郎", "kana": "しん たろう", "number": "m-one"}, match="*")
    assert callers(database) == before


def test_a_move_recomputes_those_below(operator, service, bureau_of_many, database):
    path = f"departments/{bureau_of_many['m-01']}"
    others = "SELECT sum(hashtextextended(c::text, 0)) FROM callers c JOIN staff s ON s.id = c.staff_id WHERE s.number NOT LIKE 'm-%'"
    before, took = database.value(others), []
    for where in ("to-2", "to-1", "to-2"):
        began = database.worked()
        operator.patch(path, 200, {"parent_id": bureau_of_many[where]}, match="*")
        took.append(database.worked() - began)
        assert [d["code"] for d in service.staff("m-77").get("me", 200)["departments"]] == [where]
    assert database.value(others) == before
    assert database.value("SELECT count(*) FROM callers WHERE departments = ARRAY[%s::uuid]", bureau_of_many["to-2"]) == 10000
    assert min(took) < 1, took


def test_one_who_moves_is_recomputed_alone(operator, bureau_of_many, database):
    person = operator.one("staff", number="m-100")
    others = "SELECT sum(hashtextextended(ctid || ' ' || xmin, 0)) FROM callers WHERE staff_id <> %s"
    before, began = database.value(others, person["id"]), database.worked()
    operator.post(f"staff/{person['id']}/transfers", 201, {"department_id": bureau_of_many["to-2"], "from": "2027-04-01"})
    assert database.worked() - began < 0.5
    assert database.value(others, person["id"]) == before
