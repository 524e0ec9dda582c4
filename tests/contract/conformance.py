"""Holds every response that a test sees against the bundled contract, and remembers what was exercised.

`Recorder.observe` is an observer of harness.caller.Caller, `Recorder.observe_wire` of harness.wire.Wire.
Checked are: the status and media type are declared; headers are there when required and as declared; a JSON body is
valid, with formats asserted and with no member that the contract does not name; times end in +09:00; a problem's type,
title and status agree with the catalogue; a Location leads to a GET of the contract. The request is checked as well: a
JSON body that was taken must be valid for python3-jsonschema, and one refused as validation-failed must not be.

What counts as exercised, as tests/contract/exercised.py demands it:
- an operation: it answered 2xx at least once (304 and problems do not count);
- an operation's own problem (x-problems): that operation answered it at least once;
- an implied problem (from the token, parameters, body, If-Match, database; openapi/bundle.py): any operation answered
  it at least once, as one piece of code answers it for all."""

import datetime
import json
import os
import pathlib
import re
import urllib.parse

import jsonschema
import yaml
from harness.written import is_written, settled

CATALOGUE = pathlib.Path("openapi/problems.yaml")
BUNDLE = pathlib.Path("build/gen/openapi.json")
RECORDS = pathlib.Path("build/results/contract")
PROBLEM = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")

# What any server may send and a page need not read, or may read without being told so.
HTTP = {"allow", "cache-control", "connection", "content-encoding", "content-language", "content-length", "content-security-policy",
        "content-type", "date", "referrer-policy", "server", "transfer-encoding", "vary", "x-content-type-options"}

DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
FORMATS = {
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "date": DATE,
    "date-time": DATE + r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?\+09:00",
    "month": r"\d{4}-(?:0[1-9]|1[0-2])",
}


def format_checker(of_requests: bool) -> jsonschema.FormatChecker:
    """Answers have ids in lower case and times of Japan; requests may write both in any way."""
    checker = jsonschema.FormatChecker(formats=())
    for name, pattern in FORMATS.items():
        if of_requests:
            pattern = pattern.replace(r"\+09:00", r"(?:[Zz]|[+-]\d\d:\d\d)").replace("a-f", "a-fA-F").replace("T", "[Tt]")
        checker.checks(name)(lambda value, name=name, pattern=re.compile(pattern): not isinstance(value, str)
                             or pattern.fullmatch(value) is not None and (name == "uuid" or is_day(value))
                             and (name != "date-time" or is_of_records(value)))
    for name in ("line", "text"):
        checker.checks(name)(lambda value, lines=name == "text": not isinstance(value, str) or is_written(settled(value), lines=lines))
    return checker


def is_day(value: str) -> bool:
    """Whether the calendar has the day, or the first of the month, that the text begins with."""
    try:
        return bool(datetime.date.fromisoformat((value + "-01")[:10]))
    except ValueError:
        return False


def is_of_records(value: str) -> bool:
    """Whether the day of that moment in Japan is one that records may have."""
    moment = datetime.datetime.fromisoformat(value[:19] + re.search(r"(?:[Zz]|[+-]\d\d:\d\d)$", value)[0].upper())
    return 1900 <= moment.astimezone(datetime.timezone(datetime.timedelta(hours=9))).year <= 2199


class Contract:
    """The bundle, with what is asked of it again and again."""

    def __init__(self, path: pathlib.Path = BUNDLE) -> None:
        self.document = json.loads(path.read_text(encoding="utf-8"))
        self.paths = sorted(
            ((re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))), path) for path in self.document["paths"]),
            key=lambda entry: entry[1].count("{"))
        self.headers = {name.lower() for name in self.document["components"]["headers"]} | {
            name.lower() for _, _, operation in self.operations() for answer in operation["responses"].values()
            for name in self.resolve(answer).get("headers", {})}
        self.catalogue = self.load_catalogue()
        self.validators: dict = {}

    @staticmethod
    def load_catalogue() -> dict:
        return yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def find(self, method: str, path: str) -> dict | None:
        """The operation that answers, literal segments first; a HEAD is a GET, and a `get` is nothing."""
        method = "get" if method == "HEAD" else method.swapcase()
        for pattern, template in self.paths:
            if pattern.fullmatch(path):
                return self.document["paths"][template].get(method)
        return None

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"][2:].split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def problems(self, operation: dict) -> set[str]:
        """The slugs that an operation declares, its own and implied."""
        answers = (self.resolve(answer) for status, answer in operation["responses"].items() if status >= "400")
        return {name.rsplit("/", 1)[1] for answer in answers
                for name in answer["content"][PROBLEM]["schema"]["properties"]["type"]["enum"]}

    def validator(self, schema: dict, of_requests: bool = False):
        key = (id(schema), of_requests)
        if key not in self.validators:
            checked = schema if of_requests else self.closed(schema)
            self.validators[key] = jsonschema.Draft202012Validator(
                {"components": self.components(of_requests)} | checked, format_checker=format_checker(of_requests))
        return self.validators[key]

    def components(self, of_requests: bool):
        return self.document["components"] if of_requests else self.closed_components

    @property
    def closed_components(self):
        if "closed" not in self.validators:
            schemas = {name: self.closed_below(schema) for name, schema in self.document["components"]["schemas"].items()}
            self.validators["closed"] = {"schemas": schemas}
        return self.validators["closed"]

    def members(self, schema) -> list[dict]:
        """The schemas that apply to the same value."""
        if not isinstance(schema, dict):
            return []
        parts = [schema]
        for branch in [self.resolve(schema)] if "$ref" in schema else []:
            parts += self.members(branch)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in schema.get(keyword, []):
                parts += self.members(branch)
        return parts

    def closed(self, schema):
        """The schema with no room for members that it does not name, at every depth."""
        if not isinstance(schema, dict):
            return schema
        schema = self.closed_below(schema)
        parts = self.members(schema)
        is_open = any("additionalProperties" in part or "unevaluatedProperties" in part for part in parts)
        if any("properties" in part for part in parts) and not is_open:
            schema["unevaluatedProperties"] = False
        return schema

    def closed_below(self, schema):
        """A copy in which the members, items and alternatives are closed, but not the schema itself."""
        if not isinstance(schema, dict):
            return schema
        schema = dict(schema)
        if "properties" in schema:
            schema["properties"] = {name: self.closed(member) for name, member in schema["properties"].items()}
        if "items" in schema:
            schema["items"] = self.closed(schema["items"])
        for keyword in ("allOf", "anyOf", "oneOf"):
            if keyword in schema:
                schema[keyword] = [self.closed_below(branch) for branch in schema[keyword]]
        return schema


class Recorder:
    def __init__(self, contract: Contract | None = None) -> None:
        self.contract = contract or Contract()
        self.operations: set[str] = set()
        self.problems: set[tuple[str, str]] = set()

    def observe(self, response) -> None:
        """A requests.Response."""
        request = response.request
        self.see(request.method, request.url, response.status_code, response.headers, response.content,
                 request.headers, request.body)

    def observe_wire(self, asked: bytes, answer) -> None:
        """A harness.wire.WireAnswer to bytes that may be no request at all."""
        line = asked.split(b"\r\n")[0].decode("latin-1").split(" ")
        if len(line) == 3 and "content-encoding" not in answer.headers:
            self.see(line[0], line[1], answer.status, answer.headers, answer.body)

    def see(self, method, url, status, headers, content, sent_headers=None, sent=None) -> None:
        """Raises AssertionError when the answer breaks the contract."""
        path = urllib.parse.urlsplit(url).path
        operation = self.contract.find(method, path)
        headers = {name.lower(): value for name, value in headers.items()}
        where = f"{method} {path} -> {status}"
        media_type = headers.get("content-type", "").split(";")[0]
        body = json.loads(content) if content and media_type.endswith("json") else None
        if media_type == PROBLEM:
            self.check_problem(where, status, headers, body)
        if operation is None:
            options = method == "OPTIONS" and status in (200, 204) and not content
            assert options or media_type == PROBLEM and status in (400, 404, 405, 414, 431, 505), f"{where}: {content[:1000]!r}"
            if body:
                self.problems.add(("", slug_of(body)))
            return
        answer = self.contract.resolve(operation["responses"].get(str(status)))
        assert answer, f"{where}: the status is not declared. {content[:1000]!r}"
        self.check_headers(where, answer, headers)
        if method != "HEAD":
            self.check_content(where, answer, headers.get("content-type", ""), content, body)
        self.check_request(where, operation, status, body, sent_headers or {}, sent)
        if status < 300:
            self.operations.add(operation["operationId"])
        if media_type == PROBLEM and body:
            self.problems.add((operation["operationId"], slug_of(body)))

    def check_problem(self, where, status, headers, body) -> None:
        if body is None:  # HEAD
            return
        assert body["status"] == status, f"{where}: the problem says {body['status']}"
        known = self.contract.catalogue.get(body["type"].removeprefix("/problems/"))
        assert known and known["status"] == status, f"{where}: type {body['type']}"
        assert known["title"][headers["content-language"]] == body["title"], f"{where}: title {body['title']}"
        first = headers.get("x-request-id") if "idempotency-replayed" not in headers else body["request_id"]
        assert body["request_id"] == first, f"{where}: request_id {body['request_id']}"
        schema = self.contract.document["components"]["schemas"]["problem"]
        errors = [error.message for error in self.contract.validator({"allOf": [schema]}).iter_errors(body)]
        assert not errors, f"{where}: {errors}"

    def check_headers(self, where, answer, headers) -> None:
        undeclared = {name for name in headers if name not in self.contract.headers | HTTP and not name.startswith("access-control-")}
        assert not undeclared, f"{where}: no page of another origin may read {undeclared}, which the contract does not know"
        for name, header in answer.get("headers", {}).items():
            header, value = self.contract.resolve(header), headers.get(name.lower())
            assert value is not None or not header.get("required"), f"{where}: the header {name} is missing"
            if value is not None:
                errors = [error.message for error in self.contract.validator(header["schema"]).iter_errors(value)]
                assert not errors, f"{where}: {name}: {errors}"
        etag, location = headers.get("etag"), headers.get("location")
        assert etag is None or re.fullmatch(r'(?:W/)?"[^"]+"', etag), f"{where}: ETag {etag}"
        assert location is None or self.contract.find("GET", location.split("?")[0]), f"{where}: Location {location} is no GET"

    def check_content(self, where, answer, media_type, content, body) -> None:
        """A media type that is declared with its charset is answered with it."""
        declared = answer.get("content", {})
        media_type = media_type if media_type in declared else media_type.split(";")[0]
        if not declared:
            assert not content, f"{where}: has a body, and none is declared"
            return
        assert media_type in declared, f"{where}: the media type {media_type} is not declared"
        if not media_type.endswith("json"):
            return
        schema = declared[media_type].get("schema", {})
        errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
                  for error in self.contract.validator(schema).iter_errors(body)]
        assert not errors, f"{where}: {errors[:5]}"

    def check_request(self, where, operation, status, body, sent_headers, sent) -> None:
        """Two validators must agree on the body."""
        declared = operation.get("requestBody", {}).get("content", {})
        media_type = (sent_headers.get("Content-Type") or "").split(";")[0]
        refused = status == 422 and body and slug_of(body) == "validation-failed"
        if media_type not in declared or not media_type.endswith("json") or not (status < 300 or refused):
            return
        try:
            sent = json.loads(sent)
        except ValueError:
            sent = None
        schema = declared[media_type]["schema"]
        validator = self.contract.validator(schema, of_requests=True)
        # Only texts are settled, so what is valid as it came is what must be taken.
        assert refused or validator.is_valid(settled(sent)), f"{where}: was taken, but the body is not valid: {sent}"
        assert not refused or not validator.is_valid(sent), f"{where}: was refused, but the body is valid: {sent} {body}"

    def save(self) -> None:
        """Leaves what was exercised for tests/contract/exercised.py, one file for each run of pytest."""
        RECORDS.mkdir(parents=True, exist_ok=True)
        record = {"operations": sorted(self.operations), "problems": sorted(self.problems)}
        (RECORDS / f"{os.getpid()}.json").write_text(json.dumps(record), encoding="utf-8")


def slug_of(problem: dict) -> str:
    return problem["type"].rsplit("/", 1)[-1]
