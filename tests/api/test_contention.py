"""What one thing's writers wait for is nobody else's matter: reads and other writes find connections all the same, and
whoever waits in vain is told what for."""

import concurrent.futures
import contextlib
import threading
import time
import uuid

import pytest

from harness.patience import patiently, soon

CROWD, OTHERS = 60, 64


@contextlib.contextmanager
def held(cluster, database, statement, *values):
    """What the statement locks is locked by another session, as by somebody with psql."""
    with contextlib.closing(cluster.connect(database.name)) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("SET search_path = kiki, api")
        cursor.execute(statement, values)
        yield


class Crowd:
    """Many clients that ask for the same again and again, whatever they are answered."""

    def __init__(self, service, ask, who="210002"):
        self.answers, self.over = [], threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(service.staff(who), ask, n)) for n in range(CROWD)]

    def work(self, caller, ask, n):
        while not self.over.is_set():
            self.answers.append(ask(caller, n))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def problems(self):
        return {answer.problem for answer in self.answers if answer.status != 201}


@pytest.fixture(scope="module")
def stations(lending):
    """Devices of two stations."""
    return {station: [lending.device(station) for _ in range(count)] for station, count in (("rinko", 20), ("kawasaki", 9 * OTHERS))}


@pytest.fixture
def others(service, lending, stations):
    """Reads of all kinds and check-outs of other devices, 128 in all: (what, status, seconds) of each that went wrong."""
    plan = lending.plan(user="220002")
    devices = [stations["kawasaki"].pop() for _ in range(OTHERS)]

    def work(part):
        caller = service.staff("220002")
        for device in devices[part::4]:
            for what, ask in (("read", lambda: caller.get(f"devices/{device['id']}", (200, 503))),
                              ("out", lambda: caller.post("usage-entries", (201, 503), plan | {"device_id": device["id"]}))):
                began = time.monotonic()
                answer = ask()
                yield what, answer.status, round(time.monotonic() - began, 3)

    def run():
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            done = [entry for part in threads.map(lambda n: list(work(n)), range(4)) for entry in part]
        assert len(done) == 2 * OTHERS
        return [entry for entry in done if entry[1] == 503]
    return run


class TestNobodyElseWaits:
    def test_for_a_device(self, service, cluster, database, lending, stations, others):
        device, plan = stations["rinko"][0], lending.plan()
        with held(cluster, database, "SELECT FROM devices WHERE id = %s FOR UPDATE", device["id"]), \
                Crowd(service, lambda caller, n: caller.post("usage-entries", (201, 409, 503), plan | {"device_id": device["id"]})) as crowd:
            assert others() == []
        assert crowd.problems() <= {"busy", "check-out-refused"}

    def test_for_a_month(self, service, cluster, database, lending, stations, others):
        plan = lending.plan()
        with held(cluster, database, "SELECT hold_ledger(%s, month_of(now()), true)",
                  lending.departments["rinko"]), \
                Crowd(service, lambda caller, n: caller.post("usage-entries", (201, 409, 503),
                                                             plan | {"device_id": stations["rinko"][n % 20]["id"]})) as crowd:
            assert others() == []
        assert "busy" in crowd.problems() and crowd.problems() <= {"busy", "check-out-refused"}

    def test_for_the_entries_of_a_device(self, service, cluster, database, lending, member, others):
        """Whose device the service does not know before it has asked."""
        device, body = lending.device(), {"storage_location_id": lending.shelf(), "locked": True}
        entries = [lending.out(member, device)["id"]]
        for _ in range(3):
            lending.back(member, {"id": entries[-1]})
            entries.append(lending.out(member, device)["id"])
        with held(cluster, database, "SELECT FROM devices WHERE id = %s FOR UPDATE", device["id"]), \
                Crowd(service, lambda caller, n: caller.post(f"usage-entries/{entries[n % 4]}/return", (409, 503), body, match="*")) as crowd:
            assert others() == []
        assert crowd.problems() <= {"busy", "not-in-this-state"}

    def test_for_a_key(self, service, cluster, database, lending, stations, others):
        device, plan, key = stations["rinko"][1], lending.plan(), str(uuid.uuid4())
        with held(cluster, database, "SELECT FROM devices WHERE id = %s FOR UPDATE", device["id"]), \
                Crowd(service, lambda caller, n: caller.post("usage-entries", (201, 409, 503), plan | {"device_id": device["id"]},
                                                             key=key)) as crowd:
            assert others() == []
        assert crowd.problems() <= {"busy", "request-in-progress"} and "request-in-progress" in crowd.problems()

    def test_for_the_organisation(self, service, cluster, database, others):
        with held(cluster, database, "SELECT hold('departments')"), \
                Crowd(service, lambda caller, n: caller.post("departments", (201, 503), {
                    "code": f"x{uuid.uuid4().hex[:12]}", "name": "試験", "kind": "station", "is_shozoku": False}), "900002") as crowd:
            assert others() == []
        assert crowd.problems() <= {"busy"}

    def test_for_one_who_shall_hold_many_posts(self, service, cluster, database, lending, operator, others):
        """What stands in the way is no thing that the request names, nor one that it asks for by name."""
        department, staff = lending.departments["tama"], lending.staff["270002"]
        posts = [operator.post("posts", 201, {"code": f"x{uuid.uuid4().hex[:12]}", "name": "職", "department_id": department})["id"]
                 for _ in range(30)]
        body = {"staff_id": staff, "kind": "regular", "from": "2027-01-01", "order_number": "1"}
        with held(cluster, database, "SELECT FROM staff_records WHERE id = %s FOR UPDATE", staff), \
                Crowd(service, lambda caller, n: caller.post(f"posts/{posts[n % 30]}/assignments", 503, body), "900002") as crowd:
            assert others() == []
        assert crowd.problems() == {"busy"}

    def test_for_all_whom_an_import_holds(self, service, cluster, database, lending, others):
        staff = [lending.staff[f"2{station}000{n}"] for station in (5, 6, 7, 8) for n in (1, 2, 3, 4, 5)]
        with held(cluster, database, "SELECT FROM staff_records FOR NO KEY UPDATE"), \
                Crowd(service, lambda caller, n: caller.patch(f"staff/{staff[n % 20]}", 503, {"title": "主査"}, match="*"), "900002") as crowd:
            assert others() == []
        assert crowd.problems() == {"busy"}

    def test_for_many_devices(self, service, cluster, database, lending, stations, others):
        devices, plan = [device["id"] for device in stations["rinko"]], lending.plan()
        with held(cluster, database, "SELECT FROM devices WHERE id = ANY (%s::uuid[]) FOR NO KEY UPDATE", devices), \
                Crowd(service, lambda caller, n: caller.post("usage-entries", 503, plan | {"device_id": devices[n % 20]})) as crowd:
            assert others() == []
        assert crowd.problems() == {"busy"}


def causes(service, answer):
    """What the log says of the request besides its one line."""
    return [line for line in service.log_lines() if line.get("request_id") == answer.request_id and line["event"] != "request"]


class TestTheTrueWord:
    """503 says what happened, and the log why, once."""

    def test_a_record_that_is_locked(self, service, cluster, database, lending, member):
        device = lending.device()
        with held(cluster, database, "SELECT FROM devices WHERE id = %s FOR UPDATE", device["id"]):
            answer = lending.out(member, device, 503)
        assert answer.problem == "busy" and "同じ記録" in answer["detail"] and answer.headers["Retry-After"]
        (line,) = causes(service, answer)
        assert (line["event"], line["sqlstate"], line["statement"]) == ("not-served", "55P03", "lending_lock")
        assert "lock timeout" in line["cause"]
        lending.out(member, device)

    @patiently
    def test_more_than_the_time_of_a_request(self, start_service, cluster, database, lending):
        """Together, however often it is tried: PostgreSQL alone would wait for two seconds."""
        service, device = start_service(KIKI_QUERY_MS="600"), lending.device()
        caller = service.staff("210002")
        with held(cluster, database, "SELECT FROM devices WHERE id = %s FOR UPDATE", device["id"]):
            began = time.monotonic()
            answer = lending.out(caller, device, 503)
            assert time.monotonic() - began > 0.5
            soon(time.monotonic() - began, 1.5)
        assert answer.problem == "busy" and "時間内" in answer["detail"]
        assert [line["sqlstate"] for line in causes(service, answer)] == ["57014"]

    def test_a_full_disk(self, service, database, lending, member):
        """/dev/full is a file that has no room, whatever the machine."""
        device = lending.device()
        with database.upon_insert("usage_entries", "COPY (SELECT 1) TO '/dev/full'"):
            answer = lending.out(member, device, 503, key=(key := str(uuid.uuid4())))
        assert answer.problem == "storage-full" and answer.headers["Retry-After"]
        (line,) = causes(service, answer)
        assert (line["sqlstate"], line["statement"]) == ("53100", "lending_record") and "No space left" in line["cause"]
        lending.out(member, device, key=key)

    def test_a_deadlock(self, service, database, lending, member):
        """Which PostgreSQL finds again each time: the request is tried three times, and told once."""
        device = lending.device()
        with database.upon_insert("usage_entries", "RAISE EXCEPTION USING ERRCODE = 'deadlock_detected', MESSAGE = 'deadlock detected'"):
            answer = lending.out(member, device, 503)
        assert answer.problem == "busy" and "同じ記録" in answer["detail"]
        (line,) = causes(service, answer)
        assert (line["sqlstate"], line["cause"]) == ("40P01", "deadlock detected")
