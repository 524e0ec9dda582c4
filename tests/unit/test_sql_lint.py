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
    ("SELECT FROM devices\n WHERE name LIKE :q", "what is searched for goes through api.containing"),
    ("SELECT FROM devices\n WHERE name ILIKE :q || '%'", "what is searched for goes through api.containing"),
    ("WITH d AS (SELECT 1)\nSELECT row_to_json(x) FROM (SELECT * FROM d) x", "a whole row as JSON"),
    ("WITH d AS (SELECT 1)\nSELECT json_agg(d.*) FROM d", "a whole row as JSON"),
])
def test_what_is_wrong_is_found_with_its_line(faults, text, said):
    ((line, told),) = faults(text)
    assert line == 2 and told.startswith(said)


@pytest.mark.parametrize("text", [
    "-- from now() on\nSELECT 'now() and from', \"from\", api.now(), 'it''s or'",
    "-- operation: it(q text?)\nSELECT name FROM devices WHERE name LIKE api.containing(:q) --? q",
    DEFINER.format("SET search_path = kiki, api, pg_temp "),
    "CREATE OR REPLACE FUNCTION api.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() $$;",
    "SELECT row_to_json(item) FROM (SELECT id, count(*) FROM devices) item",
])
def test_what_is_right_is_let_alone(faults, text):
    assert faults(text) == []


def test_what_stands_here_is_in_order():
    assert LINT.main([]) == 0
