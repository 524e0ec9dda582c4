"""No request whatever makes a 500: requests made at random from the contract, half right and half wrong, by people who
may much, each answer held against the contract; and the same as bytes, damaged. A failure names its seed, which makes
the same request again on the same records."""

import json
import random
import re

import pytest
from contract.conformance import Contract
from harness.caller import Caller
from harness.wire import Wire

CONTRACT = Contract()
OPERATIONS = [(path, method.upper(), operation) for path, method, operation in CONTRACT.operations()
              if not path.startswith("/docs") and path not in ("/openapi.json", "/openapi.yaml")]
ROUNDS, REQUESTS = 8, 300

WORDS = ["", "a", "鍵", "\U00020bb7\U00020bb7", "é", "a b", "'; DROP TABLE devices; --", "%", "\\", "{a}", '"', "\u202eabc",
         "\u0001", "=1+1", "2026-08", "2026-02-29", "9999-12-31T23:59:59Z", "令和7年1月1日", "x" * 5000, "-code", "0"]
NUMBERS = [0, 1, -1, 200, 1.0, 0.5, 2**31, 2**53 + 1, -2**63, 10**18, 1e300, -0.0]
BYTES = [b"\r\n", b"\r", b"\n", b"\0", b"%", b":", b" ", b"\xff", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"]


class Maker:
    """Makes requests; `ids` are of things that exist, by what they are of: {"device": [...]}."""

    def __init__(self, seed: int, ids: dict[str, list[str]]) -> None:
        self.random, self.ids = random.Random(seed), ids

    def id(self, name: str) -> str:
        """One for a member such as user_staff_id; now and then one of something else."""
        fitting = [thing for thing in self.ids if name.endswith(thing + "_id")]
        return self.random.choice(self.ids[fitting[-1] if fitting and self.chance(0.95) else self.random.choice(list(self.ids))])

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def anything(self, depth=0):
        choice = self.random.choice
        if depth > 3 or self.chance(0.7):
            return choice([None, True, False, choice(NUMBERS), choice(WORDS), self.id("")])
        if self.chance(0.5):
            return [self.anything(depth + 1) for _ in range(self.random.randint(0, 3))]
        return {choice(WORDS): self.anything(depth + 1) for _ in range(self.random.randint(0, 3))}

    def value(self, schema, name="", depth=0):
        """Mostly what the schema asks for."""
        parts = CONTRACT.members(schema)
        given = {keyword: value for part in reversed(parts) for keyword, value in part.items()}
        if self.chance(0.01) or depth > 8:
            return self.anything()
        for group in ("anyOf", "oneOf"):
            if group in given and "type" not in given:
                return self.value(self.random.choice(given[group]), name, depth + 1)
        if "const" in given or "enum" in given:
            return self.random.choice(given.get("enum") or [given["const"]])
        kind = given.get("type")
        kind = self.random.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            return self.object(parts, depth)
        if kind == "array":
            least = given.get("minItems", 0)
            return [self.value(given.get("items", {}), name, depth + 1) for _ in range(self.random.randint(least, least + 2))]
        if kind == "integer":
            return self.random.choice([given.get("minimum", 0), given.get("maximum", 9), 1])
        if kind == "boolean":
            return self.chance(0.5)
        return None if kind == "null" else self.text(given, name)

    def object(self, parts, depth):
        required = {name for part in parts for name in part.get("required", [])}
        members = {name: member for part in parts for name, member in part.get("properties", {}).items()}
        share = 0.3 if required else 0.6
        return {name: self.value(member, name, depth + 1) for name, member in members.items()
                if self.chance(0.99 if name in required or name in ("reason", "order_number", "to") else share)}

    def text(self, schema, name):
        choice = self.random.choice
        if schema.get("format") == "uuid":
            return self.id(name)
        if "pattern" in schema and "format" not in schema and self.chance(0.8):
            return choice([*schema.get("examples", []), f"{self.random.randrange(900000, 999999)}", f"{choice('abc')}{choice('de')}x"])
        if "pattern" not in schema and self.chance(0.7):
            return f"{choice(['試験', 'A'])}-{self.random.randrange(10**6)}"[:schema.get("maxLength", 100)]
        made = {
            "date": ["2026-08-31", "2026-10-01", "2026-12-01", "2027-04-01", "1900-01-01", "2199-12-31"],
            "date-time": ["2026-08-31T08:30:00+09:00", "2026-11-30T00:00:00Z", "2027-01-01T00:00:00Z", "1900-01-01T00:00:00Z",
                          "2199-12-31T23:59:59.999999-12:00"],
            "month": ["2026-08", "2026-09", "1900-01", "2199-12"],
        }.get(schema.get("format"))
        return choice(made) if made else choice(WORDS)[:schema.get("maxLength", 100)]

    def query(self, operation) -> list[tuple[str, str]]:
        declared = [CONTRACT.resolve(parameter) for parameter in operation.get("parameters", [])]
        pairs = [(parameter["name"], self.parameter(parameter)) for parameter in declared
                 if parameter["in"] == "query" and self.chance(0.9 if parameter.get("required") else 0.25)]
        return pairs + ([(self.random.choice(WORDS), "1")] if self.chance(0.03) else [])

    def parameter(self, parameter) -> str:
        value = self.value(parameter["schema"], parameter["name"])
        values = value if isinstance(value, list) else [value]
        return ",".join(str(item).lower() if isinstance(item, bool) else str(item) for item in values)

    def path(self, template) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.segment(found[1]), template)

    def segment(self, name) -> str:
        if name == "month":
            return self.random.choice(["2026-06", "2026-08", "2026-09", "2026-13", "x"])
        return self.id(name) if self.chance(0.95) else self.random.choice(["1", "%zz", "%00", "..", "x" * 300])

    def body(self, operation) -> tuple[str | None, bytes]:
        """(Content-Type, body)"""
        if "requestBody" not in operation:
            return None, b""
        media_type, media = next(iter(operation["requestBody"]["content"].items()))
        if media_type == "text/csv":
            return self.csv()
        return media_type, json.dumps(self.value(media["schema"]), ensure_ascii=self.chance(0.5)).encode()

    def csv(self) -> tuple[str, bytes]:
        charset = self.random.choice(["utf-8", "utf-8-sig", "cp932", "utf-16"])
        names = ["code", "name", "kind", "number", "department_code", "device_code", "from", "reason", "introduced_on"]
        rows = [self.random.sample(names, self.random.randint(1, 9))]
        rows += [[self.random.choice(WORDS) for _ in rows[0]] for _ in range(self.random.randint(0, 4))]
        text = "\r\n".join(",".join(row) for row in rows)
        return f"text/csv; charset={charset.removesuffix('-sig')}", text.encode(charset, "replace")

    def headers(self, media_type) -> dict[str, str]:
        made = {"Content-Type": media_type} if media_type and self.chance(0.98) else {}
        for name, share, values in (
                ("If-Match", 0.9, ['"1.ja"', '"2.ja"', "*", "*", "*", "x"]), ("Idempotency-Key", 0.3, ["a", '"b"', "c d"]),
                ("Accept-Language", 0.3, ["en", "ja"]), ("Accept", 0.1, ["*/*", "text/csv, */*;q=0.1", "application/json", "text/html"]),
                ("If-None-Match", 0.1, ["*", '"x"']), ("traceparent", 0.1, [f"00-{'a' * 32}-{'b' * 16}-01", "00-x"])):
            if self.chance(share):
                made[name] = self.random.choice(values)
        return made


@pytest.fixture(scope="module")
def callers(service):
    return [service.staff(number) for number in ("100001", "100002", "210001", "210002", "900001", "900002", "900003")]


@pytest.fixture(scope="module")
def ids(callers):
    """Of every kind of thing that the general manager can list, and one of nothing."""
    found = {"": ["01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"]}
    for path, method, operation in OPERATIONS:
        if method == "GET" and "{" not in path and any(
                CONTRACT.resolve(parameter)["name"] == "cursor" for parameter in operation.get("parameters", [])):
            answer = callers[0].session.get(callers[0].url + path, headers={"Authorization": f"Bearer {callers[0].token}"})
            if answer.status_code == 200:
                thing = re.sub("s$", "", re.sub("ies$", "y", path.rsplit("/", 1)[1].replace("-", "_")))
                found[thing] = [item["id"] for item in answer.json()["items"] if isinstance(item.get("id"), str)]
    found = {thing: ids for thing, ids in found.items() if ids}
    assert {"device", "department", "staff", "usage_entry"} < set(found)
    return found


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_request_makes_a_500(callers, ids, seed):
    maker = Maker(seed, ids)
    answered = set()
    for _ in range(REQUESTS):
        path, method, operation = maker.random.choice(OPERATIONS)
        caller = maker.random.choice(callers)
        media_type, body = maker.body(operation)
        headers = maker.headers(media_type) | {"Authorization": f"Bearer {caller.token}"}
        answer = caller.session.request(method, caller.url + maker.path(path), params=maker.query(operation), data=body,
                                        headers=headers, timeout=20)
        assert answer.status_code != 500 and answer.status_code < 504, (method, answer.url, headers, body)
        for observe in Caller.observers:
            observe(answer)
        answered.add(answer.status_code)
    assert {200, 404, 422} < answered


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_damaged_bytes_do_no_harm(service, callers, ids, nobody, seed):
    maker = Maker(1000 + seed, ids)
    for _ in range(REQUESTS):
        path, method, operation = maker.random.choice(OPERATIONS)
        media_type, body = maker.body(operation)
        headers = maker.headers(media_type) | {
            "Host": "kiki.test", "Authorization": f"Bearer {maker.random.choice(callers).token}", "Content-Length": str(len(body)),
            "Connection": "close"}
        start = f"{method} {maker.path(path)} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        data = bytearray(start.encode() + b"\r\n" + body)
        for _ in range(maker.random.randint(1, 3)):
            at = maker.random.randrange(len(data))
            if maker.chance(0.5):
                data[at:at + maker.random.randint(0, 3)] = maker.random.choice(BYTES)
            else:
                data[at] = maker.random.randrange(256)
        with Wire(service, timeout=0.3) as wire:
            try:
                wire.send(bytes(data))
                wire.socket.shutdown(1)
                answer = wire.answer()
            except (OSError, ValueError):
                continue  # a request without an end is waited for; what answers two requests is not one answer
        assert answer is None or answer.status < 500 or answer.status in (501, 503, 505), bytes(data)
    nobody.get("/livez", 200)
