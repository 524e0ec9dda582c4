"""Loads the sample bureau through the service's own operations, each step as the person whose task it is.

    load.py URL COMMAND…      COMMAND prints a token when given --staff NUMBER or --client ID --scopes SCOPES

Uses only the standard library, because `make run` does. What is there already is left alone."""

import csv
import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

HERE = pathlib.Path(__file__).parent
CLIENT = "sample-loader"
SCOPES = ("organisation:read", "organisation:write")
GENERAL_MANAGER, EQUIPMENT_MANAGER = "100001", "100002"
DIGITAL_OFFICE = "900003"
CLOSED_MONTH = "2026-08"
# The bureau was there before its records: departments and posts from the year of the regulation on.
ESTABLISHED = {"from": "2020-04-01"}
# What every meeting of the sample has; meetings.csv says the rest.
SETTINGS = {
    "confidentiality_confirmed": True, "confidentiality_announced": True, "server_region": "japan", "waiting_room": True,
    "can_remove_participants": True, "admission_check": True, "transcription": False, "screen_sharing": False, "chat": False,
    "file_transfer": False, "terminals": [{"kind": "other_provided"}], "client": "native_app", "client_is_latest": True,
    "venue": "meeting_room", "microphone_muted_when_idle": True,
}


class Person:
    """Calls the service with one token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[dict, str | None]:
        """(body, ETag) of an answer below 300; anything else ends the loading with what the service said."""
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", body, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if method == "POST":
            request.add_header("Idempotency-Key", str(uuid.uuid4()))
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer), answer.headers["ETag"]
        except urllib.error.HTTPError as refused:
            sys.exit(f"{method} {path}: {refused.code} {refused.read().decode(errors='replace')}")

    def post(self, path: str, content: dict, **headers: str) -> dict:
        return self.call("POST", path, json.dumps(content).encode(), Content_Type="application/json", **headers)[0]

    def upload(self, path: str, name: str) -> dict:
        return self.call("POST", path, (HERE / name).read_bytes(), Content_Type="text/csv; charset=utf-8")[0]

    def every(self, path: str, **parameters: str) -> list[dict]:
        items, parameters = [], {"limit": "200"} | parameters
        while True:
            page = self.call("GET", f"{path}?{urllib.parse.urlencode(parameters)}")[0]
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            parameters["cursor"] = page["next_cursor"]

    def by(self, member: str, path: str, **parameters: str) -> dict[str, dict]:
        return {item[member]: item for item in self.every(path, **parameters)}


def rows(name: str) -> list[dict[str, str]]:
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def filled(row: dict[str, str], *members: str) -> dict[str, str]:
    """The members that have a value."""
    return {member: row[member] for member in members if row[member]}


def load_organisation(client: Person) -> None:
    departments = client.by("code", "departments")
    for row in rows("departments.csv"):
        if row["code"] not in departments:
            content = filled(row, "code", "name", "kind") | ESTABLISHED | {"is_shozoku": row["is_shozoku"] == "true"}
            if row["parent_code"]:
                content["parent_id"] = departments[row["parent_code"]]["id"]
            departments[row["code"]] = client.post("departments", content)
    if not client.every("staff", limit="1"):
        client.upload("staff/import", "staff.csv")
    posts = client.by("code", "posts")
    for row in rows("posts.csv"):
        if row["code"] not in posts:
            content = filled(row, "code", "name", "role") | ESTABLISHED | {"is_head": row["is_head"] == "true"}
            client.post("posts", content | {"department_id": departments[row["department_code"]]["id"]})
    if not posts:
        client.upload("posts/assignments/import", "assignments.csv")


def load_equipment(general_manager: Person, equipment_manager: Person) -> None:
    departments = equipment_manager.by("code", "departments")
    known = {(place["department_id"], place["name"]) for place in equipment_manager.every("storage-locations")}
    for row in rows("storage_locations.csv"):
        department = departments[row["department_code"]]["id"]
        if (department, row["name"]) not in known:
            content = filled(row, "name", "remarks") | {"lockable": row["lockable"] == "true"}
            equipment_manager.post("storage-locations", content | {"department_id": department})
    if not general_manager.every("devices", limit="1"):
        general_manager.upload("devices/import", "devices.csv")
    if not equipment_manager.every("placements", limit="1"):
        equipment_manager.upload("placements/import", "placements.csv")


def load_placement_requests(equipment_manager: Person, as_staff) -> None:
    if equipment_manager.every("placement-requests", limit="1"):
        return
    departments = equipment_manager.by("code", "departments")
    for row in rows("placement_requests.csv"):
        content = filled(row, "device_kind", "wished_on", "reason") | {"quantity": int(row["quantity"])}
        content["department_id"] = departments[row["department_code"]]["id"]
        as_staff(row["asked_by_staff_number"]).post("placement-requests", content)


def load_ledger(equipment_manager: Person, as_staff) -> None:
    if equipment_manager.every("usage-entries", limit="1"):
        return
    equipment_manager.upload("usage-entries/import", "usage_entries.csv")
    devices = equipment_manager.by("code", "devices")
    for row in rows("corrections.csv"):
        usage_manager = as_staff(row["corrected_by_staff_number"])
        (entry,) = [entry for entry in usage_manager.every("usage-entries", device_id=devices[row["device_code"]]["id"])
                    if entry["out_at"] == row["out_at"]]
        usage_manager.post(f"usage-entries/{entry['id']}/corrections", filled(row, "field", "new_value", "reason"))
    departments = equipment_manager.by("code", "departments")
    for row in rows("posts.csv"):
        department = departments[row["department_code"]]
        if row["is_head"] == "true" and department["is_shozoku"]:
            usage_manager = as_staff(head_of(row["code"]))
            close(usage_manager, f"departments/{department['id']}/ledgers")


def close(usage_manager: Person, ledgers: str) -> None:
    """The months from the first on, in their order."""
    month = ""
    while month != CLOSED_MONTH:
        state, _ = usage_manager.call("GET", f"{ledgers}/{CLOSED_MONTH}/closure")
        if state["closed"]:
            return
        month = state["earliest_open_month"] or CLOSED_MONTH
        _, etag = usage_manager.call("GET", f"{ledgers}/{month}")
        usage_manager.post(f"{ledgers}/{month}/closure", {}, If_Match=etag)


def load_consultations(departments: dict[str, dict], digital_office: Person, as_staff) -> dict[str, str]:
    """service name -> the id of its answered consultation"""
    answered = {}
    for row in rows("service_consultations.csv"):
        content = filled(row, "service_name", "confidentiality", "question")
        content["department_id"] = departments[row["department_code"]]["id"]
        asked = as_staff(row["asked_by_staff_number"]).post("service-consultations", content)
        if row["usable"]:
            path = f"service-consultations/{asked['id']}"
            answer = filled(row, "conditions", "reference", "valid_from", "valid_until") | {"usable": row["usable"] == "true"}
            digital_office.post(f"{path}/answer", answer, If_Match=digital_office.call("GET", path)[1])
            answered[row["service_name"]] = asked["id"]
    return answered


def load_meetings(equipment_manager: Person, digital_office: Person, as_staff) -> None:
    if equipment_manager.every("meetings", limit="1"):
        return
    departments = equipment_manager.by("code", "departments")
    answered = load_consultations(departments, digital_office, as_staff)
    for row in rows("meetings.csv"):
        member = as_staff(row["planned_by_staff_number"])
        plan = SETTINGS | filled(row, "title", "starts_at", "ends_at", "role", "confidentiality", "service", "service_name",
                                 "recording", "recording_consent", "exception_reason", "save_as")
        plan |= {"department_id": departments[row["department_code"]]["id"], "participants": int(row["participants"]),
                 "end_to_end_encryption": row["end_to_end_encryption"] == "true", "account": {"kind": row["account"]},
                 "partner_organisations": [row["partner_organisation"]] if row["partner_organisation"] else []}
        if row["service_name"] in answered:
            plan["service_consultation_id"] = answered[row["service_name"]]
        path = f"meetings/{member.post('meetings', plan)['id']}"
        if row["held"]:
            reason = {"reason": row["held_reason"]} if row["held_reason"] else {}
            member.post(f"{path}/held", reason, If_Match=member.call("GET", path)[1])
        if row["cloud_recording"]:
            closing = filled(row, "cloud_recording", "moved_to", "consent_evidence")
            member.post(f"{path}/closing", closing, If_Match=member.call("GET", path)[1])


def head_of(post: str) -> str:
    return next(row["staff_number"] for row in rows("assignments.csv") if row["post_code"] == post)


def load(url: str, token) -> None:
    """`token` is called as token("--staff", number) or token("--client", id, "--scopes", scopes)."""

    def as_staff(number: str) -> Person:
        return Person(url, token("--staff", number))

    load_organisation(Person(url, token("--client", CLIENT, "--scopes", " ".join(SCOPES))))
    load_equipment(as_staff(GENERAL_MANAGER), as_staff(EQUIPMENT_MANAGER))
    load_placement_requests(as_staff(EQUIPMENT_MANAGER), as_staff)
    load_ledger(as_staff(EQUIPMENT_MANAGER), as_staff)
    load_meetings(as_staff(EQUIPMENT_MANAGER), as_staff(DIGITAL_OFFICE), as_staff)


def main() -> int:
    url, *command = sys.argv[1:]
    load(url, lambda *arguments: subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE,
                                                text=True).stdout.strip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
