"""What the tests of the organisation do again and again; and what its records say of each caller, reckoned day by day without
the table that api.enter looks them up in."""

import datetime
import re

DAY = datetime.timedelta(days=1)


def roles_of(caller) -> set[tuple[str, str | None]]:
    return {(role["role"], role["department_id"]) for role in caller.get("me", 200)["roles"]}


def assign(caller, post, person, first, last=None, status=201, **members):
    """A regular holder by order, where nothing else is said; a member that is given as None is left out."""
    body = {"staff_id": person["id"], "kind": "regular", "from": str(first), "to": str(last) if last else None,
            "order_number": "1"} | members
    return caller.post(f"posts/{post['id']}/assignments", status, {name: value for name, value in body.items() if value is not None})


def name_acting(caller, post, person, first, last, status=201, **members):
    """One who acts for the holder, named without an order."""
    return assign(caller, post, person, first, last, status, kind="acting", **{"order_number": None} | members)


SAID = """
    SELECT s.number,
           ARRAY(SELECT 'user' UNION SELECT h.role FROM held h WHERE h.staff_id = s.id ORDER BY 1) AS roles,
           ARRAY(SELECT h.department_id FROM held h WHERE h.staff_id = s.id AND h.role = 'usage_manager'
                 UNION
                 SELECT nearest(t.department_id, day) FROM staff_transfers t
                  WHERE t.staff_id = s.id AND t.during @> day AND nearest(t.department_id, day) IS NOT NULL ORDER BY 1) AS departments,
           ARRAY(SELECT DISTINCT h.department_id FROM held h WHERE h.staff_id = s.id AND h.role = 'usage_manager' ORDER BY 1) AS managed,
           (SELECT jsonb_agg(DISTINCT h.role ORDER BY h.role) FROM held h WHERE h.staff_id = s.id AND h.acting) AS acting
      FROM staff_records s WHERE s.left_on IS NULL OR s.left_on > day"""
KEPT = """
    SELECT s.number, ARRAY(SELECT unnest(c.roles) ORDER BY 1), ARRAY(SELECT unnest(c.departments) ORDER BY 1),
           ARRAY(SELECT unnest(c.managed) ORDER BY 1), c.acting
      FROM callers c JOIN staff_records s ON s.id = c.staff_id WHERE c.during @> day AND c.roles <> '{}'"""
HELD = """
    SELECT a.staff_id, r.role, h.id AS department_id, a.kind = 'acting' AS acting
      FROM post_assignments a
      JOIN post_records o ON o.id = a.post_id AND (o.abolished_on IS NULL OR o.abolished_on > day)
                         AND (o.established_on IS NULL OR o.established_on <= day)
      JOIN post_terms p ON p.post_id = o.id AND p.during @> day
      LEFT JOIN (SELECT d.id, t.is_shozoku FROM department_records d JOIN department_terms t ON t.department_id = d.id AND t.during @> day
                  WHERE (d.abolished_on IS NULL OR d.abolished_on > day) AND (d.established_on IS NULL OR d.established_on <= day)) h
             ON p.is_head AND h.id = p.department_id AND h.is_shozoku
     CROSS JOIN LATERAL (VALUES (p.role), (CASE WHEN h.id IS NOT NULL THEN 'usage_manager' END)) r (role)
     WHERE a.during @> day AND r.role IS NOT NULL"""
# The nearest 所属 at or above a department on a day, found by climbing through the terms of that day.
NEAREST = """
    CREATE OR REPLACE FUNCTION pg_temp.nearest(department uuid, day date) RETURNS uuid LANGUAGE sql STABLE AS $$
        WITH RECURSIVE up (id, parent_id, is_shozoku) AS (
            SELECT d.department_id, d.parent_id, d.is_shozoku FROM kiki.department_terms d
             WHERE d.department_id = department AND d.during @> day
            UNION ALL
            SELECT d.department_id, d.parent_id, d.is_shozoku FROM up
              JOIN kiki.department_terms d ON d.department_id = up.parent_id AND d.during @> day WHERE NOT up.is_shozoku)
        SELECT up.id FROM up WHERE up.is_shozoku
    $$"""


def wrong_callers(database, day: datetime.date) -> list[dict]:
    """Whoever is looked up on that day as something else than the records say."""
    day = f"'{day}'::date"
    database.run(NEAREST)

    def on(text: str) -> str:
        return re.sub(r"\bday\b", day, text).replace("nearest(", "pg_temp.nearest(")

    return database.rows(f"""WITH held AS ({on(HELD)}), said AS ({on(SAID)}), kept AS ({on(KEPT)})
                             (SELECT 'said' AS by, x.* FROM (SELECT * FROM said EXCEPT SELECT * FROM kept) x)
                              UNION ALL
                             (SELECT 'kept', x.* FROM (SELECT * FROM kept EXCEPT SELECT * FROM said) x)""")
