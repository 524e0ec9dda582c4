"""Short schemas and resources: a name, a list of one, members, and the shapes that follow from a resource's properties.

The words are explained at the head of openapi.yaml."""

import re

RESOURCE = ("description", "bare", "properties", "optional", "write_only", "create", "change")
# Where a schema stands within a schema, besides in properties: alone, in a list.
ALONE = ("items", "additionalProperties", "unevaluatedProperties", "not", "if", "then", "else")
LISTED = ("allOf", "anyOf", "oneOf")
TYPES = ("string", "integer", "number", "boolean", "object")
COPIED = ("string", "integer", "number", "boolean", "array")
# What is asked of a request only. An answer tells what was stored, whoever stored it.
BOUNDS = ("minLength", "maxLength", "pattern", "x-hint", "minItems", "maxItems", "uniqueItems", "minimum", "maximum",
          "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "x-bound")
WRITTEN = ("line", "text")  # formats of the same kind
DERIVED = ("type", "properties", "required", "additionalProperties", "minProperties")
BEFORE, AFTER = {"id": "id"}, {"created_at": "timestamp", "updated_at": "timestamp"}
VOCABULARY = ("description", "of", "words", "x-enum")
MEMBER = re.compile(r"([a-z][a-z0-9_]*)(\??)(!?)")


def reference(name, kind="schemas"):
    return {"$ref": f"#/components/{kind}/{name}"}


def takes_null(schema):
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def without_null(short):
    """The short or full schema of a member, when null is not taken."""
    if isinstance(short, str):
        return short.removesuffix("?")
    if not isinstance(short, dict):
        return short
    rest = dict(short)
    if "is" in rest:
        rest["is"] = without_null(rest["is"])
    if takes_null(rest):
        types = [name for name in rest["type"] if name != "null"]
        rest["type"] = types[0] if len(types) == 1 else types
        if "enum" in rest:
            rest["enum"] = [value for value in rest["enum"] if value is not None]
    return rest


class Shapes:
    """All schemas by name, those that are still to be derived as well, and what makes full ones of short ones."""

    def __init__(self, complaints):
        self.complaints, self.schemas, self.open, self.vocabularies = complaints, {}, [], {}

    def mapping(self, node, where):
        """The node, when it is a mapping; nothing at all is an empty one."""
        if node is not None and not isinstance(node, dict):
            self.complaints.add(where, "a mapping was expected")
        return node if isinstance(node, dict) else {}

    def check_words(self, node, known, where):
        for word in node:
            if word not in known:
                self.complaints.add(where, f"{word} is not known here; {', '.join(known)} are")

    def collect(self, where, schemas, resources):
        """The names of one file that may be referred to. A derived schema stands for an object until it is derived."""
        for name, schema in schemas.items():
            here = f"{where}: components.schemas.{name}"
            self.schemas[name] = self.array(schema, here) if isinstance(schema, list) else self.mapping(schema, here)
            if name in TYPES:
                self.complaints.add(here, f"{name} is the name of a type")
            if isinstance(self.schemas[name].get("words"), dict):
                self.vocabularies[name] = self.schemas[name]["words"]
        for name, resource in resources.items():
            here = f"{where}: resources.{name}"
            resource = resources[name] = self.mapping(resource, here)
            self.check_words(resource, RESOURCE, here)
            if name in self.schemas:
                self.complaints.add(here, f"{name} is already defined elsewhere")
            for shape in (name, *(f"{name}_{kind}" for kind in ("create", "change") if kind in resource)):
                self.schemas.setdefault(shape, {"type": "object"})

    # --- Vocabularies

    def spell(self, where, schemas):
        """{name: {"words": {word: texts}, "x-enum": …}} of the enumerations of one file that have words. These become full
        schemas."""
        spelt = {}
        for name, short in schemas.items():
            if isinstance(short, dict) and "words" in short:
                here = f"{where}: components.schemas.{name}"
                self.check_words(short, VOCABULARY, here)
                words = self.words_of(short, here)
                spelt[name] = {"words": words, **({"x-enum": short["x-enum"]} if "x-enum" in short else {})}
                if not re.fullmatch("[A-Z]+(_[A-Z]+)*", str(short.get("x-enum", "NAME"))):
                    self.complaints.add(here, "x-enum is how constants of C begin, such as VENUE")
                listed = ", ".join(texts["ja"] for texts in words.values())
                description = f"{listed}. {short['description']}" if "description" in short else listed
                self.schemas[name] = schemas[name] = {"type": "string", "description": description, "enum": list(words)}
        return spelt

    def words_of(self, short, where):
        """{word: texts}, or some of those that another enumeration has."""
        words = short["words"]
        if "of" in short:
            whole = self.vocabularies.get(short["of"], {})
            if not isinstance(words, list) or not whole.keys() >= set(words):
                self.complaints.add(where, f"words are a list of those of {short['of']}")
                return {}
            return {word: whole[word] for word in words}
        taken = set()
        for word, texts in self.mapping(words, f"{where}.words").items():
            texts = words[word] = self.mapping(texts, f"{where}.words.{word}")
            if not {"ja", "en"} <= texts.keys() <= {"ja", "en", "also"} or not all(
                    isinstance(text, str) and text for text in texts.values()):
                self.complaints.add(f"{where}.words.{word}", "has a text ja and a text en, and perhaps what imports take also")
                return {}
            ways = {word, texts["ja"], texts.get("also", word)}
            if taken & ways:
                self.complaints.add(f"{where}.words.{word}", "is told as another word is")
            taken |= ways
        return self.mapping(words, where)

    # --- Short schemas

    def schema(self, short, where, answer=False):
        """The full schema of a name, of a list of one, or of a mapping within which these stand."""
        if isinstance(short, str):
            return self.named(short, where, answer)
        if isinstance(short, list):
            short = self.array(short, where)
            if answer:
                short.pop("maxItems", None)
        if not isinstance(short, dict):
            return short
        if "words" in short:
            self.complaints.add(where, "words stand in a schema of components, and are known by its name")
        schema = self.closed(short, where) if "members" in short else dict(short)
        if "is" in schema:
            schema = self.schema(schema.pop("is"), where, answer) | schema
        for keyword in ALONE:
            if keyword in schema:
                schema[keyword] = self.schema(schema[keyword], f"{where}.{keyword}", answer)
        for keyword in LISTED:
            if isinstance(schema.get(keyword), list):
                schema[keyword] = [self.schema(branch, f"{where}.{keyword}[{index}]", answer)
                                   for index, branch in enumerate(schema[keyword])]
        if isinstance(schema.get("properties"), dict):
            schema["properties"] = {name: self.schema(member, f"{where}.{name}", answer)
                                    for name, member in schema["properties"].items()}
        return schema

    def named(self, word, where, answer):
        """A reference, or where that would say too much or too little, a copy of what it leads to."""
        name, null = word.removesuffix("?"), word.endswith("?")
        if name in TYPES:
            return {"type": [name, "null"] if null else name}
        if name not in self.schemas or name in self.open:
            self.complaints.add(where, f"{name} leads back to itself" if name in self.open else f"there is no schema {name}")
            return {}
        target = {keyword: value for keyword, value in self.schemas[name].items()
                  if not (answer and (keyword in BOUNDS or keyword == "format" and value in WRITTEN))}
        if not null and len(target) == len(self.schemas[name]):
            return reference(name)
        if null and takes_null(target):
            self.complaints.add(where, f"{name} takes null already: no ?")
        elif null and (target.get("type") not in COPIED or "const" in target):
            return {"oneOf": [reference(name), {"type": "null"}]}
        elif null:
            target["type"] = [target["type"], "null"]
            if "enum" in target:
                target["enum"] = [*target["enum"], None]
        self.open.append(name)
        schema = self.schema(target, where, answer)
        self.open.remove(name)
        return schema

    def array(self, short, where):
        """[item] or [item, how many at the most], with its item as it is."""
        if not 1 <= len(short) <= 2 or not all(type(limit) is int for limit in short[1:]):
            self.complaints.add(where, "a list has the schema of its items, and how many there are at the most")
            return {}
        return {"type": "array", **{"maxItems": limit for limit in short[1:]}, "items": short[0]}

    def closed(self, short, where):
        """members: an object that has these and no others. Those with ! must be there."""
        members = self.mapping(short["members"], f"{where}.members")
        for keyword in DERIVED:
            if keyword in short:
                self.complaints.add(where, f"{keyword} follows from members")
        required = [name.removesuffix("!") for name in members if name.endswith("!")]
        return {"type": "object", **{keyword: value for keyword, value in short.items() if keyword != "members"},
                **({"required": required} if required else {}), "additionalProperties": False,
                "properties": {name.removesuffix("!"): schema for name, schema in members.items()}}

    # --- Resources

    def derive(self, name, resource, where):
        """{name: schema}: what is answered, and what creates and changes it."""
        shapes = {name: self.answer(resource, where)}
        for kind in ("create", "change"):
            if kind in resource:
                shapes[f"{name}_{kind}"] = self.request(resource, kind, f"{where}.{kind}")
        self.check_write_only(resource, where)
        return shapes

    def answer(self, resource, where):
        own = self.mapping(resource.get("properties"), f"{where}.properties")
        before, after = ({}, {}) if resource.get("bare") else (BEFORE, AFTER)
        for name in own:
            if name in before or name in after:
                self.complaints.add(where, f"{name} is implied; bare: true takes that away")
        properties = {**before, **own, **after}
        optional = resource.get("optional") or []
        for name in optional:
            if name not in own:
                self.complaints.add(f"{where}.optional", f"there is no property {name}")
        described = {"description": resource["description"]} if "description" in resource else {}
        return {"type": "object", **described, "required": [name for name in properties if name not in optional],
                "additionalProperties": False,
                "properties": {name: self.schema(schema, f"{where}.{name}", answer=True)
                               for name, schema in properties.items()}}

    def request(self, resource, kind, where):
        """A closed object of members that are picked from the properties or stand in the list with their schema."""
        given = resource[kind] if isinstance(resource[kind], dict) else {"members": resource[kind]}
        if not isinstance(given.get("members"), list):
            self.complaints.add(where, "a list of members was expected")
            return {}
        members = {}
        for member in given["members"]:
            name, must, schema = self.member(resource, kind, member, where)
            if {name, f"{name}!"} & set(members):
                self.complaints.add(where, f"{name} stands twice")
            members[name + must] = schema
        return self.schema({**given, "members": members}, where) | ({"minProperties": 1} if kind == "change" else {})

    def member(self, resource, kind, member, where):
        """(name, "!" when it must be there, short schema)."""
        word, schema = next(iter(member.items())) if isinstance(member, dict) and len(member) == 1 else (member, None)
        found = MEMBER.fullmatch(word) if isinstance(word, str) else None
        if not found:
            self.complaints.add(where, f"{member} is no member: name, name! that must be there, name? that takes null, name: schema")
            return str(member), "", {}
        name, null, must = found.groups()
        if kind == "change" and (null or must):
            self.complaints.add(where, f"{word}: in a change nothing must be there, and null is taken where the property takes it")
        if schema is not None:
            return name, must, schema
        own, written = (self.mapping(resource.get(word), where) for word in ("properties", "write_only"))
        if name not in own and name not in written:
            self.complaints.add(where, f"neither properties nor write_only have {name}")
        schema = written.get(name, own.get(name, {}))
        return name, must, without_null(schema) if kind == "create" and not null else schema

    def check_write_only(self, resource, where):
        picked = set()
        for kind in ("create", "change"):
            given = resource.get(kind) or []
            members = given.get("members") if isinstance(given, dict) else given
            picked |= {member.rstrip("?!") for member in members or [] if isinstance(member, str)}
        for name in self.mapping(resource.get("write_only"), f"{where}.write_only"):
            if name in (resource.get("properties") or {}):
                self.complaints.add(f"{where}.write_only", f"{name} is a property")
            elif name not in picked:
                self.complaints.add(f"{where}.write_only", f"neither create nor change has {name}")
