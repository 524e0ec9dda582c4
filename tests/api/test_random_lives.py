"""Random uses of one device, whatever may be added to them, and corrections of all that can be corrected. After each step the
records must say the same as the rows that were only ever added: what holds of an entry, what the device is taken for, and
that nobody had it twice at once. In the end whatever is out comes back."""

import datetime
import random

import pytest

from harness.cluster import Database
from harness.noon import NOON, Ledger, at, at_noon
from harness.together import together

STEPS, SEEDS = 160, 8

# What holds, reckoned from the added rows alone: the entry as recorded, the return over it, and over that the corrections
# in their order. Of a person it is asked who he was on the day of use.
EXPECTED = """
    WITH recorded AS (
        SELECT e.id, e.device_id, e.source,
               (to_jsonb(e) || coalesce(to_jsonb(r) - ARRAY['id', 'created_at', 'department_id'], '{}')
                || jsonb_build_object('returned_by_id', r.recorded_by_id,
                       'due_at', coalesce((SELECT max(x.due_at) FROM usage_extensions x WHERE x.usage_entry_id = e.id), e.due_at))
                || coalesce((SELECT jsonb_object_agg(c.field, c.new_value ORDER BY c.created_at, c.id)
                               FROM usage_corrections c WHERE c.usage_entry_id = e.id), '{}')) AS members,
               (SELECT count(*) FROM usage_corrections c WHERE c.usage_entry_id = e.id)::int AS corrections
          FROM usage_entries e LEFT JOIN usage_returns r ON r.usage_entry_id = e.id
         WHERE e.device_id = %s
    ), present AS MATERIALIZED (
        SELECT recorded.id, recorded.corrections, said.*
          FROM recorded CROSS JOIN jsonb_to_record(recorded.members) AS said (
                   device_id uuid, user_staff_id uuid, out_at timestamptz, due_at timestamptz, returned_at timestamptz,
                   returned_by_id uuid, purpose text, purpose_note text, partner_organisation text, accessories text[],
                   handed_over boolean, storage_location_id uuid, locked boolean, abnormality text, remarks text)
    ), expected AS MATERIALIZED (
        SELECT p.*, m.name AS user_name, u.shozoku_id AS user_department_id, s.confirmed_at AS storage_confirmed_at,
               f.confirmed_at, f.confirmed_by_id, f.confirmed_by_id = p.user_staff_id AS own_use_confirmed,
               tstzrange(p.out_at, coalesce(p.returned_at, p.due_at)) AS during,
               p.returned_at IS NULL AND NOT EXISTS (SELECT FROM present l WHERE l.out_at > p.out_at) AS open
          FROM present p
          JOIN staff m ON m.id = p.user_staff_id
          JOIN staff_transfers t ON t.staff_id = m.id AND t.during @> api.day_of(p.out_at)
          JOIN departments u ON u.id = t.department_id
          LEFT JOIN usage_storage_confirmations s ON s.usage_entry_id = p.id
          LEFT JOIN usage_confirmations f ON f.usage_entry_id = p.id AND f.corrections = p.corrections
    )"""
COMPARED = ("user_staff_id, out_at, due_at, returned_at, returned_by_id, purpose, purpose_note, partner_organisation, accessories, handed_over,"
            " storage_location_id, locked, abnormality, remarks, user_name, user_department_id, storage_confirmed_at, confirmed_at,"
            " confirmed_by_id, own_use_confirmed, corrections").split(", ")
DIFFERENT = EXPECTED + f"""
    SELECT e.id, ({', '.join('e.' + name for name in COMPARED)})::text AS expected,
           ({', '.join('s.' + name for name in COMPARED)})::text AS kept,
           e.during::text || e.open AS holds, o.during::text || o.open AS held
      FROM expected e LEFT JOIN usage_states s ON s.id = e.id LEFT JOIN device_occupations o ON o.id = e.id
     WHERE ({', '.join('e.' + name for name in COMPARED)}) IS DISTINCT FROM ({', '.join('s.' + name for name in COMPARED)})
        OR (e.during, e.open) IS DISTINCT FROM (o.during, o.open)"""
TWICE = EXPECTED + """
    SELECT p.id, p.during::text, o.id AS other, o.during::text AS also
      FROM expected p JOIN expected o ON o.id <> p.id
       AND (o.during && p.during OR o.out_at > p.out_at AND o.out_at < coalesce(p.returned_at, p.due_at))"""


@pytest.fixture(scope="module")
def service(cluster, keys, database):
    with at_noon(cluster, keys, database) as service:
        yield service


class Life:
    def __init__(self, ledger: Ledger, database, usage_manager, seed: int) -> None:
        self.ledger, self.database, self.usage_manager = ledger, database, usage_manager
        self.random, self.entries, self.done = random.Random(seed), [], {}
        self.shelf = ledger.lending.shelf()
        self.people = [ledger.lending.staff[number] for number in ("210001", "210002", "210003")]

    def minutes(self, most: int) -> datetime.timedelta:
        return datetime.timedelta(minutes=15 * self.random.randrange(most // 15))

    def step(self) -> None:
        what = self.random.choice(["out"] * 5 + ["back"] * 3 + ["extend", "hand_over", "confirm", "confirm", "store"] + ["correct"] * 7)
        if not self.entries:
            what = "out"
        answer = self.out() if what == "out" else getattr(self, what)(self.chosen(what))
        if answer.status == 201 and what in ("out", "hand_over"):
            self.entries.append(answer["id"])
        key = f"{what} {answer.status}"
        self.done[key] = self.done.get(key, 0) + 1

    def chosen(self, what: str) -> dict:
        """Mostly one that is still out, where that makes sense."""
        entries = self.present(self.random.sample(self.entries, min(4, len(self.entries))))
        wanted = what not in ("correct", "confirm", "store")
        return next((entry for entry in entries if (entry["returned_at"] is None) == wanted), entries[0])

    def present(self, ids: list[str]) -> list[dict]:
        return [row["entry"] for row in self.database.rows(
            "SELECT to_jsonb(s) AS entry FROM usage_states s WHERE id = ANY (%s::uuid[]) ORDER BY id", ids)]

    def near(self, time: str, earlier: int) -> str:
        return (datetime.datetime.fromisoformat(time) - datetime.timedelta(minutes=earlier) + self.minutes(75)).isoformat()

    def out(self):
        """At the time, or written down afterwards: with its return, or because it goes on."""
        how, user = self.random.choice(["ended"] * 3 + ["goes on", "now"]), self.random.choice(["210002", "210003"])
        if how == "now":
            return self.ledger.lending.out(self.ledger.member, self.ledger.device, (201, 409), due_at=at(13, 30), user=user)
        begin = NOON - datetime.timedelta(hours=self.random.choice([8, 8, 40])) + self.minutes(480)
        back = {"returned_at": (begin + self.minutes(75)).isoformat(), "storage_location_id": self.shelf, "locked": self.random.random() < 0.7}
        return self.ledger.out(begin.isoformat(), (begin + datetime.timedelta(minutes=15) + self.minutes(60)).isoformat(),
                               (201, 409, 422), user=user, **({"returned": back} if how == "ended" else {}))

    def act(self, entry, what: str, *statuses: int, body=None, caller=None):
        return (caller or self.ledger.member).post(f"usage-entries/{entry['id']}/{what}", statuses, body, match="*")

    def back(self, entry):
        told = {"returned_at": self.near(entry["out_at"], 15)} if self.random.random() < 0.6 else {}
        return self.bring_back(entry, 200, 409, 422, **told, locked=self.random.random() < 0.7)

    def bring_back(self, entry, *statuses: int, **members):
        return self.act(entry, "return", *statuses, body={"storage_location_id": self.shelf, "locked": True} | members)

    def extend(self, entry):
        return self.act(entry, "extension", 200, 409, 422, body={"due_at": at(12, self.random.randrange(60), hours=1), "reason": "延長"})

    def hand_over(self, entry):
        return self.act(entry, "handover", 201, 409, 422, body={"user_staff_id": self.people[2], "due_at": at(13)})

    def store(self, entry):
        return self.act(entry, "storage-confirmation", 200, 409)

    def confirm(self, entry):
        return self.act(entry, "confirmation", 200, 409, caller=self.usage_manager)

    def correct(self, entry):
        field = self.random.choice(["out_at", "returned_at"] * 3 + ["user_staff_id", "purpose", "purpose_note", "accessories", "locked", "remarks"])
        value = {"user_staff_id": self.random.choice(self.people), "purpose": self.random.choice(["training", "other"]),
                 "purpose_note": self.random.choice([None, "展示"]), "accessories": self.random.choice([[], ["三脚"]]),
                 "locked": self.random.random() < 0.5, "remarks": self.random.choice([None, "備考"])}
        if field in ("out_at", "returned_at"):
            value[field] = self.near(entry[field] or entry["due_at"], 30)
        caller = self.random.choice([self.ledger.member, self.usage_manager])
        return self.ledger.correct(entry, field, value[field], (201, 409, 422), caller)

    def check(self) -> None:
        device = self.ledger.device["id"]
        for question in (DIFFERENT, TWICE):
            wrong = self.database.rows(question, device)
            assert not wrong, (self.done, wrong)

    def end(self) -> None:
        """Whatever is out can be brought back: as it was taken out at the earliest, and now when it is the last."""
        for entry in self.present(self.entries):
            if entry["returned_at"] is None:
                last = self.database.value("SELECT open FROM device_occupations WHERE id = %s", entry["id"])
                self.bring_back(entry, 200, **({} if last else {"returned_at": entry["out_at"]}))
                self.check()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_life_of_a_device(ledger, database, usage_manager, seed):
    life = Life(ledger, database, usage_manager, seed)
    for _ in range(STEPS):
        life.step()
        life.check()
    life.end()
    assert life.done["correct 201"] > 5 and life.done["back 200"] > 0 and life.done["confirm 200"] > 1, life.done


def test_many_at_once(service, lending, device, database):
    """Whatever they do to the same entries of a device at the same time, in the end the records agree."""
    lives = [Life(Ledger(lending, service.staff("210002"), device), Database(database.cluster, database.name), service.staff("210001"), 100 + n)
             for n in range(6)]
    for life in lives[1:]:
        life.entries = lives[0].entries
    together(*[lambda life=life: [life.step() for _ in range(40)] for life in lives])
    for life in lives:
        life.database.close()
    lives[0].database = database
    lives[0].check()
    lives[0].end()


@pytest.fixture
def ledger(lending, member, device):
    return Ledger(lending, member, device)
