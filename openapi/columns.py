"""The columns of imports: each names a member of the contract, whose schema judges its cells as it judges JSON.

In short (`imports` of an operation, explained at the head of openapi.yaml) it is what follows; served and compiled are
name, headings, needed, schema."""

import re
import unicodedata

from bundle import operations
from load import resolve
from schemas import TEXT_FORMATS
from shapes import reference

GROUPS = ("always", "new", "optional")
WORDS = ("headings", "is", "description")
NAME = re.compile(r"[a-z][a-z0-9_]*")
# What tells a reader of the contract when a row must have a value.
NEEDED = {"always": "In every row.", "new": "Needed of what is not known yet.", "optional": "Optional."}


def spell(document, complaints):
    """The short columns of every import as full ones, and in its description."""
    for _, _, operation in operations(document):
        if isinstance(operation.get("x-columns"), dict):
            where = f"{operation.get('operationId')}: imports"
            its = operation["x-columns"] = list(full(document, operation["x-columns"], where, complaints))
            check_headings(its, where, complaints)
            operation["description"] = f"{operation.get('description', '').strip()}\n\n{describe(its)}"


def of(operation):
    """The columns of an operation; of any other than an import there are none."""
    return operation.get("x-columns", [])


def full(document, short, where, complaints):
    for word in short:
        if word not in ("like", *GROUPS):
            complaints.add(where, f"{word} is not known here; like, {', '.join(GROUPS)} are")
    for needed in GROUPS:
        for name, its in (short.get(needed) or {}).items():
            its = {"headings": its} if isinstance(its, (str, list)) else its
            here = f"{where}.{name}"
            if not NAME.fullmatch(name) or not isinstance(its, dict) or not set(its) <= set(WORDS):
                complaints.add(here, f"a column is its headings, or {', '.join(WORDS)}")
                continue
            headings = its.get("headings") or []
            yield {"name": name, "headings": [headings] if isinstance(headings, str) else headings, "needed": needed,
                   **({"description": its["description"]} if "description" in its else {}),
                   "schema": member(document, its.get("is"), name, short.get("like") or [], here, complaints)}


def member(document, named, name, like, where, complaints):
    """A reference to the member that is named, shape.member, or to that of the column's name in the first shape that has it."""
    ways = [named] if named else [f"{shape}.{name}" for shape in like]
    for way in ways:
        shape, _, below = way.partition(".")
        its = reference(f"{shape}/properties/{below}" if below else shape)
        if resolve(document, its["$ref"]) is not None:
            return its
    complaints.add(where, f"there is no member {' nor '.join(ways) or name}")
    return {"type": "string"}


def check_headings(found, where, complaints):
    """No cell of a header row means two columns."""
    taken = {}
    for column in found:
        for heading in dict.fromkeys(map(folded, (column["name"], *column["headings"]))):
            if taken.setdefault(heading, column["name"]) != column["name"]:
                complaints.add(f"{where}.{column['name']}", f"{heading} is the heading of {taken[heading]} as well")


def folded(heading):
    """As characters_append_folded has it, of what headings are written with."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", heading)).lower().translate({c: c + 0x60 for c in range(0x3041, 0x3097)})


def describe(found):
    """For those who read the documentation and not the extension."""
    rows = (f"- `{column['name']}` ({', '.join(column['headings'])}): {NEEDED[column['needed']]}"
            f"{' ' + column['description'] if 'description' in column else ''}" for column in found)
    return "Columns (`CSV files` at the head of the contract):\n\n" + "\n".join(rows)


def facts(document, schema):
    """What is said of the value itself, and the names of the schemas that say it."""
    said, names = {}, []
    while isinstance(schema, dict):
        said = {**schema, **said}
        names += [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
        schema = resolve(document, schema["$ref"]) if "$ref" in schema else None
    types = said.get("type", [])
    types = [types] if isinstance(types, str) else types
    return said, names, [type_ for type_ in types if type_ != "null"]


def kind(document, column, vocabularies, complaints):
    """(enum column_kind, vocabulary or None): how its cells are read."""
    said, names, types = facts(document, column["schema"])
    vocabulary = next((name for name in names if name in vocabularies), None)
    if vocabulary:
        return "COLUMN_WORD", vocabulary
    simple = {"date": "COLUMN_DATE", "date-time": "COLUMN_TIMESTAMP"}.get(said.get("format"))
    simple = simple or {"boolean": "COLUMN_BOOLEAN", "integer": "COLUMN_INTEGER"}.get("".join(types))
    if types == ["array"] and facts(document, said.get("items"))[2] == ["string"]:
        simple = "COLUMN_LIST"
    elif types == ["string"] and said.get("format") in TEXT_FORMATS:
        simple = "COLUMN_TEXT"
    elif types == ["string"] and "format" not in said and "pattern" in said:
        simple = "COLUMN_CODE"
    if not simple:
        complaints.add(f"the column {column['name']}", "no cell is read as that")
    return simple, None
