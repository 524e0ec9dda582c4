"""The table that api.enter looks callers up in says what the posts, assignments and transfers say, on every day."""

import datetime
import random

from harness.organisation import wrong_callers


def check(database):
    days = [datetime.date(2024, 3, 31) + datetime.timedelta(n) for n in (0, 1, 2, 366, 700, 1000, 1500)]
    for day in days + [datetime.date(2026, 1, 1) + datetime.timedelta(random.Random(7).randrange(900)) for _ in range(20)]:
        assert wrong_callers(database, day) == [], day


def test_as_loaded(database):
    check(database)


def test_after_changes_of_every_kind(database):
    database.run("SELECT set_config('kiki.operation', 'test', false)")
    for change in (
            "UPDATE staff SET left_on = '2026-12-31' WHERE number = '210003'",
            "UPDATE departments SET is_shozoku = true WHERE code = 'joho'",
            "UPDATE departments SET is_shozoku = false WHERE code = 'joho'",
            "UPDATE departments SET parent_id = (SELECT id FROM departments WHERE code = 'keibo') WHERE code = 'joho'",
            "UPDATE departments SET parent_id = (SELECT id FROM departments WHERE code = 'rinko') WHERE code = 'joho'",
            "UPDATE departments SET abolished_on = '2027-04-01' WHERE code = 'joho'",
            """UPDATE posts SET department_id = (SELECT id FROM departments WHERE code = 'keibo'), is_head = false
                WHERE code = 'miyamae-head'""",
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
