"""The caller himself: who he is and what he may, and what awaits him."""

import calendar
import datetime

from contract.conformance import Contract
from harness.organisation import roles_of


class TestMe:
    def test_a_member_of_staff(self, member, departments):
        me = member.get("me", 200)
        assert me["kind"] == "staff" and me["name"] == "試川 桜子"
        assert me["roles"] == [{"role": "user", "department_id": departments["rinko"]["id"]}]
        assert [department["code"] for department in me["departments"]] == ["rinko"]
        assert {"get_me", "list_devices", "list_staff"} <= set(me["operations"])
        assert not {"create_staff", "change_settings", "list_audit_log", "decide_placement_request"} & set(me["operations"])

    def test_roles_follow_the_posts(self, general_manager, equipment_manager, usage_manager, auditor, operator, digital_office,
                                    departments):
        shirei, rinko = departments["shirei"]["id"], departments["rinko"]["id"]
        assert roles_of(general_manager) == {("user", shirei), ("usage_manager", shirei), ("general_manager", None)}
        assert roles_of(equipment_manager) == {("user", shirei), ("equipment_manager", None)}
        assert roles_of(usage_manager) == {("user", rinko), ("usage_manager", rinko)}
        assert roles_of(auditor) == {("user", None), ("auditor", None)}
        assert roles_of(operator) == {("user", None), ("operator", None)}
        assert roles_of(digital_office) == {("user", None), ("digital_office", None)}

    def test_an_api_client_whatever_its_scopes(self, service, client):
        me = client.get("me", 200)
        assert (me["kind"], me["name"], me["roles"]) == ("client", "personnel", [])
        assert {"get_me", "list_staff", "create_staff"} <= set(me["operations"])
        assert not {"change_settings", "list_devices", "create_api_client"} & set(me["operations"])
        reads = service.client("personnel", "organisation:read").get("me", 200)
        assert "list_staff" in reads["operations"] and "create_staff" not in reads["operations"]
        # Whoever may without any scope has none in the contract.
        every = [operation for _, _, operation in Contract().operations() if operation["security"]]
        assert service.client("personnel", "").get("me", 200)["operations"] == sorted(
            operation["operationId"] for operation in every
            if "client" in operation["x-roles"] and operation["security"] == [{"bearer": []}])
        assert service.client("nobody-knows", "").get("me", 401).problem == "unknown-caller"

    def test_unchanged_is_304(self, member):
        first = member.get("me", 200)
        assert member.get("me", 304, headers={"If-None-Match": first.etag}).etag == first.etag

    def test_nobody_is_not_let_in(self, service, nobody):
        assert nobody.get("me", 401).problem == "authentication-required"
        assert service.staff("999999").get("me", 401).problem == "unknown-caller"


class TestTasks:
    def kinds(self, caller):
        return {task["kind"] for task in caller.every("me/tasks")}

    def those(self, caller, kind, **params):
        return [task for task in caller.every("me/tasks", **params) if task["kind"] == kind]

    def of(self, caller, entry):
        """The kinds of task that this usage entry makes for the caller."""
        return {task["kind"] for task in caller.every("me/tasks") if task["link"] == f"/api/v1/usage-entries/{entry['id']}"}

    def test_a_placement_report_awaits_the_general_manager(self, general_manager, equipment_manager, member):
        task = self.those(general_manager, "placement_report")[0]
        assert task["clause"] == "art4.2"
        report = general_manager.request("GET", task["link"], 200)
        assert report["acknowledged_at"] is None and report["reported_at"] == task["since"]
        assert "placement_report" not in self.kinds(equipment_manager) | self.kinds(member)
        general_manager.post(f"placement-reports/{report['id']}/acknowledgement", 200)
        assert task["link"] not in {task["link"] for task in general_manager.every("me/tasks")}

    def test_a_placement_request_awaits_the_equipment_manager(self, equipment_manager, usage_manager, departments):
        request = usage_manager.post("placement-requests", 201, {
            "department_id": departments["rinko"]["id"], "device_kind": "camera", "quantity": 1, "reason": "訓練の配信"})
        links = {task["link"]: task for task in equipment_manager.every("me/tasks")}
        assert links[f"/api/v1/placement-requests/{request['id']}"]["clause"] == "art4.1.1"
        assert "placement_request" not in self.kinds(usage_manager)

    def test_titles_are_in_the_language_asked_for(self, general_manager):
        japanese = general_manager.get("me/tasks", 200)["items"][0]
        english = general_manager.get("me/tasks", 200, headers={"Accept-Language": "en"})["items"][0]
        assert japanese["kind"] == english["kind"] == "ledger_closure" and japanese["link"] == english["link"]
        year, month = map(int, japanese["link"][-7:].split("-"))
        assert japanese["title"] == f"使用管理簿（令和{year - 2018}年{month}月分）を締め切ってください：指令課"
        assert english["title"] == f"Close the usage ledger of {calendar.month_name[month]} {year}: 指令課"

    def test_a_use_makes_tasks_until_it_is_confirmed(self, usage_manager, member, colleague, other_usage_manager, start_service):
        device = usage_manager.get("devices", params={"kind": "camera"})["items"][0]
        late = start_service(KIKI_CLOCK_OFFSET_S="7200")
        due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        entry = member.post("usage-entries", 201, {"device_id": device["id"], "user_staff_id": member.get("me")["id"],
                                                   "purpose": "training", "due_at": due.isoformat(timespec="seconds")})
        assert self.of(member, entry) == self.of(usage_manager, entry) == set()
        assert self.of(late.staff("210002"), entry) == self.of(late.staff("210001"), entry) == {"overdue_return"}
        assert self.of(late.staff("210003"), entry) == set()
        path = f"usage-entries/{entry['id']}"
        place = member.get("storage-locations", params={"lockable": "true"})["items"][0]["id"]
        colleague.post(f"{path}/return", 200, {"storage_location_id": place, "locked": False}, match=member.get(path))
        assert self.of(usage_manager, entry) == {"usage_confirmation", "unsecured_return"}
        assert self.of(colleague, entry) == {"unsecured_return"} and self.of(member, entry) == set()
        member.post(f"{path}/storage-confirmation", None, {"storage_location_id": place}, match=member.get(path))
        assert self.of(usage_manager, entry) == {"usage_confirmation"} and self.of(colleague, entry) == set()
        assert self.of(other_usage_manager, entry) == set()
        usage_manager.post(f"{path}/confirmation", None, {}, match=usage_manager.get(path))
        assert self.of(usage_manager, entry) == set()

    def test_an_ended_month_awaits_its_closure(self, usage_manager, member, departments):
        ledgers = f"departments/{departments['rinko']['id']}/ledgers"
        ledger = f"{ledgers}/{usage_manager.get(f'{ledgers}/2026-10/closure')['earliest_open_month']}"
        assert f"/api/v1/{ledger}" in {task["link"] for task in self.those(usage_manager, "ledger_closure")}
        assert self.those(member, "ledger_closure") == []
        usage_manager.post(f"{ledger}/closure", None, {}, match=usage_manager.get(ledger))
        assert f"/api/v1/{ledger}" not in {task["link"] for task in self.those(usage_manager, "ledger_closure")}

    def test_pages_visit_every_task_once(self, general_manager):
        links = [(task["kind"], task["link"]) for task in general_manager.every("me/tasks", limit=7)]
        assert len(links) == len(set(links)) > 7

    def test_nothing_awaits_a_client(self, client):
        assert client.get("me/tasks", 200)["items"] == []
