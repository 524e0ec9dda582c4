"""Devices: introduction, change, disposal, import, history (art3.1.2), and who sees which (art4.1.2, art5.1.1)."""

import json
import re
import uuid

import pytest
from harness.wire import Wire, request
from harness.together import together

NEW = {"name": "試験用端末", "kind": "terminal", "introduced_on": "2026-10-01", "reason": "増設のため", "accessories": ["ACアダプタ"]}


def introduce(general_manager, code, **members):
    return general_manager.post("devices", 201, NEW | {"code": code} | members)


@pytest.fixture(scope="module")
def own(usage_manager):
    """A device of station rinko."""
    return usage_manager.get("devices", params={"code": "WT-001"})["items"][0]


class TestReading:
    def test_a_user_sees_the_devices_of_his_department_and_no_other(self, member, own):
        departments = {device["department_id"] for device in member.every("devices")}
        assert departments == {own["department_id"]}

    def test_managers_and_auditor_see_all(self, general_manager, equipment_manager, auditor):
        counts = {len(caller.every("devices")) for caller in (general_manager, equipment_manager, auditor)}
        assert len(counts) == 1 and counts.pop() >= 40

    def test_a_hidden_device_is_a_missing_device(self, other_usage_manager, own):
        missing = uuid.uuid4()
        hidden = other_usage_manager.get(f"devices/{own['id']}", 404)
        absent = other_usage_manager.get(f"devices/{missing}", 404)
        same = {"type", "title", "status", "detail"}
        assert {m: hidden[m] for m in same} == {m: absent[m] for m in same}
        for path in ("history",):
            assert other_usage_manager.get(f"devices/{own['id']}/{path}", 404).problem == "not-found"
        assert other_usage_manager.get("devices", params={"code": "WT-001"})["items"] == []

    def test_what_cannot_be_an_id_names_nothing(self, member):
        assert member.get("devices/1", 404).problem == "not-found"
        assert member.get("devices/" + "x" * 3000, 404).problem == "not-found"

    def test_pages_visit_every_row_once_while_rows_are_added(self, general_manager):
        seen, cursor, n = [], None, 0
        while True:
            page = general_manager.get("devices", params={"limit": 7, "sort": "-code"} | ({"cursor": cursor} if cursor else {}))
            seen += [device["code"] for device in page["items"]]
            n += 1
            introduce(general_manager, f"ZZ-PAGE-{n}")
            if (cursor := page["next_cursor"]) is None:
                break
            assert 'rel="next"' in page.headers["Link"]
        assert len(seen) == len(set(seen)) and seen == sorted(seen, reverse=True)

    def test_a_link_is_a_uri_whatever_the_target_was(self, service, general_manager):
        token = f"Authorization: Bearer {general_manager.token}"
        with Wire(service) as wire:
            page = wire.ask(request("/api/v1/devices?limit=1&q=ルータ&sort=code", token))
            uri = re.fullmatch(r"<([!$%&'()*+,./0-9:;=?@A-Z_a-z~-]+)>; rel=\"next\"", page.headers["link"])[1]
            second = wire.ask(request(uri, token))
        both = [json.loads(answer.body)["items"][0]["code"] for answer in (page, second)]
        assert both == [device["code"] for device in general_manager.every("devices", q="ルータ", sort="code")][:2]

    def test_total_filters_and_text(self, general_manager):
        page = general_manager.get("devices", params={"kind": "mobile_router,camera", "include_total": "true", "limit": 1})
        assert page["total"] == len(general_manager.every("devices", kind="mobile_router,camera"))
        assert {d["kind"] for d in general_manager.every("devices", q="ルータ")} == {"mobile_router"}
        assert general_manager.every("devices", q="%_\\") == []
        assert {d["status"] for d in general_manager.every("devices", status="in_stock")} == {"in_stock"}

    def test_a_cursor_belongs_to_its_filter(self, general_manager):
        cursor = general_manager.get("devices", params={"limit": 1})["next_cursor"]
        for other in ({"kind": "camera"}, {"sort": "-code"}):
            answer = general_manager.get("devices", 400, params={"cursor": cursor} | other)
            assert answer.problem == "invalid-parameter" and "cursor" in answer.faults
        assert general_manager.get("devices", 400, params={"cursor": cursor[:-2] + "AA"}).problem in (
            "invalid-parameter", "cursor-expired")

    def test_unknown_and_repeated_parameters_are_named(self, member):
        assert member.get("devices?colour=red", 400).faults == {"colour": "invalid"}
        assert member.get("devices?limit=1&limit=2", 400).faults == {"limit": "invalid"}
        assert member.get("devices?limit=201", 400).faults == {"limit": "invalid"}
        assert member.get("devices?sort=code;drop", 400).faults == {"sort": "invalid"}

    def test_etag_and_304(self, member, own):
        first = member.get(f"devices/{own['id']}")
        again = member.get(f"devices/{own['id']}", 304, headers={"If-None-Match": first.etag})
        assert again.content == b"" and again.etag == first.etag
        english = member.get(f"devices/{own['id']}", 200, headers={"If-None-Match": first.etag, "Accept-Language": "en"})
        assert english.etag != first.etag


class TestIntroducing:
    def test_keeps_a_dated_reasoned_record(self, general_manager, database):
        answer = introduce(general_manager, "N-1")
        assert answer["status"] == "in_stock" and answer.headers["Location"] == f"/api/v1/devices/{answer['id']}"
        history = general_manager.get(f"devices/{answer['id']}/history")["items"]
        assert [(r["kind"], r["reason"], r["occurred_at"][:10]) for r in history] == [
            ("introduction", NEW["reason"], NEW["introduced_on"])]
        audit = database.rows("SELECT * FROM audit_log WHERE subject_id = %s", answer["id"])
        assert [(row["operation"], row["action"], row["request_id"]) for row in audit] == [
            ("create_device", "insert", answer.request_id)]
        events = database.rows("SELECT type, data ->> 'code' AS code FROM events WHERE subject = %s", f"devices/{answer['id']}")
        assert [(e["type"], e["code"]) for e in events] == [("device.introduced", "N-1")]

    def test_only_the_general_manager_may(self, equipment_manager, usage_manager, member, auditor, operator, nobody):
        for caller in (equipment_manager, usage_manager, member, auditor, operator):
            assert caller.post("devices", 403, NEW | {"code": "N-2"}).problem == "forbidden"
        assert nobody.post("devices", 401, NEW | {"code": "N-2"}).problem == "authentication-required"

    def test_bad_members_are_all_named_and_change_nothing(self, general_manager, database):
        before = database.rows("SELECT count(*) AS n FROM devices")[0]["n"]
        answer = general_manager.post("devices", 422, {"code": "*", "name": "", "kind": "car", "id": str(uuid.uuid4()),
                                                       "introduced_on": "2026-02-30"})
        assert answer.problem == "validation-failed"
        assert set(answer.faults) >= {"/code", "/name", "/kind", "/id", "/introduced_on"}
        assert database.rows("SELECT count(*) AS n FROM devices")[0]["n"] == before

    def test_a_code_is_unique(self, general_manager):
        introduce(general_manager, "N-3")
        assert general_manager.post("devices", 409, NEW | {"code": "N-3"}).problem == "device-code-taken"

    def test_twenty_at_once_make_one(self, general_manager):
        answers = together(*20 * [lambda: general_manager.post("devices", (201, 409), NEW | {"code": "N-4"}, key=None)])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 19

    def test_the_same_key_makes_one_and_answers_alike(self, general_manager, database):
        key = str(uuid.uuid4())
        first = general_manager.post("devices", 201, NEW | {"code": "N-5"}, key=key)
        again = general_manager.post("devices", 201, NEW | {"code": "N-5"}, key=f'"{key}"')
        assert again.headers["Idempotency-Replayed"] == "true" and again.content == first.content
        assert again.headers["Location"] == first.headers["Location"] and again.etag == first.etag
        assert general_manager.post("devices", 422, NEW | {"code": "N-6"}, key=key).problem == "idempotency-key-reused"
        assert len(database.rows("SELECT FROM devices WHERE code IN ('N-5', 'N-6')")) == 1

    def test_a_refusal_is_replayed_too(self, general_manager):
        key = str(uuid.uuid4())
        introduce(general_manager, "N-7")
        first = general_manager.post("devices", 409, NEW | {"code": "N-7"}, key=key)
        again = general_manager.post("devices", 409, NEW | {"code": "N-7"}, key=key)
        assert again.headers["Idempotency-Replayed"] == "true" and again.content == first.content

    def test_anothers_key_is_another_key(self, general_manager, equipment_manager):
        key = str(uuid.uuid4())
        general_manager.post("devices", 201, NEW | {"code": "N-8"}, key=key)
        assert equipment_manager.post("devices", 403, NEW | {"code": "N-8"}, key=key).problem == "forbidden"


class TestChanging:
    def test_needs_the_present_etag(self, general_manager):
        device = introduce(general_manager, "C-1")
        path = f"devices/{device['id']}"
        change = {"name": "改名", "reason": "表示の統一"}
        assert general_manager.patch(path, 428, change).problem == "precondition-required"
        changed = general_manager.patch(path, 200, change, match=device)
        assert changed["name"] == "改名" and changed.etag != device.etag
        assert general_manager.patch(path, 412, change, match=device).problem == "precondition-failed"
        assert general_manager.patch(path, 412, change, match=f"W/{changed.etag}").problem == "precondition-failed"
        assert general_manager.patch(path, 200, {"remarks": "x"}, match="*")["remarks"] == "x"
        assert general_manager.patch(f"devices/{uuid.uuid4()}", 404, change, match="*").problem == "not-found"
        record = general_manager.get(f"{path}/history")["items"][0]
        assert record["changes"] == {"name": [NEW["name"], "改名"]} and record["reason"] == "表示の統一"

    def test_the_code_of_another_is_taken(self, general_manager):
        introduce(general_manager, "CH-TAKEN")
        device = introduce(general_manager, "CH-FREE")
        change = {"code": "CH-TAKEN", "reason": "番号の変更"}
        answer = general_manager.patch(f"devices/{device['id']}", 409, change, match=device)
        assert answer.problem == "device-code-taken" and answer.faults == {"/code": "taken"}

    def test_what_it_is_needs_a_reason(self, general_manager):
        device = introduce(general_manager, "C-2")
        assert general_manager.patch(f"devices/{device['id']}", 422, {"name": "x"}, match=device).problem == "validation-failed"

    def test_its_usage_manager_may_say_where_it_is_kept_and_no_more(self, usage_manager, other_usage_manager, member, own):
        path = f"devices/{own['id']}"
        now = usage_manager.get(path)
        changed = usage_manager.patch(path, 200, {"remarks": "取っ手に傷"}, match=now)
        assert changed["remarks"] == "取っ手に傷"
        assert usage_manager.patch(path, 403, {"name": "x", "reason": "y"}, match=changed).problem == "forbidden"
        assert other_usage_manager.patch(path, 404, {"remarks": "x"}, match="*").problem == "not-found"
        assert member.patch(path, 403, {"remarks": "x"}, match="*").problem == "forbidden"

    def test_a_storage_location_of_another_department_does_not_exist(self, usage_manager, other_usage_manager, own):
        theirs = other_usage_manager.every("storage-locations")[0]["id"]
        for location in (theirs, str(uuid.uuid4())):
            answer = usage_manager.patch(f"devices/{own['id']}", 422, {"storage_location_id": location}, match="*")
            assert answer.problem == "reference-not-found" and answer.faults == {"/storage_location_id": "not_found"}

    def test_twenty_changes_at_once_with_one_etag_make_one(self, general_manager):
        device = introduce(general_manager, "C-3")
        answers = together(*[lambda n=n: general_manager.patch(f"devices/{device['id']}", (200, 412), {"remarks": f"{n}"}, match=device)
                             for n in range(20)])
        assert sorted(answer.status for answer in answers) == [200] + [412] * 19


class TestDisposing:
    DISPOSAL = {"disposed_on": "2026-11-01", "reason": "耐用年数", "erasure_method": "物理破壊", "erased_on": "2026-11-01"}

    def test_ends_its_life_and_its_placement(self, general_manager, equipment_manager):
        device = introduce(general_manager, "D-1")
        department = general_manager.get("devices", params={"code": "WT-002"})["items"][0]["department_id"]
        equipment_manager.post("placements", 201, {"device_id": device["id"], "department_id": department, "reason": "配置"})
        path = f"devices/{device['id']}"
        gone = general_manager.post(f"{path}/disposal", 200, self.DISPOSAL, match=general_manager.get(path))
        assert gone["status"] == "disposed" and gone["department_id"] is None
        history = general_manager.get(f"{path}/history")["items"]
        assert {record["kind"] for record in history} == {"introduction", "placement", "disposal"}
        assert next(r for r in history if r["kind"] == "disposal")["erasure_method"] == "物理破壊"
        assert next(r for r in history if r["kind"] == "placement")["ended_at"] is not None
        kinds = [r["kind"] for r in general_manager.every("placement-reports", device_id=device["id"])]
        assert sorted(kinds) == ["decision", "end"]
        assert general_manager.patch(path, 409, {"remarks": "x"}, match="*").problem == "device-disposed"
        assert general_manager.post(f"{path}/disposal", 409, self.DISPOSAL, match="*").problem == "device-disposed"
        assert equipment_manager.post("placements", 409, {"device_id": device["id"], "department_id": department,
                                                          "reason": "配置"}).problem == "device-disposed"

    def test_needs_the_erasure_and_the_etag(self, general_manager):
        device = introduce(general_manager, "D-2")
        path = f"devices/{device['id']}/disposal"
        assert general_manager.post(path, 428, self.DISPOSAL).problem == "precondition-required"
        answer = general_manager.post(path, 422, {"disposed_on": "2026-11-01", "reason": "x"}, match=device)
        assert answer.faults == {"/erasure_method": "required", "/erased_on": "required"}

    @pytest.mark.parametrize("days, fault", [
        ({"disposed_on": "2026-03-31", "erased_on": "2026-03-31"}, {"/disposed_on": "before_introduction"}),
        ({"disposed_on": "2199-12-31"}, {"/disposed_on": "future"}),
        ({"erased_on": "2026-11-02"}, {"/erased_on": "after_disposal"}),
        ({"erased_on": "2199-12-31"}, {"/erased_on": "after_disposal"}),
    ])
    def test_its_days_follow_one_another(self, general_manager, database, days, fault):
        device = introduce(general_manager, f"D-{uuid.uuid4().hex[:8]}")
        before = database.fingerprint()
        answer = general_manager.post(f"devices/{device['id']}/disposal", 422, self.DISPOSAL | days, match=device)
        assert answer.problem == "value-not-accepted" and answer.faults == fault
        assert database.fingerprint() == before
        general_manager.post(f"devices/{device['id']}/disposal", 200, self.DISPOSAL | {"disposed_on": device["introduced_on"],
                                                                                       "erased_on": "2020-01-01"}, match=device)

    def test_not_while_it_is_out(self, lending, member, general_manager):
        device = lending.device()
        lending.out(member, device)
        answer = general_manager.post(f"devices/{device['id']}/disposal", 409, self.DISPOSAL,
                                      match=general_manager.get(f"devices/{device['id']}"))
        assert answer.problem == "device-checked-out"


class TestImporting:
    CSV = "code,name,kind,introduced_on,manufacturer,serial_number,accessories\r\n"

    def test_dry_run_changes_nothing_and_says_the_same(self, general_manager):
        file = self.CSV + "I-1,端末,terminal,令和8年10月1日,見本電機,I1,三脚、電源\r\nWT-001,端末,端末,2024-04-15,見本電機,MB14A00001,\r\n"
        dry = general_manager.upload("devices/import?dry_run=true", file, 200)
        assert dry["items"] == [{"line": 2, "action": "create"}, {"line": 3, "action": "update"}]
        assert general_manager.every("devices", code="I-1") == []
        wet = general_manager.upload("devices/import", file, 200)
        assert wet["items"] == dry["items"] and not wet["dry_run"]
        device = general_manager.one("devices", code="I-1")
        assert device["introduced_on"] == "2026-10-01" and device["accessories"] == ["三脚", "電源"]
        again = general_manager.upload("devices/import", file, 200)
        assert {item["action"] for item in again["items"]} == {"keep"}

    def test_every_bad_row_is_reported_and_none_is_written(self, general_manager):
        file = self.CSV + ("I-2,端末,terminal,2026-10-01,,,\r\n" "I-3,,car,明日,,,\r\n" "I-2,端末,terminal,2026-10-01,,,\r\n"
                           "I-4,端末,terminal,2026-10-01,見本電機,MB14A00001,\r\n")
        answer = general_manager.upload("devices/import", file, 422)
        assert answer.problem == "import-refused"
        assert {(row["line"], row["column"], row["code"]) for row in answer["rows"]} >= {
            (3, "kind", "enum"), (4, "code", "repeated"), (5, "serial_number", "taken")}
        assert {row["line"] for row in answer["rows"]} == {3, 4, 5} and all(row["detail"] for row in answer["rows"])
        assert general_manager.every("devices", code="I-2,I-3,I-4") == []

    def test_cp932_is_declared_or_found_out(self, general_manager):
        file = (self.CSV + "I-5,髙橋の端末,terminal,2026-10-01,,,\r\n").encode("cp932")
        general_manager.upload("devices/import", file, 200, charset="cp932")
        general_manager.request("POST", "devices/import", 200, data=file, headers={"Content-Type": "text/csv"})
        assert general_manager.one("devices", code="I-5")["name"] == "髙橋の端末"
        answer = general_manager.upload("devices/import", file, 415, charset="utf-16")
        assert answer.problem == "unsupported-media-type"

    def test_only_the_general_manager_and_a_client_with_the_scope_may(self, equipment_manager, usage_manager):
        for caller in (equipment_manager, usage_manager):
            assert caller.upload("devices/import", self.CSV, 403).problem == "forbidden"

    def test_json_is_not_csv(self, general_manager):
        assert general_manager.post("devices/import", 415, {}).problem == "unsupported-media-type"
