"""JSON Schema 2020-12 → the tables of service/contract/schema_table.h.

KEYWORDS and FORMATS are all that service/contract/schema.c knows; any other keyword stops the build."""

import json
import re

from c import c_array, c_number, c_text, c_texts
from load import is_spoken, mappings, resolve

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
TEXT_FORMATS = ("line", "text")  # what people write: service/core/characters.h
FORMATS = ("uuid", "date", "date-time", "month", *TEXT_FORMATS)
BOUNDED_FORMATS = ("uuid", "date", "month")
# The pattern that bounds each of them in a request, as service/core/clock.h does.
YEARS = "^(?:19|20|21)"
DATE_PATTERNS = {"date": YEARS, "month": YEARS,
                 "date-time": YEARS + ".*(?:[Zz]|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))$"}
LIMITS = {
    "minimum": "number", "maximum": "number", "exclusiveMinimum": "number", "exclusiveMaximum": "number",
    "multipleOf": "number", "minLength": "count", "maxLength": "count", "minItems": "count", "maxItems": "count",
    "minProperties": "count", "maxProperties": "count",
}
SUBSCHEMAS = {  # keyword: field in C
    "additionalProperties": "additional", "unevaluatedProperties": "unevaluated", "items": "items", "not": "not",
    "if": "if_", "then": "then", "else": "else_",
}
LISTS = {"allOf": "all_of", "anyOf": "any_of", "oneOf": "one_of"}
ASSERTIONS = {"type", "enum", "const", "required", "properties", "pattern", "uniqueItems", "dependentRequired",
              "format", "$ref", *LIMITS, *SUBSCHEMAS, *LISTS}
ANNOTATIONS = {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment",
               "contentMediaType", "contentEncoding", "x-hint", "x-bound"}
KEYWORDS = ASSERTIONS | ANNOTATIONS
UNIQUE_MAX = 1000
BOUND = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
NEVER = {"enum": []}  # what false allows


def children(schema):
    """(way there, subschema) of every subschema."""
    for keyword in SUBSCHEMAS:
        if keyword in schema:
            yield keyword, schema[keyword]
    for keyword in LISTS:
        for index, branch in enumerate(schema.get(keyword, [])):
            yield f"{keyword}[{index}]", branch
    for name, member in schema.get("properties", {}).items():
        yield f"properties.{name}", member


def nested(schema, where):
    """(place, schema) of it and of every one within it."""
    yield where, schema
    if isinstance(schema, dict):
        for way, child in children(schema):
            yield from nested(child, f"{where}.{way}")


class Loop(Exception):
    """A schema applies itself to the same value, which would never end."""


def anywhere(document, schema, within=()):
    """The schema and all that may apply to the same value: what it refers to, parts, alternatives."""
    if isinstance(schema, bool):
        return
    if id(schema) in within:
        raise Loop
    yield schema
    if "$ref" in schema:
        yield from anywhere(document, resolve(document, schema["$ref"]), (*within, id(schema)))
    for way, child in children(schema):
        if way.split("[")[0] in (*LISTS, "not", "if", "then", "else"):
            yield from anywhere(document, child, (*within, id(schema)))


def check(schema, where, complaints):
    """Only known keywords, formats and types, at every depth."""
    for here, part in nested(schema, where):
        if isinstance(part, dict):
            check_keywords(part, here, complaints)
        elif not isinstance(part, bool):
            complaints.add(here, "a schema must be a mapping, true or false")


def check_keywords(schema, where, complaints):
    for keyword in schema:
        if keyword not in KEYWORDS:
            complaints.add(where, f"the schema keyword {keyword} is not supported")
    types = schema.get("type", [])
    for name in types if isinstance(types, list) else [types]:
        if name not in TYPES:
            complaints.add(where, f"there is no type {name}")
    if schema.get("format", "uuid") not in FORMATS:
        complaints.add(where, f"the format {schema['format']} is not supported")
    hint = schema.get("x-hint")
    if hint is not None and not is_spoken(hint):
        complaints.add(where, "x-hint has a sentence ja and a sentence en")
    if hint is None and ("pattern" in schema or "not" in schema):
        complaints.add(where, "a pattern or not needs x-hint, the sentence that says what to do")


def check_loops(document, complaints):
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        for where, part in nested(schema, f"components.schemas.{name}"):
            try:
                list(anywhere(document, part))
            except Loop:
                complaints.add(where, "the schema applies itself to the same value")


def named_bounds(document, complaints):
    """name -> number: the bounds that C relies on, from x-bound beside maxItems, maxLength or maximum."""
    found = {}
    for where, node in mappings(document):
        if "x-bound" in node:
            name, limits = node["x-bound"], [node[keyword] for keyword in ("maxItems", "maxLength", "maximum") if keyword in node]
            if not isinstance(name, str) or not BOUND.fullmatch(name):
                complaints.add(where, "x-bound is a name in capitals, such as CHECK_OUT_SET")
            elif len(limits) != 1 or not isinstance(limits[0], int):
                complaints.add(where, "x-bound stands beside one of maxItems, maxLength and maximum")
            elif found.setdefault(name, limits[0]) != limits[0]:
                complaints.add(where, f"x-bound {name} is {found[name]} elsewhere")
    return found


class Bounds:
    """In what a caller sends, texts, arrays and numbers have limits and objects are closed. A value is judged by all
    schemas that apply to it at once: its own, those it refers to, and those of allOf; alternatives each on their own.
    References must lead somewhere, and not in a loop."""

    def __init__(self, document, complaints):
        self.document, self.complaints, self.seen, self.rests = document, complaints, set(), {}

    def flatten(self, schema):
        """The schemas that apply whenever this one does."""
        if isinstance(schema, bool):
            return [] if schema else [NEVER]
        parts = [schema]
        if "$ref" in schema:
            parts += self.flatten(resolve(self.document, schema["$ref"]))
        for branch in schema.get("allOf", []):
            parts += self.flatten(branch)
        return parts

    def check(self, schemas, where):
        """A value that all of these apply to."""
        self.check_parts([part for schema in schemas for part in self.flatten(schema)], where)

    def check_parts(self, parts, where):
        key = tuple(map(id, parts))
        if key in self.seen:
            return
        self.seen.add(key)
        for part in parts:
            for keyword in ("anyOf", "oneOf"):
                if keyword in part:
                    for index, branch in enumerate(part[keyword]):
                        self.check_parts(self.chosen(parts, part, keyword, branch), f"{where}.{keyword}[{index}]")
                    return
        self.judge(parts, where)
        for part in parts:
            for keyword in ("then", "else"):
                if keyword in part:
                    self.check_parts(self.chosen(parts, part, keyword, part[keyword]), f"{where}.{keyword}")

    def chosen(self, parts, part, keyword, branch):
        """The parts with that branch in place of the keyword."""
        rest = self.rests.setdefault((id(part), keyword), {name: part[name] for name in part if name != keyword})
        return [rest if other is part else other for other in parts] + self.flatten(branch)

    def judge(self, parts, where):
        def has(*keywords):
            return any(keyword in part for part in parts for keyword in keywords)

        if has("enum", "const"):
            return
        types = set(TYPES)
        for part in parts:
            if "type" in part:
                types &= {part["type"]} if isinstance(part["type"], str) else set(part["type"])
        if types == set(TYPES):
            self.complaints.add(where, "a type is missing")
            return
        if "string" in types and not has("maxLength") and not any(
                part.get("format") in BOUNDED_FORMATS for part in parts):
            self.complaints.add(where, "maxLength is missing")
        if "string" in types and not has("format", "pattern"):
            self.complaints.add(where, "a text needs format line or text, or a pattern")
        for name in {part["format"] for part in parts if part.get("format") in DATE_PATTERNS}:
            if not any(part.get("pattern") == DATE_PATTERNS[name] for part in parts):
                self.complaints.add(where, f"the {name} is not bounded: take the schema date, timestamp or month")
        if "array" in types and not has("maxItems"):
            self.complaints.add(where, "maxItems is missing")
        if has("uniqueItems") and min((part["maxItems"] for part in parts if "maxItems" in part), default=0) > UNIQUE_MAX:
            self.complaints.add(where, f"uniqueItems needs maxItems of at most {UNIQUE_MAX}, as each is compared to each")
        if types & {"integer", "number"} and not (
                has("minimum", "exclusiveMinimum") and has("maximum", "exclusiveMaximum")):
            self.complaints.add(where, "minimum and maximum are missing")
        if "object" in types and not any(
                part.get(keyword) is False for part in parts
                for keyword in ("additionalProperties", "unevaluatedProperties")):
            self.complaints.add(where, "the object is not closed: additionalProperties or unevaluatedProperties false")
        for name in dict.fromkeys(name for part in parts for name in part.get("properties", {})):
            self.check([part["properties"][name] for part in parts if name in part.get("properties", {})],
                       f"{where}.{name}")
        items = [part["items"] for part in parts if "items" in part]
        if "array" in types:
            self.check(items or [{}], f"{where}[]")


class Tables:
    """Compiles schemas to C initialisers. What is referred to is defined once, by name, and can refer to itself; text()
    defines all of that, and what the others point at."""

    def __init__(self, document):
        self.document = document
        self.names, self.definitions, self.patterns, self.values = {}, {}, [], []

    def compile(self, schema):
        """The C expression of a pointer to the compiled schema."""
        return f"&(const struct schema){self.initialiser(schema)}"

    def name(self, schema):
        """The same for a schema that has a definition of its own."""
        if id(schema) not in self.names:
            name = self.names[id(schema)] = f"schema_{len(self.names)}"
            self.definitions[name] = self.initialiser(schema)
        return f"&{self.names[id(schema)]}"

    def initialiser(self, schema):
        fields = [("never", "true")] if schema is False else [] if schema is True else self.fields(schema)
        return "{" + (", ".join(f".{name} = {value}" for name, value in fields) or "0") + "}"

    def fields(self, schema):
        types = schema.get("type", [])
        types = types if isinstance(types, list) else [types]
        if types:
            yield "types", " | ".join(f"SCHEMA_{name.upper()}" for name in types)
        limits = [keyword for keyword in LIMITS if keyword in schema]
        if limits:
            yield "limits", " | ".join(f"SCHEMA_{snake(keyword).upper()}" for keyword in limits)
        for keyword in limits:
            yield snake(keyword), c_number(schema[keyword]) if LIMITS[keyword] == "number" else int(schema[keyword])
        if schema.get("uniqueItems"):
            yield "unique_items", "true"
        if "format" in schema:
            yield "format", f"SCHEMA_FORMAT_{schema['format'].upper().replace('-', '_')}"
        if "pattern" in schema:
            yield "pattern", 1 + number(self.patterns, schema["pattern"])
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if values is not None:
            yield "values", 1 + number(self.values, json.dumps(values, ensure_ascii=False))
        if schema.get("properties"):
            members = sorted(schema["properties"].items(), key=lambda item: item[0].encode())
            yield "properties", c_array("struct schema_member", (
                f"{{{c_text(name)}, {self.compile(member)}}}" for name, member in members))
            yield "properties_count", len(members)
        if schema.get("required"):
            yield "required", c_texts(schema["required"])
        if schema.get("dependentRequired"):
            yield "dependencies", c_array("struct schema_dependency", (
                *(f"{{{c_text(name)}, {c_texts(names)}}}" for name, names in schema["dependentRequired"].items()), "{0}"))
        if "$ref" in schema:
            yield "reference", self.name(resolve(self.document, schema["$ref"]))
        for keyword, field in SUBSCHEMAS.items():
            if keyword in schema:
                yield field, self.compile(schema[keyword])
        for keyword, field in LISTS.items():
            if schema.get(keyword):
                yield field, c_array("struct schema *const", (*map(self.compile, schema[keyword]), "NULL"))
        if "x-hint" in schema:
            yield "hint_ja", c_text(schema["x-hint"]["ja"])
            yield "hint_en", c_text(schema["x-hint"]["en"])

    def text(self):
        return "\n".join([
            *(f"static const struct schema {name};" for name in self.definitions),
            *(f"static const struct schema {name} = {value};" for name, value in self.definitions.items()),
            f"const char *const *const schema_patterns = {c_texts(self.patterns)};",
            f"const char *const *const schema_values = {c_texts(self.values)};",
        ])


def snake(keyword):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in keyword)


def number(texts_so_far, text):
    if text not in texts_so_far:
        texts_so_far.append(text)
    return texts_so_far.index(text)
