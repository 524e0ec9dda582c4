"""The attack in its short form: requests made at random from the contract, by every role, by clients bound to departments
and by strangers, several at once. Whatever is asked, no answer is a 5xx, each is one that the contract declares
(the recorder sees to it), and the log has no fault (the end of the service sees to it).

KIKI_ATTACK_SECONDS says for how long, and on a busy machine until there were enough of them to say anything;
KIKI_ATTACK_SEED repeats a run as far as threads allow."""

import collections
import concurrent.futures
import os
import random
import time

import pytest

from contract.conformance import Contract
from contract.random_request import Known, RandomRequest
from harness.service import Service

SECONDS = float(os.environ.get("KIKI_ATTACK_SECONDS", "6"))
SEED = int(os.environ.get("KIKI_ATTACK_SEED", random.SystemRandom().randrange(10**9)))
THREADS = 4
ENOUGH, PATIENCE = 1000, 120  # requests; seconds
CONTRACT = Contract()
OPERATIONS = [(path, method.upper(), operation) for path, method, operation in CONTRACT.operations() if path.startswith("/api/")]
STAFF = ["100001", "100002", "210001", "210002", "210003", "220001", "220002", "230001", "900001", "900002", "900003"]
SCOPES = sorted({scope for _, _, operation in OPERATIONS for scope in operation["security"][0]["bearer"]})
BOUND = {"bound-to-one": ["rinko"], "bound-to-two": ["rinko", "kawasaki"], "bound-to-none": None}
# They end the callers' own powers; a little of it goes a long way.
RARE = {"change_staff", "change_post", "change_department", "create_staff_transfer", "create_post_assignment", "import_staff",
        "change_post_assignment", "change_api_client", "import_post_assignments"}


@pytest.fixture(scope="module")
def service(cluster, keys, database):
    service = Service(cluster, keys, database.name, KIKI_POOL_WAIT_MS="20000", KIKI_QUERY_MS="60000").start()
    yield service
    service.stop()


@pytest.fixture
def callers(service, operator):
    """Everybody with the operations that his roles or scopes open, and the others."""
    departments = {department["code"]: department["id"] for department in operator.every("departments")}
    every = [(service.staff(number), {role["role"] for role in service.staff(number).get("me", 200)["roles"]} | {"user"})
             for number in STAFF]
    for name, codes in BOUND.items():
        body = {"client_id": name, "name": name, "scopes": SCOPES}
        operator.post("api-clients", 201, body | ({"department_ids": [departments[code] for code in codes]} if codes else {}))
        every.append((service.client(name, " ".join(SCOPES)), set(SCOPES)))
    every.append((service.client("bound-to-one", "usage:read usage:write"), {"usage:read", "usage:write"}))
    every.append((service.client("nobody-knows", " ".join(SCOPES)), set()))
    return [(caller, [entry for entry in OPERATIONS
                      if powers & {*entry[2]["x-roles"], *entry[2]["security"][0]["bearer"]}]) for caller, powers in every]


class Attack:
    def __init__(self, callers) -> None:
        everybodys = Known(CONTRACT)
        self.callers = [(caller, may, Known(CONTRACT, everybodys)) for caller, may in callers]
        self.began = time.monotonic()
        self.answers: collections.Counter = collections.Counter()
        self.failures: dict[str, str] = {}  # the first of each operation and kind
        self.keys: list[str] = []

    def run(self) -> None:
        for caller, _, known in self.callers:
            for path in known.names:
                if "{" not in path:
                    known.learn("GET", path, path, caller.get(path, range(200, 500), params={"limit": 50}))
            me = caller.get("me", range(200, 500))
            for department in me["departments"] if me.status == 200 else []:
                known.prefer("department_id", department["id"])
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            for done in [pool.submit(self.work, random.Random(f"{SEED} {number}")) for number in range(THREADS)]:
                done.result()

    def goes_on(self) -> bool:
        took = time.monotonic() - self.began
        return took < SECONDS or took < PATIENCE and sum(self.answers.values()) < ENOUGH

    def work(self, source: random.Random) -> None:
        while self.goes_on():
            caller, may, known = source.choice(self.callers)
            operation = self.chosen(may, source)
            if operation[2]["operationId"] in RARE and source.random() < 0.8:
                continue
            optional = source.choice([0, 0.1, 0.3, 0.6, 1])
            self.ask(caller, known, RandomRequest(CONTRACT, known, source, operation, optional=optional), source)

    def chosen(self, may: list, source: random.Random):
        """Mostly what the caller may do, and of that rather what changes something."""
        operations = may if may and source.random() < 0.9 else OPERATIONS
        changes = [operation for operation in operations if operation[1] != "GET"]
        return source.choice(changes if changes and source.random() < 0.6 else operations)

    def ask(self, caller, known: Known, request: RandomRequest, source: random.Random) -> None:
        if "If-Match" in request.headers and source.random() < 0.7:
            self.read_first(caller, request)
        key = source.choice(self.keys) if self.keys and source.random() < 0.02 else ""
        try:
            answer = caller.request(request.method, request.path, range(200, 500), params=request.params, data=request.data,
                                    headers=request.headers, key=key)
        except AssertionError as wrong:
            kind = f"{request.operation['operationId']} {str(wrong).partition(' -> ')[2][:80]}"
            self.failures.setdefault(kind, f"{request.method} {request.path} {request.params} {request.headers}\n"
                                     f"{request.data!r}\n{str(wrong)[:2000]}")
            return
        sent = answer.response.request.headers.get("Idempotency-Key")
        if sent:
            self.keys = [*self.keys[-50:], sent]
        self.answers[request.operation["operationId"], answer.status] += 1
        known.learn(request.method, request.path, request.template, answer)

    def read_first(self, caller, request: RandomRequest) -> None:
        """With the ETag of now, so that not all of them are stale."""
        path = request.path if CONTRACT.find("GET", request.path) else request.path.rpartition("/")[0]
        answer = caller.get(path, range(200, 500))
        if answer.etag:
            request.headers["If-Match"] = answer.etag


def test_whatever_is_asked_gets_a_declared_answer(callers, capsys):
    attack = Attack(callers)
    with capsys.disabled():
        print(f"\nKIKI_ATTACK_SEED={SEED} KIKI_ATTACK_SECONDS={SECONDS:g}", flush=True)
        attack.run()
        succeeded = {name for name, status in attack.answers if status < 300}
        print(f"{sum(attack.answers.values())} requests, {len(succeeded)} of {len(OPERATIONS)} operations succeeded", flush=True)
    wrong = "\n\n".join(list(attack.failures.values())[:20])
    assert not attack.failures, f"seed {SEED}: {len(attack.failures)} kinds of wrong answers\n{wrong}"
    assert len(succeeded) > len(OPERATIONS) // (2 if SECONDS >= 30 else 4), attack.answers
