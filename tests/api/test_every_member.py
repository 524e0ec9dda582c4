"""The matrix of test_every_operation.py once more, with requests that name what there is: every caller asks for every
operation, with every member that may be given and with few, on things that exist, of his own and of others. No answer
is a 5xx, each is declared (the recorder sees to it), and no check is missing in a statement, which PostgreSQL would
have to refuse instead (the log tells of it, and the end of the service fails)."""

import random

import pytest

from contract.conformance import Contract
from contract.random_request import Known, RandomRequest

CONTRACT = Contract()
OPERATIONS = {operation["operationId"]: (path, method.upper(), operation)
              for path, method, operation in CONTRACT.operations() if operation["security"]}
SCOPES = sorted({scope for _, _, operation in OPERATIONS.values() for scope in operation["security"][0]["bearer"]})
PEOPLE = {"user": "210002", "usage_manager": "210001", "equipment_manager": "100002", "general_manager": "100001",
          "digital_office": "900003", "auditor": "900001", "operator": "900002"}
CLIENTS = {"unbound": None, "bound-to-one": ["rinko"], "bound-to-two": ["rinko", "kawasaki"]}
TRIES = 4


@pytest.fixture(scope="module")
def callers(service):
    operator = service.staff("900002")
    departments = {department["code"]: department["id"] for department in operator.every("departments")}
    for name, codes in CLIENTS.items():
        bound = {"department_ids": [departments[code] for code in codes]} if codes else {}
        operator.post("api-clients", 201, {"client_id": name, "name": name, "scopes": SCOPES} | bound)
    return {name: service.staff(number) for name, number in PEOPLE.items()} | {
        name: service.client(name, " ".join(SCOPES)) for name in CLIENTS}


@pytest.fixture(scope="module")
def roles(callers):
    """Who holds a post may hold more than the one role that he is here for."""
    return {name: {role["role"] for role in callers[name].get("me", 200)["roles"]} | {"user"} for name in PEOPLE}


@pytest.fixture(scope="module")
def known(callers):
    """What each caller sees; of what only others see, some as well."""
    seen = {}
    for name in ["unbound", *callers]:
        seen[name] = Known(CONTRACT)
        for path in seen[name].names:
            if "{" not in path:
                seen[name].learn("GET", path, path, callers[name].get(path, range(200, 500), params={"limit": 20}))
        for other, values in seen["unbound"].values.items():
            for value in values[:3]:
                seen[name].keep(other, value)
    return seen


@pytest.fixture(scope="module")
def spare(callers):
    """Of the organisation what nobody here depends on: changing the callers themselves would end their powers."""
    operator, known = callers["operator"], Known(CONTRACT)
    department = operator.post("departments", 201, {"code": "X-1", "name": "試験室", "kind": "section", "is_shozoku": True,
                                                  "from": "2026-04-01"})
    for number in ("X-2", "X-3"):
        operator.post("staff", 201, {"number": number, "name": "試験", "subject": number, "department_id": department["id"],
                                     "from": "2026-04-01"})
    operator.post("posts", 201, {"code": "X-4", "name": "試験室長", "department_id": department["id"], "is_head": True})
    operator.post("api-clients", 201, {"client_id": "x-5", "name": "試験", "scopes": SCOPES})
    for path, code, filters in (("departments", "X-1", {"code": "X-1"}), ("posts", "X-4", {"code": "X-4"}),
                                ("staff", "X-2", {"number": "X-2"}), ("staff", "X-3", {"number": "X-3"})):
        known.learn_from(operator.one(path, **filters), known.names[f"/api/v1/{path}"])
    known.keep("api_client_id", next(client["id"] for client in operator.every("api-clients") if client["client_id"] == "x-5"))
    return known


@pytest.mark.parametrize("caller", [*PEOPLE, *CLIENTS])
@pytest.mark.parametrize("name", OPERATIONS)
def test_who_may_with_every_member(callers, roles, known, spare, caller, name):
    path, _, operation = OPERATIONS[name]
    known = spare if "operator" in operation["x-roles"] else known[caller]
    for turn in range(TRIES):
        source = random.Random(f"{name} {caller} {turn}")
        request = RandomRequest(CONTRACT, known, source, OPERATIONS[name], optional=turn % 2 or 0.2, stray=0)
        if "If-Match" in request.headers:
            request.headers["If-Match"] = "*"
        answer = callers[caller].request(request.method, request.path, range(200, 500), params=request.params,
                                         data=request.data, headers=request.headers)
        if known is not spare:
            known.learn(request.method, request.path, path, answer)
        if caller in PEOPLE:
            assert roles[caller] & set(operation["x-roles"]) or answer.problem == "forbidden", answer
        else:
            may = operation["security"][0]["bearer"] or "client" in operation["x-roles"]
            assert (answer.problem == "insufficient-scope") == (not may), answer
