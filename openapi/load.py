"""Reads the YAML of the contract and merges its files.

YAML as JSON has it: core scalars of YAML 1.2 (`no` is a word, a date is a word), text as keys, no key twice, no
anchors. Everything that is wrong is collected in a Complaints and told at once."""

import copy
import re
import urllib.parse

import yaml

from expand import expand


class Complaints(list):
    """What is wrong with the contract, as "where: what"."""

    def add(self, where, what):
        self.append(f"{where}: {what}")


SCALARS = [
    ("bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), lambda text: text.lower() == "true"),
    ("null", re.compile(r"^(?:~|null|Null|NULL|)$"), lambda text: None),
    ("int", re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
     lambda text: int(text, 0) if text[:2] in ("0o", "0x") else int(text)),
    ("float", re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"), float),
]


class Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise yaml.constructor.ConstructorError(None, None, "anchors and aliases are not used", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        mapping = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key.start_mark)
            if key.value in mapping:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands twice", key.start_mark)
            mapping[key.value] = self.construct_object(value, deep=True)
        return mapping

    def construct_yaml_map(self, node):
        return self.construct_mapping(node)


for name, pattern, reader in SCALARS:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", pattern, None)
    Loader.add_constructor(f"tag:yaml.org,2002:{name}",
                           lambda loader, node, reader=reader: reader(loader.construct_scalar(node)))
Loader.add_constructor("tag:yaml.org,2002:map", Loader.construct_yaml_map)


class Dumper(yaml.SafeDumper):
    """Writes what both YAML 1.1 and 1.2 read the same: a text that either could take for something else is quoted."""

    def ignore_aliases(self, data):
        return True


for name, pattern, _ in SCALARS:
    Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{name}", pattern, None)


def dump(document):
    return yaml.dump(document, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=120)


def load(path):
    with open(path, encoding="utf-8") as file:
        document = yaml.load(file, Loader=Loader)
    if not isinstance(document, dict):
        raise yaml.YAMLError(f"{path}: a mapping was expected")
    return document


def merge(folder, complaints):
    """openapi.yaml and every file of a resource below it, expanded, as one document."""
    files = {"openapi.yaml": load(folder / "openapi.yaml")}
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        if name not in ("openapi.yaml", "problems.yaml"):
            files[name] = load(path)
    expand(files, complaints)
    document = files.pop("openapi.yaml")
    for name, file in files.items():
        add(document.setdefault("paths", {}), file.get("paths") or {}, f"{name}: paths", complaints)
        for kind, components in file["components"].items():
            add(document["components"].setdefault(kind, {}), components or {}, f"{name}: components.{kind}", complaints)
        document.setdefault("tags", []).extend(file.get("tags") or [])
        for kind in BESIDE:
            add(document.setdefault(kind, {}), file.get(kind) or {}, f"{name}: {kind}", complaints)
    return document


# What files say beside the contract, which is not served.
BESIDE = ("constraints", "words", "vocabularies")


def add(into, what, where, complaints):
    for key, value in what.items():
        if key in into:
            complaints.add(where, f"{key} is already defined elsewhere")
        else:
            into[key] = value


def resolve(document, reference):
    """What a local reference points at, or None. A copy is not made."""
    node = document
    for part in reference[1:].split("/")[1:]:
        part = urllib.parse.unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
            node = node[int(part)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            return None
    return node


def inline(document, node):
    """The node itself, or a copy of what it refers to."""
    while isinstance(node, dict) and "$ref" in node:
        node = copy.deepcopy(resolve(document, node["$ref"]))
    return node


def mappings(node, where=""):
    """(place, mapping) of everything in the node."""
    if isinstance(node, dict):
        yield where, node
        for key, value in node.items():
            yield from mappings(value, f"{where}.{key}" if where else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from mappings(value, f"{where}[{index}]")


def references(document):
    """(place, what is referred to)."""
    return ((where, node["$ref"]) for where, node in mappings(document) if isinstance(node.get("$ref"), str))


def is_spoken(texts):
    """Whether something is said in both languages."""
    return isinstance(texts, dict) and set(texts) == {"ja", "en"} and all(isinstance(text, str) and text for text in texts.values())


def check_references(document, complaints):
    for where, reference in references(document):
        if not reference.startswith("#/components/"):
            complaints.add(where, f"$ref {reference} must begin with #/components/")
        elif resolve(document, reference) is None:
            complaints.add(where, f"$ref {reference} leads nowhere")


def check_used(document, complaints, vocabularies=()):
    """A schema is there for something; the problem is the bundle's, roles and scopes are the compiler's. A vocabulary may be
    copied only, with null beside its words."""
    used = {"/".join(reference.split("/")[:4]) for _, reference in references(document)}  # or to a member of it
    used |= {f"#/components/schemas/{name}" for name in ("problem", "role", "scope", *vocabularies)}
    for name in document.get("components", {}).get("schemas", {}):
        if f"#/components/schemas/{name}" not in used:
            complaints.add(f"components.schemas.{name}", "nothing refers to it")
