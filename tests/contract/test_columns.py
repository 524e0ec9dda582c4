"""The columns of an import are members of the contract: what is read, served and compiled follows from that."""

import json
import subprocess

import pytest
from test_compile import FIXTURE, ROOT, compile_contract

PLACE = "      operationId: import_things\n"
MEMBERS = """    gadget:
      type: object
      additionalProperties: false
      properties:
        code: {type: string, maxLength: 8, pattern: "^[A-Z]+$", x-hint: {ja: 英大文字で。, en: Capitals.}}
        name: {type: [string, "null"], format: line, maxLength: 20}
        count: {type: integer, minimum: 0, maximum: 9}
        spare: {type: boolean}
        on: {$ref: "#/components/schemas/date"}
        at: {$ref: "#/components/schemas/timestamp"}
        parts: {type: array, maxItems: 3, items: {type: string, format: line, maxLength: 5}}
        owner: {$ref: "#/components/schemas/id"}
        open: {type: string, format: line}
        more: {$ref: "#/components/schemas/gadget_more"}
    gadget_more: {type: string, format: text, maxLength: 9}
    gadget_kind: {words: {big: {ja: 大, en: Big}, small: {ja: 小, en: Small}}}
"""


@pytest.fixture
def compiled(tmp_path):
    """compiled(columns) -> (what was said, the folder with what was made)."""

    def run(columns):
        source, made = tmp_path / "openapi", tmp_path / "gen"
        source.mkdir()
        text = FIXTURE.read_text().replace(PLACE, f"{PLACE}      x-columns: {columns}\n")
        (source / "openapi.yaml").write_text(text.replace("    base:\n", MEMBERS + "    base:\n", 1))
        return compile_contract(source, made).stderr, made

    return run


GOOD = """{like: [gadget], always: {code: 番号}, new: {name: [名前, 名称], kind: {headings: 種別, is: gadget_kind}},
           optional: {count: 数, spare: 予備, on: 日, at: 時刻, parts: 部品, more: 他,
                      title: {headings: 題, is: base.title, description: Of it.}}}"""


def test_columns_are_spelt_and_compiled(compiled):
    said, made = compiled(GOOD)
    assert said == ""
    operation = json.loads((made / "openapi.json").read_text())["paths"]["/api/v1/things/import"]["post"]
    columns = operation["x-columns"]
    assert columns[:2] == [
        {"name": "code", "headings": ["番号"], "needed": "always", "schema": {"$ref": "#/components/schemas/gadget/properties/code"}},
        {"name": "name", "headings": ["名前", "名称"], "needed": "new", "schema": {"$ref": "#/components/schemas/gadget/properties/name"}}]
    assert columns[-1] == {"name": "title", "headings": ["題"], "needed": "optional", "description": "Of it.",
                           "schema": {"$ref": "#/components/schemas/base/properties/title"}}
    assert "- `name` (名前, 名称): Needed of what is not known yet.\n" in operation["description"]
    table = (made / "contract.c").read_text()
    kinds = [part.split(",")[0] for part in table.split(".kind = ")[1:]]
    assert kinds == [f"COLUMN_{kind}" for kind in
                     ("CODE", "TEXT", "WORD", "INTEGER", "BOOLEAN", "DATE", "TIMESTAMP", "LIST", "TEXT", "TEXT")]
    assert '.new_columns = "{name,kind}"' in table and ".words = vocabulary_gadget_kind" in table
    subprocess.run(["gcc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}/service", f"-I{made}", "-c", "-o", "/dev/null",
                    made / "contract.c"], check=True)


@pytest.mark.parametrize("columns, sentence", [
    ("{like: [gadget], always: {size: 大きさ}}", "import_things: imports.size: there is no member gadget.size"),
    ("{always: {code: 番号}}", "imports.code: there is no member code"),
    ("{always: {code: {headings: 番号, is: gadget.size}}}", "there is no member gadget.size"),
    ("{like: [gadget], sometimes: {code: 番号}}", "sometimes is not known here"),
    ("{like: [gadget], always: {code: {heading: 番号}}}", "a column is its headings, or headings, is, description"),
    ("{like: [gadget], always: {code: 番号, name: ［名前, 番号］}}".replace("［", "[").replace("］", "]"), "番号 is the heading of code as well"),
    ("{like: [gadget], always: {code: 番号, name: ｎａｍｅ　, count: Name}}", "name is the heading of name as well"),
    ("{like: [gadget], always: {owner: 持主}}", "the column owner: no cell is read as that"),
    ("{like: [gadget], always: {open: 開}}", "column open: maxLength is missing"),
])
def test_what_no_cell_can_be_judged_by_is_refused(compiled, columns, sentence):
    said, made = compiled(columns)
    assert sentence in said and "Traceback" not in said
    assert not made.exists()
