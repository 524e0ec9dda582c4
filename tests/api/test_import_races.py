"""Two imports at once of rows that exclude each other: both find nothing wrong, both come to write, and a constraint lets
one of them; or, where they lock what they write about, the later finds what the earlier has written."""

import concurrent.futures
import time

import pytest

USAGE = ("device_code,user_staff_number,purpose,purpose_note,partner_organisation,out_at,due_at,returned_at,"
         "returned_by_staff_number,storage_location,locked,storage_confirmed_at,storage_confirmed_by_staff_number,"
         "confirmed_at,confirmed_by_staff_number,remarks\n"
         "RACE-3,210002,training,,,2026-10-05T09:00:00+09:00,2026-10-05T12:00:00+09:00,2026-10-05T11:00:00+09:00,"
         "210002,試験棚,true,,,,,\n")
RACES = {
    # path: who, table that is written, rows of the one and of the other
    "devices/import": ("100001", "devices", "code,name,kind,manufacturer,model,serial_number,introduced_on\nRACE-1,端末,terminal,M,N,S-RACE,2026-04-01\n",
                       "code,name,kind,manufacturer,model,serial_number,introduced_on\nRACE-4,端末,terminal,M,N,S-RACE,2026-04-01\n"),
    "staff/import": ("900002", "staff", *2 * ["number,name,department_code,from\n299999,競争 一人,rinko,2026-04-01\n"]),
    "placements/import": ("100002", "placements", *2 * [
        "device_code,department_code,storage_location,from,reason\nRACE-2,rinko,,2026-10-01,試験\n"]),
    "usage-entries/import": ("100002", "usage_entries", USAGE, USAGE),
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
def test_one_of_two_imports_is_refused_whole(service, database, path):
    number, table, *files = RACES[path]
    before = database.value(f"SELECT count(*) FROM {table}")
    database.run("BEGIN")
    database.run(f"LOCK TABLE {table} IN SHARE MODE")  # lets both check and neither write
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        imports = [pool.submit(service.staff(number).upload, path, rows, (200, 409, 422)) for rows in files]
        time.sleep(0.7)
        database.run("ROLLBACK")
        answers = sorted((each.result() for each in imports), key=lambda answer: answer.status)
    assert answers[0].status == 200 and answers[1].status == (422 if path == "placements/import" else 409), answers
    assert answers[1].problem in ("conflict", "device-code-taken", "device-occupied", "import-refused")
    assert database.value(f"SELECT count(*) FROM {table}") == before + 1
