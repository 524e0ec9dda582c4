"""Imports that are large, and many at once: what the limits promise passes, and others are served meanwhile."""

import concurrent.futures
import contextlib
import threading
import time

import pytest

from harness.service import SANITIZED

ROWS = 100_000
GOOD = 20_000 if SANITIZED else ROWS
DEVICES = "code,name,kind,introduced_on,manufacturer,serial_number\n"
MANY_BAD = ("code,name,kind,introduced_on\n" + "B,端末,x,y\n" * (4 * ROWS)).encode()


@contextlib.contextmanager
def readers(service, pause=0.02):
    """Reads all the while; afterwards the list holds the status of each."""
    statuses, stop = [], threading.Event()

    def read():
        caller = service.staff("100002")
        while not stop.is_set():
            statuses.append(caller.get("devices", (200, 503), params={"limit": 5}).status)
            time.sleep(pause)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        try:
            yield statuses
        finally:
            stop.set()
        reading.result()


def memory(service) -> int:
    """The most that the service ever held, in MiB."""
    (line,) = [line for line in open(f"/proc/{service.process.pid}/status", encoding="ascii") if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def lines(service, request_id) -> list[str]:
    """What the log tells of the progress of the import."""
    return [line["done"] for line in service.log_lines() if line["event"] == "import" and line["request_id"] == request_id]


def test_the_file_is_read_without_a_connection(start_service):
    """The only connection serves others while bad rows are found, and while imports wait for their turn."""
    service = start_service(KIKI_POOL_SIZE="1", KIKI_POOL_WAIT_MS="150")
    with concurrent.futures.ThreadPoolExecutor(4) as pool, readers(service) as statuses:
        imports = [pool.submit(service.staff("100001").upload, "devices/import", MANY_BAD, 422, timeout=600) for _ in range(4)]
        answers = [each.result() for each in imports]
    assert {answer["count"] for answer in answers} == {2 * ROWS + 1} and len(statuses) > 10
    assert statuses.count(503) <= len(statuses) / 20, f"{statuses.count(503)} of {len(statuses)}"


def test_sixteen_bad_files_at_once(start_service):
    service = start_service()
    before = memory(service)
    with concurrent.futures.ThreadPoolExecutor(16) as pool, readers(service) as statuses:
        answers = list(pool.map(lambda _: service.staff("100001").upload("devices/import", MANY_BAD, 422, timeout=600), range(16)))
    assert {(answer["count"], len(answer["rows"])) for answer in answers} == {(2 * ROWS + 1, 1000)}
    assert set(statuses) == {200}
    # Each body itself, and little more than the two that are being read.
    if not SANITIZED:
        assert memory(service) - before < 16 * len(MANY_BAD) / 2**20 + 120


def test_another_kind_of_import_waits_for_nobody(service, general_manager, operator, database):
    """One that is held up stops neither others nor another operation's import."""
    database.run("BEGIN")
    database.run("LOCK TABLE devices IN SHARE MODE")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(general_manager.upload, "devices/import", DEVICES + "W-1,端末,camera,2026-04-01,,\n", 200)
        time.sleep(0.5)
        operator.upload("staff/import", "number,name,department_code\n680001,甲,rinko\n", 200)
        assert not waiting.done()
        database.run("ROLLBACK")
        waiting.result()


def test_an_import_has_a_deadline_of_its_own(start_service, database):
    """Longer than that of other requests, and it strikes."""
    service = start_service(KIKI_QUERY_MS="500", KIKI_IMPORT_MS="4000")
    caller, file = service.staff("100001"), DEVICES + "T-1,端末,camera,2026-04-01,,\n"
    for hold, status in ((1.5, 200), (6.0, 503)):
        database.run("BEGIN")
        database.run("LOCK TABLE device_records IN SHARE MODE")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            waiting = pool.submit(caller.upload, "devices/import", file.replace("T-1", f"T-{status}"), status)
            time.sleep(hold)
            database.run("ROLLBACK")
            answer = waiting.result()
            assert time.monotonic() - began < hold + 2
    assert answer.problem == "busy" and caller.every("devices", code="T-503") == []




@pytest.mark.parametrize("kind", ["devices", "placements", "usage-entries", "staff"])
def test_a_hundred_thousand_rows(start_service, database, kind):
    """In one file, without a deadline that strikes, and the log tells how far it has come."""
    files = {
        "devices": ("100001", DEVICES, lambda n: f"L{n:06},端末,camera,2026-04-01,甲社,{n}\n"),
        "placements": ("100002", "device_code,department_code,from,storage_location\n",
                       lambda n: f"L{n:06},rinko,2026-04-01,事務室 鍵付きキャビネット\n"),
        "usage-entries": ("100002", "device_code,user_staff_number,purpose,out_at,due_at,returned_at,storage_location,locked\n",
                          lambda n: f"L{n:06},210002,training,2026-10-07 9:00,2026-10-07 12:00,2026-10-07 11:00,事務室 鍵付きキャビネット,はい\n"),
        "staff": ("900002", "number,name,department_code,from\n", lambda n: f"L{n:06},試験 {n},{('rinko', 'asao')[n % 2]},2026-04-01\n"),
    }
    number, header, row = files[kind]
    service = start_service(KIKI_IMPORT_MS="600000")
    database.run("ANALYZE")  # that the tables are small is well known, and not long true
    caller, file = service.staff(number), header + "".join(map(row, range(GOOD)))
    began = time.monotonic()
    with readers(service) as statuses:
        # Not by caller.upload: holding a hundred thousand items against the contract takes longer than importing them.
        response = caller.session.post(f"{service.url}/api/v1/{kind}/import", data=file.encode(), timeout=600,
                                       headers={"Authorization": f"Bearer {caller.token}", "Content-Type": "text/csv"})
    print(f"{kind}: {time.monotonic() - began:.1f} s")
    answer = response.json()
    assert response.status_code == 200 and answer["rows"] == GOOD, response.text[:1000]
    assert {item["action"] for item in answer["items"]} == {"create"}
    assert lines(service, response.headers["X-Request-ID"]) == ["read", "judged", "written"]
    assert set(statuses) == {200} and (SANITIZED or memory(service) < 200)
