"""API clients: their scopes and the departments they are bound to."""

import contextlib
import json
import uuid

import pytest
from harness.caller import Caller
from harness.issuer import Issuer


class TestApiClients:
    BODY = {"name": "機器管理", "scopes": ["devices:read", "organisation:read"]}

    def test_are_registered_by_the_operator(self, operator, general_manager, auditor, member, service, database, departments):
        answer = operator.post("api-clients", 201, self.BODY | {"client_id": "mdm"})
        assert answer["department_ids"] is None and answer["active"] is True
        database.on_record(answer, "api_client.created", ("api_clients", "insert"))
        for caller in (operator, general_manager, auditor):
            assert caller.get(f"api-clients/{answer['id']}", 200).json == answer.json
            assert caller.one("api-clients", client_id="mdm") == answer.json
        assert member.get("api-clients", 403).problem == "forbidden"
        for caller in (general_manager, auditor, member):
            assert caller.post("api-clients", 403, self.BODY | {"client_id": "x"}).problem == "forbidden"
        assert operator.post("api-clients", 409, self.BODY | {"client_id": "mdm"}).faults == {"/client_id": "taken"}
        assert len(service.client("mdm", "devices:read").every("devices")) >= 40
        assert operator.get(f"api-clients/{uuid.uuid4()}", 404).problem == "not-found"

    def test_are_bound_to_departments(self, operator, service, departments):
        rinko = departments["rinko"]["id"]
        bound = operator.post("api-clients", 201, self.BODY | {"client_id": "bound", "department_ids": [rinko]})
        caller = service.client("bound", "devices:read")
        assert {device["department_id"] for device in caller.every("devices")} == {rinko}
        assert [department["code"] for department in caller.get("me")["departments"]] == ["rinko"]
        for other in (str(uuid.uuid4()), departments["joho"]["id"]):
            answer = operator.patch(f"api-clients/{bound['id']}", 422, {"department_ids": [rinko, other]}, match=bound)
            assert answer.problem == "reference-not-found" and answer.faults == {"/department_ids/1": "not_found"}
        assert operator.post("api-clients", 422, self.BODY | {"client_id": "x", "department_ids": [str(uuid.uuid4())]}).faults == {
            "/department_ids/0": "not_found"}
        operator.patch(f"api-clients/{bound['id']}", 200, {"department_ids": None}, match=bound)
        assert len(caller.every("devices")) >= 40

    def test_what_is_taken_away_is_gone_at_once(self, operator, service, database):
        made = operator.post("api-clients", 201, self.BODY | {"client_id": "short"})
        caller, path = service.client("short", "devices:read organisation:read"), f"api-clients/{made['id']}"
        caller.get("departments", 200)
        assert operator.patch(path, 428, {"scopes": ["devices:read"]}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"scopes": ["devices:read"]}, match=made)
        database.on_record(changed, "api_client.changed", ("api_clients", "update"))
        assert caller.get("departments", 403).problem == "insufficient-scope"
        assert operator.patch(path, 412, {"active": False}, match=made).problem == "precondition-failed"
        operator.patch(path, 200, {"active": False}, match=changed)
        assert caller.get("devices", 401).problem == "unknown-caller"
        assert operator.patch(f"api-clients/{uuid.uuid4()}", 404, {"active": True}, match="*").problem == "not-found"

    def test_belong_to_an_issuer(self, operator, database):
        first, second = "https://first.example", "https://second.example"
        for members in ({"client_id": "one"}, {"client_id": "one", "issuer": first}, {"client_id": "one", "issuer": second},
                        {"subject": "one", "issuer": first}, {"subject": "one", "issuer": second}):
            made = operator.post("api-clients", 201, self.BODY | members)
            assert {name: made[name] for name in ("client_id", "subject", "issuer")} == {
                "client_id": None, "subject": None, "issuer": None} | members
            pointer = "/client_id" if "client_id" in members else "/subject"
            assert operator.post("api-clients", 409, self.BODY | members).faults == {pointer: "taken"}
        before = database.fingerprint()
        for members, faults in (({}, {"/client_id": "one_name"}),
                                ({"client_id": "two", "subject": "two", "issuer": first}, {"/client_id": "one_name"}),
                                ({"subject": "two"}, {"/issuer": "required"}), ({"issuer": first}, {"/client_id": "one_name"})):
            assert operator.post("api-clients", 422, self.BODY | members).faults == faults, members
        assert operator.patch(f"api-clients/{made['id']}", 409, {"issuer": first}, match="*").faults == {"/subject": "taken"}
        assert operator.patch(f"api-clients/{made['id']}", 422, {"issuer": None}, match="*").faults == {"/issuer": "subject_of_issuer"}
        assert database.fingerprint() == before
        assert {client["issuer"] for client in operator.every("api-clients", client_id="one")} == {None, first, second}
        listed = [client for client in operator.every("api-clients", sort="client_id") if client["subject"] == "one"]
        assert {client["issuer"] for client in listed} == {first, second}

    @pytest.mark.parametrize("token, matches, found", [
        (("https://first.example", "told"), "client_id", "own"), (("https://other.example", "told"), "client_id", "any"),
        (("https://first.example", "told"), "subject", "subject"), (("https://other.example", "told"), "subject", None),
        (("https://off.example", "told"), "client_id", None), (("https://first.example", "xtold"), "client_id", None),
    ])
    def test_are_found_by_their_issuer(self, operator, database, token, matches, found):
        """The one of the token's issuer goes first, also where it is switched off."""
        if not operator.every("api-clients", client_id="told"):
            first = {"issuer": "https://first.example"}
            for name, members in (("any", {"client_id": "told"}), ("own", {"client_id": "told"} | first),
                                  ("subject", {"subject": "told"} | first)):
                operator.post("api-clients", 201, self.BODY | members | {"name": name})
            off = operator.post("api-clients", 201, self.BODY | {"client_id": "told", "issuer": "https://off.example"})
            operator.patch(f"api-clients/{off['id']}", 200, {"active": False}, match=off)
        with contextlib.closing(database.cluster.connect(database.name, "kiki_service")) as connection, connection.cursor() as cursor:
            connection.autocommit = False
            enter = "SELECT api.enter(%s, NULL, %s, 'devices:read', '{}', 'test', 'test', NULL, %s)"
            if found is None:
                with pytest.raises(Exception, match="unknown-caller"):
                    cursor.execute(enter, (*token, matches))
            else:
                cursor.execute(enter, (*token, matches))
                cursor.execute("SELECT api.caller()")
                caller = str(cursor.fetchone()[0])
                assert operator.get(f"api-clients/{caller}", 200)["name"] == found

    def test_are_called_by_subject_where_the_issuer_says_so(self, operator, start_service, tmp_path):
        issuer = Issuer("https://subjects.example")
        issuer.write(tmp_path)
        path = tmp_path / "issuers.json"
        (entry,) = json.loads(path.read_text())
        rule = {"claim": "gty", "is": "client-credentials"}
        path.write_text(json.dumps([entry | {"client": {"claim": "sub", "matches": "subject", "when": rule}}]))
        operator.post("api-clients", 201, self.BODY | {"subject": "a@clients", "issuer": issuer.name})
        operator.post("api-clients", 201, self.BODY | {"client_id": "b@clients", "issuer": issuer.name})
        service = start_service(KIKI_ISSUERS=str(path))
        claims = {"sub": "a@clients", "azp": "b@clients", "client_id": "b@clients", "gty": "client-credentials", "scope": "devices:read"}
        Caller(service.url, issuer.token(claims)).get("devices", 200)
        for other in ({"sub": "b@clients"}, {"gty": "password"}, {"gty": ["client-credentials"]}):
            assert Caller(service.url, issuer.token(claims | other)).get("devices", 401).problem == "unknown-caller"

    def test_bad_members_are_named(self, operator):
        answer = operator.post("api-clients", 422, {"client_id": "a b", "name": "", "scopes": ["devices:delete"], "department_ids": []})
        assert set(answer.faults) == {"/client_id", "/name", "/scopes/0", "/department_ids"}
