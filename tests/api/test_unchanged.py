"""A change that changes nothing changes nothing: for every PATCH of the contract and every import the ETag stays, and no row
of the records is written, of audit, history and events neither."""

import re

import pytest

from contract.conformance import Contract
from harness.meetings import Meetings

CONTRACT = Contract()
PATCHES = {operation["operationId"]: (path, operation) for path, method, operation in CONTRACT.operations() if method == "patch"}
PEOPLE = {"operator": "900002", "general_manager": "100001", "equipment_manager": "100002", "user": "210002", "usage_manager": "210001"}
WHY = "試験のため"


@pytest.fixture(scope="module", autouse=True)
def things(service, operator, general_manager):
    """Of each kind that the sample bureau has none of, one."""
    operator.post("api-clients", 201, {"client_id": "unchanged", "name": "試験", "scopes": ["devices:read"]})
    post, person = operator.one("posts", code="tama-head"), operator.one("staff", number="270003")
    operator.post(f"posts/{post['id']}/assignments", 201, {"staff_id": person["id"], "kind": "regular", "from": "2030-04-01",
                                                           "order_number": "令12消人第1号"})
    meetings = Meetings(service)
    meetings.create(service.staff(PEOPLE["user"]))


def caller_of(service, operation):
    return service.staff(next(number for role, number in PEOPLE.items() if role in operation["x-roles"]))


def find(caller, path):
    """The path of a thing that there is: each id is that of the newest item of the list before it which leads further."""
    path = path.removeprefix("/api/v1/")
    if "{" not in path:
        return path
    before, _, after = path.partition("/{")
    after = after.partition("}")[2]
    for item in sorted(caller.every(before), key=lambda item: item["id"], reverse=True):
        found = find(caller, f"{before}/{item['id']}{after}")
        if found and caller.get(found, (200, 404)).status == 200:
            return found
    return None


def members_of(operation):
    schema = operation["requestBody"]["content"]["application/merge-patch+json"]["schema"]
    return schema, {name: its for part in CONTRACT.members(schema) for name, its in part.get("properties", {}).items()}


def as_read(operation, thing):
    """Every member as it was read, where the contract takes it so, and why, where it asks."""
    schema, members = members_of(operation)
    body = {name: thing[name] for name, its in members.items()
            if name in thing and CONTRACT.validator(its, of_requests=True).is_valid(thing[name])}
    if "reason" in members and "reason" not in thing:
        body["reason"] = WHY
    assert CONTRACT.validator(schema, of_requests=True).is_valid(body), body
    return body


def changed(operation, thing):
    """One text that is another one."""
    _, members = members_of(operation)
    for name in ("remarks", "name", "title", "order_number"):
        if name in members:
            return {name: f"{thing[name] or ''}改"} | ({"reason": WHY} if "reason" in members and "reason" not in thing else {})
    if "shift_ends_at" in members:
        return {"shift_ends_at": "09:15"}
    name = next(name for name, its in members.items() if CONTRACT.resolve(its).get("type") == "integer")
    return {name: thing[name] + 1, "reason": WHY}


@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_with_what_is_there(service, database, name):
    path, operation = PATCHES[name]
    caller = caller_of(service, operation)
    path = find(caller, path)
    thing = caller.get(path, 200)
    before, body = database.fingerprint(), as_read(operation, thing.json)
    alone = [{member: value} | ({"reason": WHY} if "reason" in body and member != "reason" else {}) for member, value in body.items()]
    for sent in [body, *alone]:
        answer = caller.patch(path, 200, sent, match=thing)
        assert (answer.etag, answer.json) == (thing.etag, thing.json), sent
        assert database.fingerprint() == before, sent
    # What changes something is told of, so that the above is no accident.
    answer = caller.patch(path, 200, changed(operation, thing.json), match=thing)
    assert answer.etag != thing.etag and database.audit(answer) and len(database.events(answer)) == 1


FILES = {
    "devices": ("100001", "code,name,kind,introduced_on,manufacturer,accessories,remarks,reason\n"
                          "UC-1,端末,terminal,2026-04-01,甲社,三脚、電源,良,導入\n"),
    "staff": ("900002", "number,name,kana,title,department_code,from,order_number,left_on\n"
                        "UC-1,試験 一,しけん はじめ,係員,rinko,2026-04-01,令8消人第1号,2031-04-01\n"),
    "posts/assignments": ("900002", "post_code,staff_number,kind,from,to,order_number,reason\n"
                                    "asao-head,270003,regular,2031-04-01,2031-06-30,令13消人第1号,異動\n"),
}


def test_every_import_that_brings_up_to_date_is_here():
    """The others only add."""
    updating = {path for path, method, operation in CONTRACT.operations() if path.endswith("/import") and
                any(column["needed"] == "new" for column in operation["x-columns"])}
    assert updating == {f"/api/v1/{path}/import" for path in FILES}


@pytest.mark.parametrize("path", FILES)
def test_an_import_of_what_is_there(service, database, path):
    number, file = FILES[path]
    caller = service.staff(number)
    written = caller.upload(f"{path}/import", file, 200)
    assert len(database.events(written)) == 1
    before = database.fingerprint()
    blank = file.splitlines()[0] + "\n" + re.sub(r"(?<=,)[^,\n]*", "", file.splitlines()[1])
    for again in [file, *([blank] if path != "posts/assignments" else [])]:  # whose key is four columns
        answer = caller.upload(f"{path}/import", again, 200)
        assert answer["items"] == [{"line": 2, "action": "keep"}], again
        assert database.fingerprint() == before and database.events(answer) == [] and database.audit(answer) == []
