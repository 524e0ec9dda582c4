"""An answer with a secret is given once and kept nowhere. The service has no such operation, so a service with two is built:
the same sources and tests/api/secret_answers laid over them."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import uuid

import pytest
import requests

from harness.cluster import Database
from harness.service import BINARY, Service

OVERLAY = pathlib.Path("tests/api/secret_answers")


class TokenService(Service):
    binary = pathlib.Path("build/secret-answers/build").resolve() / BINARY.parent.name / "kiki"


def lay_over(folder):
    """A copy of what the service is built from, its objects included, so that only what depends on the change is built."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy2("Makefile", folder)
    for name in ("openapi", "service", "migrations", "build/gen", f"build/{BINARY.parent.name}"):
        shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    for name in ("openapi/tokens", "service/tokens"):
        shutil.copytree(OVERLAY / name, folder / name, copy_function=shutil.copy)  # newer than what was built
    number = 1 + max(int(path.name[:4]) for path in (folder / "migrations").glob("*.sql"))
    shutil.copy(OVERLAY / "migrations/tokens.sql", folder / f"migrations/{number:04}_tokens.sql")
    shutil.copy(OVERLAY / "migrations/code/tokens.sql", folder / "migrations/code")


@pytest.fixture(scope="module")
def tokens(cluster, keys, sample):
    folder = pathlib.Path("build/secret-answers")
    lay_over(folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    variant = BINARY.parent.name
    made = subprocess.run(["make", "-j2", f"VARIANT={variant}", f"build/{variant}/kiki"], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=600)
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-4000:]
    name = cluster.create(sample)
    service = TokenService(cluster, keys, name)
    service.run("migrate")
    service.start()
    yield service
    service.stop()
    cluster.drop(name)


@pytest.fixture
def records(cluster, tokens):
    with contextlib.closing(Database(cluster, tokens.database)) as database:
        yield database


@pytest.fixture
def post(tokens, keys):
    """post("tokens", name="n"): by the operator. No observer looks, as these operations are not in the contract."""
    token = keys.staff_token("900002")

    def send(path, key=None, **body):
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        return requests.post(f"{tokens.url}/api/v1/{path}", json=body, headers=headers, timeout=20)

    return send


def places(records, secret):
    """The tables that hold it, anywhere in a row."""
    tables = records.rows("""SELECT c.oid::regclass::text AS name FROM pg_class c
                              WHERE c.relnamespace = 'kiki'::regnamespace AND c.relkind = 'r' ORDER BY 1""")
    return [table["name"] for table in tables
            if records.value(f"SELECT count(*) FROM {table['name']} t WHERE t::text LIKE %s", f"%{secret}%")]


def problem(answer):
    return answer.json()["type"].removeprefix("/problems/")


def test_a_secret_is_answered_once(tokens, post, records):
    key = str(uuid.uuid4())
    made = post("tokens", key, name="once")
    assert made.status_code == 201, made.text
    secret = made.json()["secret"]
    again = post("tokens", key, name="once")
    assert (again.status_code, problem(again)) == (409, "answer-was-secret")
    assert secret not in again.text and "Idempotency-Replayed" not in again.headers
    assert records.value("SELECT count(*) FROM tokens WHERE name = 'once'") == 1
    row = records.rows("SELECT * FROM idempotency_keys WHERE key = %s", key)[0]
    assert (row["status"], row["body"], row["secret"]) == (201, None, True)
    assert problem(post("tokens", key, name="another")) == "idempotency-key-reused"


def test_a_secret_is_kept_nowhere_else(tokens, post, records):
    for key in (None, str(uuid.uuid4())):
        made = post("tokens", key, name=f"nowhere {key}")
        assert made.status_code == 201, made.text
        secret, request_id = made.json()["secret"], made.headers["X-Request-ID"]
        assert places(records, secret) == ["tokens"]
        assert records.value("SELECT count(*) FROM audit_log WHERE request_id = %s", request_id) == 1
        assert records.value("SELECT count(*) FROM events WHERE request_id = %s", request_id) == 1
        assert secret not in tokens.log()


def test_a_refusal_holds_no_secret_and_is_kept(post, records):
    key = str(uuid.uuid4())
    assert post("tokens", name="taken").status_code == 201
    first, again = post("tokens", key, name="taken"), post("tokens", key, name="taken")
    assert first.status_code == again.status_code == 409 and problem(first) == "conflict"
    assert again.text == first.text and again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("path, leak", [("tokens", "event"), ("tokens", "audit"), ("tokens", "location"), ("open-tokens", None)])
def test_what_would_write_a_secret_down_fails(tokens, post, records, path, leak):
    tokens.expected_errors.add("database-fault")
    name = f"leak {path} {leak}"
    answer = post(path, str(uuid.uuid4()), name=name, **({"leak": leak} if leak else {}))
    assert (answer.status_code, problem(answer)) == (500, "internal-error")
    assert records.value("SELECT count(*) FROM tokens WHERE name = %s", name) == 0


def test_the_key_store_takes_no_body_of_a_secret_answer(post, records):
    key = str(uuid.uuid4())
    assert post("tokens", key, name="constraint").status_code == 201
    with pytest.raises(Exception, match="idempotency_keys_keep_no_secret"):
        records.run("UPDATE idempotency_keys SET body = '{}' WHERE secret")
