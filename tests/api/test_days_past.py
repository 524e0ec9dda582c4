"""What a past day shows stays as it is, whatever is entered that begins today or later: over random histories, the management
structure, who somebody was, to which 所属 he belonged, and the ledgers are the same to the byte."""

import random

import pytest

from harness.organisation import DAY, wrong_callers

ANY = range(200, 500)
KINDS = ("section", "unit", "station")
OWN = ("audit", "operation", "900001", "900002")


class Organisation:
    """Changes it at random, by the operator, with what begins on `today` of this service's clock or on a day ahead."""

    names = iter(range(10_000))

    def __init__(self, service, seed: int, today) -> None:
        self.dice, self.today, self.operator = random.Random(seed), today, service.staff("900002")
        self.done = 0

    def name(self, what: str) -> str:
        return f"{what}{next(self.names)}"

    def day(self) -> str:
        return str(self.today + self.dice.choice((0, 0, 1, 5, 30, 120)) * DAY)

    def some(self, path: str) -> dict:
        """Not of those by whom the test itself looks and changes."""
        return self.dice.choice([one for one in self.operator.every(path)
                                 if one.get("number" if path == "staff" else "code") not in OWN])

    def change(self) -> None:
        what = self.dice.choice((self.department, self.department, self.new_department, self.post, self.post, self.new_post,
                                 self.person, self.person, self.transfer, self.holder, self.end))
        self.done += what().status < 300

    def patch(self, path: str, **members):
        return self.operator.patch(path, ANY, members, match="*")

    def department(self):
        path = f"departments/{self.some('departments')['id']}"
        members = {"name": self.name("改称"), "code": self.name("c-"), "parent_id": self.some("departments")["id"],
                   "is_shozoku": self.dice.random() < 0.5, "kind": self.dice.choice(KINDS)}
        if self.dice.random() < 0.15:
            return self.patch(path, abolished_on=self.dice.choice((self.day(), None)))
        chosen = self.dice.sample(sorted(members), self.dice.randint(1, 2))
        return self.patch(path, **{"from": self.day()} | {name: members[name] for name in chosen})

    def new_department(self):
        return self.operator.post("departments", ANY, {
            "code": self.name("n-"), "name": "新設", "kind": "section", "is_shozoku": self.dice.random() < 0.7, "from": self.day(),
            "parent_id": self.some("departments")["id"]})

    def post(self):
        path = f"posts/{self.some('posts')['id']}"
        members = {"name": self.name("職"), "department_id": self.some("departments")["id"], "is_head": self.dice.random() < 0.7,
                   "role": self.dice.choice((None, None, "auditor", "digital_office", "general_manager", "equipment_manager"))}
        if self.dice.random() < 0.15:
            return self.patch(path, abolished_on=self.dice.choice((self.day(), None)))
        chosen = self.dice.sample(sorted(members), self.dice.randint(1, 2))
        return self.patch(path, **{"from": self.day()} | {name: members[name] for name in chosen})

    def new_post(self):
        return self.operator.post("posts", ANY, {"code": self.name("p-"), "name": "新しい職", "department_id": self.some("departments")["id"],
                                                 "is_head": self.dice.random() < 0.7, "from": self.day()})

    def person(self):
        path = f"staff/{self.some('staff')['id']}"
        if self.dice.random() < 0.1:
            return self.patch(path, left_on=self.day())
        members = {"name": self.name("改姓"), "title": self.name("役職"), "kana": self.name("かな")}
        return self.patch(path, **{"from": self.day()} | {name: members[name] for name in self.dice.sample(sorted(members), 2)})

    def transfer(self):
        if self.dice.random() < 0.3:
            person = self.some("staff")
            return self.operator.upload("staff/import", "number,name,title,department_code,from\r\n"
                                        f"{person['number']},{self.name('改姓')},{self.name('役職')},{self.some('departments')['code']},"
                                        f"{self.day()}\r\n", ANY)
        return self.operator.post(f"staff/{self.some('staff')['id']}/transfers", ANY, {
            "department_id": self.some("departments")["id"], "from": self.day(), "title": self.name("役職")})

    def holder(self):
        return self.operator.post(f"posts/{self.some('posts')['id']}/assignments", ANY, {
            "staff_id": self.some("staff")["id"], "kind": "regular", "from": self.day(), "order_number": "1"})

    def end(self):
        post = self.some("posts")
        held = self.operator.every(f"posts/{post['id']}/assignments", as_of=str(self.today))
        if not held:
            return self.holder()
        return self.patch(f"posts/{post['id']}/assignments/{held[0]['id']}", to=self.day())


def shown(reader, database, days, ledgers) -> dict:
    """Of each of these days, and of the ledgers, what is told."""
    told = {f"structure {day}": reader.get("management-structure", 200, params={"as_of": str(day)}).content for day in days}
    for day in days:
        told[f"users {day}"] = database.rows("""
            SELECT member.number, told.*, called.* FROM staff_records member LEFT JOIN LATERAL api.user_on(member.id, %s) told ON true
              LEFT JOIN LATERAL api.known_as(member.id, %s) called ON true
             ORDER BY member.number""", day, day)
        told[f"departments {day}"] = database.rows("""
            SELECT record.id, told.* FROM department_records record CROSS JOIN LATERAL api.department_as(record.id, %s) told
             WHERE api.serves_on(record.abolished_on, %s, record.established_on) ORDER BY record.id""", day, day)
    for path in ledgers:
        told[path] = reader.get(path, 200).content
    return told


@pytest.mark.parametrize("seed", range(3))
def test_stay_as_they_are(start_service, auditor, database, departments, today, seed):
    # Histories: what was entered on other days, by the clock of then.
    for days in (200, 90, 20):
        past = start_service(KIKI_CLOCK_OFFSET_S=str(-days * 86400))
        organisation = Organisation(past, seed * 100 + days, today - days * DAY)
        for _ in range(15):
            organisation.change()
        assert organisation.done > 3
    dice = random.Random(seed)
    asked = [today - DAY, *(today - dice.randrange(1, 1000) * DAY for _ in range(8))]
    ledgers = [f"departments/{departments[code]['id']}/ledgers/2026-{month}{form}" for code in ("rinko", "kawasaki") for month in ("08", "09")
               for form in ("", "?format=csv")]
    before = shown(auditor, database, asked, ledgers)
    for days in (0, 45):
        later = start_service(KIKI_CLOCK_OFFSET_S=str(days * 86400))
        organisation = Organisation(later, seed * 100 + 50 + days, today + days * DAY)
        for _ in range(25):
            organisation.change()
        assert organisation.done > 5
        after = shown(later.staff("900001"), database, asked, ledgers)
        assert [what for what in before if before[what] != after[what]] == []
    for days in (-400, -30, -1, 0, 1, 44, 46, 90, 200):
        assert wrong_callers(database, today + days * DAY) == []
