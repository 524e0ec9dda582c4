"""Whom a token names (art3.1.1): nobody changes his own, nor gives away the one he calls with; of the holder of a post it
changes only as a second person confirms."""

import contextlib
import json
import uuid

import pytest

from harness.organisation import DAY, assign
from harness.together import together

ISSUER = "https://login.example.jp"
FILE = "number,name,subject,issuer\r\n"


@pytest.fixture(scope="module")
def second_operator(a_member, a_post):
    """Another operator, who holds a post of his own."""
    return a_member(holds=a_post(role="operator"))


@pytest.fixture(scope="module")
def feed(service):
    """The personnel system."""
    return service.enrolled("feed", "organisation:read organisation:write")


@pytest.fixture
def holder(a_member, a_post):
    """Somebody who holds a post with a role."""
    return a_member(holds=a_post(role="auditor"))


def fresh():
    return f"i-{uuid.uuid4().hex[:12]}"


def refused(caller, departments, status, **members):
    """A new member of staff, who is not taken."""
    return caller.post("staff", status, {"number": fresh(), "name": "試験 花子", "department_id": departments["tama"]["id"]} | members)


def change(caller, person, status, **members):
    return caller.patch(f"staff/{person['id']}", status, members, match="*")


def asked(caller, person, subject=None):
    """The identity change that a PATCH by this caller made."""
    answer = change(caller, person, 202, subject=subject or fresh())
    return caller.request("GET", answer.headers["Location"], 200)


def decide(caller, request, what, status, body=None, match=""):
    return caller.post(f"identity-changes/{request['id']}/{what}", status, body, match=match or request)


class TestOnesOwn:
    def test_nobody_changes_his_own(self, operator, people, database):
        me, before = people["900002"], database.fingerprint()
        for members in ({"subject": "x"}, {"issuer": ISSUER}, {"subject": "x", "issuer": ISSUER}):
            answer = change(operator, me, 422, **members)
            assert answer.problem == "value-not-accepted" and answer.faults == {"/subject": "own_identity"}
        for row in ("900002,担当,x,", f"900002,担当,,{ISSUER}", f"900002,担当,900002,{ISSUER}"):
            for query in ("?dry_run=true", ""):
                answer = operator.upload(f"staff/import{query}", FILE + row + "\r\n", 422)
                assert {(fault["column"], fault["code"]) for fault in answer["rows"]} >= {("subject", "own_identity")} \
                    or answer["rows"][0]["code"] == "required", answer
        assert database.fingerprint() == before
        change(operator, me, 200, subject="900002", title="主査")

    def test_nobody_makes_himself_somebody_else(self, operator, people, departments, holder, database, a_member):
        """His own parked or kept, with or without an issuer, by a change, a new row or a file, of a holder or of anybody."""
        anybody = a_member()
        before = database.fingerprint()
        for person in (people["100001"], holder, anybody):
            for members in ({"subject": "900002"}, {"subject": "900002", "issuer": ISSUER}):
                answer = change(operator, person, (409, 422), **members)
                assert answer.faults in ({"/subject": "own_identity"}, {"/subject": "taken"}), answer
            for issuer in ("", ISSUER):
                row = f"{person['number']},{person['name']},900002,{issuer}\r\n"
                for rows in (row, f"900002,担当,parked,\r\n{row}"):
                    for query in ("?dry_run=true", ""):
                        answer = operator.upload(f"staff/import{query}", FILE + rows, 422)
                        assert {fault["code"] for fault in answer["rows"]} <= {"own_identity", "taken"}
        for members in ({"subject": "900002", "issuer": ISSUER}, {"number": "900002x", "subject": "900002", "issuer": ISSUER}):
            assert refused(operator, departments, 422, **members).faults == {"/subject": "own_identity"}
        assert operator.get("me", 200)["id"] == people["900002"]["id"]
        assert database.fingerprint() == before

    def test_a_number_is_an_identity_too(self, departments, a_member, a_post):
        """The subject of a new member of staff is his number where no other is given."""
        caller = a_member(holds=a_post(role="operator"), subject="i-renamed")
        assert refused(caller, departments, 409, number="i-renamed").faults == {"/subject": "taken"}
        assert refused(caller, departments, 422, number="i-renamed", issuer=ISSUER).faults == {"/subject": "own_identity"}

    def test_a_number_stays_with_a_post(self, operator, people, departments, holder, a_member, database):
        """Tokens of some issuers name by it."""
        before = database.fingerprint()
        for person, told in ((people["900002"], "own_identity"), (holder, "number_of_holder"), (people["100001"], "number_of_holder")):
            answer = change(operator, person, 422, number=fresh())
            assert answer.problem == "value-not-accepted" and answer.faults == {"/number": told}
        assert database.fingerprint() == before
        change(operator, holder, 200, number=holder["number"], title="主査")
        change(operator, a_member(), 200, number=fresh())

    def test_nobody_shadows_a_holder(self, operator, departments, database, a_member):
        anybody, before = a_member(), database.fingerprint()
        answer = refused(operator, departments, 409, subject="100001", issuer=ISSUER)
        assert answer.problem == "conflict" and answer.faults == {"/subject": "taken"}
        assert change(operator, anybody, 409, subject="100001", issuer=ISSUER).faults == {"/subject": "taken"}
        for row in (f"i-new,新人,100001,{ISSUER}", f"{anybody['number']},{anybody['name']},100001,{ISSUER}"):
            for query in ("?dry_run=true", ""):
                answer = operator.upload(f"staff/import{query}", "number,name,department_code,subject,issuer\r\n"
                                         + row.replace(",100001", ",tama,100001") + "\r\n", 422)
                assert {(fault["column"], fault["code"]) for fault in answer["rows"]} == {("subject", "taken")}
        assert database.fingerprint() == before

    def test_a_token_of_one_who_has_left_names_nobody_else(self, service, keys, operator, today, a_member):
        """Two of one subject, one of them of the token's issuer: nobody becomes the other by his leaving."""
        (issuer,) = [entry["issuer"] for entry in json.loads((keys.folder / "issuers.json").read_text())]
        subject = fresh()
        other = a_member(subject=subject)
        assert service.staff(subject).get("me", 200)["id"] == other["id"]
        person = a_member(subject=subject, issuer=issuer)
        assert service.staff(subject).get("me", 200)["id"] == person["id"]
        operator.patch(f"staff/{person['id']}", 200, {"left_on": str(today)}, match=person)
        assert service.staff(subject).get("me", 401).problem == "unknown-caller"


class TestOfAHolder:
    def test_waits_for_a_second_person(self, service, operator, second_operator, general_manager, holder, database):
        old, new = holder["subject"], fresh()
        answer = change(operator, holder, 202, subject=new, title="監査員")
        assert (answer["subject"], answer["title"]) == (old, "監査員")
        assert sorted(event["type"] for event in database.events(answer)) == ["identity_change.requested", "staff.changed"]
        assert {(row["subject_type"], row["action"]) for row in database.audit(answer)} == {
            ("identity_changes", "insert"), ("staff_transfers", "update"), ("staff_transfers", "insert")}
        request = operator.request("GET", answer.headers["Location"], 200)
        assert (request["status"], request["subject"], request["former_subject"]) == ("requested", new, old)
        assert request["staff_id"] == holder["id"] and request["staff_number"] == holder["number"]
        assert service.staff(old).get("me", 200)["id"] == holder["id"]
        service.staff(new).get("me", 401)
        assert operator.post(f"identity-changes/{request['id']}/confirmation", 428).problem == "precondition-required"
        assert decide(operator, request, "confirmation", 403).problem == "second-person-required"
        assert decide(second_operator, request, "confirmation", 412, match='"99.ja"').problem == "precondition-failed"
        done = decide(second_operator, request, "confirmation", 200)
        assert done["status"] == "confirmed" and done["decided_by_id"] == second_operator.get("me")["id"]
        assert [event["type"] for event in database.events(done)] == ["identity_change.confirmed"]
        assert {(row["subject_type"], row["action"]) for row in database.audit(done)} == {
            ("identity_changes", "update"), ("staff", "update")}
        assert service.staff(new).get("me", 200)["id"] == holder["id"]
        service.staff(old).get("me", 401)
        assert decide(second_operator, request, "confirmation", 412).problem == "precondition-failed"
        assert decide(general_manager, done, "confirmation", 409).problem == "not-in-this-state"
        assert decide(general_manager, done, "refusal", 409, {"reason": "x"}).problem == "not-in-this-state"

    def test_the_general_manager_is_told_until_he_has_noted_it(self, operator, second_operator, general_manager, member, holder):
        request = asked(operator, holder)
        link = f"/api/v1/identity-changes/{request['id']}"

        def told(caller):
            return {task["kind"]: task["clause"] for task in caller.every("me/tasks") if task["link"] == link}

        assert told(general_manager) == told(second_operator) == {"identity_confirmation": "art3.1.1"}
        assert told(operator) == told(member) == {}
        decide(second_operator, request, "confirmation", 200)
        assert told(second_operator) == {} and told(general_manager) == {"identity_change": "art3.1.1"}
        path = f"identity-changes/{request['id']}/acknowledgement"
        assert operator.post(path, 403).problem == "forbidden"
        assert general_manager.post(path, 200)["acknowledged_by_id"] == general_manager.get("me")["id"]
        assert general_manager.post(path, 409).problem == "not-in-this-state"
        assert told(general_manager) == {}

    def test_what_the_general_manager_confirms_himself_he_knows(self, operator, general_manager, holder):
        request = asked(operator, holder)
        done = decide(general_manager, request, "confirmation", 200)
        assert done["acknowledged_by_id"] == done["decided_by_id"] == general_manager.get("me")["id"]

    def test_is_refused_or_taken_back(self, operator, general_manager, holder, database):
        for caller in (operator, general_manager):
            request = asked(operator, holder)
            refused = decide(caller, request, "refusal", 200, {"reason": "届出なし"})
            assert (refused["status"], refused["reason"]) == ("refused", "届出なし")
            assert [event["type"] for event in database.events(refused)] == ["identity_change.refused"]
            assert decide(general_manager, refused, "confirmation", 409).problem == "not-in-this-state"
            assert general_manager.post(f"identity-changes/{request['id']}/acknowledgement", 409).problem == "not-in-this-state"
        assert operator.get(f"staff/{holder['id']}")["subject"] == holder["subject"]

    def test_one_waits_at_a_time(self, operator, general_manager, holder):
        first = asked(operator, holder)
        again = asked(operator, holder, first["subject"])
        assert again.json == first.json
        second = asked(operator, holder)
        assert operator.get(f"identity-changes/{first['id']}")["status"] == "replaced"
        assert [c["id"] for c in operator.every("identity-changes", staff_id=holder["id"], status="requested")] == [second["id"]]
        assert len(operator.every("identity-changes", staff_id=holder["id"])) == 2
        assert decide(general_manager, first, "confirmation", 409, match="*").problem == "not-in-this-state"
        decide(general_manager, second, "confirmation", 200)

    def test_a_term_to_come_counts(self, operator, today, a_member, a_post):
        person, post = a_member(), a_post(role="auditor")
        change(operator, person, 200, subject=fresh())
        term = assign(operator, post, person, today + 30 * DAY)
        change(operator, person, 202, subject=fresh())
        operator.patch(f"posts/{post['id']}/assignments/{term['id']}", 200, {"withdrawn": True}, match=term)
        change(operator, person, 200, subject=fresh())

    @pytest.mark.parametrize("head, shozoku, waits", [(True, True, 202), (True, False, 200), (False, True, 200)])
    def test_a_head_counts_where_it_heads_a_shozoku(self, operator, head, shozoku, waits, a_department, a_member, a_post):
        department = a_department(is_shozoku=shozoku)
        person = a_member(department, holds=a_post(department, is_head=head))
        change(operator, person, waits, subject=fresh())

    def test_nor_does_leaving_open_a_way(self, operator, holder, today):
        """One who has left still holds his post for this, as he could be taken back."""
        change(operator, holder, 200, left_on=str(today))
        change(operator, holder, 202, subject=fresh())

    def test_a_client_is_no_person(self, feed, operator, general_manager, second_operator, holder):
        """What a system asked for, the operator who runs it does not confirm."""
        answer = change(feed, holder, 202, subject=fresh())
        request = operator.request("GET", answer.headers["Location"], 200)
        assert request["requested_by_kind"] == "client"
        for caller in (operator, second_operator):
            assert decide(caller, request, "confirmation", 403).problem == "second-person-required"
        assert feed.get("identity-changes", 403).problem == "insufficient-scope"
        decide(general_manager, request, "confirmation", 200)

    def test_the_general_managers_own_is_confirmed_like_any_other(self, service, operator, second_operator, general_manager, people):
        chief, new = people["100001"], fresh()
        request = asked(operator, chief, new)
        assert decide(operator, request, "confirmation", 403).problem == "second-person-required"
        decide(general_manager, request, "confirmation", 200)
        assert service.staff(new).get("me", 200)["id"] == chief["id"]
        back = asked(operator, chief, "100001")
        decide(second_operator, back, "confirmation", 200)
        assert general_manager.get("me", 200)["id"] == chief["id"]

    def test_what_is_taken_meanwhile(self, operator, general_manager, holder, a_member):
        subject = fresh()
        request = asked(operator, holder, subject)
        a_member(subject=subject)
        answer = decide(general_manager, request, "confirmation", 409)
        assert answer.problem == "conflict" and answer.faults == {"/subject": "taken"}
        decide(general_manager, request, "refusal", 200, {"reason": "重複"})
        assert change(operator, holder, 409, subject=subject).faults == {"/subject": "taken"}

    def test_what_has_changed_meanwhile(self, operator, general_manager, holder, database):
        request = asked(operator, holder)
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        with contextlib.closing(database.cluster.connect(database.name)) as other, other.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE kiki.staff_records SET subject = %s WHERE id = %s", (fresh(), holder["id"]))
        assert decide(general_manager, request, "confirmation", 409).problem == "not-in-this-state"

    def test_two_who_confirm_at_once(self, operator, second_operator, general_manager, holder):
        request = asked(operator, holder)
        answers = together(*[lambda caller=caller: decide(caller, request, "confirmation", (200, 409, 412))
                             for caller in (second_operator, general_manager)])
        assert sorted(answer.status for answer in answers)[0] == 200

    def test_nothing_there(self, operator, general_manager):
        missing = f"identity-changes/{uuid.uuid4()}"
        assert operator.get(missing, 404).problem == "not-found"
        assert general_manager.post(f"{missing}/confirmation", 404, match="*").problem == "not-found"
        assert general_manager.post(f"{missing}/refusal", 404, {"reason": "x"}, match="*").problem == "not-found"
        assert general_manager.post(f"{missing}/acknowledgement", 404).problem == "not-found"

    def test_who_reads(self, auditor, member, usage_manager, operator, holder):
        request = asked(operator, holder)
        assert auditor.get(f"identity-changes/{request['id']}", 200).json == request.json
        for caller in (member, usage_manager):
            assert caller.get("identity-changes", 403).problem == "forbidden"


class TestByImport:
    def test_is_reported_and_waits(self, operator, general_manager, holder, database, a_member):
        anybody, new, other = a_member(), fresh(), fresh()
        file = FILE + f"{holder['number']},監査 太郎,{new},\r\n{anybody['number']},{anybody['name']},{other},\r\n"
        before = database.fingerprint()
        dry = operator.upload("staff/import?dry_run=true", file, 200)
        assert [item["action"] for item in dry["items"]] == ["await_confirmation", "update"]
        assert database.fingerprint() == before
        wet = operator.upload("staff/import", file, 200)
        assert wet["items"] == dry["items"]
        read = operator.get(f"staff/{holder['id']}", 200)
        assert (read["name"], read["subject"]) == ("監査 太郎", holder["subject"])
        assert operator.get(f"staff/{anybody['id']}")["subject"] == other
        request = operator.one("identity-changes", staff_id=holder["id"])
        assert (request["status"], request["subject"]) == ("requested", new)
        again = operator.upload("staff/import", file, 200)
        assert [item["action"] for item in again["items"]] == ["await_confirmation", "keep"]
        assert len(operator.every("identity-changes", staff_id=holder["id"])) == 1
        decide(general_manager, request, "confirmation", 200, match="*")
        assert operator.upload("staff/import", file, 200)["items"][0]["action"] == "keep"

    def test_what_a_holder_still_has_is_taken(self, operator, holder, a_member):
        anybody = a_member()
        file = FILE + f"{holder['number']},甲,{fresh()},\r\n{anybody['number']},乙,{holder['subject']},\r\n"
        for query in ("?dry_run=true", ""):
            answer = operator.upload(f"staff/import{query}", file, 422)
            assert [(row["line"], row["column"], row["code"]) for row in answer["rows"]] == [(3, "subject", "taken")]


class TestTheSecondLock:
    """What the database keeps from every statement, whatever it forgets."""

    @pytest.fixture
    def inside(self, database):
        """inside("900002"): a cursor of the service's role, as that member of staff."""
        with contextlib.closing(database.cluster.connect(database.name, "kiki_service")) as connection:
            connection.autocommit = False

            def enter(number):
                connection.rollback()
                cursor = connection.cursor()
                cursor.execute("SELECT api.enter('', %s, NULL, '', '{user}', 'test', 'test')", (number,))
                return cursor

            yield enter

    @pytest.mark.parametrize("statement, told", [
        ("UPDATE staff_records SET subject = 'x' WHERE number = '900002'", "own_identity"),
        ("UPDATE staff_records SET issuer = 'x' WHERE number = '900002'", "own_identity"),
        ("UPDATE staff_records SET subject = '900002', issuer = 'x' WHERE number = '250002'", "own_identity"),
        ("INSERT INTO staff_records (number, subject, issuer) VALUES ('i-1', '900002', 'x')", "own_identity"),
        ("UPDATE staff_records SET subject = 'x' WHERE number = '100001'", "second-person-required"),
        ("UPDATE staff_records SET issuer = 'x' WHERE number = '210001'", "second-person-required"),
        ("UPDATE staff_records SET number = 'x' WHERE number = '900002'", "own_identity"),
        ("UPDATE staff_records SET number = 'x' WHERE number = '100001'", "number_of_holder"),
        ("UPDATE staff_records SET number = 'x' || number", "own_identity"),
        ("INSERT INTO staff_records (number, subject, issuer) VALUES ('i-1', '100001', 'x')", "taken"),
        ("""INSERT INTO identity_changes (staff_id, subject, requested_by_id)
            SELECT id, 'x', id FROM staff WHERE number = '100001'""", "permission denied"),
        ("""WITH c AS (INSERT INTO identity_changes (staff_id, subject) SELECT id, 'x' FROM staff WHERE number = '100001' RETURNING id)
            SELECT 1 FROM c; UPDATE identity_changes SET status = 'confirmed' WHERE status = 'requested'""", "second-person-required"),
        ("UPDATE identity_changes SET decided_by_id = NULL", "permission denied"),
        ("INSERT INTO identity_changes (staff_id, subject) SELECT id, 'x' FROM staff WHERE number = '900002'", "own_identity"),
    ])
    def test_refuses_the_operator(self, inside, statement, told):
        cursor = inside("900002")
        with pytest.raises(Exception, match=told):
            cursor.execute("SET LOCAL search_path = kiki, api; " + statement)
