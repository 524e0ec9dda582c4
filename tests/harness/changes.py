"""Of each operation that changes something one request, on things that were made for it."""

import datetime
import itertools

from harness.lending import after
from harness.meetings import PERSONAL
from harness.organisation import DAY, assign, name_acting

LEDGER = "device_code,user_staff_number,purpose,out_at,due_at,returned_at,storage_location,locked\n"


class Changes:
    """`check_out()` makes what is needed for a check-out, and returns the request itself, to be made when it is called."""

    days = itertools.count()

    def __init__(self, lending, meetings, service, today) -> None:
        self.lending, self.meetings, self.today = lending, meetings, today
        self.operator, self.general_manager = lending.operator, lending.general_manager
        self.equipment_manager, self.digital_office = lending.equipment_manager, service.staff("900003")
        self.station = lending.department()
        self.post = lending.post(self.station, is_head=True)
        self.head, self.member = lending.member(self.station, holds=self.post), lending.member(self.station)
        self.place = lending.place(self.station)

    def device(self):
        return self.lending.device(self.station)

    # --- Devices

    def create_device(self):
        return lambda: self.lending.device(None)

    def change_device(self):
        device = self.device()
        return lambda: self.head.patch(f"devices/{device['id']}", 200, {"storage_location_id": self.place["id"]}, match="*")

    def import_devices(self):
        first, second = self.device(), self.device()
        rows = "".join(f"{device['code']},新しい名,camera,2026-04-01\n" for device in (second, first))
        return lambda: self.general_manager.upload("devices/import", "code,name,kind,introduced_on\n" + rows, 200)

    def dispose_device(self):
        device = self.device()
        return lambda: self.general_manager.post(f"devices/{device['id']}/disposal", 200, {
            "disposed_on": str(self.today), "reason": "故障", "erasure_method": "初期化", "erased_on": str(self.today)}, match="*")

    def create_storage_location(self):
        return lambda: self.lending.place(self.station)

    def change_storage_location(self):
        place = self.lending.place(self.station)
        return lambda: self.head.patch(f"storage-locations/{place['id']}", 200, {"abolished_on": str(self.today)}, match=place)

    # --- Placements

    def place_device(self):
        device, other = self.device(), self.lending.department()
        place = self.lending.place(other)
        return lambda: self.equipment_manager.post("placements", 201, {
            "device_id": device["id"], "department_id": other["id"], "storage_location_id": place["id"], "reason": "移管"})

    def import_placements(self):
        devices = [self.lending.device(None) for _ in range(2)]
        rows = "".join(f"{device['code']},{self.station['code']},{self.place['name']},2026-10-01\n" for device in devices[::-1])
        return lambda: self.equipment_manager.upload("placements/import", "device_code,department_code,storage_location,from\n" + rows, 200)

    def placed_long_ago(self):
        device = self.lending.device(None)
        self.equipment_manager.upload("placements/import", "device_code,department_code,from\n"
                                      f"{device['code']},{self.station['code']},2026-10-01\n", 200)
        return device

    def acknowledge_placement_report(self):
        report = self.general_manager.every("placement-reports", device_id=self.device()["id"])[0]
        return lambda: self.general_manager.post(f"placement-reports/{report['id']}/acknowledgement", 200)

    def acknowledge_placement_reports(self):
        reports = [self.general_manager.every("placement-reports", device_id=self.device()["id"])[0] for _ in range(2)][::-1]
        return lambda: self.general_manager.post("placement-reports/acknowledgements", 200, {
            "items": [{"placement_report_id": report["id"]} for report in reports]})

    def ask_for_one(self):
        return self.head.post("placement-requests", 201, {
            "department_id": self.station["id"], "device_kind": "camera", "quantity": 1, "reason": "訓練"})

    def create_placement_request(self):
        return self.ask_for_one

    def add_placement_request_comment(self):
        asked = self.ask_for_one()
        return lambda: self.head.post(f"placement-requests/{asked['id']}/comments", 201, {"comment": "急ぐ"})

    def decide_placement_request(self):
        asked = self.ask_for_one()
        return lambda: self.equipment_manager.post(f"placement-requests/{asked['id']}/decision", 200, {"decision": "approved"}, match=asked)

    # --- Usage

    def out(self, **members):
        return self.lending.out(self.member, self.device(), user=self.member, **members)

    def returned(self, **members):
        entry = self.out()
        self.lending.back(self.member, entry, storage_location_id=self.place["id"], **members)
        return entry

    def act(self, caller, entry, what, status, body=None):
        return lambda: caller.post(f"usage-entries/{entry['id']}/{what}", status, body, match="*")

    def check_out(self):
        device, meeting = self.device(), self.meetings.create(self.member, department=self.station, **self.meetings.soon())
        return lambda: self.lending.out(self.member, device, user=self.member, purpose="web_meeting", meeting_id=meeting["id"])

    def check_out_batch(self):
        plan = self.lending.plan(self.member) | {"device_ids": [self.device()["id"] for _ in range(3)][::-1]}
        return lambda: self.member.post("usage-entries/batch", 201, plan)

    def set_out(self):
        devices = [self.device() for _ in range(3)][::-1]
        plan = self.lending.plan(self.member) | {"device_ids": [device["id"] for device in devices]}
        return self.member.post("usage-entries/batch", 201, plan)["items"]

    def hand_over_set(self):
        items = [{"device_code": entry["device_code"]} for entry in self.set_out()]
        return lambda: self.member.post("usage-entries/handovers", 201, {"items": items, "user_staff_number": self.head["number"]})

    def return_devices(self):
        items = [{"device_code": entry["device_code"]} for entry in self.set_out()]
        return lambda: self.member.post("usage-entries/returns", 200, {
            "items": items, "storage_location": self.place["name"], "locked": True})

    def confirm_uses(self):
        items = [{"usage_entry_id": self.returned()["id"]} for _ in range(3)][::-1]
        return lambda: self.head.post("usage-entries/confirmations", 200, {"items": items})

    def return_device(self):
        return self.act(self.member, self.out(), "return", 200, {"storage_location_id": self.place["id"], "locked": True})

    def extend_usage(self):
        return self.act(self.member, self.out(), "extension", 200, {"due_at": after(hours=9), "reason": "延長"})

    def hand_over(self):
        return self.act(self.member, self.out(), "handover", 201, {"user_staff_id": self.head["id"], "due_at": after(hours=9)})

    def confirm_storage(self):
        entry = self.returned(locked=False)
        return self.act(self.member, entry, "storage-confirmation", 200, {"storage_location_id": self.place["id"]})

    def confirm_usage(self):
        return self.act(self.head, self.returned(), "confirmation", 200, {})

    def correct_usage(self):
        entry = self.returned()
        return lambda: self.member.post(f"usage-entries/{entry['id']}/corrections", 201, {
            "field": "user_staff_id", "new_value": self.head["id"], "reason": "誤記"})

    def import_usage_entries(self):
        device = self.placed_long_ago()
        row = (f"{device['code']},{self.member['number']},training,2026-10-07T09:00:00+09:00,2026-10-07T12:00:00+09:00,"
               f"2026-10-07T11:00:00+09:00,{self.place['name']},true\n")
        return lambda: self.equipment_manager.upload("usage-entries/import", LEDGER + row, 200)

    def close_ledger(self):
        self.device()
        ledgers = f"departments/{self.station['id']}/ledgers"
        first = self.head.get(f"{ledgers}/{self.today:%Y-%m}/closure")["earliest_open_month"]
        path = f"{ledgers}/{first}"
        tag = self.head.get(path)
        return lambda: self.head.post(f"{path}/closure", 200, {}, match=tag)

    # --- Meetings

    def meeting(self, **members):
        return self.meetings.create(self.member, department=self.station, **members)

    def act_on(self, meeting, what, body=None, caller=None):
        return lambda: (caller or self.member).post(f"meetings/{meeting['id']}/{what}", 200, body, match="*")

    def create_meeting(self):
        terminals = [{"kind": "device", "device_id": self.lending.device(self.station, kind="terminal")["id"]}]
        return lambda: self.meeting(terminals=terminals)

    def change_meeting(self):
        meeting = self.meeting()
        return lambda: self.member.patch(f"meetings/{meeting['id']}", 200, {"participants": 9}, match="*")

    def plan_meeting(self):
        return self.act_on(self.meeting(save_as="draft"), "planning")

    def cancel_meeting(self):
        return self.act_on(self.meeting(), "cancellation", {"reason": "中止"})

    def mark_meeting_held(self):
        return self.act_on(self.meeting(**self.meetings.past()), "held", {})

    def close_meeting(self):
        meeting = self.meeting(**self.meetings.past())
        self.act_on(meeting, "held", {})()
        return self.act_on(meeting, "closing", {})

    def confirm_meeting(self):
        return self.act_on(self.meeting(exception_reason="契約の切替え中", **PERSONAL), "confirmation", None, self.head)

    def create_meeting_service_version(self):
        for day in ("2038-04-01", "2038-04-02"):
            self.meeting(starts_at=f"{day}T10:00:00+09:00", ends_at=f"{day}T11:00:00+09:00")
        services, day = self.member.get("meeting-services")["items"], datetime.date(2038, 1, 1) + next(self.days) * DAY
        return lambda: self.digital_office.post("meeting-services/versions", 201, {
            "effective_on": str(day), "title": "利用手順", "document_number": "1", "services": services})

    def create_service_consultation(self):
        return lambda: self.member.post("service-consultations", 201, {
            "department_id": self.station["id"], "service_name": "Whereby", "confidentiality": "II", "question": "使えるか"})

    def answer_service_consultation(self):
        asked = self.create_service_consultation()()
        return lambda: self.digital_office.post(f"service-consultations/{asked['id']}/answer", 200, {"usable": True}, match=asked)

    # --- Organisation

    def create_department(self):
        return lambda: self.lending.department(parent_id=self.station["id"], is_shozoku=False)

    def succeed_department(self):
        ends, follows = self.lending.department(), self.lending.department()
        self.lending.device(ends), self.lending.member(follows)
        return lambda: self.operator.post(f"departments/{ends['id']}/succession", 201, {
            "to_department_id": follows["id"], "on": str(self.today + DAY), "order_number": "1"})

    def change_department(self):
        top, low = (self.lending.department(is_shozoku=False) for _ in range(2))
        below = self.lending.department(is_shozoku=False, parent_id=low["id"])
        self.lending.member(below)
        return lambda: self.operator.patch(f"departments/{low['id']}", 200, {"parent_id": top["id"], "is_shozoku": True}, match="*")

    def create_post(self):
        return lambda: self.lending.post(self.station)

    def change_post(self):
        department, post = self.lending.department(), self.lending.post(self.station)
        self.lending.member(self.station, holds=post)
        return lambda: self.operator.patch(f"posts/{post['id']}", 200, {"department_id": department["id"], "is_head": True}, match="*")

    def create_post_assignment(self):
        department = self.lending.department()
        post = self.lending.post(department, is_head=True)
        self.lending.member(department, holds=post)
        person = self.lending.member(department)
        return lambda: assign(self.operator, post, person, self.today)

    def change_post_assignment(self):
        department = self.lending.department()
        post = self.lending.post(department, is_head=True)
        head, deputy = self.lending.member(department, holds=post), self.lending.member(department)
        named = name_acting(head, post, deputy, self.today, self.today + DAY)
        return lambda: head.patch(f"posts/{post['id']}/assignments/{named['id']}", 200, {"to": str(self.today)}, match="*")

    def import_post_assignments(self):
        posts, people = [self.lending.post(self.station) for _ in range(2)], [self.lending.member(self.station) for _ in range(2)]
        rows = "".join(f"{post['code']},{person['number']},regular,2026-10-01,1\n" for post, person in zip(posts[::-1], people))
        return lambda: self.operator.upload("posts/assignments/import", "post_code,staff_number,kind,from,order_number\n" + rows, 200)

    def create_staff(self):
        return lambda: self.lending.member(self.station)

    def change_staff(self):
        person = self.lending.member(self.station)
        return lambda: self.operator.patch(f"staff/{person['id']}", 200, {"left_on": str(self.today + DAY)}, match="*")

    def import_staff(self):
        people = [self.lending.member(self.station) for _ in range(2)]
        rows = "".join(f"{person['number']},改名,rinko,2027-01-01\n" for person in people[::-1]) + f"{self.lending.name()},新人,rinko,2026-10-01\n"
        return lambda: self.operator.upload("staff/import", "number,name,department_code,from\n" + rows, 200)

    def create_staff_transfer(self):
        person, department = self.lending.member(self.station), self.lending.department()
        return lambda: self.operator.post(f"staff/{person['id']}/transfers", 201, {"department_id": department["id"], "from": str(self.today)})

    def identity_change(self):
        holder = self.lending.member(holds=self.lending.post(role="auditor"))
        answer = self.operator.patch(f"staff/{holder['id']}", 202, {"subject": self.lending.name()}, match="*")
        return self.operator.request("GET", answer.headers["Location"], 200)

    def decide(self, what, body=None, caller=None):
        asked = self.identity_change()
        return lambda: (caller or self.general_manager).post(f"identity-changes/{asked['id']}/{what}", 200, body, match="*")

    def confirm_identity_change(self):
        return self.decide("confirmation")

    def refuse_identity_change(self):
        return self.decide("refusal", {"reason": "届出なし"})

    def acknowledge_identity_change(self):
        second, asked = self.lending.member(holds=self.lending.post(role="operator")), self.identity_change()
        second.post(f"identity-changes/{asked['id']}/confirmation", 200, match="*")
        return lambda: self.general_manager.post(f"identity-changes/{asked['id']}/acknowledgement", 200)

    def told(self):
        self.lending.client("devices:read")
        return self.general_manager.every("notices", kind="api_client", acknowledged="false")[0]

    def acknowledge_notice(self):
        notice = self.told()
        return lambda: self.general_manager.post(f"notices/{notice['id']}/acknowledgement", 200)

    def acknowledge_notices(self):
        notices = [self.told() for _ in range(2)][::-1]
        return lambda: self.general_manager.post("notices/acknowledgements", 200, {"items": [{"notice_id": one["id"]} for one in notices]})

    def create_api_client(self):
        return lambda: self.lending.client("devices:read", of=[self.station])

    def change_api_client(self):
        client = self.operator.post("api-clients", 201, {"client_id": self.lending.name(), "name": "試験", "scopes": ["devices:read"]})
        return lambda: self.operator.patch(f"api-clients/{client['id']}", 200, {"department_ids": [self.station["id"]]}, match="*")

    def change_settings(self):
        return lambda: self.general_manager.patch("settings", 200, {"longest_loan_days": 30}, match="*")

    def change_department_settings(self):
        return lambda: self.head.patch(f"departments/{self.station['id']}/settings", 200, {"shift_ends_at": "09:00"}, match="*")

    def create_regulation_version(self):
        return lambda: self.general_manager.post("regulation-versions", 201, {
            "document": "regulation", "effective_on": "2039-04-01", "title": "運用要綱"})

    # --- Findings

    def note_finding(self):
        draft = self.meeting(save_as="draft", **self.meetings.past())
        self.act_on(draft, "held", {"reason": "急な招集"})()
        (finding,) = [f for f in self.head.every("compliance/findings", kind="meeting_held_unpermitted")
                      if f["link"].endswith(draft["id"])]
        return lambda: self.head.post(f"compliance/findings/{finding['id']}/notes", 201)

    def agree(self):
        return self.head.post("standing-agreements", 201, {
            "number": self.lending.name(), "department_id": self.station["id"], "kind": "loan", "description": "合同訓練",
            "valid_from": str(self.today), "valid_until": str(self.today), "to_department_id": self.lending.department()["id"]})

    def create_standing_agreement(self):
        return self.agree

    def revoke_standing_agreement(self):
        agreed = self.agree()
        return lambda: self.head.post(f"standing-agreements/{agreed['id']}/revocation", 200, {"reason": "終了"}, match=agreed)
