"""An operation that is nothing but its statements is bound at build; what is left over on either side is refused."""

import subprocess
import sys

import pytest
from test_compile import FIXTURE, ROOT

GOOD = """-- define: thing
json_build_object('id', t.id)

-- operation: get_thing(thing_id uuid)
SELECT t.version, {thing} FROM things t WHERE t.id = :thing_id

-- page: list_things(kind text[]?, total bool?)
-- sort: code text
SELECT t.id AS tie, t.code, {thing} AS item FROM things t WHERE true
   AND t.kind = ANY (:kind)    --? kind
   AND t.total = :total        --? total

-- before: change_thing, get_thing(thing_id uuid)
SELECT FROM things WHERE id = :thing_id FOR UPDATE

-- operation: change_thing(thing_id uuid, if_match bigint[], body jsonb, language text)
SELECT :thing_id, :if_match, :body, :language

-- view: get_thing_import(thing_id uuid)
SELECT {thing} FROM things t WHERE t.id = :thing_id
"""


@pytest.fixture
def bind(tmp_path):
    """bind(text of a .sql file) -> (exit status, what was said, the folder with what was made)."""

    def run(text):
        room, made = tmp_path / "things", tmp_path / "gen"
        room.mkdir()
        made.mkdir()
        (room / "things.sql").write_text(text)
        read = subprocess.run([sys.executable, ROOT / "service/db/statements.py", "--operations", made / "operation_statements.c",
                               made / "steps.json", room / "things.sql"], capture_output=True, text=True, timeout=60)
        if read.returncode != 0:
            return read.returncode, read.stderr, made
        done = subprocess.run([sys.executable, ROOT / "openapi/compile.py", "--source", FIXTURE.parent, "--problems",
                               ROOT / "openapi/problems.yaml", "--steps", made / "steps.json", made],
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr, made

    return run


def test_statements_are_bound_by_name(bind):
    status, said, made = bind(GOOD)
    assert status == 0, said
    table = (made / "contract.c").read_text()
    for bound in (
            ".steps = (const struct step[]){{.statement = &before_change_thing_13_statement, .sources = (const struct source[])"
            "{{SOURCE_PATH, 0}}, .count = 1}, {.statement = &change_thing_statement, .sources = (const struct source[])"
            "{{SOURCE_PATH, 0}, {SOURCE_IF_MATCH, 0}, {SOURCE_BODY, 0}, {SOURCE_LANGUAGE, 0}}, .count = 4}, {0}},\n"
            "                .answer_kind = ANSWER_WRITE,",
            "{.statement = &list_things_statement, .sources = (const struct source[]){{SOURCE_QUERY, 3}, {SOURCE_QUERY, 2}}, "
            ".count = 2}, {0}},\n                .answer_kind = ANSWER_PAGE,",
            ".answer_kind = ANSWER_ONE,", ".answer_kind = ANSWER_VIEW,"):
        assert bound in table
    assert table.count(".handler = operation_run,") == 4
    handlers = (made / "operations.h").read_text()
    assert "op_get_livez(" in handlers and "op_get_thing(" not in handlers
    for compiler in ("gcc", "clang"):
        for source in ("contract.c", "operation_statements.c"):
            subprocess.run([compiler, "-std=gnu17", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}/service", f"-I{made}", "-c", "-o",
                            "/dev/null", made / source], check=True)


@pytest.mark.parametrize("old, new, sentence", [
    ("-- view: get_thing_import(", "-- view: get_thing_exports(", "there is no operation get_thing_exports"),
    ("-- page: list_things(kind text[]?, ", "-- page: list_things(sort_of text[]?, ", "list_things has no parameter sort_of"),
    ("   AND t.total = :total        --? total\n", "", "no statement reads the parameter total"),
    ("kind text[]?", "kind text?", "kind is text here, and text[] in the contract"),
    ("(thing_id uuid, if_match", "(thing_id text, if_match", "thing_id is text here, and uuid in the contract"),
    (":thing_id, :if_match, :body", ":thing_id, :body", "no statement reads if_match"),
    (":if_match, :body, ", ":if_match, ", "no statement reads the body"),
    ("if_match bigint[]", "if_match text[]", "if_match is of type bigint[]"),
    ("-- view: get_thing_import(thing_id uuid)", "-- view: get_thing_import(thing_id uuid, body jsonb)", "get_thing_import takes no body"),
    ("-- view: get_thing_import(thing_id uuid)\n", "-- page: get_thing_import(thing_id uuid)\n-- sort: code text\n",
     "a page, and only a page, is a list in the contract"),
    ("-- page: list_things(kind text[]?, total bool?)\n-- sort: code text", "-- view: list_things(kind text[]?, total bool?)",
     "a page, and only a page, is a list in the contract"),
    ("-- sort: code text", "-- sort: code text, name text", "sorts by nothing, the statement by code, name"),
    ("-- view: get_thing_import(", "-- view: get_thing(", "get_thing stands here twice"),
    ("-- view: get_thing_import(", "-- before: get_part(", "get_part needs one statement that answers"),
    (":language\n\n-- view", ":language FROM api.emit('thing.changed')\n\n-- view",
     "a PATCH may change nothing, and then has no event: api.emit_if"),
    ("-- operation: change_thing(", "-- operation: change_thing, get_part(", "only what stands before has several names, not operation:"),
])
def test_what_is_not_bound_is_refused(bind, old, new, sentence):
    text = GOOD.replace(old, new)
    if ":body, " in old or ":if_match, :body" in old:
        # The header goes with the text, as a parameter that a statement never uses is a fault of its own.
        text = text.replace("if_match bigint[], " if ":if_match" not in new else "body jsonb, ", "", 1)
    if sentence == "no statement reads the parameter total":
        text = text.replace(", total bool?", "")
    if old == "-- page: list_things(kind text[]?, ":
        text = text.replace(":kind)    --? kind", ":sort_of)    --? sort_of")
    if ", body jsonb)" in new:
        text = text.replace("SELECT {thing} FROM", "SELECT {thing}, :body FROM")
    status, said, made = bind(text)
    assert status == 1
    assert sentence in said and "Traceback" not in said
    assert not (made / "contract.c").exists()
