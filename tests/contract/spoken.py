"""Every string that the service can show to people, gathered from where it is written: (place, Japanese, English)."""

import json
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).parents[2]
LETTER = r"[\u3005-\u3007\u3041-\u30ff\u3400-\u9fff]"
NO_STRING = re.compile(r"""("(?:\\.|[^"\\])*")|/\*.*?\*/|'(?:\\.|[^'\\])'""", re.DOTALL)  # comments, and '"'
LITERALS = re.compile(r'"(?:\\.|[^"\\])*"(?:[\s\\]*"(?:\\.|[^"\\])*")*')
SQL_COMMENT = re.compile(r"('[^']*')|--.*")


def is_english(text):
    return re.search(r"[a-z,] [a-z]", text) is not None


def is_japanese(text):
    return re.search(LETTER, text) is not None and not is_english(text)


def of_c(text):
    """Literals in their order; an English one right behind a Japanese one says the same."""
    text = NO_STRING.sub(lambda match: match[1] or " ", text)
    said = [re.sub(r'"[\s\\]*"', "", found)[1:-1].replace('\\"', '"') for found in LITERALS.findall(text)]
    for before, literal, behind in zip([""] + said, said, said[1:] + [""]):
        if is_japanese(literal):
            yield literal, behind if is_english(behind) else ""
        elif is_english(literal) and literal.endswith(".") and not is_japanese(before):
            yield "", literal


def of_sql(text):
    for japanese, english in re.findall(r"^-- ja: (.*)\n-- en: (.*)", text, re.MULTILINE):
        yield japanese, english
    text = SQL_COMMENT.sub(lambda match: match[1] or "", text)
    for literal in re.findall(r"'([^']*)'", text):
        if is_japanese(literal):
            yield literal, ""


def of_yaml(node):
    if isinstance(node, dict):
        if {"ja", "en"} <= node.keys():
            yield node["ja"], node["en"]
            yield from ((also, "") for also in (node.get("also"), ) if also)
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from of_yaml(part)


def of_contract(node):
    """What the served contract says in sentences, and its examples."""
    if isinstance(node, dict):
        for name, part in node.items():
            if name in ("description", "summary", "title", "const") and isinstance(part, str):
                yield "", part
            elif name in ("examples", "enum"):
                yield from ((word, "") for word in part if isinstance(word, str) and is_japanese(word))
            else:
                yield from of_contract(part)
    elif isinstance(node, list):
        for part in node:
            yield from of_contract(part)


def of_page(text):
    """Texts of HTML, and the JSON that nginx answers."""
    for line in re.findall(r'"([^"\n]*)"|>([^<\n]*)<', text):
        literal = "".join(line)
        if is_japanese(literal):
            yield literal, ""


READERS = (("service/**/*.[ch]", of_c), ("service/**/*.sql", of_sql), ("migrations/**/*.sql", of_sql),
           ("openapi/**/*.yaml", lambda text: of_yaml(yaml.safe_load(text))),
           ("build/gen/openapi.json", lambda text: of_contract(json.loads(text))),
           ("service/http/docs/*.html", of_page), ("deploy/proxy/*.conf", of_page))


def gather():
    return [(str(path.relative_to(ROOT)), japanese, english) for pattern, reader in READERS
            for path in sorted(ROOT.glob(pattern)) for japanese, english in reader(path.read_text())]
