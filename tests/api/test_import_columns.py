"""A cell is judged as JSON is: for each column of each import, values made from the contract are sent as a member of JSON and
as a cell of CSV, and either both are taken or neither."""

import csv
import io
import itertools
import pathlib

import pytest
import yaml

from contract.conformance import Contract
from contract.example import Example

CONTRACT = Contract()
IMPORTS = {operation["operationId"]: (path.removeprefix("/api/v1/"), operation["x-columns"])
           for path, method, operation in CONTRACT.operations() if path.endswith("/import")}
COLUMNS = [(name, column["name"]) for name, (_, columns) in IMPORTS.items() for column in columns]
CALLERS = {"import_devices": "100001", "import_staff": "900002", "import_post_assignments": "900002",
           "import_placements": "100002", "import_usage_entries": "100002"}
# What the records say to a value that the contract takes.
WORDS = {word for file in pathlib.Path("openapi").rglob("*.yaml") for word in yaml.safe_load(file.read_text()).get("words") or {}}
# A member of JSON with that schema, for the columns that name a schema alone.
ALONE = {"date": ("staff_member_change", "left_on"), "timestamp": ("usage_plan", "out_at")}


def column_of(name, wanted):
    path, columns = IMPORTS[name]
    return path, columns, next(column for column in columns if column["name"] == wanted)


def member_of(column):
    """(shape, member) that the column names."""
    parts = column["schema"]["$ref"].removeprefix("#/components/schemas/").split("/")
    return (parts[0], parts[2]) if len(parts) > 1 else ALONE[parts[0]]


def said(schema):
    """Everything that is said of the value."""
    return {keyword: value for part in reversed(CONTRACT.members(schema)) for keyword, value in part.items()}


def texts(schema):
    """Of every length at the limits, and of every form that a pattern could mind."""
    most = schema["maxLength"]
    yield from ("A" * most, "A" * (most + 1), "A", "A-1", "-A", ".1", "A B", "A/B", "A'B", "あ", "あ" * most, "あ" * (most + 1), "𠮷", "é",
                "A\nB", "A\tB", "A\x01B", "A\ue000", "A\u202eB", "A\ufeffB", "〜−", "か\u3099")


def values(schema):
    schema = said(schema)
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if "enum" in schema:
        yield from (*schema["enum"], "nothing", f"{schema['enum'][0]}x")
    elif schema.get("format") == "date":
        yield from ("1900-01-01", "2199-12-31", "1899-12-31", "2200-01-01", "0206-04-01", "2026-02-28", "2026-02-29", "2024-02-29",
                    "2026-04-31", "2026-13-01", "tomorrow")
    elif schema.get("format") == "date-time":
        yield from ("1900-01-01T00:00:00+09:00", "2199-12-31T23:59:59+09:00", "1899-12-31T23:59:59+09:00", "2200-01-01T00:00:00+09:00",
                    "0206-04-01T00:00:00+09:00", "2026-02-29T08:30:00+09:00", "2026-04-01T08:30:00Z", "2026-04-01T25:00:00+09:00",
                    "2026-04-01T08:30:00+14:00", "2026-04-01T08:30:00+14:01", "2026-04-01T08:60:00+09:00", "noon")
    elif "boolean" in types:
        yield from (True, False, "perhaps")
    elif "array" in types:
        most, longest = schema["maxItems"], said(schema["items"])["maxLength"]
        yield from (["あ"], [f"A{n}" for n in range(most)], [f"A{n}" for n in range(most + 1)], ["A", "B", "A"], ["A", "", "B"], ["A", ""],
                    ["あ" * longest, "B"], ["あ" * (longest + 1), "B"], [])
    else:
        yield from texts(schema)
    if "array" not in types:  # whose emptying is the empty list
        yield None


def cell(value):
    """As an office would write it."""
    if isinstance(value, list):
        return "、".join(value) if value else "（空）"
    return "（空）" if value is None else str(value).lower() if isinstance(value, bool) else value


def verdicts_of_csv(caller, path, columns, column, tried):
    """Whether each value is taken, in a file of one row for each."""
    samples = {other["name"]: cell(Example.value(Sampler, other["schema"])) for other in columns if other["needed"] != "optional"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(samples | {column["name"]: ""}))
    writer.writeheader()
    writer.writerows(samples | {column["name"]: cell(value)} for value in tried)
    answer = caller.upload(path, out.getvalue(), (200, 422), params={"dry_run": "true"})
    refused = {row["line"] for row in answer.json.get("rows", []) if answer.status == 422
               and row["column"] == column["name"] and row["code"] not in WORDS - {"required"}}
    begins = itertools.accumulate((1 + cell(value).count("\n") for value in tried), initial=2)
    return [line not in refused for _, line in zip(tried, begins)]


class Sampler:
    """What tests/contract/example.py makes of a schema alone."""
    contract = CONTRACT
    members = classmethod(lambda cls, schema: Example.members(cls, schema))
    value = classmethod(lambda cls, schema: Example.value(cls, schema))
    text = Example.text


def verdict_of_json(caller, shape, member, value):
    """Whether JSON takes it as that member. What is sent beside it lets no request through."""
    for path, method, operation in CONTRACT.operations():
        for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
            parts = CONTRACT.members(media["schema"]) if media_type.endswith("json") else []
            if any(part is CONTRACT.document["components"]["schemas"][shape] for part in parts):
                example = Example(CONTRACT, operation, path)
                answer = caller.request(method.upper(), example.path, 422, json={member: value, "stray": 1}, headers=example.headers)
                assert answer.problem == "validation-failed" and "/stray" in answer.faults, answer
                return not any(pointer.split("/")[1] == member for pointer in answer.faults)
    raise AssertionError(f"nothing takes {shape}")


@pytest.mark.parametrize("name, wanted", COLUMNS)
def test_a_cell_is_judged_as_the_member_it_names(service, general_manager, name, wanted):
    path, columns, column = column_of(name, wanted)
    tried = list(values(column["schema"]))
    by_csv = verdicts_of_csv(service.staff(CALLERS[name]), path, columns, column, tried)
    by_json = [verdict_of_json(general_manager, *member_of(column), value) for value in tried]
    if column["needed"] == "always":  # what tells one row from another, or is needed in each, has no emptying
        by_json[-1] = False
    assert dict(zip(map(repr, tried), by_csv)) == dict(zip(map(repr, tried), by_json))
    assert {True, False} <= set(by_json)


def test_every_import_is_here():
    assert set(IMPORTS) == set(CALLERS)
