"""What the service does when there is too much, too little or an end: quotas, a full pool, a lost database, stopping."""

import concurrent.futures
import contextlib
import re
import threading
import time

import pytest
from harness.caller import Caller
from harness.patience import patiently, soon, until
from harness.wire import Wire, request


@contextlib.contextmanager
def devices_locked(database):
    """Nobody else can read devices meanwhile: requests for them wait inside PostgreSQL."""
    connection = database.cluster.connect(database.name)
    try:
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE kiki.devices IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.rollback()
        connection.close()


def fresh(caller) -> Caller:
    """The same caller on a connection of his own."""
    return Caller(caller.url, caller.token)


def timed(caller, path, status):
    begin = time.monotonic()
    answer = caller.get(path, status)
    return answer, time.monotonic() - begin


class TestQuota:
    PER_MINUTE = 6

    @pytest.fixture
    def service(self, start_service):
        return start_service(KIKI_RATE_PER_MINUTE=str(self.PER_MINUTE))

    def test_a_caller_has_so_many_requests(self, service):
        caller = service.enrolled("eager")
        left = []
        for _ in range(self.PER_MINUTE):
            answer = caller.get("devices", 200)
            assert answer.headers["RateLimit-Policy"] == f'"default";q={self.PER_MINUTE};w=60'
            r, t = re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["RateLimit"]).groups()
            left.append(int(r))
            assert 1 <= int(t) <= 60
        assert left == list(range(self.PER_MINUTE - 1, -1, -1))
        refused = caller.get("devices", 429)
        assert refused.problem == "rate-limited"
        wait = int(refused.headers["Retry-After"])
        assert 1 <= wait <= 60 // self.PER_MINUTE and refused.headers["RateLimit"] == f'"default";r=0;t={wait}'
        # Every operation counts, and what is refused for another reason too.
        assert caller.get("storage-locations", 429).problem == "rate-limited"

    def test_callers_do_not_share(self, service):
        one, other = service.enrolled("one"), service.enrolled("other")
        for _ in range(self.PER_MINUTE):
            one.get("devices", 200)
        one.get("devices", 429)
        other.get("devices", 200)

    def test_what_is_open_to_all_and_who_is_nobody_do_not_count(self, service):
        nobody = service.nobody()
        for _ in range(3 * self.PER_MINUTE):
            assert "RateLimit" not in nobody.get("/livez", 200).headers
            assert "RateLimit" not in nobody.get("devices", 401).headers

    def test_a_refusal_has_the_headers_too(self, service):
        caller = service.enrolled("clumsy")
        for path, status in (("devices?x=1", 400), ("devices/01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10", 404)):
            assert "RateLimit" in caller.get(path, status).headers

    def test_waiting_as_told_helps(self, start_service):
        service = start_service(KIKI_RATE_PER_MINUTE="30")
        caller = service.enrolled("patient")
        while not caller.get("devices", 200).headers["RateLimit"].startswith('"default";r=0;'):
            pass
        time.sleep(int(caller.get("devices", 429).headers["Retry-After"]))
        caller.get("devices", 200)


class TestPool:
    @pytest.fixture
    def service(self, start_service):
        return start_service(KIKI_POOL_SIZE="2", KIKI_POOL_WAIT_MS="600")

    @pytest.fixture
    def client(self, service):
        return service.enrolled("edge")

    @patiently
    def test_a_full_pool_is_told_at_once(self, service, client, database):
        client.get("devices", 200)
        with concurrent.futures.ThreadPoolExecutor(16) as threads, devices_locked(database):
            holding = [threads.submit(fresh(client).request, "GET", "devices", 503) for _ in range(2)]
            until(lambda: 'kiki_pool_connections{state="busy"} 2' in service.nobody().get("/metrics", 200).text)
            answer, took = timed(client, "devices", 503)
            assert answer.problem == "busy" and int(answer.headers["Retry-After"]) >= 1
            assert took > 0.5
            soon(took, 1.2)
            # More than four times the pool wait: the others need not even wait.
            crowd = [threads.submit(timed, fresh(client), "devices", 503) for _ in range(14)]
            times = sorted(took for answer, took in (future.result() for future in crowd))
            soon(times[0], 0.3)
            soon(times[-1], 1.2)
            # What needs no pool is served.
            soon(timed(service.nobody(), "/livez", 200)[1], 0.3)
            assert service.nobody().get("/readyz", 200)
            # PostgreSQL gives up waiting for the lock.
            assert all(future.result().problem == "busy" for future in holding)
        client.get("devices", 200)
        assert 'kiki_pool_connections{state="busy"} 0' in service.nobody().get("/metrics", 200).text

    @patiently
    def test_a_client_that_leaves_takes_its_query_along(self, service, client, database):
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'kiki_service' AND wait_event_type = 'Lock'" \
                  " AND datname = current_database()"
        client.get("devices", 200)
        with devices_locked(database):
            wire = Wire(service)
            wire.send(request("/api/v1/devices", f"Authorization: Bearer {client.token}"))
            until(lambda: database.value(waiting) == 1, 1.5)
            wire.socket.close()
            until(lambda: database.value(waiting) == 0, 1)


class TestReadiness:
    def test_a_schema_of_another_version(self, service, nobody, database):
        nobody.get("/readyz", 200)
        newest = database.value("SELECT max(number) FROM migrations")
        database.run("INSERT INTO migrations SELECT (jsonb_populate_record(m, '{\"number\": 9999}')).* FROM migrations m"
                     " ORDER BY number DESC LIMIT 1")
        # A newer one that takes nothing away from this program is no reason to stop.
        time.sleep(1.1)
        nobody.get("/readyz", 200)
        database.run("UPDATE migrations SET oldest_program = %s WHERE number = 9999", newest + 1)
        until(lambda: nobody.session.get(service.url + "/readyz").status_code == 503, 5)
        answer = nobody.get("/readyz", 503)
        assert answer.problem == "not-ready" and answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Retry-After"]
        nobody.get("/livez", 200)
        database.run("DELETE FROM migrations WHERE number = 9999")
        until(service.ready, 5)
        assert [line["reason"] for line in service.log_lines() if line["event"] == "not-ready"] == \
            ["the schema is of another version"]

    def test_a_lost_database(self, start_service, cluster, database):
        service = start_service()
        service.expected_errors = {"fault"}
        caller = service.enrolled("edge")
        caller.get("devices", 200)
        try:
            cluster._admin(f'REVOKE CONNECT ON DATABASE "{database.name}" FROM kiki_service')
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'kiki_service'" \
                  " AND datname = current_database()"
            database.run(end)
            until(lambda: not service.ready(), 5)
            assert service.nobody().get("/readyz", 503).problem == "not-ready"
            answer, took = timed(caller, "devices", 503)
            assert answer.problem == "database-unavailable" and answer.headers["Retry-After"] and took < 10
            assert service.nobody().get("/livez", 200)
        finally:
            cluster._admin(f'GRANT CONNECT ON DATABASE "{database.name}" TO kiki_service')
        until(service.ready, 20)
        until(lambda: caller.session.get(service.url + "/api/v1/devices", headers={
            "Authorization": f"Bearer {caller.token}"}).status_code == 200, 20)

    @patiently
    def test_asking_often_costs_one_look_a_second(self, service, nobody, database):
        count = "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = current_database()"
        begin = time.monotonic()
        for _ in range(200):
            nobody.get("/readyz", 200)
        seconds = time.monotonic() - begin
        looked = [line for line in service.log_lines() if line.get("operation") == "get_readyz"][-200:]
        slow = [line for line in looked if line["microseconds"] > 300]
        assert database.value(count) > 0
        soon(len(slow), 20 + seconds * 2)


class TestStopping:
    REQUESTS = 8

    @patiently
    def test_what_was_begun_is_finished(self, start_service, database):
        service = start_service()
        caller = service.enrolled("edge")
        process = service.process
        kept = Wire(service)
        assert kept.ask(request("/readyz")).status == 200
        with concurrent.futures.ThreadPoolExecutor(self.REQUESTS) as threads:
            with devices_locked(database):
                running = [threads.submit(fresh(caller).get, "devices", 200) for _ in range(self.REQUESTS)]
                until(lambda: f"kiki_http_requests_in_flight {self.REQUESTS + 1}"
                      in kept.ask(request("/metrics")).body.decode(), 1.5)
                process.terminate()
                until(lambda: "stopping" in service.log(), 1)
                time.sleep(0.1)
                draining = kept.ask(request("/readyz"))
                assert draining.status == 503 and b"/problems/draining" in draining.body
                assert draining.headers["connection"] == "close" and kept.closed()
                with pytest.raises(OSError):
                    Wire(service, timeout=1).ask(request("/livez"))
            answers = [future.result() for future in running]
        assert [answer.status for answer in answers] == [200] * self.REQUESTS
        assert {answer.headers["Connection"] for answer in answers} == {"close"}
        assert process.wait(10) == 0
        service.stop()

    def test_an_idle_connection_does_not_hold_it_up(self, start_service):
        service = start_service()
        with Wire(service) as idle, Wire(service) as begun:
            assert idle.ask(request("/livez")).status == 200
            begun.send(b"GET /live")
            begin = time.monotonic()
            service.stop()
            assert time.monotonic() - begin < 5

    def test_nothing_is_lost_under_load(self, start_service):
        """Each request that was sent before the end is answered whole, or its connection was closed before it was read."""
        service = start_service()
        answered, broken, stop = [], [], threading.Event()

        def ask():
            while not stop.is_set():
                try:
                    wire = Wire(service, timeout=5)
                    wire.send(request("/openapi.json", "Connection: close"))
                except OSError:
                    return
                try:
                    answer = wire.answer()
                except OSError:
                    return
                if answer is None:
                    return
                (answered if len(answer.body) == int(answer.headers["content-length"]) else broken).append(answer)

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            running = [threads.submit(ask) for _ in range(4)]
            time.sleep(0.5)
            service.stop()
            stop.set()
            for future in running:
                future.result()
        assert len(answered) > 20 and not broken
