"""Binds an operation to its statements: each parameter of a statement gets its source in the request, by name.

An operation without statements of its own has a handler in C. What is not bound on one side or the other is a fault: a
parameter of a statement without a source, a parameter of the contract that nothing reads, a field to sort by that one
side lacks."""

import schemas
from bundle import body, implied_problems, is_csv, is_list, operations, parameters
from load import inline, resolve

# Read by dispatch itself, whatever the statements do.
PAGE = {"limit", "cursor", "sort", "include_total"}
SPECIAL = {"if_match": "bigint[]", "body": "jsonb", "language": "text"}


def own(operation, steps):
    """The statements of an operation, those that come before it first; None: it has a handler in C."""
    return steps.get(operation.get("operationId"))


def check(document, steps, complaints):
    names = {operation.get("operationId") for _, _, operation in operations(document)}
    for name, its in steps.items():
        if name not in names:
            complaints.add(f"service/{its[0]['where']}", f"there is no operation {name}")
    for path, method, operation in operations(document):
        its = own(operation, steps)
        if its:
            check_operation(document, f"{method.upper()} {path}", method, operation, its, complaints)


def tell_kinds(document, made):
    """The contract tells the kinds of tasks and of findings that the statements of the rooms find."""
    for name, kinds in (("task_kind", made["tasks"]), ("finding_kind", made["findings"])):
        schema = resolve(document, f"#/components/schemas/{name}")
        if schema and kinds:
            schema["enum"] = kinds


def check_operation(document, where, method, operation, its, complaints):
    read = set()
    for step in its:
        for name, type_, optional in step["parameters"]:
            fault = source_fault(document, operation, name, type_, optional)
            if fault:
                complaints.add(f"service/{step['where']}", fault)
            read.add(name)
        if method == "patch" and step["emits"]:
            complaints.add(f"service/{step['where']}", "a PATCH may change nothing, and then has no event: api.emit_if")
    for parameter in parameters(document, operation, "path") + parameters(document, operation, "query"):
        if parameter["name"] not in read | PAGE:
            complaints.add(where, f"no statement reads the parameter {parameter['name']}")
    if body(document, operation) and "body" not in read:
        complaints.add(where, "no statement reads the body")
    if operation.get("x-if-match") and "if_match" not in read:
        complaints.add(where, "no statement reads if_match")
    if (its[-1]["kind"] == "page") != is_list(document, operation):
        complaints.add(f"service/{its[-1]['where']}", f"a page, and only a page, is a list in the contract ({where})")
    elif its[-1]["kind"] == "page":
        check_sort(document, where, operation, its[-1]["sorts"], complaints)
    if its[-1]["kind"] == "view" and method != "get":
        complaints.add(f"service/{its[-1]['where']}", "a view is read: GET")


def source_fault(document, operation, name, type_, optional):
    """What is wrong with the source of a statement's parameter, or None."""
    if name in SPECIAL:
        taken = body(document, operation)
        given = {"if_match": operation.get("x-if-match"), "language": True, "body": taken and not is_csv(taken[0])}
        if not given[name]:
            return f"{operation['operationId']} takes no {name}"
        return None if (type_, optional) == (SPECIAL[name], False) else f"{name} is of type {SPECIAL[name]}"
    found = [parameter for place in ("path", "query") for parameter in parameters(document, operation, place)
             if parameter["name"] == name]
    if not found:
        return f"{operation['operationId']} has no parameter {name}"
    schema = inline(document, found[0]["schema"])
    fitting = sql_types(document, schema)
    return None if type_ in fitting else f"{name} is {type_} here, and {' or '.join(fitting)} in the contract"


def sql_types(document, schema):
    """The types in which PostgreSQL takes the texts that this schema lets pass."""
    schema = inline(document, schema)
    if schema.get("type") == "array":
        return [f"{type_}[]" for type_ in sql_types(document, schema["items"])]
    named = {"uuid": "uuid", "date": "date", "date-time": "timestamptz"}.get(schema.get("format"))
    if named:
        return [named]
    return {"boolean": ["bool"], "integer": ["int", "bigint"]}.get(schema.get("type"), ["text"])


def check_sort(document, where, operation, sorts, complaints):
    found = [parameter for parameter in parameters(document, operation, "query") if parameter["name"] == "sort"]
    words = inline(document, found[0]["schema"]).get("enum", []) if found else []
    if {word.lstrip("-") for word in words} != set(sorts) and (found or len(sorts) > 1):
        complaints.add(where, f"sorts by {', '.join(words) or 'nothing'}, the statement by {', '.join(sorts)}")


def check_raised(document, raised, catalogue, constraints, words, complaints):
    """What operations raise is declared, what they declare is raised, and faults lead to members of their bodies."""
    homes = {}
    for path, method, operation in operations(document):
        name, declared = operation["operationId"], set(operation.get("x-problems", []))
        # Whatever finds no row answers not-found.
        known = {"not-found", *implied_problems(document, path, method, operation), *declared}
        possible = set() if is_list(document, operation) else {"not-found"}
        for problem, pointer, word, how, where in raised.get(name, []):
            its = constraints.get(problem, {"problem": problem, "pointer": pointer, "word": word})
            if its["problem"] not in catalogue:
                if "_" not in problem:
                    complaints.add(f"service/{where}", f"the problem {problem} is not in problems.yaml")
                continue
            possible.add(its["problem"])
            of_row = str(its.get("pointer")).startswith("{")
            fits = of_row or has_member(document, operation, its.get("pointer"))
            if how != "perhaps" and fits and not of_row and its["problem"] not in known:
                complaints.add(f"service/{where}", f"{name} raises {its['problem']}, which its x-problems lack")
            if its.get("word", "{}") not in (None, "{}", *words):
                complaints.add(f"service/{where}", f"the word {its['word']} is not defined")
            if how == "refusal" or problem in constraints:
                home = f"service/{where}" if how == "refusal" else f"the constraint {problem}"
                homes[home, its.get("pointer")] = homes.get((home, its.get("pointer"))) or fits
        if operation.get("x-if-match"):
            declared.add("precondition-failed")
        for problem in sorted(declared - possible):
            complaints.add(f"{method.upper()} {path}", f"nothing raises {problem}")
    reached = {row[0] for its in raised.values() for row in its}
    for name in constraints:
        if name not in reached:
            complaints.add(f"the constraint {name}", "no statement can break it")
    for (home, pointer), fits in homes.items():
        if not fits:
            complaints.add(home, f"no operation has {pointer} in its body")


def has_member(document, operation, pointer):
    """Whether the body may have what a pointer leads to; {column} stands for a number. What a file of rows has, imports say."""
    media_types, schema, _ = body(document, operation) or (["none"], False, False)
    if pointer is None or is_csv(media_types):
        return not is_csv(media_types)
    parts = schemas.anywhere(document, schema)
    for step in pointer.split("/")[1:]:
        item = step.startswith("{") or step.isdecimal()
        below = [part["items"] if item else part["properties"][step] for part in parts
                 if (item and "items" in part) or (not item and step in part.get("properties", {}))]
        if not below:
            return False
        parts = [part for schema in below for part in schemas.anywhere(document, schema)]
    return True


def source(path_names, query_names, name):
    """The C of where a value comes from."""
    if name in SPECIAL:
        return f"{{SOURCE_{name.upper()}, 0}}"
    if name in path_names:
        return f"{{SOURCE_PATH, {path_names.index(name)}}}"
    return f"{{SOURCE_QUERY, {query_names.index(name)}}}"
