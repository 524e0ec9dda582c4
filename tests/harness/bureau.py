"""What a test makes for itself, so that nothing it changes is another test's: by requests of those whose task it is, under
names of its own. `of` is a department that was made so, or the code of one of the sample bureau."""

import itertools

from harness.caller import Answer, Caller

BEGAN = "2026-04-01"


class Member(Caller):
    """A member of staff: somebody who calls, and what is on record of him."""

    def __init__(self, service, record: Answer) -> None:
        super().__init__(service.url, service.keys.staff_token(record["subject"]))
        self.record, self.etag = record, record.etag

    def __getitem__(self, name: str):
        return self.record[name]


class Bureau:
    numbers = itertools.count(1)

    def __init__(self, service) -> None:
        self.service = service
        self.general_manager, self.equipment_manager = service.staff("100001"), service.staff("100002")
        self.operator = service.staff("900002")
        self.departments = {d["code"]: d["id"] for d in self.operator.every("departments")}

    def id_of(self, department) -> str:
        return self.departments[department] if isinstance(department, str) else department["id"]

    def name(self) -> str:
        return f"t-{next(self.numbers)}"

    def department(self, **members) -> Answer:
        return self.operator.post("departments", 201, {
            "code": self.name(), "name": "試験消防署", "kind": "station", "is_shozoku": True, "from": BEGAN} | members)

    def post(self, of=None, **members) -> Answer:
        return self.operator.post("posts", 201, {
            "code": self.name(), "name": "試験職", "department_id": self.id_of(of or self.department()), "from": BEGAN} | members)

    def member(self, of=None, holds=None, **members) -> Member:
        """Of a department of his own if none is given, and the regular holder of the post `holds`."""
        record = self.operator.post("staff", 201, {
            "number": self.name(), "name": "試験 花子", "department_id": self.id_of(of or self.department()), "from": BEGAN} | members)
        if holds:
            self.operator.post(f"posts/{holds['id']}/assignments", 201, {
                "staff_id": record["id"], "kind": "regular", "from": BEGAN, "order_number": "1"})
        return Member(self.service, record)

    def usage_manager(self, of) -> Member:
        """The head of a department that has none yet."""
        return self.member(of, holds=self.post(of, is_head=True))

    def place(self, of, **members) -> Answer:
        """A storage location that can be locked, if nothing else is said."""
        return self.equipment_manager.post("storage-locations", 201, {
            "department_id": self.id_of(of), "name": self.name(), "lockable": True} | members)

    def device(self, of=None, since=None, **members) -> Answer:
        """In stock, or held by a department, from now on or since that day."""
        device = self.general_manager.post("devices", 201, {
            "code": self.name(), "name": "試験用機器", "kind": "camera", "introduced_on": BEGAN, "reason": "試験"} | members)
        if of and since:
            code = of if isinstance(of, str) else of["code"]
            self.equipment_manager.upload("placements/import", f"device_code,department_code,from\n{device['code']},{code},{since}\n", 200)
        elif of:
            self.equipment_manager.post("placements", 201, {
                "device_id": device["id"], "department_id": self.id_of(of), "reason": "試験"})
        return device

    def client(self, *scopes: str, of=()) -> Caller:
        """An API client, bound to departments if any are given."""
        name = self.name()
        bound = {"department_ids": [self.id_of(one) for one in of]} if of else {}
        self.operator.post("api-clients", 201, {"client_id": name, "name": "試験", "scopes": list(scopes)} | bound)
        return self.service.client(name, " ".join(scopes))
