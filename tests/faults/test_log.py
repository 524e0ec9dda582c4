"""Who reads the log, and who downloads, holds no connection to PostgreSQL."""

import concurrent.futures
import contextlib
import os
import subprocess
import time

import pytest
import requests

from harness.caller import Caller
from harness.edge import gauge
from harness.patience import until
from harness.service import BINARY, Service
from harness.wire import Wire, request


@pytest.fixture
def unread(cluster, keys, database):
    """A service with one connection whose log nobody reads: it stands still once the pipe is full."""
    service = Service(cluster, keys, database.name, KIKI_POOL_SIZE="1")
    reading, writing = os.pipe()
    process = subprocess.Popen([BINARY, "serve"], env=service.environment(), stdout=writing, stderr=writing)
    os.close(writing)
    try:
        for _ in range(100):
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"{service.url}/livez", timeout=5)
                break
            time.sleep(0.1)
        yield service
    finally:
        process.kill()
        process.wait()
        os.close(reading)


def test_a_reader_of_the_log_that_stops(unread, keys, database):
    headers = {"Authorization": f"Bearer {keys.staff_token('900002')}"}

    def write(number):
        body = {"code": f"log-{number}", "name": "記録", "kind": "unit", "is_shozoku": False}
        with contextlib.suppress(requests.Timeout):
            requests.post(f"{unread.url}/api/v1/departments", json=body, headers=headers, timeout=3)

    with pytest.raises(requests.Timeout), requests.Session() as session:
        for _ in range(5000):
            session.get(f"{unread.url}/livez", timeout=3)
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        list(pool.map(write, range(5)))
    # None was answered, as each is logged first; all were served by the one connection.
    assert database.value("SELECT count(*) FROM departments WHERE code LIKE 'log-%'") == 5


def test_a_download_that_is_not_taken(start_service, keys):
    """One answer is under way, as those that were asked for are more than all buffers hold; the connection serves others."""
    service, token = start_service(KIKI_POOL_SIZE="1"), keys.staff_token("900002")
    with Wire(service, receive_buffer=4096) as wire:
        for _ in range(200):
            wire.send(request("/api/v1/staff?limit=200", f"Authorization: Bearer {token}"))
        until(lambda: gauge(service, "kiki_http_requests_in_flight") == 2, steadily=1)
        begun = gauge(service, "kiki_http_requests_in_flight")
        answers = [Caller(service.url, token).get("staff", 200) for _ in range(5)]
        assert begun == gauge(service, "kiki_http_requests_in_flight") == 2 and len(answers) == 5


@pytest.mark.parametrize("level, requests_are_logged", [("info", True), ("warning", False)])
def test_the_level_that_was_set(start_service, level, requests_are_logged):
    service = start_service(KIKI_LOG_LEVEL=level)
    service.nobody().get("/livez", 200)
    assert any(line["event"] == "request" for line in service.log_lines()) == requests_are_logged
