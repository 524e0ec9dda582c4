"""Two imports at once, and imports beside other writes."""

import concurrent.futures
import time

import pytest

USAGE = ("device_code,user_staff_number,purpose,purpose_note,partner_organisation,out_at,due_at,returned_at,"
         "returned_by_staff_number,storage_location,locked,storage_confirmed_at,storage_confirmed_by_staff_number,"
         "confirmed_at,confirmed_by_staff_number,remarks\n"
         "RACE-3,210002,training,,,2026-10-05T09:00:00+09:00,2026-10-05T12:00:00+09:00,2026-10-05T11:00:00+09:00,"
         "210002,試験棚,true,,,,,\n")
DEVICE = "code,name,kind,manufacturer,model,serial_number,introduced_on\n{},端末,terminal,M,N,S-RACE,2026-04-01\n"
RACES = {
    # path: who, table that is written, rows of the one and of the other, and how the second is judged
    "devices/import": ("100001", "devices", DEVICE.format("RACE-1"), DEVICE.format("RACE-4"), [(2, "serial_number", "taken")]),
    "staff/import": ("900002", "staff", *2 * ["number,name,department_code,from\n299999,競争 一人,rinko,2026-04-01\n"], "keep"),
    "placements/import": ("100002", "placements", *2 * [
        "device_code,department_code,storage_location,from,reason\nRACE-2,rinko,,2026-10-01,試験\n"], [(2, "device_code", "placed")]),
    "usage-entries/import": ("100002", "usage_entries", USAGE, USAGE, [(2, "out_at", "occupied")]),
}


@pytest.fixture(scope="module", autouse=True)
def things(operator, general_manager, equipment_manager):
    """Devices that nobody has or had out."""
    (rinko,) = [department for department in operator.every("departments") if department["code"] == "rinko"]
    for code in ("RACE-2", "RACE-3"):
        device = {"code": code, "name": "端末", "kind": "terminal", "introduced_on": "2026-04-01", "reason": "試験"}
        general_manager.post("devices", 201, device)
    equipment_manager.post("storage-locations", 201, {"department_id": rinko["id"], "name": "試験棚", "lockable": True})
    equipment_manager.upload("placements/import", "device_code,department_code,from,reason\nRACE-3,rinko,2026-10-01,試験\n", 200)


@pytest.mark.parametrize("path", RACES)
def test_the_second_of_two_is_judged_on_what_the_first_left(service, database, path):
    number, table, *files, judged = RACES[path]
    before = database.value(f"SELECT count(*) FROM {table}")
    database.run("BEGIN")
    database.run(f"LOCK TABLE {table} IN SHARE MODE")  # whoever writes waits
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        imports = [pool.submit(service.staff(number).upload, path, rows, (200, 422)) for rows in files]
        time.sleep(0.7)
        database.run("ROLLBACK")
        first, second = sorted((each.result() for each in imports),
                               key=lambda answer: (answer.status, answer.status == 200 and answer["items"][0]["action"]))
    assert first["items"] == [{"line": 2, "action": "create"}]
    if judged == "keep":
        assert second["items"] == [{"line": 2, "action": "keep"}]
    else:
        assert [(row["line"], row["column"], row["code"]) for row in second["rows"]] == judged and second["count"] == 1
    assert database.value(f"SELECT count(*) FROM {table}") == before + 1


def test_a_code_that_was_taken_meanwhile(general_manager, database):
    insert = "INSERT INTO devices (code, name, kind, introduced_on) VALUES ('RACE-5', '端末', 'terminal', '2026-04-01')"
    with database.meanwhile(insert) as submit:
        answer = submit(general_manager.upload, "devices/import", DEVICE.format("RACE-5").replace("S-RACE", "S-5"), 409)
    assert answer.result().problem == "device-code-taken"


def test_imports_and_changes_of_the_same_people_do_not_stop_one_another(service, operator, database):
    """Files that name the same people in opposite orders, and single changes between them."""
    header, numbers = "number,name,title,department_code\n", [f"2988{n:02}" for n in range(40)]
    operator.upload("staff/import", header + "".join(f"{number},競争,,rinko\n" for number in numbers), 200)
    people = {person["number"]: person["id"] for person in operator.every("staff") if person["number"] in numbers}
    until, statuses = time.monotonic() + 4, []

    def load(order):
        caller, n = service.staff("900002"), 0
        while time.monotonic() < until:
            n += 1
            rows = "".join(f"{number},競争,役{n},rinko\n" for number in numbers[::order])
            statuses.append(caller.upload("staff/import", header + rows, (200, 503)).status)

    def change(number):
        caller = service.staff("900002")
        while time.monotonic() < until:
            statuses.append(caller.patch(f"staff/{people[number]}", (200, 503), {"title": "長"}, match="*").status)

    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = database.value(deadlocks)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(load, 1), pool.submit(load, -1), pool.submit(change, numbers[3]), pool.submit(change, numbers[-3])]:
            done.result()
    database.run("SELECT pg_stat_clear_snapshot()")
    assert set(statuses) == {200} and len(statuses) > 10
    assert database.value(deadlocks) == before
