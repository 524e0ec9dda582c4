"""API clients: their scopes and the departments they are bound to."""

import uuid


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

    def test_bad_members_are_named(self, operator):
        answer = operator.post("api-clients", 422, {"client_id": "a b", "name": "", "scopes": ["devices:delete"], "department_ids": []})
        assert set(answer.faults) == {"/client_id", "/name", "/scopes/0", "/department_ids"}
