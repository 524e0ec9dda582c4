"""The refusals of a statement are judged in their order and over the rows of their query, whatever the planner would like."""

import pathlib
import sys

import psycopg2
import pytest

sys.path.insert(0, str(pathlib.Path("service/db").resolve()))
import statements  # noqa: E402

# Of what is told about one device: b is known at once, d must be looked up.
TEXT = """-- statement: devices_a(code text, n int)
WITH seen AS (
    SELECT d.id, d.condition, b.n FROM (SELECT CAST(:n AS int) AS n OFFSET 0) b CROSS JOIN devices d WHERE d.code = :code
    -- refuse: forbidden when condition = 'usable' AND n < 1
    -- refuse: conflict /n future when 1 / n > 0
)
SELECT d.code FROM devices d JOIN seen ON seen.id = d.id
"""
# The same by hand: PostgreSQL judges what asks of b alone before it looks for a device.
BY_HAND = """SELECT d.code FROM (SELECT %s AS n OFFSET 0) b CROSS JOIN devices d
              WHERE d.code = %s AND (b.n <> 1 OR api.refuse('conflict'))"""
PLANS = ("enable_nestloop", "enable_hashjoin", "enable_mergejoin", "enable_seqscan")


def ask(database, code, n):
    """The code of the device, nothing, or the slug that it was refused with."""
    (statement,) = statements.read_file(TEXT, "devices")
    ((_, sql),) = statement.merged()
    with database.connection.cursor() as cursor:
        try:
            cursor.execute(sql.replace("$1", "%(code)s").replace("$2", "%(n)s"), {"code": code, "n": n})
            return cursor.fetchall()
        except psycopg2.Error as refused:
            return refused.diag.message_primary


@pytest.mark.parametrize("without", ["", *PLANS])
@pytest.mark.parametrize("code, n, expected", [
    ("WT-001", 0, "forbidden"),
    ("WT-001", 1, "conflict"),
    ("WT-001", 2, [("WT-001",)]),
    ("missing", 0, []),
    ("missing", 1, []),
])
def test_refusals_are_judged_in_order_over_the_rows_there_are(database, without, code, n, expected):
    for plan in PLANS:
        database.run(f"SET {plan} = {'off' if plan == without else 'on'}")
    assert ask(database, code, n) == expected


def test_a_condition_by_hand_comes_too_early(database):
    with database.connection.cursor() as cursor, pytest.raises(psycopg2.Error, match="conflict"):
        cursor.execute(BY_HAND, (1, "missing"))
