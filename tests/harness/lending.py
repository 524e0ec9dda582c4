"""What the tests of usage do again and again: a device at a station, taken out and brought back."""

import datetime

from harness.bureau import BEGAN, Bureau
from harness.caller import Answer, Caller

JAPAN = datetime.timezone(datetime.timedelta(hours=9))


def now() -> datetime.datetime:
    return datetime.datetime.now(JAPAN)


def after(**span) -> str:
    """The time after such a span, which may be negative: after(hours=2)."""
    return (now() + datetime.timedelta(**span)).isoformat(timespec="seconds")


def on_that_day(start_service, caller: Caller, moment: str) -> Caller:
    """The caller of a service whose clock stands at that moment."""
    offset = round((datetime.datetime.fromisoformat(moment) - now()).total_seconds())
    return Caller(start_service(KIKI_CLOCK_OFFSET_S=str(offset)).url, caller.token)


def reserve(database, device, begin: str, end: str) -> None:
    """No operation makes reservations."""
    database.run("""INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
                    SELECT api.new_id(), id, department_id, 'reservation', true, tstzrange(%s, %s) FROM devices WHERE id = %s""",
                 begin, end, device["id"])


class Lending(Bureau):
    """Everything but devices and their placement is done by the caller given."""

    def __init__(self, service) -> None:
        super().__init__(service)
        self.staff = {person["number"]: person["id"] for person in self.operator.every("staff")}

    def device(self, of="rinko", since=None, **members) -> Answer:
        """Held since before the regulation, so that its use can be recorded of any day; by a department that a test made since
        that is there."""
        return super().device(of, since or ("2021-03-01" if isinstance(of, str) else BEGAN), **members)

    def shelf(self, department="rinko") -> str:
        """A lockable storage location of the department."""
        return self.equipment_manager.every("storage-locations", department_id=self.id_of(department), lockable="true")[0]["id"]

    def plan(self, user="210002", **members) -> dict:
        """`user` is a number of the sample bureau, or a member who was made."""
        plan = {"user_staff_id": self.staff[user] if isinstance(user, str) else user["id"], "purpose": "training", "due_at": after(hours=2)} | members
        return {name: value for name, value in plan.items() if value is not None}

    def check(self, caller: Caller, device: dict, status: int = 200, **members) -> Answer:
        return caller.post("usage-entries/check", status, self.plan(**members) | {"device_id": device["id"]})

    def out(self, caller: Caller, device: dict, status: int = 201, *, key: str | None = "", **members) -> Answer:
        return caller.post("usage-entries", status, self.plan(**members) | {"device_id": device["id"]}, key=key)

    def used(self, caller: Caller, device: dict, begin: str, end: str, status: int = 201, *, department="rinko", returned=None, **members) -> Answer:
        """A use that has ended, written down afterwards with its return."""
        back = {"returned_at": end, "storage_location_id": self.shelf(department), "locked": True} | (returned or {})
        return self.out(caller, device, status, **{"out_at": begin, "due_at": end, "late_reason": "記入漏れ", "returned": back} | members)

    def back(self, caller: Caller, entry, status: int = 200, *, match="", department="rinko", **members) -> Answer:
        body = {"storage_location_id": self.shelf(department), "locked": True} | members
        return caller.post(f"usage-entries/{entry['id']}/return", status, body, match=self.tag(caller, entry, match))

    def act(self, caller: Caller, entry, what: str, status: int = 200, body: dict | None = None, *, match="", **rest) -> Answer:
        """POST usage-entries/{id}/{what} with the entry's present ETag."""
        return caller.post(f"usage-entries/{entry['id']}/{what}", status, body, match=self.tag(caller, entry, match), **rest)

    def tag(self, caller: Caller, entry, match):
        """The ETag to send: as given, None for no header, or the present one."""
        if match != "":
            return match
        read = caller.get(f"usage-entries/{entry['id']}", (200, 404))
        return read.etag if read.status == 200 else '"1.ja"'

    def settled(self, usage_manager: Caller, device: dict, **members) -> dict:
        """An entry that was returned and confirmed."""
        entry = self.out(usage_manager, device, **members)
        self.back(usage_manager, entry)
        return self.act(usage_manager, entry, "confirmation").json
