#!/usr/bin/env python3
"""Compiles the contract: the files of openapi/ → tables of the service and the bundled contract.

    compile.py [--source openapi] [--problems openapi/problems.yaml] [--steps build/gen/steps.json] build/gen

Tables, not logic: what they mean is in service/contract/contract.h and service/contract/schema_table.h. Says everything
that is wrong at once and then writes nothing."""

import argparse
import copy
import json
import pathlib
import re
import sys

import yaml

import bind
import columns
import emit
import schemas
from bundle import answered, body, bundle, changes, formats, header_names, is_csv, is_public, operations, parameters
from expand import CSV, JSON, PATCH
from load import BESIDE, Complaints, check_references, check_used, dump, inline, is_spoken, load, merge, resolve

CLAUSE = re.compile(r"^(?:art[1-9](?:\.[1-9][0-9]*){0,2}|annex1|annex2(?:\.[1-9]){0,2}(?:\.[aiueo])?|annex2\.table[1-3]|suppl)$")
PATH_PARAMETERS_MAX = 4


def check_catalogue(catalogue, complaints):
    for slug, problem in catalogue.items():
        where = f"problems.yaml: {slug}"
        if not re.fullmatch(r"[a-z]+(-[a-z]+)*", slug):
            complaints.add(where, "a slug is lower-case words joined by hyphens")
        if not isinstance(problem, dict) or set(problem) != {"status", "title", "explanation"}:
            complaints.add(where, "has status, title and explanation, and nothing else")
            continue
        if not isinstance(problem["status"], int) or not 400 <= problem["status"] <= 599:
            complaints.add(where, "the status is from 400 to 599")
        for member in ("title", "explanation"):
            if not is_spoken(problem[member]):
                complaints.add(where, f"{member} has a text ja and a text en")


def check_refusals(constraints, words, catalogue, complaints):
    for name, meaning in constraints.items():
        where = f"the constraint {name}"
        if not isinstance(meaning, dict) or not {"problem"} <= set(meaning) <= {"problem", "pointer", "word"}:
            complaints.add(where, "has a problem, and perhaps a pointer and a word")
            continue
        if meaning["problem"] not in catalogue:
            complaints.add(where, f"the problem {meaning['problem']} is not in problems.yaml")
        if meaning.get("word", next(iter(words), None)) not in words:
            complaints.add(where, f"the word {meaning.get('word')} is not defined")
    for word, sentence in words.items():
        if not re.fullmatch(r"[a-z]+(_[a-z]+)*", word) or not is_spoken(sentence):
            complaints.add(f"the word {word}", "has a sentence ja and a sentence en")


def check_operation(document, path, method, operation, catalogue, vocabularies, complaints):
    where = f"{method.upper()} {path}"
    for key in ("operationId", "tags", "summary", "description", "security", "x-regulation", "responses"):
        if key not in operation:
            complaints.add(where, f"{key} is missing")
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", operation.get("operationId", "x")):
        complaints.add(where, "the operationId must be in snake_case")
    for clause in operation.get("x-regulation") or []:
        if not CLAUSE.match(str(clause)):
            complaints.add(where, f"{clause} is no clause of the regulation")
    if operation.get("x-secret-response") and (method != "post" or is_public(operation) or not changes(method, operation)):
        complaints.add(where, "x-secret-response is for a POST that changes something")
    for slug in operation.get("x-problems") or []:
        if slug not in catalogue:
            complaints.add(where, f"the problem {slug} is not in problems.yaml")
    for tag in operation.get("tags") or []:
        if tag not in [known["name"] for known in document.get("tags", [])]:
            complaints.add(where, f"the tag {tag} is not defined")
    check_who(document, operation, where, complaints)
    check_parameters(document, path, operation, where, complaints)
    check_body(document, method, operation, vocabularies, where, complaints)
    for status in operation.get("responses") or {}:
        if status not in ("200", "201", "202", "204"):
            complaints.add(where, f"the answer {status} is not written here: problems go to x-problems, 304 is added")


def words_of(document, name):
    """Those of an enumeration of the contract."""
    return (resolve(document, f"#/components/schemas/{name}") or {}).get("enum", [])


def check_who(document, operation, where, complaints):
    if is_public(operation):
        if "x-roles" in operation:
            complaints.add(where, "an operation open to all has no x-roles")
        return
    security = operation.get("security")
    names = security[0].get("bearer") if isinstance(security, list) and len(security) == 1 else None
    if not isinstance(names, list) or len(names) > 1:
        complaints.add(where, "security is [], [{bearer: []}] or [{bearer: [one scope]}]")
    elif set(names) - set(words_of(document, "scope")):
        complaints.add(where, f"there is no scope {names[0]}")
    if "x-roles" not in operation:
        complaints.add(where, "x-roles is missing")
    for role in operation.get("x-roles") or []:
        if role not in (*words_of(document, "role"), "client"):
            complaints.add(where, f"there is no role {role}")
    if "client" in (operation.get("x-roles") or []) and names:
        complaints.add(where, "with client in x-roles every client may: no scope")
    if operation.get("x-roles") == [] and not names:
        complaints.add(where, "neither a role nor a scope: nobody may")


def check_parameters(document, path, operation, where, complaints):
    bounds = schemas.Bounds(document, complaints)
    for place in ("header", "cookie"):
        for parameter in parameters(document, operation, place):
            complaints.add(where, f"the parameter {parameter['name']}: headers are added by the bundle, cookies not used")
    templated = re.findall(r"\{([a-z_]+)\}", path)
    given = [parameter["name"] for parameter in parameters(document, operation, "path")]
    if sorted(templated) != sorted(given) or len(set(templated)) != len(templated):
        complaints.add(where, f"the path names {templated}, the parameters {given}")
    if len(templated) > PATH_PARAMETERS_MAX:
        complaints.add(where, f"a path has at most {PATH_PARAMETERS_MAX} parameters")
    for parameter in parameters(document, operation, "path") + parameters(document, operation, "query"):
        here = f"{where}: parameter {parameter['name']}"
        schema = parameter.get("schema")
        if not isinstance(schema, dict):
            complaints.add(here, "a schema is missing")
            continue
        schemas.check(schema, here, complaints)
        bounds.check([schema], here)
        if schema.get("type") == "array" and (parameter.get("style", "form"), parameter.get("explode")) != ("form", False):
            complaints.add(here, "alternatives are comma-separated: explode false")
    names = [parameter["name"] for parameter in parameters(document, operation, "query")]
    if "format" in names and len(formats(document, operation)) != len(answered(document, operation)):
        complaints.add(where, "format has a word for each media type that is answered, in their order")
    for name in {name for name in names if names.count(name) > 1}:
        complaints.add(where, f"the parameter {name} stands twice")


def check_body(document, method, operation, vocabularies, where, complaints):
    request = operation.get("requestBody")
    if request is None:
        return
    content = inline(document, request).get("content", {})
    if len(content) != 1 and not (content and is_csv(content)):
        complaints.add(where, "a body has one media type")
        return
    media_types, schema, _ = body(document, operation)
    if method in ("get", "delete"):
        complaints.add(where, "takes no body")
    if not set(media_types) <= {JSON, PATCH, *CSV}:
        complaints.add(where, f"a body is one of {', '.join((JSON, PATCH, *CSV))}")
    if (media_types == [PATCH]) != (method == "patch"):
        complaints.add(where, "PATCH takes application/merge-patch+json, and nothing else does")
    schemas.check(schema, f"{where}: body", complaints)
    bounds = schemas.Bounds(document, complaints)
    if not is_csv(media_types):
        bounds.check([schema], f"{where}: body")
    for column in columns.of(operation):
        schemas.check(column["schema"], f"{where}: column {column['name']}", complaints)
        bounds.check([column["schema"]], f"{where}: column {column['name']}")
        columns.kind(document, column, vocabularies, complaints)


def check(document, catalogue, vocabularies, complaints):
    check_catalogue(catalogue, complaints)
    check_references(document, complaints)
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        schemas.check(schema, f"components.schemas.{name}", complaints)
    if complaints:
        return
    schemas.check_loops(document, complaints)
    if complaints:
        return
    seen, shapes = {}, {}
    for path in document.get("paths", {}):
        other = shapes.setdefault(re.sub(r"\{[^}]*\}", "{}", path), path)
        if other != path:
            complaints.add(path, f"the same path as {other}")
    for path, method, operation in operations(document):
        check_operation(document, path, method, operation, catalogue, vocabularies, complaints)
        name = operation.get("operationId")
        if name in seen:
            complaints.add(f"{method.upper()} {path}", f"the operationId {name} belongs to {seen[name]} already")
        seen[name] = f"{method.upper()} {path}"
        for status, answer in (operation.get("responses") or {}).items():
            for media_type, media in (answer.get("content") or {}).items():
                schemas.check(media.get("schema", True), f"{method.upper()} {path}: {status} {media_type}", complaints)
    check_used(document, complaints, vocabularies)


def write(path, text):
    """Leaves an unchanged file alone, so that make does not build again what depends on it."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--problems", type=pathlib.Path, default=pathlib.Path(__file__).parent / "problems.yaml")
    parser.add_argument("--steps", type=pathlib.Path, help="the statements of operations, from service/db/statements.py")
    parser.add_argument("--raised", type=pathlib.Path, help="what operations can raise, from service/db/raised.py")
    parser.add_argument("output", type=pathlib.Path)
    options = parser.parse_args()
    complaints = Complaints()
    try:
        catalogue = load(options.problems)
        document = merge(options.source, complaints)
        made = json.loads(options.steps.read_text(encoding="utf-8")) if options.steps else {"operations": {}, "tasks": [], "findings": []}
        steps = made["operations"]
        bind.tell_kinds(document, made)
        constraints, words, vocabularies = (document.pop(kind, {}) for kind in BESIDE)
        columns.spell(document, complaints)
        check(document, catalogue, vocabularies, complaints)
        check_refusals(constraints, words, catalogue, complaints)
        bounds = schemas.named_bounds(document, complaints) | {"PATH_PARAMETERS": PATH_PARAMETERS_MAX}
        if not complaints:
            bind.check(document, steps, complaints)
        if options.raised and not complaints:
            raised = json.loads(options.raised.read_text(encoding="utf-8"))
            bind.check_raised(document, raised, catalogue, constraints, words, complaints)
    except (yaml.YAMLError, OSError) as error:
        complaints.append(str(error))
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
        return 1
    served = copy.deepcopy(document)
    bundle(served, catalogue)
    as_json = json.dumps(served, ensure_ascii=False, separators=(",", ":"))
    as_yaml = dump(served)
    options.output.mkdir(parents=True, exist_ok=True)
    for name, text in {
        "bounds.h": emit.bounds_header(bounds),
        "problems.h": emit.problems_header(catalogue),
        "problems.c": emit.problems_source(catalogue),
        "refusals.c": emit.refusals_source(constraints, words),
        "vocabularies.h": emit.vocabularies_header(vocabularies),
        "vocabularies.c": emit.vocabularies_source(vocabularies),
        "operations.h": emit.operations_header(document, steps),
        "contract.c": emit.contract_source(document, catalogue, vocabularies, steps, header_names(served), as_json, as_yaml),
        "openapi.json": as_json,
        "openapi.yaml": as_yaml,
    }.items():
        write(options.output / name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
