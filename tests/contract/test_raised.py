"""What an operation can raise is told by its text, and is what the contract declares."""

import subprocess
import sys

import pytest
from test_compile import FIXTURE, ROOT

CONTRACT = FIXTURE.read_text() + """
constraints:
  things_code_unique: {problem: conflict, pointer: /code, word: odd}
words:
  odd: {ja: 直してください。, en: Correct it.}
"""
STATEMENTS = """-- operation: create_thing(body jsonb)
WITH b AS (
    SELECT * FROM jsonb_populate_record(NULL::things, :body)
    -- refuse: value-not-accepted /code odd when code = 'X1'
)
INSERT INTO things (code, title) SELECT code, title FROM b

-- operation: change_thing(thing_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version FROM things WHERE id = :thing_id FOR UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
)
UPDATE things t SET title = CAST(:body AS jsonb) ->> 'title' FROM seen WHERE t.id = seen.id

-- statement: things_show(id uuid)
SELECT :id
-- refuse: forbidden when true
"""
MIGRATION = """CREATE TABLE kiki.things (
    id uuid PRIMARY KEY,
    code text CONSTRAINT things_code_unique UNIQUE,
    title text
);
"""
CODE = """CREATE OR REPLACE FUNCTION api.inner() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM api.refuse(CASE WHEN true THEN 'month-closed' ELSE 'month-not-over' END); -- never api.refuse('draining')
END $$;
CREATE OR REPLACE FUNCTION api.outer() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM api.inner();
END $$;
CREATE OR REPLACE FUNCTION api.guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM api.refuse('not-in-this-state');
END $$;
CREATE TRIGGER things_guard BEFORE UPDATE ON kiki.things FOR EACH ROW
    WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION api.guard();
"""
HANDLERS = """static int decide(struct request *request) {
        return things_show(request->transaction, "x");
}

int op_create_key(struct request *request) {
        return decide(request);
}
"""
FILES = {"service/things/things.sql": STATEMENTS, "migrations/0001_things.sql": MIGRATION, "migrations/code/things.sql": CODE,
         "service/things/things.c": HANDLERS, "openapi/openapi.yaml": CONTRACT}


@pytest.fixture
def build(tmp_path):
    """build((old, new)…) -> (exit status, what was said), of the files above with these texts replaced."""

    def run(*changes):
        for name, text in FILES.items():
            for old, new in changes:
                text = text.replace(old, new)
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        gen, sql = tmp_path / "gen", tmp_path / "service/things/things.sql"
        gen.mkdir(exist_ok=True)
        for command in (
                ["service/db/statements.py", "--operations", gen / "operation_statements.c", gen / "steps.json", sql],
                ["service/db/raised.py", gen / "raised.json", *(tmp_path / name for name in FILES if "openapi" not in name)],
                ["openapi/compile.py", "--source", tmp_path / "openapi", "--steps", gen / "steps.json", "--raised", gen / "raised.json",
                 gen]):
            done = subprocess.run([sys.executable, ROOT / command[0], *command[1:]], capture_output=True, text=True, timeout=60)
            if done.returncode:
                break
        return done.returncode, done.stderr

    return run


DECLARED = ("x-problems: [conflict]", "x-problems: [conflict, month-closed, month-not-over]")
CALLED = ("code = 'X1'", "api.outer() IS NULL")
CHANGED = ("      x-if-match: true\n", "      x-if-match: true\n      x-problems: [not-in-this-state]\n")


@pytest.mark.parametrize("changes", [
    (),
    (DECLARED, CALLED),
    (CHANGED, ("SET title = ", "SET code = 'A1', title = ")),
    # The caller of a trigger need not declare what it raises, as nobody knows whether it fires.
    (("SET title = ", "SET code = 'A1', title = "),),
    (("x-problems: [conflict]", ""), ("-- operation: create_thing(body jsonb)\n",
                                      "-- operation: create_thing(body jsonb)\n-- never: things_code_unique\n"),
     ("  things_code_unique: {problem: conflict, pointer: /code, word: odd}", "  {}")),
])
def test_what_is_raised_and_declared_is_taken(build, changes):
    assert build(*changes) == (0, "")


@pytest.mark.parametrize("changes, sentence", [
    ((("x-problems: [conflict]", ""),), "create_thing raises conflict, which its x-problems lack"),
    ((CALLED,), "create_thing raises month-closed, which its x-problems lack"),
    ((CALLED,), "create_thing raises month-not-over, which its x-problems lack"),
    ((DECLARED,), "POST /api/v1/things: nothing raises month-closed"),
    ((("x-problems: [conflict]", "x-problems: [conflict, draining]"), CALLED), "POST /api/v1/things: nothing raises draining"),
    ((CHANGED,), "PATCH /api/v1/things/{thing_id}: nothing raises not-in-this-state"),
    ((("precondition-failed unless api.match(version, :if_match)", "forbidden when :if_match IS NULL"),),
     "PATCH /api/v1/things/{thing_id}: nothing raises precondition-failed"),
    ((("accepted /code odd", "accepted /cods odd"),), "service/things/things.sql:4: no operation has /cods in its body"),
    ((("accepted /code odd", "accepted /tree/name/x odd"),), "no operation has /tree/name/x in its body"),
    ((("accepted /code odd", "accepted /code queer"),), "service/things/things.sql:4: the word queer is not defined"),
    ((("value-not-accepted /code", "value-not-taken /code"),), "the problem value-not-taken is not in problems.yaml"),
    ((("(code, title)", "(title)"),), "the constraint things_code_unique: no statement can break it"),
    ((("pointer: /code", "pointer: /cods"),), "the constraint things_code_unique: no operation has /cods in its body"),
    ((("refuse: forbidden when true", "refuse: month-closed when true"),), "create_key raises month-closed"),
    ((('return decide(request)', 'return PROBLEM_DRAINING'),), "create_key raises draining"),
    ((("-- operation: change_thing(thing_id uuid, if_match bigint[], body jsonb)\n",
       "-- operation: change_thing(thing_id uuid, if_match bigint[], body jsonb)\n-- never: things_code_unique\n"),),
     "never comes upon things_code_unique anyway"),
])
def test_what_is_not_equal_on_both_sides_stops_the_build(build, changes, sentence):
    status, said = build(*changes)
    assert status == 1
    assert sentence in said and "Traceback" not in said


@pytest.mark.parametrize("pointer, taken", [("/terminals/{at}/device_id", True), ("/tree/children/{at}/name", True), ("/title", True),
                                            ("/a~1b~0c", False), ("/terminals/device_id", False), ("{code}", True)])
def test_a_pointer_leads_into_the_body(build, pointer, taken):
    status, said = build(("accepted /code odd when code = 'X1'", f"accepted {pointer} odd when code = 'X1'"))
    assert (status == 0) == taken, said
