"""The stack, built and started as deploy/README.md says, once for all tests."""

import pytest

from harness.stack import Stack

FIRST_CLIENT = "first-load"
FIRST_SCOPES = "organisation:read organisation:write"
DEPARTMENTS = (("shobo", "消防局", "bureau"), ("rinko", "臨港", "station"))
# Read from CP932, which the image must be able to do.
STAFF = "number,name,department_code\r\n900002,運用 太郎,rinko\r\n210001,署長 次郎,rinko\r\n"
ASSIGNMENTS = "post_code,staff_number,kind,from,order_number\r\noperator,900002,regular,令和8年4月1日,令8消人第1号\r\n"


@pytest.fixture(scope="session")
def stack(request):
    """Up with fresh secrets and empty tables. Without it there is nothing to test."""
    stack = Stack()
    try:
        start(stack)
    except AssertionError as failed:
        request.session.shouldstop = "the stack did not start"
        raise AssertionError(f"{failed}\n{stack.compose('--ansi', 'never', 'logs', '--tail', '20').stdout.decode()}") from None
    yield stack
    stack.compose("down", "--volumes", "--timeout", "5", check=False)


def start(stack) -> None:
    made = stack.run("deploy/make-secrets", "--self-signed", "localhost", check=False)
    assert made.returncode == 1 and b"issuers/issuers.json" in made.stderr, "it must say what is missing"
    stack.issuer.write(stack.secrets / "issuers")
    stack.run("deploy/make-secrets")
    stack.compose("build")
    stack.up()


@pytest.fixture(scope="session")
def first_client(stack):
    """The API client of the first load, enrolled over the migrator's connection."""
    stack.compose("run", "--rm", "migrate", "client", FIRST_CLIENT, "--scopes", FIRST_SCOPES)
    return stack.client(FIRST_CLIENT, FIRST_SCOPES)


@pytest.fixture(scope="session")
def operator(stack, first_client):
    """The first member of staff with a role, loaded by the first client."""
    ids = {}
    for code, name, kind in DEPARTMENTS:
        content = {"code": code, "name": name, "kind": kind, "is_shozoku": kind == "station", "from": "2021-04-01"}
        if ids:
            content["parent_id"] = ids["shobo"]
        ids[code] = first_client.post("departments", 201, content)["id"]
    first_client.upload("staff/import", STAFF, 200, charset="cp932")
    first_client.post("posts", 201, {"code": "operator", "name": "システム運用", "department_id": ids["rinko"],
                                     "is_head": False, "role": "operator", "from": "2021-04-01"})
    first_client.upload("posts/assignments/import", ASSIGNMENTS, 200)
    return stack.staff("900002")
