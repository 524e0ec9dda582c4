"""The compiler of the contract refuses what must not get in, with a sentence that names the place."""

import json
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
FIXTURE = ROOT / "tests/contract/fixture/openapi.yaml"
sys.path.insert(0, str(ROOT / "openapi"))
import load  # noqa: E402


def compile_contract(source, output, problems=ROOT / "openapi/problems.yaml"):
    return subprocess.run([sys.executable, ROOT / "openapi/compile.py", "--source", source, "--problems", problems, output],
                          capture_output=True, text=True, timeout=60)


@pytest.fixture
def source(tmp_path):
    """A folder with the fixture's contract, to be spoilt."""
    folder = tmp_path / "openapi"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(FIXTURE.read_text())
    return folder


@pytest.fixture
def refused(source, tmp_path):
    """refused("what is said"): compiles the folder, which must fail with that and write nothing."""

    def check(sentence):
        done = compile_contract(source, tmp_path / "gen")
        assert done.returncode == 1
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "gen").exists()

    return check


def spoil(source, old, new):
    path = source / "openapi.yaml"
    text = path.read_text()
    assert text.count(old) >= 1, f"the fixture has no {old}"
    path.write_text(text.replace(old, new, 1))


SPOILT = {
    "format_without_its_media_types": ("{name: total, in: query, schema: {type: boolean}}",
                                       "{name: format, in: query, schema: {type: string, enum: [json, csv, xlsx]}}",
                                       "GET /api/v1/things: format has a word for each media type that is answered"),
    "unknown_keyword": ("name: {type: string, format: line, minLength: 1", "name: {type: string, format: line, contains: {}, minLength: 1",
                        "components.schemas.tree.properties.name: the schema keyword contains is not supported"),
    "unknown_keyword_in_a_parameter": ("schema: {type: boolean}", "schema: {type: boolean, nullable: true}",
                                       "GET /api/v1/things: parameter total: the schema keyword nullable"),
    "unknown_keyword_in_an_answer": ("200: {description: Yes., content: {application/json: {schema: {type: object}}}}",
                                     "200: {description: Yes., content: {application/json: {schema: {nullable: true}}}}",
                                     "GET /livez: 200 application/json: the schema keyword nullable"),
    "unknown_format": ("format: date}", "format: datum}", "the format datum is not supported"),
    "unbounded_date": ("from: {$ref: \"#/components/schemas/date\"}", "from: {type: [string, \"null\"], format: date}",
                       "POST /api/v1/things: body.from: the date is not bounded"),
    "unbounded_time": ("date\"}\n                at: {$ref: \"#/components/schemas/timestamp\"}",
                       "date\"}\n                at: {type: string, maxLength: 40, format: date-time}",
                       "body.at: the date-time is not bounded"),
    "unbounded_month": ("in: query, schema: {type: boolean}", "in: query, schema: {type: string, format: month}",
                        "GET /api/v1/things: parameter total: the month is not bounded"),
    "bound_without_a_number": ("name: thing_id, in: path", "x-bound: THING_ID, name: thing_id, in: path",
                               "x-bound stands beside one of maxItems, maxLength and maximum"),
    "bound_in_small_letters": ("minItems: 1, maxItems: 3", "minItems: 1, x-bound: names, maxItems: 3",
                               "names: x-bound is a name in capitals"),
    "bound_that_is_two_numbers": ("minItems: 1, maxItems: 3, uniqueItems: true, items: {type: string, format: line, maxLength: 5}",
                                  "x-bound: N, maxItems: 3, items: {type: string, format: line, maxLength: 5, x-bound: N}",
                                  "x-bound N is 3 elsewhere"),
    "unknown_type": ("{type: boolean}", "{type: bool}", "there is no type bool"),
    "no_type": ("mode: {type: string, enum: [fast, slow]}", "mode: {description: anything}", "mode: a type is missing"),
    "no_max_length": ("reason: {type: string, format: line, maxLength: 20}", "reason: {type: string}", "reason: maxLength is missing"),
    "text_of_no_kind": ("reason: {type: string, format: line, maxLength: 20}", "reason: {type: string, maxLength: 20}",
                        "reason: a text needs format line or text, or a pattern"),
    "no_max_length_behind_a_reference": ("title: {type: string, format: line, maxLength: 20}", "title: {type: string}",
                                         "body.title: maxLength is missing"),
    "no_max_length_in_an_alternative": ("kind: {enum: [personal, other]}", "kind: {type: string}",
                                        "body.terminals[].oneOf[1].kind: maxLength is missing"),
    "no_max_length_in_a_parameter": ("in: query, schema: {type: string, format: line, maxLength: 100}", "in: query, schema: {type: string}",
                                     "GET /api/v1/things: parameter cursor: maxLength is missing"),
    "no_max_items": ("names: {type: array, minItems: 1, maxItems: 3", "names: {type: array, minItems: 1",
                     "names: maxItems is missing"),
    "too_many_items_to_compare": ("minItems: 1, maxItems: 3", "minItems: 1, maxItems: 1001",
                                  "names: uniqueItems needs maxItems of at most 1000"),
    "items_of_any_type": ("uniqueItems: true, items: {type: string, format: line, maxLength: 5}", "uniqueItems: true",
                          "names[]: a type is missing"),
    "no_maximum": ("count: {type: integer, minimum: 1, maximum: 10}", "count: {type: integer, minimum: 1}",
                   "count: minimum and maximum are missing"),
    "open_object": ("unevaluatedProperties: false", "maxProperties: 5", "POST /api/v1/things: body: the object is not closed"),
    "open_object_below": ("      additionalProperties: false\n      required: [name]", "      required: [name]",
                          "body.tree: the object is not closed"),
    "pattern_without_hint": (', x-hint: {ja: aを並べてください。, en: Give a row of a.}', "", "slow: a pattern or not needs x-hint"),
    "unknown_role": ("x-roles: [general_manager, operator]", "x-roles: [general_manger]", "there is no role general_manger"),
    "no_roles": ("      x-roles: [operator]\n", "", "POST /api/v1/things/import: x-roles is missing"),
    "nobody_may": ("      x-roles: [operator]\n", "      x-roles: []\n", "POST /api/v1/things/import: neither a role nor a scope"),
    "every_client_but_a_scope": ("x-roles: [general_manager, operator]", "x-roles: [general_manager, client]",
                                 "POST /api/v1/things: with client in x-roles every client may: no scope"),
    "roles_of_a_public_operation": ("      security: []\n", "      security: []\n      x-roles: [user]\n",
                                    "GET /livez: an operation open to all has no x-roles"),
    "unknown_scope": ("bearer: [devices:write]", "bearer: [devices:delete]", "there is no scope devices:delete"),
    "two_scopes": ("bearer: [devices:write]", "bearer: [devices:write, devices:read]", "security is [], [{bearer: []}] or"),
    "no_security": ("      security: []\n", "", "GET /livez: security is missing"),
    "no_regulation": ("      x-regulation: [art5.1.1]\n", "", "GET /api/v1/things: x-regulation is missing"),
    "no_clause": ("[art5.1.1]", "[article5]", "article5 is no clause of the regulation"),
    "secret_that_is_read": ("      operationId: get_thing\n", "      operationId: get_thing\n      x-secret-response: true\n",
                            "GET /api/v1/things/{thing_id}: x-secret-response is for a POST that changes something"),
    "secret_that_changes_nothing": ("x-secret-response: true", "x-secret-response: true\n      x-read-only: true",
                                    "x-secret-response is for a POST that changes something"),
    "unknown_problem": ("x-problems: [conflict]", "x-problems: [conflicts]", "the problem conflicts is not in problems.yaml"),
    "duplicate_operation": ("operationId: get_part", "operationId: get_thing",
                            "the operationId get_thing belongs to GET /api/v1/things/{thing_id} already"),
    "operation_in_camel_case": ("operationId: get_part", "operationId: getPart", "the operationId must be in snake_case"),
    "unknown_member": ("      x-if-match: true\n", "      x-ifmatch: true\n", "x-ifmatch is not known in an operation"),
    "unknown_tag": ("tags: [things]\n      summary: Lives", "tags: [thing]\n      summary: Lives", "the tag thing is not defined"),
    "reference_nowhere": ("items: {$ref: \"#/components/schemas/tree\"}", "items: {$ref: \"#/components/schemas/bush\"}",
                          "$ref #/components/schemas/bush leads nowhere"),
    "reference_across_files": ("items: {$ref: \"#/components/schemas/tree\"}", "items: {$ref: \"trees.yaml#/tree\"}",
                               "$ref trees.yaml#/tree must begin with #/components/"),
    "reference_outside_components": ("items: {$ref: \"#/components/schemas/tree\"}", "items: {$ref: \"#/paths\"}",
                                     "$ref #/paths must begin with #/components/"),
    "schema_that_applies_itself": ("    base:\n      type: object", "    base:\n      allOf: [{$ref: \"#/components/schemas/base\"}]",
                                   "the schema applies itself to the same value"),
    "written_problem_answer": ("200: {description: Yes.", "404: {description: No.", "the answer 404 is not written here"),
    "path_parameter_not_declared": ("/things/{thing_id}/import:", "/things/{id}/import:", "the path names ['id'], the parameters ['thing_id']"),
    "ambiguous_paths": ("/things/{thing_id}/import:", "/things/{id}:", "the same path as /api/v1/things/{thing_id}"),
    "header_parameter": ("{name: total, in: query", "{name: X-Total, in: header", "headers are added by the bundle"),
    "exploded_alternatives": ("explode: false", "explode: true", "alternatives are comma-separated: explode false"),
    "body_of_another_type": ("application/merge-patch+json:", "application/json:", "PATCH takes application/merge-patch+json"),
    "two_body_types": ("text/csv: {schema: {type: string}}}}\n      responses:\n        200: {description: Taken",
                       "text/csv: {schema: {type: string}}, application/json: {schema: false}}}\n      responses:\n        200: {description: Taken",
                       "a body has one media type"),
    "key_twice": ("      summary: Lives\n", "      summary: Lives\n      summary: Lives\n", "the key summary stands twice"),
    "anchor": ("tags: [{name: things}]", "tags: &tags [{name: things}]", "anchors and aliases are not used"),
    "no_mapping": ("tags: [{name: things}]", "- a", "openapi.yaml"),
}


@pytest.mark.parametrize("old, new, sentence", SPOILT.values(), ids=SPOILT)
def test_is_refused(source, refused, old, new, sentence):
    spoil(source, old, new)
    refused(sentence)


def test_a_room_may_not_define_what_another_has(source, refused):
    (source / "room.yaml").write_text("paths:\n  /livez: {}\ncomponents:\n  schemas:\n    tree: {}\ninfo: {}\n")
    refused("room.yaml: paths: /livez is already defined elsewhere")
    refused("room.yaml: components.schemas: tree is already defined elsewhere")
    refused("room.yaml: info does not belong in a room")


@pytest.mark.parametrize("entry, sentence", [
    ("Not_Found: {status: 404}", "Not_Found: a slug is lower-case words joined by hyphens"),
    ("lost: {status: 404, title: {ja: あ, en: a}}", "lost: has status, title and explanation"),
    ("lost: {status: 200, title: {ja: あ, en: a}, explanation: {ja: あ, en: a}}", "lost: the status is from 400 to 599"),
    ("lost: {status: 404, title: {ja: あ}, explanation: {ja: あ, en: a}}", "lost: title has a text ja and a text en"),
])
def test_a_problem_type_is_whole(source, tmp_path, entry, sentence):
    problems = tmp_path / "problems.yaml"
    problems.write_text((ROOT / "openapi/problems.yaml").read_text() + entry + "\n")
    done = compile_contract(source, tmp_path / "gen", problems)
    assert done.returncode == 1 and sentence in done.stderr


def test_tells_everything_at_once(source, tmp_path):
    spoil(source, "maxLength: 10", "minLength: 1")
    spoil(source, "x-roles: [operator]", "x-roles: [operators]")
    told = compile_contract(source, tmp_path / "gen").stderr
    assert "maxLength is missing" in told and "there is no role operators" in told


def test_yaml_has_the_core_scalars_of_1_2(tmp_path):
    path = tmp_path / "scalars.yaml"
    path.write_text("""
no: no
off: off
date: 2026-04-01
time: 12:30:00
octal_of_1_1: 010
octal: 0o10
hex: 0x10
true: true
empty:
null: ~
float: 1e3
merge: <<
under: 1_000
200: text
""")
    assert load.load(path) == {
        "no": "no", "off": "off", "date": "2026-04-01", "time": "12:30:00", "octal_of_1_1": 10, "octal": 8, "hex": 16,
        "true": True, "empty": None, "null": None, "float": 1000.0, "merge": "<<", "under": "1_000", "200": "text"}


def test_dumped_yaml_reads_the_same_in_1_1_and_1_2(tmp_path):
    document = {word: word for word in ("no", "on", "yes", "null", "~", "1e3", "0o10", "010", "1_000", "2026-04-01", "12:30",
                                        "<<", "=", "", "true", "0x10", ".5", "1.", "-1", "消防", "a: b", "- a", "#x", "200")}
    path = tmp_path / "dumped.yaml"
    path.write_text(load.dump(document))
    assert load.load(path) == document
    assert yaml.safe_load(path.read_text()) == document


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    output = tmp_path_factory.mktemp("gen")
    done = compile_contract(FIXTURE.parent, output)
    assert done.returncode == 0, done.stderr
    return json.loads((output / "openapi.json").read_text())


def resolved(bundle, answer):
    return bundle["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]


def slugs(bundle, answer):
    schema = resolved(bundle, answer)["content"]["application/problem+json"]["schema"]
    return [problem.removeprefix("/problems/") for problem in schema["properties"]["type"]["enum"]]


def test_bundle_tells_the_problems_of_each_status(bundle):
    answers = bundle["paths"]["/api/v1/things"]["post"]["responses"]
    assert sorted(answers) == ["201", "400", "401", "403", "406", "409", "413", "414", "415", "422", "429", "431", "500", "503", "505"]
    assert slugs(bundle, answers["409"]) == ["request-in-progress", "conflict"]
    assert {"authentication-required", "invalid-token"} <= set(slugs(bundle, answers["401"]))
    assert "outcome-unknown" in slugs(bundle, answers["503"])
    listing = bundle["paths"]["/api/v1/things"]["get"]["responses"]
    assert "cursor-expired" in slugs(bundle, listing["400"])
    assert "outcome-unknown" not in slugs(bundle, listing["503"])
    assert "404" not in listing and "304" not in listing
    changing = bundle["paths"]["/api/v1/things/{thing_id}"]["patch"]["responses"]
    assert {"404", "412", "428"} <= set(changing)
    assert "401" not in bundle["paths"]["/livez"]["get"]["responses"]
    key = bundle["paths"]["/api/v1/things/{thing_id}/key"]["post"]["responses"]
    assert slugs(bundle, key["409"]) == ["answer-was-secret", "request-in-progress"]


def headers(answer):
    return set(answer["headers"])


def test_bundle_tells_the_headers(bundle):
    things, thing = bundle["paths"]["/api/v1/things"], bundle["paths"]["/api/v1/things/{thing_id}"]
    assert {"Location", "Idempotency-Replayed", "X-Request-ID"} <= headers(things["post"]["responses"]["201"])
    assert "Link" in headers(things["get"]["responses"]["200"])
    assert "ETag" not in headers(things["get"]["responses"]["200"])
    assert {"ETag", "RateLimit"} <= headers(thing["get"]["responses"]["200"])
    assert "ETag" in headers(thing["get"]["responses"]["304"])
    assert "RateLimit" not in headers(bundle["paths"]["/livez"]["get"]["responses"]["200"])
    for operation, name in ((things["post"], "IdempotencyKey"), (thing["patch"], "IfMatch"), (thing["get"], "IfNoneMatch")):
        assert {"$ref": f"#/components/parameters/{name}"} in operation["parameters"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} not in thing["patch"]["parameters"]


def test_bundle_is_the_same_in_both_forms(bundle, tmp_path):
    assert compile_contract(FIXTURE.parent, tmp_path).returncode == 0
    assert load.load(tmp_path / "openapi.yaml") == bundle


def test_named_bounds_are_constants(source, tmp_path):
    spoil(source, "minItems: 1, maxItems: 3", "minItems: 1, x-bound: NAMES, maxItems: 3")
    assert compile_contract(source, tmp_path / "gen").returncode == 0
    assert re.findall(r"BOUND_(\w+) = (\d+),", (tmp_path / "gen/bounds.h").read_text()) == [("NAMES", "3"), ("PATH_PARAMETERS", "4")]


def test_unchanged_files_are_left_alone(tmp_path):
    compile_contract(FIXTURE.parent, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    compile_contract(FIXTURE.parent, tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


REFUSALS = {
    "a_problem_that_is_none": ("constraints: {x_unique: {problem: no-such}}", "the problem no-such is not in problems.yaml"),
    "a_word_that_is_none": ("constraints: {x_unique: {problem: conflict, word: nowhere}}", "the word nowhere is not defined"),
    "a_constraint_without_a_problem": ("constraints: {x_unique: {pointer: /x}}", "has a problem, and perhaps a pointer and a word"),
    "a_word_in_one_language": ("words: {odd: {ja: 変です。}}", "the word odd: has a sentence ja and a sentence en"),
}


@pytest.mark.parametrize("what, sentence", REFUSALS.values(), ids=REFUSALS)
def test_refusals_are_explained_in_full(source, refused, what, sentence):
    with (source / "openapi.yaml").open("a") as file:
        file.write(f"{what}\n")
    refused(sentence)


def test_refusals_become_tables(source, tmp_path):
    with (source / "openapi.yaml").open("a") as file:
        file.write("constraints: {x_unique: {problem: conflict, pointer: /x, word: odd}}\nwords: {odd: {ja: 変です。, en: Odd.}}\n")
    assert compile_contract(source, tmp_path / "gen").returncode == 0
    made = (tmp_path / "gen/refusals.c").read_text()
    assert '{"x_unique", PROBLEM_CONFLICT, "/x", "odd"}' in made
    assert '{"odd", "変です。", "Odd."}' in made
    assert "x_unique" not in (tmp_path / "gen/openapi.json").read_text()


def test_vocabularies_become_tables(source, tmp_path):
    spoil(source, "  schemas:\n", "  schemas:\n    state: {words: {open: {ja: 未了, en: Open}, done: {ja: 完了, en: Done, also: 済}}, x-enum: STATE}\n")
    assert compile_contract(source, tmp_path / "gen").returncode == 0
    made = (tmp_path / "gen/vocabularies.c").read_text()
    assert '{"open", "未了", "Open", NULL}' in made and '{"done", "完了", "Done", "済"}' in made
    assert r'{"state", "{\"name\":\"state\",\"words\":[{\"word\":\"open\",\"ja\":\"未了\",\"en\":\"Open\"},' in made
    assert "enum state {\n        STATE_OPEN = 1,\n        STATE_DONE,\n};" in (tmp_path / "gen/vocabularies.h").read_text()
    assert """#define WORDS_STATE "('open', '未了', 'Open', NULL), ('done', '完了', 'Done', '済')\"""" in (tmp_path / "gen/vocabularies.h").read_text()
    assert "also" not in (tmp_path / "gen/openapi.json").read_text()


def test_a_word_without_one_language_is_refused(source, refused):
    spoil(source, "  schemas:\n", "  schemas:\n    state: {words: {open: {ja: 未了}}}\n")
    refused("components.schemas.state.words.open: has a text ja and a text en")


def test_every_word_is_said_somewhere():
    words = set()
    for path in (ROOT / "openapi").rglob("*.yaml"):
        words |= set(load.load(path).get("words") or {})
    said = "".join(path.read_text() for folder in ("service", "migrations", "openapi")
                   for path in (ROOT / folder).rglob("*") if path.suffix in (".sql", ".yaml", ".c"))
    ways = "'{0}'", '"{0}"', "word: {0}", " {0} when ", " {0} unless "
    assert not [word for word in words if not any(way.format(word) in said for way in ways)]
