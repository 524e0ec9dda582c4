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
    joho = "(SELECT department_id FROM department_days WHERE code LIKE 'joho%' AND ends_on = 'infinity')"

    def department(day, members):
        return f"SELECT api.change_terms('department_terms', {joho}, {day}, {members})"

    def stands(where):
        return f"(SELECT jsonb_build_object('parent_id', id) FROM departments WHERE code = '{where}')"

    for change in (
            "UPDATE staff_records SET left_on = '2026-12-31' WHERE number = '210003'",
            department("'2026-05-01'", """'{"is_shozoku": true}'"""),
            department("'2027-05-01'", """'{"is_shozoku": false}'"""),
            department("'2026-02-01'", stands("keibo")),
            department("'2026-08-01'", stands("rinko")),
            department("'2028-04-01'", stands("kawasaki")),
            department("'2027-05-01'", """'{"is_shozoku": true}'"""),
            department("'2026-06-01'", """'{"name": "情報第一係", "code": "joho1"}'"""),
            "UPDATE department_records SET abolished_on = '2028-06-01' WHERE id = " + joho,
            """SELECT api.change_terms('post_terms', record.id, '2027-02-01', '{"is_head": false}') FROM post_records record
                 WHERE code = 'miyamae-head'""",
            """SELECT api.change_terms('post_terms', record.id, '2027-04-01', jsonb_build_object('role', 'auditor', 'name', '監査'))
                  FROM post_records record WHERE code = 'miyamae-head'""",
            "UPDATE post_records SET established_on = '2026-01-05' WHERE code = 'asao-head'",
            "UPDATE post_records SET abolished_on = '2027-01-01' WHERE code = 'saiwai-head'",
            """INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on)
               SELECT p.id, s.id, 'acting', '2026-12-01', '2026-12-20' FROM posts p, staff s
                WHERE p.code = 'rinko-head' AND s.number = '210002'""",
            """UPDATE post_assignments SET ends_on = '2026-12-10'
                WHERE kind = 'regular' AND post_id = (SELECT id FROM posts WHERE code = 'rinko-head')""",
            """UPDATE staff_transfers SET ends_on = '2027-03-31'
                WHERE staff_id = (SELECT id FROM staff WHERE number = '220002')""",
            """INSERT INTO staff_transfers (staff_id, department_id, begins_on)
               SELECT s.id, d.id, '2027-04-01' FROM staff s, departments d WHERE s.number = '220002' AND d.code = 'rinko'""",
            "INSERT INTO staff_records (number, subject) VALUES ('299999', '299999')"):
        database.run(change)
        check(database)
