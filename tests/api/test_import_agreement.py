"""A dry run and the import after it answer alike, whatever the file (http/import.h): random files of each import, with swaps,
chains, repeated keys, and rows that create, change and keep. Only a fault that is named by its line refuses one: what a
constraint says comes too late for a dry run, and names no line."""

import csv
import io
import itertools
import random

import pytest

ROUNDS = 60


def table(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue()


class Imports:
    """Sends files both ways and counts what was answered."""

    def __init__(self, caller, path):
        self.caller, self.path, self.accepted, self.refused = caller, path, 0, 0

    def send(self, file):
        dry = self.caller.upload(self.path, file, (200, 422), params={"dry_run": "true"})
        wet = self.caller.upload(self.path, file, (200, 422))
        assert dry.status == wet.status, f"{file}\n{dry}\n{wet}"
        if dry.status == 200:
            self.accepted += 1
            assert (dry["rows"], dry["items"]) == (wet["rows"], wet["items"]), file
        else:
            self.refused += 1
            assert (dry["count"], dry["rows"]) == (wet["count"], wet["rows"]), file
        return wet

    def keeps(self, file):
        """What was written once is there."""
        again = self.caller.upload(self.path, file, 200, params={"dry_run": "true"})
        assert {item["action"] for item in again["items"]} <= {"keep"}, f"{file}\n{again}"

    def finish(self):
        assert self.accepted >= ROUNDS / 6 and self.refused >= ROUNDS / 6, (self.accepted, self.refused)


def some(random, columns, always):
    """Some of the optional columns, in any order."""
    chosen = list(always) + [column for column in columns if random.random() < 0.6]
    random.shuffle(chosen)
    return chosen


def permuted(random, things):
    """The things in another order: swaps, chains and rings among those who hold them."""
    things = list(things)
    random.shuffle(things)
    return things


def test_staff(service):
    chance = random.Random(1)
    imports = Imports(service.staff("900002"), "staff/import")
    numbers = [f"6900{n:02}" for n in range(10)]

    def row(number, subject):
        return {"number": number, "name": chance.choice("甲乙"), "kana": chance.choice(["", "こう"]), "title": chance.choice(["", "係員"]),
                "department_code": chance.choice(["rinko"] * 6 + ["asao"] * 6 + ["", "nowhere"]), "subject": subject,
                "from": chance.choice(["", "2026-04-01", "2026-10-01", "2030-04-01"]), "order_number": chance.choice(["", "1"]),
                "left_on": chance.choice([""] * 4 + ["2031-04-01"]), "issuer": chance.choice([""] * 9 + ["https://other.example"])}

    def change(number, person):
        """Keeps, or gives another subject."""
        return row(number, person)

    held = dict(zip(numbers, [f"s-{n}" for n in range(10)]))
    for _ in range(ROUNDS):
        chosen = chance.sample(numbers, chance.randint(1, 8))
        subjects = permuted(chance, [held[number] for number in chosen])
        if chance.random() < 0.3:  # one subject of somebody else, or twice the same, or the one that the number would give
            subjects[0] = chance.choice([*held.values(), "210002", chosen[0], ""])
        rows = [change(number, subject) for number, subject in zip(chosen, subjects)]
        if chance.random() < 0.1:
            rows.append(chance.choice(rows))
        columns = some(chance, ["kana", "title", "from", "order_number", "left_on"], ["number", "name", "department_code", "subject"])
        columns += ["issuer"] if chance.random() < 0.2 else []
        file = table(columns, rows)
        if imports.send(file).status == 200:
            held |= {number: subject for number, subject in zip(chosen, subjects) if subject}
            imports.keeps(file)
    imports.finish()


def test_devices(service, general_manager, database):
    chance = random.Random(2)
    imports = Imports(general_manager, "devices/import")
    codes = [f"AG-{n}" for n in range(10)]
    held = {code: ("甲社", f"S{n}") for n, code in enumerate(codes)}
    gone = general_manager.post("devices", 201, {"code": "AG-gone", "name": "端末", "kind": "terminal", "introduced_on": "2026-04-01",
                                                 "reason": "試験"})
    general_manager.post(f"devices/{gone['id']}/disposal", 200, {
        "disposed_on": "2026-11-01", "reason": "試験", "erasure_method": "物理破壊", "erased_on": "2026-11-01"}, match=gone)
    for _ in range(ROUNDS):
        chosen = chance.sample(codes, chance.randint(1, 8))
        serials = permuted(chance, [held[code] for code in chosen])
        if chance.random() < 0.3:
            serials[0] = chance.choice([*held.values(), ("", "S1"), ("見本電機", "MB14A00001"), ("乙社", "")])
        if chance.random() < 0.1:
            chosen[0] = chance.choice([*codes, "AG-gone"])
        rows = [{"code": code, "name": chance.choice("甲乙"), "kind": chance.choice(["camera", "端末"]), "introduced_on": "2026-04-01",
                 "manufacturer": maker, "serial_number": serial, "model": chance.choice(["", "M"]), "remarks": chance.choice(["", "良"]),
                 "accessories": chance.choice(["", "三脚", "三脚、電源"]), "reason": chance.choice(["", "試験"])}
                for code, (maker, serial) in zip(chosen, serials)]
        both = ["manufacturer", "serial_number"] if chance.random() < 0.8 else ["serial_number"]
        file = table(some(chance, ["model", "remarks", "accessories", "reason"], ["code", "name", "kind", "introduced_on", *both]), rows)
        if imports.send(file).status == 200:
            held |= {row["code"]: (row["manufacturer"] or "", row["serial_number"] or "") for row in rows if len(both) == 2}
            imports.keeps(file)
    imports.finish()


def test_assignments(service, operator, database):
    chance = random.Random(3)
    imports = Imports(service.staff("900002"), "posts/assignments/import")
    (tama,) = [department for department in operator.every("departments") if department["code"] == "tama"]
    for n in range(4):
        operator.post("posts", 201, {"code": f"ag-{n}", "name": "係長", "department_id": tama["id"], "from": "2021-04-01"})
    posts, people = [f"ag-{n}" for n in range(4)], ["270003", "270004", "270005", "260003"]
    for _ in range(ROUNDS):
        rows = []
        for _ in range(chance.randint(1, 5)):
            first = chance.choice(["2026-04-01", "2027-04-01", "2028-04-01", "2029-04-01", "2030-04-01"])
            post = chance.choice(posts * 6 + ["shirei-head", "nowhere"])
            rows.append({"post_code": post, "kind": chance.choice(["regular"] * 6 + ["代理"]) if post != "shirei-head" else "acting",
                         "staff_number": chance.choice(people * 8 + ["999999", "900002"]), "from": first,
                         "to": chance.choice([""] * 3 + [f"{int(first[:4]) + 1}-03-31", f"{first[:4]}-06-30", "2025-01-01"]),
                         "order_number": chance.choice("12"), "reason": chance.choice(["", "病休"])})
        columns = some(chance, ["to", "reason"], ["post_code", "staff_number", "kind", "from", "order_number"])
        file = table(columns, rows)
        if imports.send(file).status == 200:
            imports.keeps(file)
        if chance.random() < 0.3:  # else everything is soon taken
            database.run("SELECT set_config('kiki.operation', 'test', false)")
            database.run("DELETE FROM post_assignments a USING posts p WHERE p.id = a.post_id AND p.code LIKE 'ag-%%'")
    imports.finish()


def test_placements(service, general_manager, equipment_manager):
    chance = random.Random(4)
    imports = Imports(equipment_manager, "placements/import")
    codes = [f"AP-{n}" for n in range(ROUNDS * 5)]
    general_manager.upload("devices/import", table(["code", "name", "kind", "introduced_on"], [
        {"code": code, "name": "端末", "kind": "terminal", "introduced_on": "2026-04-01"} for code in codes]), 200)
    free = iter(codes)
    for _ in range(ROUNDS):
        rows = [{"device_code": next(free), "department_code": chance.choice(["rinko"] * 20 + ["nowhere"]),
                 "from": chance.choice(["2026-05-01", "2026-11-01"] * 10 + ["2099-01-01"]), "reason": chance.choice(["", "試験"]),
                 "storage_location": chance.choice(["", "", "", "事務室 鍵付きキャビネット"] * 3 + ["どこか"])} for _ in range(chance.randint(1, 5))]
        if chance.random() < 0.2:
            rows.append({**chance.choice(rows), "device_code": chance.choice([rows[0]["device_code"], codes[0], "NONE"])})
        imports.send(table(some(chance, ["reason", "storage_location"], ["device_code", "department_code", "from"]), rows))
    imports.finish()


def test_usage(service, general_manager, equipment_manager):
    chance = random.Random(5)
    imports = Imports(equipment_manager, "usage-entries/import")
    codes = [f"AU-{n}" for n in range(4)]
    general_manager.upload("devices/import", table(["code", "name", "kind", "introduced_on"], [
        {"code": code, "name": "端末", "kind": "terminal", "introduced_on": "2026-04-01"} for code in codes]), 200)
    equipment_manager.upload("placements/import", table(["device_code", "department_code", "from"], [
        {"device_code": code, "department_code": "rinko", "from": "2026-04-01"} for code in codes[:3]]), 200)

    def row():
        day, hour = f"2026-{chance.randint(9, 10):02}-{chance.randint(1, 28):02}", chance.randint(8, 16)
        locked = chance.random() < 0.8
        return {"device_code": chance.choice(codes[:3] * 15 + [codes[3], "NONE"]), "user_staff_number": chance.choice(["210002"] * 20 + ["9"]),
                "purpose": chance.choice(["training"] * 20 + ["other"]), "purpose_note": chance.choice(["", "研修"]),
                "out_at": f"{day}T{hour:02}:00:00+09:00", "due_at": f"{day}T{hour + 3:02}:00:00+09:00",
                "returned_at": f"{day}T{hour + chance.choice([0, 1, 1, 1, 2, 2, 3]):02}:00:00+09:00",
                "returned_by_staff_number": chance.choice(["", "210003"]), "locked": "はい" if locked else "いいえ",
                "storage_location": "事務室 鍵付きキャビネット",
                "storage_confirmed_at": "" if locked or chance.random() < 0.5 else f"{day}T21:00:00+09:00",
                "storage_confirmed_by_staff_number": "210003" if not locked and chance.random() < 0.5 else "",
                "confirmed_at": f"{day}T22:00:00+09:00", "confirmed_by_staff_number": chance.choice(["210001"] * 20 + [""])}
    columns = list(row())
    for _ in range(ROUNDS):
        imports.send(table(columns, [row() for _ in range(chance.randint(1, 4))]))
    imports.finish()


def test_subjects_change_places(operator):
    """Two who swap, and three in a ring with one who is new."""
    header = "number,name,department_code,subject\n"
    imports = Imports(operator, "staff/import")
    for file in ("695001,甲,rinko,x1\n695002,乙,rinko,x2\n", "695001,甲,rinko,x2\n695002,乙,rinko,x1\n",
                 "695003,丙,rinko,x1\n695001,甲,rinko,x3\n695002,乙,rinko,x2\n"):
        assert imports.send(header + file).status == 200
    assert [operator.one("staff", number=number)["subject"] for number in ("695001", "695002", "695003")] == ["x3", "x2", "x1"]


def test_serial_numbers_change_places(general_manager):
    header = "code,name,kind,introduced_on,manufacturer,serial_number\n"
    imports = Imports(general_manager, "devices/import")
    for serials in itertools.permutations(["N1", "N2", "N3"]):
        rows = "".join(f"AS-{n},端末,terminal,2026-04-01,甲社,{serial}\n" for n, serial in enumerate(serials))
        assert imports.send(header + rows).status == 200
    assert [general_manager.one("devices", code=f"AS-{n}")["serial_number"] for n in range(3)] == ["N3", "N2", "N1"]


@pytest.mark.parametrize("path, columns, row", [
    ("staff/import", "number,name,department_code", "{n},,nowhere"),
    ("devices/import", "code,name,kind,introduced_on", "D{n},端末,car,明日"),
])
def test_the_first_faults_and_their_count(service, path, columns, row):
    """However bad the file, the answer is small and says how much there is to do."""
    caller = service.staff("900002" if path.startswith("staff") else "100001")
    file = columns + "\n" + "".join(row.format(n=n) + "\n" for n in range(5000))
    answer = caller.upload(path, file, 422)
    assert len(answer["rows"]) == 1000 and answer["count"] in (5000, 10000)
    assert [fault["line"] for fault in answer["rows"]] == sorted(fault["line"] for fault in answer["rows"])
    assert answer["rows"][0]["line"] == 2 and len(answer.content) < 300_000
    # Those of the reader and those of the records, in one order.
    mixed = "number,name,department_code\n" + "".join(f"77{n:04},{'甲' * (1 if n % 2 else 101)},nowhere\n" for n in range(2000))
    if path.startswith("staff"):
        answer = caller.upload(path, mixed, 422)
        assert answer["count"] == 2000 and [fault["line"] for fault in answer["rows"]] == list(range(2, 1002))
