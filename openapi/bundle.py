"""Adds to the merged contract what follows from its rules, so that rooms need not write it and callers can read it:
the headers of requests and answers, the answer 304, and for each status the problems that an operation may answer."""

from expand import CSV, JSON, METHODS
from load import inline
from shapes import reference


def operations(document):
    """(path, method, operation) in the order of the contract."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                yield path, method, item[method]


def is_public(operation):
    return operation.get("security") == []


def scope(operation):
    """The scope with which an API client may, or ""."""
    return next((name for entry in operation.get("security") or [] for name in entry.get("bearer") or []), "")


def changes(method, operation):
    return method != "get" and not operation.get("x-read-only")


def parameters(document, operation, place):
    """The parameters in "path", "query" or "header", without references."""
    everything = [inline(document, parameter) for parameter in operation.get("parameters", [])]
    return [parameter for parameter in everything if parameter.get("in") == place]


def is_list(document, operation):
    return any(parameter["name"] == "cursor" for parameter in parameters(document, operation, "query"))


def body(document, operation):
    """(media types, schema, required) or None. There are several only for CSV, which has many names."""
    request = inline(document, operation.get("requestBody"))
    if not request:
        return None
    media = next(iter(request["content"].values()))
    return list(request["content"]), media.get("schema", {}), bool(request.get("required"))


def is_csv(media_types):
    return set(media_types) <= set(CSV)


def answered(document, operation):
    """The media types of its answers; the first is the default."""
    return [*dict.fromkeys(media_type for answer in (operation.get("responses") or {}).values()
                           for media_type in inline(document, answer).get("content") or {})]


def formats(document, operation):
    """The words of ?format=, which stand for these in their order."""
    found = [inline(document, parameter["schema"]) for parameter in parameters(document, operation, "query") if parameter["name"] == "format"]
    return found[0].get("enum", []) if found else []


def implied_problems(document, path, method, operation):
    """What an operation may answer beside its own problems. The order is the order of the checks."""
    yield from ("malformed-request", "target-too-long", "head-too-large", "version-not-supported")
    yield from ("invalid-parameter", "not-acceptable", "internal-error")
    if "{" in path:
        yield "not-found"
    if is_list(document, operation):
        yield "cursor-expired"
    if not is_public(operation):
        if "client" not in operation.get("x-roles", []):
            yield from ("insufficient-scope", "forbidden")
        yield from ("authentication-required", "invalid-token", "token-expired", "token-too-long", "unknown-caller",
                    "rate-limited", "busy", "database-unavailable", "storage-full", "value-not-accepted")
        if changes(method, operation):
            yield "outcome-unknown"
            if method == "post":
                yield from ("request-in-progress", "idempotency-key-reused")
                if operation.get("x-secret-response"):
                    yield "answer-was-secret"
    taken = body(document, operation)
    if taken:
        yield from ("body-too-large", "unsupported-media-type", "validation-failed")
        if not is_csv(taken[0]):
            yield "malformed-json"
    if operation.get("x-if-match"):
        yield from ("precondition-required", "precondition-failed")


def all_problems(document, path, method, operation, catalogue):
    """Own and implied problems, in the order of the catalogue."""
    wanted = {*implied_problems(document, path, method, operation), *operation.get("x-problems", [])}
    return [slug for slug in catalogue if slug in wanted]


def bundle(document, catalogue):
    """Completes the document in place. Every operation must have been checked."""
    for path, method, operation in operations(document):
        add_description(operation)
        add_request_headers(document, method, operation)
        add_answer_headers(document, method, operation)
        add_problems(document, path, method, operation, catalogue)


def has_etag(document, method, operation):
    """Whether its success is the present state of one thing."""
    is_thing = operation.get("x-constant") if is_public(operation) else not is_list(document, operation)
    return method == "get" and bool(is_thing)


def header_names(served):
    """The names of headers that the bundled contract declares: of requests, and of answers."""
    asked, answered = set(), set()
    for _, _, operation in operations(served):
        asked |= {parameter["name"] for parameter in parameters(served, operation, "header")}
        for answer in operation["responses"].values():
            answered |= set(inline(served, answer).get("headers", {}))
    return sorted(asked), sorted(answered)


def add_description(operation):
    """Who may, and the clauses, for those who read the documentation and not the extensions."""
    if not is_public(operation):
        who = [f"`{role}`" for role in operation["x-roles"]]
        if scope(operation):
            who.append(f"API clients with `{scope(operation)}`")
        operation["description"] = f"{operation['description'].strip()}\n\nWho may: {', '.join(who)}."
    if operation["x-regulation"]:
        operation["description"] += f" Clauses: {', '.join(operation['x-regulation'])}."


def add_request_headers(document, method, operation):
    wanted = []
    if method == "post" and not is_public(operation) and changes(method, operation):
        wanted.append("IdempotencyKey")
    if operation.get("x-if-match"):
        wanted.append("IfMatch")
    if has_etag(document, method, operation):
        wanted.append("IfNoneMatch")
    if wanted:
        operation.setdefault("parameters", []).extend(reference(name, "parameters") for name in wanted)


def add_answer_headers(document, method, operation):
    answers = operation["responses"]
    for status in list(answers):
        answer = answers[status] = inline(document, answers[status])
        wanted = ["X-Request-ID", "traceparent"]
        if status == "201":
            wanted.append("Location")
        if status in ("200", "201") and (JSON in answer.get("content", {}) or operation.get("x-constant")):
            if has_etag(document, method, operation) or operation.get("x-if-match"):
                wanted.append("ETag")
        if is_list(document, operation):
            wanted.append("Link")
        if method == "post" and changes(method, operation):
            wanted.append("Idempotency-Replayed")
        if not is_public(operation):
            wanted += ["RateLimit", "RateLimit-Policy"]
        answer.setdefault("headers", {}).update((name, reference(name, "headers")) for name in wanted)
    if has_etag(document, method, operation):
        answers["304"] = {
            "description": "Nothing has changed: an ETag of If-None-Match is the present one.",
            "headers": {name: reference(name, "headers") for name in ("X-Request-ID", "traceparent", "ETag")},
        }


def add_problems(document, path, method, operation, catalogue):
    by_status = {}
    for slug in all_problems(document, path, method, operation, catalogue):
        by_status.setdefault(str(catalogue[slug]["status"]), []).append(slug)
    for status in sorted(by_status):
        name = f"{status}.{'.'.join(by_status[status])}"
        document["components"].setdefault("responses", {}).setdefault(
            name, problem_response(int(status), by_status[status], catalogue))
        operation["responses"][status] = reference(name, "responses")


def problem_response(status, slugs, catalogue):
    headers = ["X-Request-ID", "traceparent", "Content-Language"]
    if status == 401:
        headers.append("WWW-Authenticate")
    if status in (429, 503):
        headers.append("Retry-After")
    if status == 415:
        headers += ["Accept-Post", "Accept-Patch", "Accept-Encoding"]
    lines = [f"- `{slug}` {catalogue[slug]['title']['en']} ({catalogue[slug]['title']['ja']}): "
             f"{catalogue[slug]['explanation']['en'].strip()}" for slug in slugs]
    return {
        "description": "\n".join(lines),
        "headers": {name: reference(name, "headers") for name in headers},
        "content": {"application/problem+json": {"schema": {
            "allOf": [reference("problem")],
            "properties": {
                "type": {"type": "string", "enum": [f"/problems/{slug}" for slug in slugs]},
                "status": {"type": "integer", "const": status},
            },
        }}},
    }
