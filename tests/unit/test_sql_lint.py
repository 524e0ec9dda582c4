"""tests/lint/sql.py finds what it is there for, and no more."""

import importlib.util
import pathlib

import pytest

SPEC = importlib.util.spec_from_file_location("sql_lint", pathlib.Path("tests/lint/sql.py"))
LINT = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(LINT)

DEFINER = "CREATE FUNCTION api.it(a text DEFAULT 'x') RETURNS int LANGUAGE sql SECURITY DEFINER {}\nAS $$ SELECT 1 $$;"


@pytest.fixture
def faults(tmp_path):
    """faults(text): what is found in a file of this text, each as (line, beginning of what is said)."""
    def faults(text):
        path = tmp_path / "it.sql"
        path.write_text(text)
        return [(int(line), said.strip()) for _, line, said in (fault.split(":", 2) for fault in LINT.faults(path))]

    return faults


@pytest.mark.parametrize("text, said", [
    ("SELECT\n\t1", "a tab"),
    (f"SELECT\n{'1 + ' * 40}1", "161 characters"),
    ("SELECT 1\n  from devices", "from is a keyword"),
    ("SELECT 1\n  FROM devices WHERE NOT x and y", "and is a keyword"),
    ("SELECT\nnow()", "now() is not the tests' clock"),
    ("SELECT\ncurrent_date", "current_date is not the tests' clock"),
    ("SELECT\nclock_timestamp()", "clock_timestamp() is not the tests' clock"),
    ("\n" + DEFINER.format(""), "api.it is SECURITY DEFINER without SET search_path"),
    ("SELECT FROM posts post\n WHERE post.abolished_on IS NULL", "whether something serves on a day"),
    ("SELECT FROM posts post\n WHERE post.abolished_on > api.today()", "whether something serves on a day"),
    ("SELECT FROM posts post\n WHERE api.today() < post.abolished_on", "whether something serves on a day"),
    ("SELECT FROM devices\n WHERE name LIKE :q", "what is searched for goes through api.containing"),
    ("SELECT FROM devices\n WHERE name ILIKE :q || '%'", "what is searched for goes through api.containing"),
    ("WITH day AS (SELECT 1)\nSELECT row_to_json(whole) FROM (SELECT * FROM day) whole", "a whole row as JSON"),
    ("WITH day AS (SELECT 1)\nSELECT json_agg(day.*) FROM day", "a whole row as JSON"),
    ("SELECT name\n  FROM devices d", "d is no word"),
    ("SELECT name\n  FROM devices AS d", "d is no word"),
    ("SELECT name FROM devices device\n  JOIN kiki.staff st ON true", "st is no word"),
    ("SELECT name FROM devices device\n CROSS JOIN LATERAL api.held(device.id) h (id)", "h is no word"),
    ("SELECT name FROM (SELECT name FROM devices\n) d", "d is no word"),
    ("SELECT name FROM (SELECT name FROM devices\n) AS d (name)", "d is no word"),
    ("WITH\nb AS (SELECT 1) SELECT FROM devices", "b is no word"),
    ("WITH device AS (SELECT 1\n), b AS MATERIALIZED (SELECT 1) SELECT FROM devices", "b is no word"),
    ("SELECT FROM devices device,\nstaff s", "s is no word"),
    ("\nUPDATE devices d SET name = 'x'", "d is no word"),
    ("\nWITH {change: devices d (name)} SELECT 1", "d is no word"),
    ("SELECT FROM devices\n-- refuse: forbidden unless EXISTS (SELECT FROM staff s)", "s is no word"),
])
def test_what_is_wrong_is_found_with_its_line(faults, text, said):
    ((line, told),) = faults(text)
    assert line == 2 and told.startswith(said)


@pytest.mark.parametrize("text", [
    "-- from now() on\nSELECT 'now() and from', \"from\", api.now(), 'it''s or'",
    "-- operation: it(q text?)\nSELECT name FROM devices WHERE name LIKE api.containing(:q) --? q",
    DEFINER.format("SET search_path = kiki, api, pg_temp "),
    "CREATE OR REPLACE FUNCTION api.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() $$;",
    "SELECT count(*) AS n, lower(name) AS x, (SELECT 1) AS y FROM devices WHERE (id = 1) OR (id = 2) ORDER BY (n), x",
    "SELECT name FROM devices device, unnest(codes) code WHERE code.id = device.id -- of the devices d",
    "SELECT row_to_json(item) FROM (SELECT id, count(*) FROM devices) item",
])
def test_what_is_right_is_let_alone(faults, text):
    assert faults(text) == []


def test_what_stands_here_is_in_order():
    assert LINT.main([]) == 0
