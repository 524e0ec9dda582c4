"""Random histories of devices, lived through the service on moved clocks: placements, conditions, uses, returns and what was
put right. What the rules then say of any use in them, written down afterwards, is what the second statement of the table says
of the history as it was noted here."""

import contextlib
import datetime
import random

import pytest

from harness.check_out_table import JAPAN, judge
from harness.lending import Lending, now
from harness.service import Service

FIRST, STEPS, EVERY = datetime.datetime(2026, 9, 4, 9, tzinfo=JAPAN), 11, datetime.timedelta(days=7, hours=5)
MEMBERS = {"rinko": "210002", "kawasaki": "220002"}
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)
ALWAYS = datetime.datetime(2100, 1, 1, tzinfo=JAPAN)


class History:
    """What became of one device, as whoever was there noted it."""

    def __init__(self, device, placed_since: datetime.datetime | None, holder: str | None) -> None:
        self.device = device
        self.placements = [(placed_since, holder)] if placed_since else []  # from when on, with whom
        self.conditions: list[tuple] = []  # (the day, when it was recorded, what it was, what it became)
        self.uses: list[dict] = []

    def holder(self, at: datetime.datetime) -> str | None:
        return next((holder for since, holder in reversed(self.placements) if since <= at), None)

    def condition(self, at: datetime.datetime) -> str:
        """The hour is known when it was recorded on that day; a day without an hour counts for the use."""
        state = self.conditions[0][2] if self.conditions else "usable"
        for day, recorded, _, became in self.conditions:
            midnight = datetime.datetime.combine(day, datetime.time(), JAPAN)
            since = recorded if recorded.date() == day else midnight if became == "usable" else midnight + DAY
            state = became if since <= at else state
        return state

    def taken(self, begin: datetime.datetime, end: datetime.datetime) -> bool:
        return any(use["out"] < end and (use["back"] or ALWAYS) > begin for use in self.uses)

    def left_unlocked(self, at: datetime.datetime) -> bool:
        back = [use for use in self.uses if use["back"] and use["back"] <= at]
        last = max(back, key=lambda use: use["back"], default={"locked": True})
        return not last["locked"] and not (last["stored"] and last["stored"] <= at)


class Life:
    def __init__(self, chance, lending, database, histories) -> None:
        self.random, self.lending, self.database, self.histories, self.done = chance, lending, database, histories, {}

    def live(self, service, at: datetime.datetime) -> None:
        """What happens to each device on that day."""
        self.service, self.at, self.then = service, at, Lending(service)
        for history in self.histories:
            if history.uses and history.uses[-1]["back"] is None:
                self.bring_back(history)
            for what in self.random.sample([self.move, self.use, self.use, self.take, self.change, self.store], 4):
                if history.holder(at) or what == self.move:
                    what(history)

    def member(self, history):
        return self.service.staff(MEMBERS[history.holder(self.at)])

    def note(self, what: str, answer) -> bool:
        key = f"{what} {answer.status}"
        self.done[key] = self.done.get(key, 0) + 1
        return answer.status in (200, 201)

    def move(self, history) -> None:
        to = self.random.choice(["rinko", "kawasaki", None])
        answer = self.then.equipment_manager.post("placements", (201, 409, 422), {
            "device_id": history.device["id"], "department_id": self.then.departments[to] if to else None, "reason": "試験"})
        if self.note("move", answer):
            history.placements.append((self.at, to))

    def use(self, history) -> None:
        begin = self.at - self.random.randrange(60, 3000) * MINUTE
        end = begin + self.random.randrange(20, 900) * MINUTE
        holder, locked = history.holder(begin), self.random.random() < 0.6
        if end >= self.at or holder != history.holder(self.at):
            return
        answer = self.then.used(self.member(history), history.device, begin.isoformat(), end.isoformat(), (201, 409), department=holder,
                                user=MEMBERS[holder], returned={"locked": locked})
        if answer.problem == "month-closed":
            return
        assert (answer.status == 409) == history.taken(begin, end), history.uses
        if self.note("use", answer):
            history.uses.append({"id": answer["id"], "out": begin, "back": end, "locked": locked, "stored": None})
            history.uses.sort(key=lambda use: use["out"])

    def take(self, history) -> None:
        answer = self.then.out(self.member(history), history.device, (201, 409), user=MEMBERS[history.holder(self.at)],
                               due_at=(self.at + 3 * DAY).isoformat())
        if self.note("take", answer):
            history.uses.append({"id": answer["id"], "out": self.at, "back": None, "locked": None, "stored": None})

    def bring_back(self, history) -> None:
        use, department = history.uses[-1], history.holder(history.uses[-1]["out"])
        locked = self.random.random() < 0.6
        answer = self.then.back(self.service.staff(MEMBERS[department]), use, (200, 404), department=department, locked=locked, match="*")
        if self.note("bring back", answer):
            use |= {"back": self.at, "locked": locked}

    def store(self, history) -> None:
        open_uses = [use for use in history.uses if use["locked"] is False and not use["stored"]]
        if open_uses:
            use = self.random.choice(open_uses)
            caller = self.service.staff(MEMBERS[history.holder(use["out"])])
            if self.note("store", self.then.act(caller, use, "storage-confirmation", (200, 404, 422), {}, match="*")):
                use["stored"] = self.at

    def change(self, history) -> None:
        """No operation marks a device lost or in repair yet. Some write it down on the day, some days later."""
        was = history.condition(ALWAYS)
        became = self.random.choice(["lost", "in_repair"]) if was == "usable" else "usable"
        day = (self.at - self.random.choice([0, 0, 2]) * DAY).date()
        if any(day <= other for other, *_ in history.conditions):
            return
        self.database.run("SELECT set_config('kiki.operation', 'test', false)")
        self.database.run("UPDATE devices SET condition = %s WHERE id = %s", became, history.device["id"])
        self.database.run("""INSERT INTO device_records (created_at, device_id, kind, occurred_on, reason, changes, recorded_by_id)
                             SELECT %s, id, 'change', %s, '試験', jsonb_build_object('condition', jsonb_build_array(%s::text, %s::text)), id
                               FROM devices WHERE id = %s""", self.at, day, was, became, history.device["id"])
        history.conditions.append((day, self.at, was, became))
        self.done["change"] = self.done.get("change", 0) + 1


@contextlib.contextmanager
def on(cluster, keys, database, at: datetime.datetime):
    service = Service(cluster, keys, database.name, KIKI_CLOCK_OFFSET_S=str(round((at - now()).total_seconds()))).start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def meetings(meetings, member):
    """Of each standing one, on a day in September and one in October. What is closed takes no uses, so that lives begin then."""
    made = []
    for day in ("2026-09-16", "2026-10-21"):
        times = {"starts_at": f"{day}T10:00:00+09:00", "ends_at": f"{day}T12:00:00+09:00"}
        cancelled = meetings.act(member, meetings.create(member, **times), "cancellation", 200, {"reason": "中止"})
        made += [meetings.create(member, **times), meetings.create(member, save_as="draft", **times), cancelled]
    return [(meeting["id"], meeting["status"], meeting["starts_at"], meeting["ends_at"]) for meeting in made]


@pytest.mark.slow
def test_every_use_is_judged_as_things_stood_then(cluster, keys, database, lending, meetings, a_client):
    chance = random.Random(20260716)
    mover = lending.member("rinko", **{"from": "2026-04-01"})
    lending.operator.post(f"staff/{mover['id']}/transfers", 201, {"department_id": lending.departments["kawasaki"], "from": "2026-10-01"})
    people = {lending.staff[number]: (lambda at, code=code: code) for code, number in MEMBERS.items()}
    people[mover["id"]] = lambda at: "rinko" if at.date() < datetime.date(2026, 10, 1) else "kawasaki"
    histories = [History(lending.device(None), None, None) for _ in range(2)]
    for n in range(8):
        since = datetime.datetime(2026, 4, 20 + n, tzinfo=JAPAN)
        holder = chance.choice(list(MEMBERS))
        histories.append(History(lending.device(holder, since=str(since.date())), since, holder))
    life = Life(chance, lending, database, histories)
    for step in range(STEPS):
        at = FIRST + step * EVERY
        with on(cluster, keys, database, at) as service:
            life.live(service, at)

    anywhere, shelves = a_client("usage:read", "usage:write", "devices:read", "meetings:read"), {code: lending.shelf(code) for code in MEMBERS}
    met: dict = {}
    for _ in range(600):
        history, user = chance.choice(histories), chance.choice(list(people))
        step = FIRST + chance.randrange(STEPS) * EVERY
        begin = step + chance.choice([-1, 1]) * chance.choice([20, 300, 3000, 10000]) * MINUTE + chance.randrange(60) * MINUTE
        meeting = chance.choice(meetings) if chance.random() < 0.2 else None
        if meeting and chance.random() < 0.5:
            begin = datetime.datetime.fromisoformat(meeting[2]) + chance.randrange(-200, 300) * MINUTE
        due = begin + chance.choice([30, 200, 2000]) * MINUTE
        end = begin + chance.choice([10, 100, 1500]) * MINUTE
        if abs(begin - step) < 15 * MINUTE or abs(end - step) < 15 * MINUTE:
            continue  # clocks of services go on while they are asked
        plan = {"purpose": chance.choice(["training", "document_work", "other", "web_meeting", "approved_other", "system_update"]),
                "purpose_note": chance.choice([None, "研修"]), "meeting_id": meeting and meeting[0]}
        holder = history.holder(begin)
        answer = lending.check(anywhere, history.device, (200, 422), user_staff_id=user, out_at=begin.isoformat(), due_at=due.isoformat(),
                               returned={"returned_at": end.isoformat(), "storage_location_id": shelves[holder or "rinko"], "locked": True}, **plan)
        met[holder, answer.status] = met.get((holder, answer.status), 0) + 1
        if not holder:
            assert answer.faults == {"/device_id": "not_placed"}, history.placements
            continue
        wanted = judge({
            "source": "late", "purpose": plan["purpose"], "noted": plan["purpose_note"] is not None, "out_at": begin.isoformat(),
            "due_at": due.isoformat(), "user_department_id": people[user](begin), "holding_department_id": holder, "placed": True,
            "kind": "camera", "condition": history.condition(begin), "occupied": "out" if history.taken(begin, end) else "no",
            "incident": None, "reserved": False, "approval": False, "data_percent": 0,
            "last_return_unlocked": history.left_unlocked(begin), "meeting": meeting[1] if meeting else "none",
            "meeting_starts_at": meeting and meeting[2], "meeting_ends_at": meeting and meeting[3], "determined": [],
            "regulation_versions": ["2021-03-11", "2025-10-16"]})
        told = [(finding["rule"], finding["level"], finding["clauses"]) for finding in answer["findings"]]
        assert (answer["verdict"], told, answer["not_judged"]) == (wanted["verdict"], wanted["findings"], wanted["not_judged"]), (
            begin, end, history.conditions, history.uses, history.placements)
        for rule, level, clauses in told:
            met[rule, level, *clauses] = met.get((rule, level, *clauses), 0) + 1
    assert {("rinko", 200), ("kawasaki", 200), (None, 422)} <= set(met) and min(life.done.get(done, 0) for done in (
        "move 201", "use 201", "use 409", "take 201", "bring back 200", "store 200", "change")) > 0, life.done
    found = {key[0] for key in met if isinstance(key[1], str)}
    assert found == {f"check_out.{rule}" for rule in ("device_available", "purpose", "document_work", "purpose_approval", "other_department",
                                                      "storage_confirmed", "meeting")}, met
    assert {clause for key in met if key[0] == "check_out.device_available" for clause in key[2:]} == {"art5.1.1", "art3.1.3", "art5.1.2"}
