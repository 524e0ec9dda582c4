"""What the tests of meetings do again and again: a plan that nothing is wrong with, and what becomes of it."""

from harness.bureau import Bureau
from harness.caller import Answer, Caller
from harness.lending import after

# Hosted for class II on a service with ISMAP and servers in Japan, everything as Annex 2 has it.
GOOD = {
    "title": "救急事例の検討", "role": "hosting", "confidentiality": "II", "confidentiality_confirmed": True,
    "confidentiality_announced": True, "service": "webex", "participants": 6, "server_region": "japan",
    "end_to_end_encryption": True, "waiting_room": True, "can_remove_participants": True, "admission_check": True,
    "recording": "none", "transcription": False, "recording_consent": "none", "screen_sharing": True, "chat": False,
    "file_transfer": False, "terminals": [{"kind": "official_smartphone"}], "account": {"kind": "city"},
    "client": "native_app", "client_is_latest": True, "venue": "meeting_room", "microphone_muted_when_idle": True,
}
RECORDED = {"end_to_end_encryption": False, "recording": "cloud", "recording_consent": "notified"}
PERSONAL = {"account": {"kind": "personal"}}


class Meetings(Bureau):
    def plan(self, department="rinko", **members) -> dict:
        """Tomorrow, if nothing else is said; a member given as None is left out."""
        plan = GOOD | {"department_id": self.id_of(department), "starts_at": after(days=1),
                       "ends_at": after(days=1, hours=1)} | members
        return {name: value for name, value in plan.items() if value is not None}

    def soon(self, **members) -> dict:
        """While a device is out that is taken now."""
        return {"starts_at": after(minutes=30), "ends_at": after(hours=1)} | members

    def past(self, days: int = 1, **members) -> dict:
        return {"starts_at": after(days=-days, hours=-2), "ends_at": after(days=-days)} | members

    def check(self, caller: Caller, status: int = 200, **members) -> Answer:
        return caller.post("meetings/check", status, self.plan(**members))

    def create(self, caller: Caller, status: int = 201, *, key: str | None = "", **members) -> Answer:
        return caller.post("meetings", status, self.plan(**members), key=key)

    def act(self, caller: Caller, meeting, what: str, status: int = 200, body: dict | None = None, *, match="", **rest) -> Answer:
        """POST meetings/{id}/{what} with the meeting's present ETag."""
        return caller.post(f"meetings/{meeting['id']}/{what}", status, body, match=self.tag(caller, meeting, match), **rest)

    def change(self, caller: Caller, meeting, expected: int = 200, *, match="", **members) -> Answer:
        return caller.patch(f"meetings/{meeting['id']}", expected, members, match=self.tag(caller, meeting, match))

    def tag(self, caller: Caller, meeting, match):
        """The ETag to send: as given, None for no header, or the present one."""
        if match != "":
            return match
        read = caller.get(f"meetings/{meeting['id']}", (200, 404))
        return read.etag if read.status == 200 else '"1.ja"'

    def answered(self, caller: Caller, digital_office: Caller, department="rinko", **members) -> dict:
        """A consultation, asked by the caller and answered usable for class II."""
        asked = caller.post("service-consultations", 201, {
            "department_id": self.id_of(department), "service_name": "Whereby", "confidentiality": "II", "question": "試験"}
            | {name: members.pop(name) for name in ("service_name", "confidentiality") if name in members})
        return digital_office.post(f"service-consultations/{asked['id']}/answer", 200, {"usable": True} | members, match=asked).json
