"""What was acknowledged is there, and nothing is there twice: whatever dies in the middle of a run of check-outs."""

import queue
import threading
import time
import uuid

import pytest
import requests

from harness.cluster import Database
from harness.lending import Lending
from harness.patience import patiently, soon
from harness.service import Service

WORKERS, DEVICES = 6, 48


@pytest.fixture
def service(cluster, keys, sample):
    """A service of the test's own, as it is killed."""
    name = cluster.create(sample)
    service = Service(cluster, keys, name).start()
    yield service
    service.kill()
    cluster.drop(name)


class Run:
    """Many members taking one device each, or a set of so many, each request under its own key and sent once."""

    def __init__(self, service: Service, size: int = 1) -> None:
        self.service, self.lending = service, Lending(service)
        self.path = "usage-entries" if size == 1 else "usage-entries/batch"
        self.devices = [self.lending.device()["id"] for _ in range(DEVICES)]
        self.plans = {str(uuid.uuid4()): self.lending.plan() | self.which(self.devices[at:at + size])
                      for at in range(0, DEVICES, size)}
        self.acknowledged: dict[str, dict] = {}
        self.waiting: queue.Queue = queue.Queue()
        for key in self.plans:
            self.waiting.put(key)
        self.threads = [threading.Thread(target=self.work) for _ in range(WORKERS)]

    @staticmethod
    def which(devices) -> dict:
        return {"device_id": devices[0]} if len(devices) == 1 else {"device_ids": devices}

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def work(self) -> None:
        caller = self.service.staff("210002")
        while True:
            try:
                key = self.waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answer = caller.post(self.path, (201, 503), self.plans[key], key=key)
            except requests.RequestException:
                continue  # nobody said what became of it
            if answer.status == 201:
                self.acknowledged[key] = answer.json
            time.sleep(0.002)

    def until(self, count: int) -> None:
        """Until so many were acknowledged."""
        deadline = time.monotonic() + 30
        while len(self.acknowledged) < count:
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} of {count}"
            time.sleep(0.001)

    def finish(self) -> None:
        for thread in self.threads:
            thread.join(60)

    def repeat_all(self) -> None:
        """The same requests once more: what was done is told again, what was not is done now."""
        caller = self.service.staff("210002")
        for key in self.plans:
            entry = self.sent_again(caller, key).json
            assert entry == self.acknowledged.setdefault(key, entry)

    def sent_again(self, caller, key):
        """As Retry-After says, while the service finds its database again."""
        for _ in range(10):
            answer = caller.post(self.path, (201, 503), self.plans[key], key=key)
            if answer.status == 201:
                break
            time.sleep(int(answer.headers["Retry-After"]))
        assert answer.status == 201, answer
        return answer

    def check(self) -> None:
        database = Database(self.service.cluster, self.service.database)
        entries = {str(row["id"]): row for row in database.rows(
            """SELECT e.id, (SELECT count(*) FROM audit_log a WHERE a.subject_id = e.id) AS audited,
                      (SELECT count(*) FROM events v WHERE v.subject = 'usage-entries/' || e.id) AS events,
                      (SELECT count(*) FROM device_occupations o WHERE o.id = e.id AND o.open) AS occupied
                 FROM usage_entries e WHERE e.device_id = ANY (%s::uuid[])""", self.devices)}
        database.close()
        told = [entry for answer in self.acknowledged.values() for entry in answer.get("items", [answer])]
        assert entries.keys() == {entry["id"] for entry in told} and len(entries) == DEVICES
        assert {(row["audited"], row["events"], row["occupied"]) for row in entries.values()} == {(1, 1, 1)}


@patiently
def serves_again(service):
    service.kill()
    begun = time.monotonic()
    service.start()
    service.staff("210002").get("usage-entries", 200, params={"limit": 1})
    soon(time.monotonic() - begun, 1)


@pytest.mark.parametrize("acknowledged, size", [(1, 1), (7, 1), (20, 1), (1, 4), (5, 4)])
def test_the_service_is_killed(service, acknowledged, size):
    run = Run(service, size)
    run.start()
    run.until(acknowledged)
    service.kill()
    run.finish()
    assert len(run.acknowledged) < len(run.plans)
    serves_again(service)
    run.repeat_all()
    run.check()


def test_the_database_is_restarted(service, cluster):
    run = Run(service)
    run.start()
    run.until(5)
    cluster.stop()
    cluster.start()
    run.finish()
    run.repeat_all()
    run.check()
    assert service.process.poll() is None


def test_the_databases_connections_are_cut(service, cluster):
    run = Run(service)
    run.start()
    database = Database(cluster, service.database)
    for count in (3, 10, 20, 30):
        run.until(min(count, len(run.acknowledged) + 3))
        database.run("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                         WHERE usename = 'kiki_service' AND datname = current_database()""")
    database.close()
    run.finish()
    run.repeat_all()
    run.check()
