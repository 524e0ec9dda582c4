"""Placement (art4.1.1): requests with comments and decision, placements, and the report to the general manager (art4.2)."""

import uuid

import pytest

from harness.together import together


@pytest.fixture(scope="module")
def rinko(usage_manager):
    return usage_manager.get("devices", params={"code": "WT-001"})["items"][0]["department_id"]


@pytest.fixture(scope="module")
def kawasaki(other_usage_manager):
    return other_usage_manager.get("devices", params={"code": "WT-002"})["items"][0]["department_id"]


@pytest.fixture
def device(general_manager):
    return general_manager.post("devices", 201, {"code": f"P-{uuid.uuid4().hex[:8]}", "name": "端末", "kind": "terminal",
                                                 "introduced_on": "2026-10-01", "reason": "増設"}).json


class TestRequests:
    def ask(self, caller, department, status=201):
        return caller.post("placement-requests", status, {"department_id": department, "device_kind": "camera", "quantity": 1,
                                                          "reason": "研修で使うため", "wished_on": "2026-12-01"})

    def test_from_asking_to_decision(self, usage_manager, equipment_manager, member, rinko, database):
        asked = self.ask(usage_manager, rinko)
        path = f"placement-requests/{asked['id']}"
        assert asked["status"] == "requested" and member.get(path, 200).json == asked.json
        equipment_manager.post(f"{path}/comments", 201, {"comment": "12月では間に合いません"})
        usage_manager.post(f"{path}/comments", 201, {"comment": "1月で構いません"})
        assert [c["comment"] for c in member.get(f"{path}/comments")["items"]] == ["12月では間に合いません", "1月で構いません"]
        assert usage_manager.post(f"{path}/decision", 403, {"decision": "approved"}, match=asked).problem == "forbidden"
        assert equipment_manager.post(f"{path}/decision", 428, {"decision": "approved"}).problem == "precondition-required"
        decided = equipment_manager.post(f"{path}/decision", 200, {"decision": "approved", "note": "1月に配置"}, match=asked)
        assert (decided["status"], decided["decision_note"]) == ("approved", "1月に配置") and decided["decided_at"]
        assert equipment_manager.post(f"{path}/decision", 409, {"decision": "refused"}, match=decided).problem == "not-in-this-state"
        assert equipment_manager.post(f"{path}/decision", 412, {"decision": "refused"}, match=asked).problem == "precondition-failed"
        types = [e["type"] for e in database.rows("SELECT type FROM events WHERE subject = %s ORDER BY id", path)]
        assert types == ["placement_request.created", "placement_request.commented", "placement_request.commented",
                         "placement_request.decided"]
        assert asked["id"] in [r["id"] for r in member.every("placement-requests", status="approved", department_id=rinko)]

    def test_another_department_neither_asks_nor_sees(self, usage_manager, other_usage_manager, member, rinko):
        asked = self.ask(usage_manager, rinko)
        path = f"placement-requests/{asked['id']}"
        assert self.ask(other_usage_manager, rinko, 422).faults == {"/department_id": "not_found"}
        assert self.ask(member, rinko, 403).problem == "forbidden"
        for call in (lambda: other_usage_manager.get(path, 404), lambda: other_usage_manager.get(f"{path}/comments", 404),
                     lambda: other_usage_manager.post(f"{path}/comments", 404, {"comment": "x"})):
            assert call().problem == "not-found"
        assert asked["id"] not in [r["id"] for r in other_usage_manager.every("placement-requests")]


class TestPlacing:
    def place(self, caller, device, department, status=201, **members):
        return caller.post("placements", status, {"device_id": device["id"], "department_id": department, "reason": "配置"} | members)

    def test_deciding_changing_and_ending_report_themselves(self, equipment_manager, general_manager, usage_manager,
                                                            other_usage_manager, device, rinko, kawasaki):
        shelf = usage_manager.every("storage-locations", department_id=rinko)[0]["id"]
        first = self.place(equipment_manager, device, rinko, storage_location_id=shelf)
        assert usage_manager.get(f"devices/{device['id']}")["storage_location_id"] == shelf
        assert usage_manager.get(f"placements/{first['id']}")["ended_at"] is None
        second = self.place(equipment_manager, device, kawasaki)
        usage_manager.get(f"devices/{device['id']}", 404)
        assert other_usage_manager.get(f"devices/{device['id']}")["storage_location_id"] is None
        other_usage_manager.get(f"placements/{first['id']}", 404)
        assert usage_manager.get(f"placements/{first['id']}")["ended_at"] == second["began_at"]
        ended = self.place(equipment_manager, device, None)
        assert ended["id"] == second["id"] and ended["ended_at"]
        assert general_manager.get(f"devices/{device['id']}")["status"] == "in_stock"
        reports = general_manager.every("placement-reports", device_id=device["id"], sort="reported_at")
        assert [(r["kind"], r["from_department_id"], r["to_department_id"]) for r in reports] == [
            ("decision", None, rinko), ("change", rinko, kawasaki), ("end", kawasaki, None)]
        placements = equipment_manager.every("placements", device_id=device["id"])
        assert [p["id"] for p in placements] == [second["id"], first["id"]]
        assert equipment_manager.every("placements", device_id=device["id"], current="true") == []

    def test_the_general_manager_acknowledges_once(self, equipment_manager, general_manager, auditor, device, rinko):
        self.place(equipment_manager, device, rinko)
        report = general_manager.one("placement-reports", device_id=device["id"], acknowledged="false")
        path = f"placement-reports/{report['id']}"
        assert equipment_manager.post(f"{path}/acknowledgement", 403).problem == "forbidden"
        assert general_manager.post(f"{path}/acknowledgement", 200)["acknowledged_at"]
        assert general_manager.post(f"{path}/acknowledgement", 409).problem == "not-in-this-state"
        told = auditor.get(path)
        assert told["acknowledged_by_id"] == general_manager.get("me")["id"]
        assert told["acknowledged_by"] == {"kind": "staff", "id": told["acknowledged_by_id"], "name": "見本 一郎", "title": "指令課長",
                                           "acting": None}
        assert told["reported_by"]["id"] == told["reported_by_id"] == equipment_manager.get("me")["id"]
        assert general_manager.post(f"placement-reports/{uuid.uuid4()}/acknowledgement", 404).problem == "not-found"

    def test_ids_in_the_body_are_looked_up_as_the_caller_sees_them(self, equipment_manager, device, rinko, kawasaki,
                                                                  other_usage_manager):
        nothing = str(uuid.uuid4())
        theirs = other_usage_manager.every("storage-locations")[0]["id"]
        for members, pointer in (({"device_id": nothing}, "/device_id"), ({"department_id": nothing}, "/department_id"),
                                 ({"storage_location_id": theirs}, "/storage_location_id"),
                                 ({"placement_request_id": nothing}, "/placement_request_id")):
            answer = self.place(equipment_manager, device, rinko, 422, **members)
            assert answer.problem == "reference-not-found" and answer.faults == {pointer: "not_found"}
        assert self.place(equipment_manager, device, None, 409).problem == "not-in-this-state"

    def test_not_while_it_is_out(self, lending, member, equipment_manager, kawasaki):
        device = lending.device()
        lending.out(member, device)
        assert self.place(equipment_manager, device, kawasaki, 409).problem == "device-checked-out"
        assert self.place(equipment_manager, device, None, 409).problem == "device-checked-out"

    def test_only_the_equipment_manager_decides(self, general_manager, usage_manager, device, rinko):
        for caller in (general_manager, usage_manager):
            assert self.place(caller, device, rinko, 403).problem == "forbidden"

    def test_twenty_at_once_leave_one_placement(self, equipment_manager, device, rinko, kawasaki, database):
        together(*[lambda n=n: equipment_manager.post("placements", (201, 409), {
            "device_id": device["id"], "department_id": (rinko, kawasaki)[n % 2], "reason": "競合"}, key=None) for n in range(20)])
        assert len(database.rows("SELECT FROM placements WHERE device_id = %s AND upper_inf(during)", device["id"])) == 1
        assert database.rows("""SELECT p.department_id = d.department_id AS same FROM placements p JOIN devices d ON d.id = p.device_id
                                WHERE d.id = %s AND upper_inf(p.during)""", device["id"])[0]["same"]


class TestImporting:
    def test_faults_are_named_by_row(self, equipment_manager):
        file = ("device_code,department_code,from,storage_location\r\n" "WT-001,rinko,2024-05-01,\r\n" "NONE,rinko,2024-05-01,\r\n"
                "NONE,nowhere,2199-01-01,\r\n")
        answer = equipment_manager.upload("placements/import", file, 422)
        assert {(r["line"], r["column"], r["code"]) for r in answer["rows"]} >= {
            (2, "device_code", "placed"), (3, "device_code", "not_found"), (4, "department_code", "not_found")}
