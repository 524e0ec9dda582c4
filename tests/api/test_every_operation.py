"""What holds for every operation alike: who may, and that each kind of bad request gets its named problem.

The requests are made from the contract, so a new operation is tested as soon as it is written there."""

import json
import pathlib
import posixpath
import uuid

import pytest
import yaml
from contract.conformance import Contract
from contract.example import Example

CONTRACT = Contract()
OPERATIONS = {operation["operationId"]: (path, method.upper(), operation)
              for path, method, operation in CONTRACT.operations()}
PATHS = {path: {method.upper() for method in item} for path, item in CONTRACT.document["paths"].items()}
CLIENT = "every-scope"
# Who of the sample bureau holds which role beside that of a user.
PEOPLE = {"210002": "user", "210001": "usage_manager", "100002": "equipment_manager", "100001": "general_manager",
          "900003": "digital_office", "900001": "auditor", "900002": "operator"}
ROLES = {role: words["ja"] for role, words in yaml.safe_load(pathlib.Path("openapi/organisation/me.yaml").read_text())[
    "components"]["schemas"]["role"]["words"].items()}
ANY = range(200, 500)


def wanted_scope(operation):
    return next(iter(operation["security"][0]["bearer"]), None)


def is_protected(path, method, operation):
    return operation["security"] != []


def has_json(path, method, operation):
    return Example(CONTRACT, operation, path).takes_json


def has_body(path, method, operation):
    return "requestBody" in operation


def is_list(path, method, operation):
    return any(CONTRACT.resolve(parameter)["name"] == "cursor" for parameter in operation.get("parameters", []))


def takes_key(path, method, operation):
    return any(CONTRACT.resolve(parameter)["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))


def those(condition):
    return pytest.mark.parametrize("name", [name for name, entry in OPERATIONS.items() if condition(*entry)])


SCOPES = sorted({wanted_scope(entry[2]) for entry in OPERATIONS.values() if is_protected(*entry)} - {None})


@pytest.fixture(scope="module")
def client(service):
    """An API client with every scope there is."""
    service.run("client", CLIENT, "--scopes", " ".join(SCOPES))
    return service.client(CLIENT, " ".join(SCOPES))


@pytest.fixture(scope="module")
def bound_client(service):
    """The same, bound to one department."""
    operator = service.staff("900002")
    rinko = operator.one("departments", code="rinko")
    operator.post("api-clients", 201, {"client_id": "bound-to-one", "name": "臨港の端末", "scopes": SCOPES, "department_ids": [rinko["id"]]})
    return service.client("bound-to-one", " ".join(SCOPES))


@pytest.fixture(scope="module")
def roles(service):
    """number -> the roles that the person holds, after GET /me."""
    held = {number: {role["role"] for role in service.staff(number).get("me", 200)["roles"]} | {"user"} for number in PEOPLE}
    assert all(role in held[number] for number, role in PEOPLE.items()), held
    return held


@pytest.fixture
def caller(service, client, name):
    """Somebody who may."""
    operation = OPERATIONS[name][2]
    if operation["security"] == []:
        return service.nobody()
    number = next((number for number, role in PEOPLE.items() if role in operation["x-roles"]), None)
    return service.staff(number) if number else client


def ask(caller, name, status, *, params=None, headers=None, **body):
    """The operation's smallest request, changed as said."""
    path, method, operation = OPERATIONS[name]
    example = Example(CONTRACT, operation, path)
    if "data" not in body and "requestBody" in operation:
        body["data"] = json.dumps(example.body()) if example.takes_json else "x"
    sent = example.headers | (headers or {})
    return caller.request(method, body.pop("path", example.path), status, params=params or example.query,
                          headers={key: value for key, value in sent.items() if value is not None}, **body)


class TestWhoMay:
    @those(is_protected)
    def test_nobody_is_asked_to_authenticate(self, service, name):
        answer = ask(service.nobody(), name, 401)
        assert answer.problem == "authentication-required"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "error" not in answer.headers["WWW-Authenticate"]

    @those(is_protected)
    def test_a_token_that_is_none(self, service, name):
        answer = ask(service.nobody(), name, 401, headers={"Authorization": "Bearer a.b.c"})
        assert answer.problem == "invalid-token"
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    @those(lambda *entry: is_protected(*entry) and "client" not in entry[2]["x-roles"])
    def test_a_client_needs_the_scope(self, service, client, name):
        wanted = wanted_scope(OPERATIONS[name][2])
        answer = ask(service.client(CLIENT, " ".join(scope for scope in SCOPES if scope != wanted)), name, 403)
        assert answer.problem == "insufficient-scope"
        assert wanted is None or f'scope="{wanted}"' in answer.headers["WWW-Authenticate"]

    @those(lambda *entry: is_protected(*entry) and wanted_scope(entry[2]))
    def test_a_client_with_the_scope_may(self, client, name):
        assert ask(client, name, ANY).problem not in ("insufficient-scope", "forbidden", "unknown-caller")

    @those(is_protected)
    def test_a_bound_client_needs_the_scope_as_well(self, bound_client, name):
        """What it may not do within its departments is refused as such, and never by a scope that it has."""
        operation = OPERATIONS[name][2]
        answer = ask(bound_client, name, ANY)
        may = wanted_scope(operation) or "client" in operation["x-roles"]
        assert (answer.problem == "insufficient-scope") == (not may), answer

    @pytest.mark.parametrize("number", PEOPLE, ids=PEOPLE.values())
    @those(is_protected)
    def test_staff_need_a_role(self, service, roles, name, number):
        may = roles[number] & set(OPERATIONS[name][2]["x-roles"])
        answer = ask(service.staff(number), name, ANY)
        assert (answer.problem == "forbidden") == (not may), answer
        wanted = [ROLES[role] for role in OPERATIONS[name][2]["x-roles"] if role in ROLES]
        assert may or not wanted or f"（必要な役割：{'、'.join(wanted)}）" in answer["detail"]


class TestParameters:
    @those(lambda *entry: True)
    def test_an_unknown_parameter_is_named(self, caller, name):
        answer = ask(caller, name, 400, params={"surely_not_there": "1"})
        assert answer.problem == "invalid-parameter"
        assert list(answer.faults) == ["surely_not_there"]

    @those(is_list)
    def test_a_repeated_parameter_is_named(self, caller, name):
        answer = ask(caller, name, 400, params=[("limit", "1"), ("limit", "1")])
        assert answer.problem == "invalid-parameter"
        assert list(answer.faults) == ["limit"]

    @pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "x", "", "99999999999999999999"])
    @those(is_list)
    def test_a_limit_out_of_range(self, caller, name, limit):
        assert list(ask(caller, name, 400, params={"limit": limit}).faults) == ["limit"]

    @those(is_list)
    def test_a_cursor_that_is_none(self, caller, name):
        answer = ask(caller, name, 400, params={"cursor": "AAAA"})
        assert answer.problem in ("invalid-parameter", "cursor-expired")

    @those(lambda path, *rest: "{" in path and is_protected(path, *rest))
    def test_a_path_that_names_nothing(self, caller, name):
        path = OPERATIONS[name][0]
        for value in ("x%00y", "%zz", "%ff", "..", "%2e%2e", "'", "x" * 2000):
            broken = path.replace("{", "\0{", 1)
            broken = broken[:broken.index("\0")] + value + broken[broken.index("}") + 1:]
            if posixpath.normpath(broken) in PATHS:
                continue  # the HTTP client makes another path of it
            answer = ask(caller, name, (400, 404), path=broken.replace("{", "").replace("}", ""))
            assert answer.problem in ("not-found", "invalid-parameter", "malformed-request")


class TestMethodsAndTypes:
    @pytest.mark.parametrize("path", PATHS)
    def test_other_methods_are_refused_with_the_right_ones(self, service, path):
        example = Example(CONTRACT, {"parameters": [parameter for method in PATHS[path] for parameter in
                                                    CONTRACT.document["paths"][path][method.lower()].get("parameters", [])]},
                          path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - PATHS[path]:
            answer = service.nobody().request(method, example.path, 405)
            allowed = set(answer.headers["Allow"].split(", "))
            assert allowed - {"HEAD", "OPTIONS"} == PATHS[path]
            assert ("HEAD" in allowed) == ("GET" in allowed)

    @those(lambda path, method, operation: True)
    def test_a_type_that_cannot_be_answered(self, caller, name):
        assert ask(caller, name, 406, headers={"Accept": "application/x-nothing"}).problem == "not-acceptable"

    @those(lambda path, method, operation: method == "GET" and "{" not in path and operation["operationId"] != "get_metrics")
    def test_head_is_get_without_the_body(self, caller, name):
        path = OPERATIONS[name][0]
        got, head = caller.get(path, 200), caller.request("HEAD", path, 200)
        assert head.content == b""
        for header in ("Content-Type", "Content-Length", "ETag"):
            assert head.headers.get(header) == got.headers.get(header), header

    @those(has_body)
    def test_a_body_of_another_type(self, caller, name):
        answer = ask(caller, name, 415, headers={"Content-Type": "application/xml"})
        assert answer.problem == "unsupported-media-type"

    @those(has_body)
    def test_an_encoded_body(self, caller, name):
        answer = ask(caller, name, 415, headers={"Content-Encoding": "gzip"})
        assert answer.problem == "unsupported-media-type"
        assert "Accept-Encoding" in answer.headers

    @those(lambda path, method, operation: operation.get("x-if-match"))
    def test_if_match_is_demanded(self, caller, name):
        assert ask(caller, name, 428, headers={"If-Match": None}).problem == "precondition-required"


MALFORMED = {
    "half": b'{"a": ',
    "two_values": b"{} {}",
    "member_twice": b'{"a": 1, "a": 2}',
    "too_deep": b"[" * 33 + b"]" * 33,
    "much_too_deep": b"[" * 100000,
    "bad_utf8": b'{"a": "\xff\xfe"}',
    "overlong_utf8": b'{"a": "\xc0\xaf"}',
    "lone_surrogate": b'{"a": "\\ud800"}',
    "nul": b'{"a": "\\u0000"}',
    "raw_nul": b'{"a": "\x00"}',
    "not_a_number": b'{"a": NaN}',
    "byte_order_mark_within": b'{\xef\xbb\xbf"a": 1}',
    "comment": b'{"a": 1} // x',
}
WRONG = [None, True, 1, -1, 1.5, 1e300, "", "x" * 5000, "2026-02-30", "'; --", "\u202e𠮷", [], [[]], {}, {"a": 1}]


class TestBodies:
    @those(lambda path, method, operation: has_json(path, method, operation) and operation["requestBody"].get("required"))
    def test_no_body_where_one_is_required(self, caller, name):
        assert ask(caller, name, 400, data=b"").problem == "malformed-json"

    @those(has_json)
    def test_a_byte_order_mark_is_no_part_of_json(self, caller, name):
        assert ask(caller, name, 422, data=b'\xef\xbb\xbf{"a": 1}').problem == "validation-failed"

    @pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
    @those(has_json)
    def test_what_is_not_json(self, caller, name, body):
        assert ask(caller, name, 400, data=body).problem == "malformed-json"

    @pytest.mark.parametrize("number", ["1e999", "99999999999999999999"])
    @those(has_json)
    def test_a_number_that_cannot_be_held(self, caller, name, number):
        answer = ask(caller, name, 422, data=f'{{"surely not there": {number}}}')
        assert answer.problem == "validation-failed" and answer.faults["/surely not there"] == "unknown_member"

    @those(has_json)
    def test_a_body_that_is_too_large(self, caller, name):
        body = json.dumps({"a": "x" * 1024 * 1024})
        assert ask(caller, name, 413, data=body).problem == "body-too-large"

    @those(has_json)
    def test_a_member_that_is_not_there(self, caller, name):
        example = Example(CONTRACT, OPERATIONS[name][2], OPERATIONS[name][0])
        body = example.body()
        answer = ask(caller, name, 422, data=json.dumps(body | {"surely~not/there": 1}))
        assert answer.problem == "validation-failed"
        assert answer.faults["/surely~0not~1there"] == "unknown_member"

    @those(has_json)
    def test_read_only_members(self, caller, name):
        """Id, version and times are the service's, wherever the contract does not take them."""
        example = Example(CONTRACT, OPERATIONS[name][2], OPERATIONS[name][0])
        body, taken = example.body(), example.members(example.schema)
        for member in {"id", "version", "created_at", "updated_at", "created_by_id"} - set(taken):
            assert f"/{member}" in ask(caller, name, 422, data=json.dumps(body | {member: "x"})).faults

    @those(has_json)
    def test_members_with_rubbish(self, caller, name):
        """Two validators must agree on each: the recorder sees to that. The service never breaks."""
        example = Example(CONTRACT, OPERATIONS[name][2], OPERATIONS[name][0])
        body, validator = example.body(), CONTRACT.validator(example.schema, of_requests=True)
        for member in example.members(example.schema):
            for value in WRONG:
                sent = body | {member: value}
                if not validator.is_valid(sent):
                    answer = ask(caller, name, 422, data=json.dumps(sent))
                    assert answer.problem == "validation-failed", answer

    @those(has_json)
    def test_members_that_are_required(self, caller, name):
        example = Example(CONTRACT, OPERATIONS[name][2], OPERATIONS[name][0])
        required = {member for part in CONTRACT.members(example.schema) for member in part.get("required", [])}
        for member in required:
            body = {key: value for key, value in example.body().items() if key != member}
            assert ask(caller, name, 422, data=json.dumps(body)).faults[f"/{member}"] == "required"


class TestDoingOnce:
    @those(lambda *entry: takes_key(*entry) and has_json(*entry))
    def test_the_same_key_replays_and_another_body_is_refused(self, caller, name):
        path, _, operation = OPERATIONS[name]
        example = Example(CONTRACT, operation, path)
        key, body = str(uuid.uuid4()), json.dumps(example.body())
        first = ask(caller, name, ANY, path=example.path, data=body, key=key)
        again = ask(caller, name, first.status, path=example.path, data=body, key=f'"{key}"')
        assert again.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        other = ask(caller, name, 422, path=example.path, data=body + " ", key=key)
        assert other.problem == "idempotency-key-reused"


def collection_of(path):
    """The list whose items the path is about: of /devices/{device_id}/history it is /devices."""
    head = path[:path.index("{")].rstrip("/")
    return head if head in PATHS and "GET" in PATHS[head] and is_list(head, "GET", OPERATIONS_BY[head, "GET"]) else None


OPERATIONS_BY = {(path, method): operation for path, method, operation in OPERATIONS.values()}
ABOUT_ITEMS = {name: entry for name, entry in OPERATIONS.items() if entry[0].count("{") == 1 and collection_of(entry[0])}


@pytest.fixture(scope="module")
def items(service):
    """items(collection, number): the items that the person sees; none when the person may not list them."""
    kept = {}

    def items(collection, number):
        if (collection, number) not in kept:
            person = service.staff(number)
            may = person.get(collection, ANY).status == 200
            kept[collection, number] = [item for item in person.every(collection) if "id" in item] if may else []
        return kept[collection, number]

    return items


class TestItems:
    @those(lambda path, method, operation: operation["operationId"] in ABOUT_ITEMS and method == "GET" and path.endswith("}"))
    def test_each_item_can_be_read_and_is_known_by_its_etag(self, service, items, name):
        path = OPERATIONS[name][0]
        number, seen = max(((number, items(collection_of(path), number)) for number in PEOPLE), key=lambda pair: len(pair[1]))
        if not seen:
            pytest.skip("the sample bureau has none")
        for item in seen[:5]:
            one = service.staff(number).get(path[:path.index("{")] + item["id"], 200)
            assert one["id"] == item["id"] and one.etag.startswith('"')
            for known in (one.etag, f'"x", {one.etag}', f"W/{one.etag}", "*"):
                again = service.staff(number).get(path[:path.index("{")] + item["id"], 304, headers={"If-None-Match": known})
                assert again.etag == one.etag and again.content == b""

    @those(lambda path, method, operation: operation["operationId"] in ABOUT_ITEMS)
    def test_what_is_hidden_is_as_what_is_missing(self, service, items, name):
        """The head of one station asks for what only others see: nothing tells it from an id that does not exist."""
        path, stranger = OPERATIONS[name][0], "220001"
        visible = {item["id"] for item in items(collection_of(path), stranger)}
        hidden = {item["id"] for number in PEOPLE for item in items(collection_of(path), number)} - visible
        before, after = path[:path.index("{")], path[path.index("}") + 1:]

        def told(id):
            answer = ask(service.staff(stranger), name, (403, 404, 422), path=before + id + after)
            return answer.status, {member: answer[member] for member in ("type", "title", "status", "detail")}

        missing = told(str(uuid.uuid4()))
        for id in sorted(hidden)[:5]:
            assert told(id) == missing


def test_english_when_asked_for(nobody):
    answer = nobody.get("/nothing", 404, headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "en" and answer["title"] == "Not found"
    answer = nobody.get("/nothing", 404)
    assert answer.headers["Content-Language"] == "ja" and answer["title"] == "見つかりません"
