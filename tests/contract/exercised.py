"""After all suites: every operation and every declared problem was exercised by some test.

What that means stands in conformance.py. Not part of a suite, as only a whole run can pass:
`make test` calls it last."""

import json

import pytest
from contract.conformance import RECORDS, Contract

# Answered only when the service or its database has a fault that no request can bring about.
NEVER = {
    "internal-error": "no request whatever may cause it",
}

CONTRACT = Contract()
OPERATIONS = {operation["operationId"]: operation for _, _, operation in CONTRACT.operations()}
OWN = [(name, slug) for name, operation in OPERATIONS.items() for slug in operation.get("x-problems", [])]
IMPLIED = sorted({slug for operation in OPERATIONS.values()
                  for slug in CONTRACT.problems(operation) - set(operation.get("x-problems", []))} - set(NEVER))


def recorded(kind: str) -> set:
    return {tuple(entry) if isinstance(entry, list) else entry
            for path in RECORDS.glob("*.json") for entry in json.loads(path.read_text(encoding="utf-8"))[kind]}


@pytest.fixture(scope="module")
def operations():
    return recorded("operations")


@pytest.fixture(scope="module")
def problems():
    return recorded("problems")


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_succeeded(operations, name):
    assert name in operations, f"no test made {name} succeed"


@pytest.mark.parametrize("name, slug", OWN)
def test_own_problem_was_answered(problems, name, slug):
    assert (name, slug) in problems, f"no test made {name} answer {slug}"


@pytest.mark.parametrize("slug", IMPLIED)
def test_implied_problem_was_answered(problems, slug):
    assert slug in {answered for _, answered in problems}, f"no test made any operation answer {slug}"
