"""The recorder sees what breaks the contract."""

import json
import pathlib
import subprocess
import sys

import pytest
from contract.conformance import PROBLEM, Contract, Recorder

ROOT = pathlib.Path(__file__).parents[2]
ID = "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"
THINGS, THING = "http://host/api/v1/things", f"http://host/api/v1/things/{ID}"
JSON = {"Content-Type": "application/json", "X-Request-ID": "r"}
REFUSED = {"Content-Type": PROBLEM, "X-Request-ID": "r", "Content-Language": "ja"}
GOOD = {"title": "t", "code": "A1"}


def problem(slug, status, **members):
    title = Contract.load_catalogue()[slug]["title"]["ja"]
    return {"type": f"/problems/{slug}", "title": title, "status": status, "instance": "/", "request_id": "r"} | members


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    source = ROOT / "tests/contract/fixture"
    subprocess.run([sys.executable, ROOT / "openapi/compile.py", "--source", source, folder], check=True)
    return Contract(folder / "openapi.json")


@pytest.fixture
def see(contract):
    recorder = Recorder(contract)

    def see(method, url, status, headers, body=None, sent=None, sent_type="application/json"):
        recorder.see(method, url, status, headers, json.dumps(body).encode() if body is not None else b"",
                     {"Content-Type": sent_type}, json.dumps(sent).encode() if sent is not None else None)

    see.recorder = recorder
    return see


def test_takes_what_is_right(see):
    created = JSON | {"Location": f"/api/v1/things/{ID}"}
    see("POST", THINGS, 201, created, {"id": ID, "at": "2026-04-01T08:30:00+09:00"}, GOOD)
    see("POST", THINGS, 422, REFUSED, problem("validation-failed", 422), {"title": 1})
    see("POST", THINGS, 409, REFUSED, problem("conflict", 409), GOOD)
    see("GET", THING, 200, JSON | {"ETag": '"1"'}, {"id": ID, "at": "2026-04-01T08:30:00+09:00"})
    see("HEAD", THING, 200, JSON | {"ETag": '"1"'})
    see("GET", THING, 304, {"X-Request-ID": "r", "ETag": '"1"'})
    see("GET", "http://host/nothing", 404, REFUSED, problem("not-found", 404))
    see("DELETE", THING, 405, REFUSED, problem("method-not-allowed", 405))
    assert see.recorder.operations == {"create_thing", "get_thing"}
    assert see.recorder.problems == {("create_thing", "validation-failed"), ("create_thing", "conflict"),
                                     ("", "not-found"), ("", "method-not-allowed")}


THING_BODY = {"id": ID, "at": "2026-04-01T08:30:00+09:00"}
TAGGED = JSON | {"ETag": '"1"'}
BROKEN = {
    "status_not_declared": ("GET", THING, 202, TAGGED, THING_BODY),
    "own_problem_of_another": ("GET", THING, 409, REFUSED, problem("conflict", 409)),
    "problem_not_declared": ("POST", THINGS, 409, REFUSED, problem("not-in-this-state", 409)),
    "problem_with_another_status": ("POST", THINGS, 409, REFUSED, problem("conflict", 422)),
    "problem_with_another_title": ("POST", THINGS, 409, REFUSED, problem("conflict", 409, title="x")),
    "problem_of_another_request": ("POST", THINGS, 409, REFUSED, problem("conflict", 409, request_id="s")),
    "unknown_problem": ("POST", THINGS, 409, REFUSED, problem("conflict", 409, type="/problems/strange")),
    "header_missing": ("GET", THING, 200, JSON, THING_BODY),
    "etag_without_quotes": ("GET", THING, 200, JSON | {"ETag": "1"}, THING_BODY),
    "location_of_nothing": ("POST", THINGS, 201, JSON | {"Location": "/api/v1/nothing"}, THING_BODY, GOOD),
    "media_type_not_declared": ("GET", THING, 200, TAGGED | {"Content-Type": "text/html"}, THING_BODY),
    "body_not_declared": ("GET", THING, 304, {"X-Request-ID": "r", "ETag": '"1"'}, THING_BODY),
    "member_missing": ("GET", THING, 200, TAGGED, {"id": ID}),
    "member_not_declared": ("GET", THING, 200, TAGGED, THING_BODY | {"secret": 1}),
    "member_not_declared_below": ("GET", THING, 200, TAGGED, THING_BODY | {"part": {"name": "n", "secret": 1}}),
    "id_in_another_form": ("GET", THING, 200, TAGGED, THING_BODY | {"id": ID.upper()}),
    "time_of_elsewhere": ("GET", THING, 200, TAGGED, THING_BODY | {"at": "2026-03-31T23:30:00Z"}),
    "invalid_body_taken": ("POST", THINGS, 201, JSON | {"Location": THING[11:]}, THING_BODY, {"title": 1}),
    "valid_body_refused": ("POST", THINGS, 422, REFUSED, problem("validation-failed", 422), GOOD),
    "unknown_path_answered": ("GET", "http://host/nothing", 200, JSON, {}),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_sees_what_is_wrong(see, answer):
    with pytest.raises(AssertionError):
        see(*answer)
