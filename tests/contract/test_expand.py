"""The short words of a resource's file become full OpenAPI."""

import json
import pathlib
import re
import shutil

import expand
import load
import pytest
import schemas
import shapes
from test_compile import ROOT, compile_contract

from contract.widgets import WIDGETS, answer, parameter, schema


# --- Vocabularies


def test_words_become_an_enumeration(expanded):
    """With the Japanese as description, and null where it is taken; some words of another have their texts from there."""
    document = expanded("""
resources: {it: {bare: true, properties: {state: 'state?', end: end}}}
components:
  schemas:
    end: {of: state, words: [done], description: The last.}
    state: {words: {open: {ja: 未了, en: Open}, done: {ja: 完了, en: Done, also: 済}}}
""")
    made = document["components"]["schemas"]
    assert made["state"] == {"type": "string", "description": "未了, 完了", "enum": ["open", "done"]}
    assert made["end"] == {"type": "string", "description": "完了. The last.", "enum": ["done"]}
    assert made["it"]["properties"] == {
        "state": {"type": ["string", "null"], "description": "未了, 完了", "enum": ["open", "done", None]}, "end": schema("end")}
    done = {"ja": "完了", "en": "Done", "also": "済"}
    assert document["vocabularies"] == {"end": {"words": {"done": done}},
                                        "state": {"words": {"open": {"ja": "未了", "en": "Open"}, "done": done}}}


# --- A resource of four operations


def test_shapes_follow_from_the_properties(expanded):
    made = expanded(WIDGETS)["components"]["schemas"]
    stamp = {"type": "string", "format": "date-time"}
    assert made["widget"] == {
        "type": "object", "required": ["id", "code", "colour", "made_on", "created_at", "updated_at"],
        "additionalProperties": False,
        "properties": {
            "id": schema("id"), "code": {"type": "string"}, "colour": {"type": ["string", "null"], "enum": ["red", "blue", None]},
            "made_on": {"type": ["string", "null"], "format": "date", "description": "Day of making."},
            "created_at": stamp, "updated_at": stamp}}
    assert made["widget_create"] == {
        "type": "object", "required": ["code", "reason"], "additionalProperties": False,
        "properties": {
            "code": schema("short_text"), "colour": {"type": ["string", "null"], "enum": ["red", "blue", None]},
            "made_on": schema("date") | {"description": "Day of making."}, "reason": schema("short_text")}}
    assert made["widget_change"] == {
        "type": "object", "additionalProperties": False, "minProperties": 1,
        "properties": {"code": schema("short_text"), "colour": {"type": ["string", "null"], "enum": ["red", "blue", None]}}}
    assert made["widget_page"] == {
        "type": "object", "required": ["items", "next_cursor"], "additionalProperties": False,
        "properties": {"items": {"type": "array", "items": schema("widget")}, "next_cursor": schema("next_cursor"),
                       "total": schema("total")}}


def test_operations_are_complete(expanded):
    document = expanded(WIDGETS)
    assert document["tags"] == [{"name": "widgets", "description": "Things."}]
    assert document["components"]["parameters"]["widget_id"] == {
        "name": "widget_id", "in": "path", "required": True, "schema": schema("id")}
    reads = {"tags": ["widgets"], "security": [{"bearer": ["devices:read"]}], "x-roles": ["user"], "x-regulation": ["art5.1.2"]}
    writes = {"tags": ["widgets"], "security": [{"bearer": ["devices:write"]}], "x-roles": ["operator"],
              "x-regulation": ["art3.1.2"]}
    sort = {"type": "string", "enum": ["made_on", "-made_on", "code", "-code"], "default": "-made_on"}
    assert document["paths"] == {
        "/widgets": {
            "get": {**reads, "operationId": "list_widgets", "summary": "Widgets", "description": "All.",
                    "parameters": [parameter("limit"), parameter("cursor"), parameter("include_total"),
                                   {"name": "sort", "in": "query", "schema": sort}],
                    "responses": {"200": answer("A page.", "widget_page")}},
            "post": {**writes, "operationId": "create_widget", "summary": "Make one", "description": "Anew.",
                     "x-problems": ["conflict"],
                     "requestBody": {"required": True, "content": {"application/json": {"schema": schema("widget_create")}}},
                     "responses": {"201": answer("The widget.", "widget")}}},
        "/widgets/{widget_id}": {
            "get": {**reads, "operationId": "get_widget", "summary": "A widget", "description": "As it is now.",
                    "parameters": [parameter("widget_id")], "responses": {"200": answer("The widget.", "widget")}},
            "patch": {**writes, "operationId": "change_widget", "summary": "Change one", "description": "A little.",
                      "x-if-match": True, "parameters": [parameter("widget_id")],
                      "requestBody": {"required": True, "content": {
                          "application/merge-patch+json": {"schema": schema("widget_change")}}},
                      "responses": {"200": answer("The widget as it is now.", "widget")}}}}


def test_the_real_contract_takes_one_in_few_lines(tmp_path):
    """Beside the others it compiles, and the whole contract has it in full."""
    source = tmp_path / "openapi"
    shutil.copytree(ROOT / "openapi", source, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (source / "stock").mkdir()
    text = WIDGETS.replace("colour?", "device_kind?", 1).replace("/widgets", "/api/v1/widgets")
    (source / "stock/widgets.yaml").write_text(text)
    done = compile_contract(source, tmp_path / "gen", source / "problems.yaml")
    assert done.returncode == 0, done.stderr
    whole = json.loads((tmp_path / "gen/openapi.json").read_text())
    assert load.load(tmp_path / "gen/openapi.yaml") == whole
    assert {"resources", "tag", "defaults"}.isdisjoint(whole)
    patch = whole["paths"]["/api/v1/widgets/{widget_id}"]["patch"]
    assert parameter("IfMatch") in patch["parameters"] and {"404", "412", "428"} <= set(patch["responses"])
    assert len(text.splitlines()) < 40


# --- Schemas


@pytest.mark.parametrize("short, full", [
    ("short_text", schema("short_text")),
    ("boolean", {"type": "boolean"}),
    ("integer?", {"type": ["integer", "null"]}),
    ("short_text?", {"type": ["string", "null"], "format": "line", "minLength": 1, "maxLength": 100}),
    ("colour?", {"type": ["string", "null"], "enum": ["red", "blue", None]}),
    ("texts?", {"type": ["array", "null"], "maxItems": 20, "uniqueItems": True, "items": schema("short_text")}),
    ("maker?", {"oneOf": [schema("maker"), {"type": "null"}]}),
    ("one?", {"oneOf": [schema("one"), {"type": "null"}]}),
    ("[id]", {"type": "array", "items": schema("id")}),
    ("[id, 3]", {"type": "array", "maxItems": 3, "items": schema("id")}),
    ("[[colour, 2], 3]", {"type": "array", "maxItems": 3, "items": {"type": "array", "maxItems": 2, "items": schema("colour")}}),
    ("{is: id, description: Whose.}", schema("id") | {"description": "Whose."}),
    ("{is: [id, 3], description: Whose.}",
     {"type": "array", "maxItems": 3, "items": schema("id"), "description": "Whose."}),
    ("{members: {a!: id, b: {members: {c: boolean}}}, dependentRequired: {b: [a]}}",
     {"type": "object", "required": ["a"], "additionalProperties": False, "dependentRequired": {"b": ["a"]},
      "properties": {"a": schema("id"), "b": {"type": "object", "additionalProperties": False,
                                              "properties": {"c": {"type": "boolean"}}}}}),
    ("{type: object, properties: {a: id}, if: {properties: {a: false}}, then: {not: id}, oneOf: [id, date]}",
     {"type": "object", "properties": {"a": schema("id")}, "if": {"properties": {"a": False}}, "then": {"not": schema("id")},
      "oneOf": [schema("id"), schema("date")]}),
    ("{type: string, enum: [id, date], default: id, examples: [id]}",
     {"type": "string", "enum": ["id", "date"], "default": "id", "examples": ["id"]}),
])
def test_a_schema(expanded, short, full):
    document = expanded(f"components: {{schemas: {{it: {{type: object, properties: {{member: {quoted(short)}}}}}}}}}")
    assert document["components"]["schemas"]["it"]["properties"]["member"] == full


def quoted(short):
    """Python's YAML wants a text that ends in ? quoted within braces."""
    return f'"{short}"' if short.endswith("?") else short


@pytest.mark.parametrize("short, full", [
    ("short_text", {"type": "string"}),
    ("amount", {"type": "integer"}),
    ("amount?", {"type": ["integer", "null"]}),
    ("texts", {"type": "array", "items": {"type": "string"}}),
    ("[short_text, 3]", {"type": "array", "items": {"type": "string"}}),
    ("{members: {a!: short_text}}", {"type": "object", "required": ["a"], "additionalProperties": False,
                                     "properties": {"a": {"type": "string"}}}),
    ("maker", schema("maker")),
    ("colour", schema("colour")),
    ("{type: integer, minimum: 0}", {"type": "integer", "minimum": 0}),
])
def test_an_answer_tells_no_bounds_of_what_it_names(expanded, short, full):
    document = expanded(f"resources: {{it: {{bare: true, properties: {{member: {quoted(short)}}}}}}}")
    assert document["components"]["schemas"]["it"] == {
        "type": "object", "required": ["member"], "additionalProperties": False, "properties": {"member": full}}


def test_every_place_of_a_schema_is_known():
    assert set(shapes.ALONE) == set(schemas.SUBSCHEMAS) and set(shapes.LISTED) == set(schemas.LISTS)
    assert set(shapes.BOUNDS) <= schemas.KEYWORDS and set(schemas.LIMITS) - set(shapes.BOUNDS) == {"minProperties", "maxProperties"}


def test_headers_parameters_and_media_types_have_schemas_too(expanded):
    document = expanded("""
components:
  headers: {X-Name: {schema: short_text}}
  parameters: {day: {name: day, in: query, schema: date}}
paths:
  /x:
    post:
      parameters: [{name: a, in: query, schema: [id, 2], explode: false}]
      requestBody: {content: {application/json: {schema: maker}}}
      responses: {200: {description: It., headers: {X-A: {schema: date}}, content: {text/csv: {schema: string}}}}
""")
    post = document["paths"]["/x"]["post"]
    assert document["components"]["headers"]["X-Name"]["schema"] == schema("short_text")
    assert document["components"]["parameters"]["day"]["schema"] == schema("date")
    assert post["parameters"][0]["schema"] == {"type": "array", "maxItems": 2, "items": schema("id")}
    assert post["requestBody"]["content"]["application/json"]["schema"] == schema("maker")
    assert post["responses"]["200"]["headers"]["X-A"]["schema"] == schema("date")
    assert post["responses"]["200"]["content"] == {"text/csv": {"schema": {"type": "string"}}}


# --- Resources


def resource(expanded, text):
    return expanded(f"resources: {{it: {text}}}")["components"]["schemas"]


def test_bare_optional_and_described(expanded):
    made = resource(expanded, "{bare: true, description: So., properties: {a: id, b: date}, optional: [b]}")["it"]
    assert list(made["properties"]) == ["a", "b"]
    assert made["required"] == ["a"] and made["description"] == "So."


def test_create_and_change_may_say_more(expanded):
    made = resource(expanded, """{bare: true, properties: {a: id, b: short_text?, r: rank, t: {type: [string, "null"], enum: [x, null]}},
        create: {description: Anew., members: [a!, b, r, t, "c!": date, s: {type: string, format: line, maxLength: 9}],
                 if: {properties: {a: false}}, then: {required: [b]}},
        change: {members: [b, a: "date?"], dependentRequired: {a: [b]}}}""".replace("short_text?", '"short_text?"'))
    assert made["it_create"] == {
        "type": "object", "description": "Anew.", "required": ["a", "c"], "additionalProperties": False,
        "if": {"properties": {"a": False}}, "then": {"required": ["b"]},
        "properties": {"a": schema("id"), "b": schema("short_text"), "r": schema("rank"), "t": {"type": "string", "enum": ["x"]},
                       "c": schema("date"), "s": {"type": "string", "format": "line", "maxLength": 9}}}
    assert made["it_change"] == {
        "type": "object", "additionalProperties": False, "minProperties": 1, "dependentRequired": {"a": ["b"]},
        "properties": {"b": {"type": ["string", "null"], "format": "line", "minLength": 1, "maxLength": 100},
                       "a": {"type": ["string", "null"], "format": "date"}}}


@pytest.mark.parametrize("shape", ["widget_create", "widget_change", "widget_page"])
def test_a_shape_that_is_written_out_wins(expanded, shape):
    document = expanded(WIDGETS + f"components: {{schemas: {{{shape}: {{type: object, description: Mine.}}}}}}\n")
    assert document["components"]["schemas"][shape] == {"type": "object", "description": "Mine."}


# --- Operations


def operation(expanded, text, path="/x", method="get", file=""):
    return expanded(f"{file}\npaths: {{'{path}': {{{method}: {text}}}}}")["paths"][path][method]


def test_filters_are_parameters_of_the_query(expanded):
    made = operation(expanded, """{list: maker, filter: {kind: [colour], code: [short_text, 100], active: boolean, q: short_text,
        who: {is: [id], description: Whose.}, form: {type: string, enum: [a], description: Which.}, many: texts}}""")
    assert made["parameters"][3:] == [
        {"name": "kind", "in": "query", "explode": False, "schema": {"type": "array", "maxItems": 50, "items": schema("colour")}},
        {"name": "code", "in": "query", "explode": False,
         "schema": {"type": "array", "maxItems": 100, "items": schema("short_text")}},
        {"name": "active", "in": "query", "schema": {"type": "boolean"}},
        {"name": "q", "in": "query", "schema": schema("short_text")},
        {"name": "who", "in": "query", "description": "Whose.", "explode": False,
         "schema": {"type": "array", "maxItems": 50, "items": schema("id")}},
        {"name": "form", "in": "query", "description": "Which.", "schema": {"type": "string", "enum": ["a"]}},
        {"name": "many", "in": "query", "schema": schema("texts")}]


def test_a_read_may_have_a_query_and_named_parameters(expanded):
    made = operation(expanded, "{read: maker, parameters: [as_of], query: {short: boolean}}")
    assert made["parameters"] == [parameter("as_of"), {"name": "short", "in": "query", "schema": {"type": "boolean"}}]


def test_parameters_of_the_path(expanded):
    assert operation(expanded, "{read: maker}", "/x/{part_id}/{name}")["parameters"] == [
        parameter("part_id"), parameter("widget_name")]
    own = {"name": "part_id", "in": "path", "required": True, "schema": schema("date")}
    made = operation(expanded, "{read: maker, parameters: [{name: part_id, in: path, required: true, schema: date}]}", "/x/{part_id}")
    assert made["parameters"] == [own]
    assert operation(expanded, "{read: maker, parameters: [widget_name]}", "/x/{name}")["parameters"] == [parameter("widget_name")]


def test_two_files_may_imply_the_same_parameter(tmp_path, merge):
    (tmp_path / "a.yaml").write_text("paths: {'/a/{widget_id}': {get: {read: maker}}}")
    document, complaints = merge("paths: {'/b/{widget_id}': {get: {read: maker}}}")
    assert complaints == []
    assert document["paths"]["/a/{widget_id}"]["get"]["parameters"] == document["paths"]["/b/{widget_id}"]["get"]["parameters"]


PUT_IN, CHANGED = (True, "application/json", "colour"), (True, "application/merge-patch+json", "colour")


@pytest.mark.parametrize("method, text, body, told", [
    ("post", "{takes: colour, answers: maker}", PUT_IN, ("200", "The maker as it is now.")),
    ("post", "{takes: 'colour?', answers: maker}", (False, *PUT_IN[1:]), ("200", "The maker as it is now.")),
    ("post", "{takes: colour, x-read-only: true, answers: maker}", PUT_IN, ("200", "The maker.")),
    ("post", "{create: maker, takes: colour}", PUT_IN, ("201", "The maker.")),
    ("patch", "{change: maker, takes: colour}", CHANGED, ("200", "The maker as it is now.")),
    ("post", "{answers: maker, responses: {200: Done.}}", None, ("200", "Done.")),
    ("post", "{create: maker, takes: colour, responses: {201: Begun.}}", PUT_IN, ("201", "Begun.")),
    ("get", "{answers: maker}", None, ("200", "The maker.")),
])
def test_bodies_and_answers(expanded, method, text, body, told):
    made = operation(expanded, text, method=method)
    assert made["responses"] == {told[0]: answer(told[1], "maker")}
    taken = {"required": body[0], "content": {body[1]: {"schema": schema(body[2])}}} if body else None
    assert made.get("requestBody") == taken


def test_an_answer_may_come_under_two_statuses(expanded):
    made = operation(expanded, "{answers: maker, responses: {202: Later.}}", method="post")
    assert made["responses"] == {"200": answer("The maker as it is now.", "maker"), "202": answer("Later.", "maker")}


def test_other_media_types_and_headers_stand_beside(expanded):
    made = operation(expanded, """{read: maker, responses: {200: {headers: {X-A: {schema: date}}, content: {text/csv: {schema: string}}},
                                                            202: {description: Later.}}}""")
    assert made["responses"] == {
        "200": {"description": "The maker.", "headers": {"X-A": {"schema": schema("date")}},
                "content": {"application/json": {"schema": schema("maker")}, "text/csv": {"schema": {"type": "string"}}}},
        "202": {"description": "Later."}}


def test_imports_take_csv(expanded):
    made = operation(expanded, "{imports: {always: {code: 番号}}}", method="post")
    assert made == {
        "parameters": [parameter("dry_run")],
        "requestBody": {"required": True, "content": {media: {"schema": schema("import_file")} for media in (
            "text/csv", "application/vnd.ms-excel", "application/csv")}},
        "x-columns": {"always": {"code": "番号"}},
        "responses": {"200": answer("What was done, row by row.", "import_report")}}


def test_scope_and_defaults(expanded):
    file = "tag: {name: a, description: A.}\ndefaults: {scope: none, x-roles: [user], writes: {x-roles: [operator]}}"
    made = operation(expanded, "{read: maker}", file=file)
    assert (made["security"], made["x-roles"], made["tags"]) == ([{"bearer": []}], ["user"], ["a"])
    assert operation(expanded, "{answers: maker}", method="post", file=file)["x-roles"] == ["operator"]
    assert operation(expanded, "{answers: maker, x-read-only: true}", method="post", file=file)["x-roles"] == ["user"]
    own = operation(expanded, "{read: maker, scope: devices:read, x-roles: [], tags: [b]}", file=file)
    assert (own["security"], own["x-roles"], own["tags"]) == ([{"bearer": ["devices:read"]}], [], ["b"])
    public = operation(expanded, "{read: maker, security: []}", file=file)
    assert public["security"] == [] and "x-roles" not in public
    full = operation(expanded, "{read: maker, security: [{bearer: [audit:read]}]}", file=file)
    assert full["security"] == [{"bearer": ["audit:read"]}]


def test_a_tag_may_be_another_files(expanded):
    assert operation(expanded, "{read: maker}", file="tag: theirs")["tags"] == ["theirs"]
    assert not expanded("tag: theirs")["tags"]


def test_every_word_is_explained():
    """At the head of openapi.yaml, where those who write look."""
    head = pathlib.Path(ROOT / "openapi/openapi.yaml").read_text().split("\nopenapi: ")[0]
    for word in (*expand.FILE[:-1], *expand.DEFAULTS, "reads", "writes", *shapes.RESOURCE, *shapes.VOCABULARY, "also", *expand.WORDS):
        assert re.search(rf"\b{word}\b", head), word
