"""The table that api.enter looks callers up in says what the posts, assignments and transfers say, on every day."""

import datetime
import random

WRONG = """SELECT s.number FROM staff s
             LEFT JOIN callers c ON c.staff_id = s.id AND c.during @> %(day)s::date
            CROSS JOIN LATERAL caller_on(s, %(day)s::date) o
            WHERE (s.left_on IS NULL OR s.left_on > %(day)s::date) IS DISTINCT FROM (c.staff_id IS NOT NULL)
               OR c.staff_id IS NOT NULL AND (c.roles, c.departments, c.managed, c.acting) IS DISTINCT FROM
                                             (o.roles, o.departments, o.managed, o.acting)"""


def check(database):
    days = [datetime.date(2024, 3, 31) + datetime.timedelta(n) for n in (0, 1, 2, 366, 700, 1000, 1500)]
    for day in days + [datetime.date(2026, 1, 1) + datetime.timedelta(random.Random(7).randrange(900)) for _ in range(20)]:
        with database.connection.cursor() as cursor:
            cursor.execute(WRONG, {"day": day})
            assert cursor.fetchall() == [], day


def test_as_loaded(database):
    check(database)


def test_after_changes_of_every_kind(database):
    database.run("SELECT set_config('kiki.operation', 'test', false)")
    for change in (
            "UPDATE staff SET left_on = '2026-12-31' WHERE number = '210003'",
            "UPDATE departments SET is_shozoku = true WHERE code = 'joho'",
            "UPDATE departments SET abolished_on = '2027-04-01' WHERE code = 'joho'",
            "UPDATE posts SET abolished_on = '2027-01-01' WHERE code = 'saiwai-head'",
            """INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on)
               SELECT p.id, s.id, 'acting', '2026-12-01', '2026-12-20' FROM posts p, staff s
                WHERE p.code = 'rinko-head' AND s.number = '210002'""",
            """UPDATE post_assignments SET ends_on = '2026-12-10'
                WHERE kind = 'regular' AND post_id = (SELECT id FROM posts WHERE code = 'rinko-head')""",
            """UPDATE staff_transfers SET ends_on = '2027-03-31'
                WHERE staff_id = (SELECT id FROM staff WHERE number = '220002')""",
            """INSERT INTO staff_transfers (staff_id, department_id, begins_on)
               SELECT s.id, d.id, '2027-04-01' FROM staff s, departments d WHERE s.number = '220002' AND d.code = 'rinko'""",
            "INSERT INTO staff (number, name, subject) VALUES ('299999', '新人', '299999')"):
        database.run(change)
        check(database)
