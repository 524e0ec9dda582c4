"""The gate: what a request's line and headers tell is judged before its body is taken, and whatever was begun ends."""

import concurrent.futures
import contextlib
import json
import subprocess
import sys
import time

import pytest

from harness.edge import MIB, authorization, gauge, resident_mib, slug
from harness.patience import until
from harness.wire import Wire, request

DEVICES, IMPORT = "/api/v1/devices", "/api/v1/devices/import?dry_run=true"


def post(target, *lines, length=30 * MIB, method="POST", **rest):
    """The head of a request whose body does not follow."""
    return request(target, f"Content-Length: {length}", *lines, method=method, **rest)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class TestOrder:
    """Each is answered though nothing of the body was sent, and its connection is closed."""

    @pytest.fixture(scope="class")
    def reader(self, service):
        return service.enrolled("reader", "devices:read")

    def refused(self, service, head, status, problem, body=b""):
        with Wire(service) as wire:
            answer = wire.ask(head.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n") + body)
            assert (answer.status, slug(answer)) == (status, problem)
            assert answer.headers["connection"].lower() == "close" and wire.closed()
        return answer

    def test_framing_comes_first(self, service):
        self.refused(service, post("/nowhere", "Content-Length: 7"), 400, "malformed-request")

    def test_then_the_route(self, service):
        self.refused(service, post("/nowhere"), 404, "not-found")
        self.refused(service, post("/x/import"), 404, "not-found")
        answer = self.refused(service, post(DEVICES, method="PUT"), 405, "method-not-allowed")
        assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"

    def test_then_the_declared_length(self, service):
        self.refused(service, post(DEVICES, length=MIB + 1), 413, "body-too-large")
        self.refused(service, post(IMPORT, length=32 * MIB + 1), 413, "body-too-large")
        self.refused(service, post(DEVICES, length=1 << 63), 413, "body-too-large")

    def test_then_the_token(self, service):
        self.refused(service, post(DEVICES, length=MIB), 401, "authentication-required")
        self.refused(service, post(IMPORT, "Authorization: Bearer x"), 401, "invalid-token")

    def test_then_the_quota(self, start_service):
        service = start_service(KIKI_RATE_PER_MINUTE="1")
        eager = service.enrolled("eager", "devices:read")
        eager.get("devices", 200)
        answer = self.refused(service, post(IMPORT, authorization(eager)), 429, "rate-limited")
        assert answer.headers["retry-after"] and answer.headers["ratelimit"].startswith('"default";r=0;')

    def test_then_the_scope(self, service, reader):
        answer = self.refused(service, post(IMPORT, authorization(reader)), 403, "insufficient-scope")
        assert 'scope="devices:write"' in answer.headers["www-authenticate"]

    def test_only_then_is_the_client_told_to_go_on(self, service, client):
        with Wire(service) as wire:
            wire.send(post(DEVICES, authorization(client), "Content-Type: application/json", "Expect: 100-continue", length=2))
            assert wire.socket.recv(100).startswith(b"HTTP/1.1 100 ")
            assert wire.ask(b"{}").status == 422

    def test_what_follows_a_refused_head_is_no_request(self, service):
        hidden = request("/readyz", "X-Request-ID: hidden")
        self.refused(service, post("/nowhere", length=len(hidden)), 404, "not-found", hidden + hidden)
        assert '"hidden"' not in service.log()

    @pytest.mark.parametrize("method, target, status", [
        ("GET", "/nowhere", 404), ("DELETE", DEVICES, 405), ("GET", DEVICES, 401), ("POST", DEVICES, 401),
        ("OPTIONS", DEVICES, 204), ("HEAD", "/livez", 200), ("POST", "/livez", 405),
    ])
    def test_without_a_body_the_connection_stays(self, service, method, target, status):
        with Wire(service) as wire:
            for _ in range(2):
                assert wire.ask(request(target, "Content-Length: 0", method=method), head=method == "HEAD").status == status
            assert wire.ask(request("/livez")).status == 200

    def test_every_refusal_is_logged_and_counted(self, service):
        with Wire(service) as wire:
            wire.ask(post(IMPORT, "X-Request-ID: refused-early"))
        (line,) = [line for line in service.log_lines() if line.get("request_id") == "refused-early" and "status" in line]
        assert (line["operation"], line["status"], line["address"]) == ("import_devices", 401, "127.0.0.1")

    def test_a_client_that_sends_all_before_it_reads_has_its_answer(self, service):
        for _ in range(20):
            with Wire(service) as wire:
                with contextlib.suppress(OSError):
                    wire.send(post(IMPORT, length=MIB) + b"a" * MIB)
                assert wire.answer().status == 401

    def test_a_trusted_proxy_may_send_all_it_has(self, start_service):
        """It takes a connection that is reset for a service that is down."""
        service = start_service(KIKI_TRUSTED_PROXIES="127.0.0.1")
        for _ in range(5):
            with Wire(service) as wire:
                wire.send(post(IMPORT) + b"a" * 30 * MIB)
                assert wire.answer().status == 401 and wire.closed()


class TestBodies:
    def test_a_body_without_a_declared_length_is_counted_as_it_comes(self, service, client):
        before = resident_mib(service)
        with Wire(service) as wire:
            wire.send(request(DEVICES, authorization(client), "Transfer-Encoding: chunked", method="POST"))
            for _ in range(16 * 16):
                wire.send(chunk(b" " * 65536))
            assert resident_mib(service) < before + 8
            answer = wire.ask(b"0\r\n\r\n")
            assert (answer.status, slug(answer)) == (413, "body-too-large")
            assert wire.ask(request("/livez")).status == 200
        assert gauge(service, "kiki_http_bodies") == gauge(service, "kiki_http_body_bytes") == 0

    def test_it_may_be_as_long_as_another(self, service, client):
        lines = authorization(client), "Transfer-Encoding: chunked", "Content-Type: application/json"
        with Wire(service) as wire:
            wire.send(request(DEVICES, *lines, method="POST"))
            for _ in range(15):
                wire.send(chunk(b" " * 65536))
            assert slug(wire.ask(chunk(b" " * 65534 + b"{}") + b"0\r\n\r\n")) == "validation-failed"

    def test_one_that_is_not_taken_is_let_go_by(self, service):
        before = resident_mib(service)
        with Wire(service) as wire:
            for lines, body in ((f"Content-Length: {8 * MIB}", b"a" * 8 * MIB),
                                ("Transfer-Encoding: chunked", chunk(b"a" * 8 * MIB) + b"0\r\n\r\n")):
                assert wire.ask(request("/livez", lines, body=body)).status == 200
        assert resident_mib(service) < before + 4

    @pytest.fixture
    def narrow(self, start_service):
        return start_service(KIKI_BODIES_MAX="2", KIKI_BODIES_MIB="32")

    def no_room(self, service, head, body=b""):
        with Wire(service) as wire:
            answer = wire.ask(head + body)
            assert (answer.status, slug(answer)) == (503, "busy") and int(answer.headers["retry-after"]) >= 1
        assert "no-room-for-body" in service.log()

    def test_so_many_are_under_way_and_no_more(self, narrow):
        head = post(DEVICES, authorization(narrow.enrolled("crowd")), "Content-Type: application/json", length=2)
        with Wire(narrow) as one:
            with Wire(narrow) as other:
                one.send(head)
                other.send(head)
                until(lambda: gauge(narrow, "kiki_http_bodies") == 2)
                self.no_room(narrow, head)
                # What has no body needs no room.
                assert narrow.nobody().get("/readyz", 200)
            # One went away in the middle, one is answered.
            until(lambda: gauge(narrow, "kiki_http_bodies") == 1)
            assert one.ask(b"{}").status == 422
            until(lambda: gauge(narrow, "kiki_http_bodies") == 0)
            assert one.ask(head + b"{}").status == 422

    def test_so_many_bytes_are_under_way_and_no_more(self, narrow):
        caller = authorization(narrow.enrolled("crowd"))
        with Wire(narrow) as large:
            large.send(post(IMPORT, caller, length=32 * MIB))
            until(lambda: gauge(narrow, "kiki_http_body_bytes") == 32 * MIB)
            self.no_room(narrow, post(DEVICES, caller, length=1))
            self.no_room(narrow, request(DEVICES, caller, "Transfer-Encoding: chunked", method="POST"),
                         chunk(b"{}") + b"0\r\n\r\n")
        until(lambda: gauge(narrow, "kiki_http_bodies") == 0)
        narrow.enrolled("crowd2").post("devices", 422, json={})

    def test_nobody_has_all_the_room(self, service):
        """By their number and by their length: one member of staff who never sends what he announced."""
        greedy, lines = service.staff("210002"), ("Content-Type: application/json", "Idempotency-Key: a")
        for length in (2, MIB):
            with contextlib.ExitStack() as stack:
                wires = [stack.enter_context(Wire(service)) for _ in range(280)]
                for wire in wires:
                    wire.send(post("/api/v1/usage-entries", authorization(greedy), *lines, length=length))
                until(lambda: gauge(service, "kiki_http_bodies") == (192 if length == 2 else 96))
                assert service.staff("220002").post("usage-entries/check", 422, {}).problem == "validation-failed"
                assert greedy.post("usage-entries/check", 503, {}).problem == "busy"
            until(lambda: gauge(service, "kiki_http_bodies") == 0)


class TestLeak:
    ASKED = 1000

    @pytest.mark.parametrize("target", ["/?" + "q&" * 500, "/livez?" + "q&" * 8000, "/livez?" + "&" * 15000],
                             ids=len)
    def test_a_query_of_many_names_is_answered(self, service, target):
        with Wire(service) as wire:
            for _ in range(3):
                assert wire.ask(request(target)).status in (200, 400, 404)

    def test_however_long_a_target_is_nothing_is_left(self, service):
        for length in range(31000, 33500, 50):
            with Wire(service) as wire:
                answer = wire.ask(request("/?" + "q&" * (length // 2)))
                assert answer.status == 404 if length < 32000 else answer.status in (404, 414, 431), length
        until(lambda: gauge(service, "kiki_http_requests_in_flight") == 1)

    def ask_many(self, service, target):
        def ask(_):
            for _ in range(self.ASKED // 4):
                with Wire(service) as wire, contextlib.suppress(OSError):
                    wire.send(request(target))
                    wire.socket.recv(1 << 16)

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            list(threads.map(ask, range(4)))

    @pytest.mark.parametrize("target", ["/?" + "q&" * 500, "/?" + "q&" * 16000, "/livez"], ids=len)
    def test_whatever_was_begun_ends_with_its_connection(self, start_service, target):
        service = start_service(KIKI_DRAIN_S="20")
        self.ask_many(service, target)
        before = resident_mib(service)
        for _ in range(3):
            self.ask_many(service, target)
        until(lambda: gauge(service, "kiki_http_requests_in_flight") == 1)
        assert resident_mib(service) < before + 4
        begin = time.monotonic()
        service.stop()
        assert time.monotonic() - begin < 5

    @pytest.mark.parametrize("sent", [
        b"GET /livez HTTP/1.1\r\n", b"GET /livez HTTP/1.1\r\nHost", b"GET /livez HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 6000,
        b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", b"GET /?q&q HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\nCookie: " + b"a=b; " * 5000 + b"\r\n\r\n",
    ], ids=lambda value: repr(value)[:60])
    def test_a_client_that_leaves_leaves_nothing(self, service, sent):
        for wait in (False, True):
            for _ in range(10):
                with Wire(service) as wire:
                    with contextlib.suppress(OSError):
                        wire.send(sent)
                    if wait:
                        wire.socket.settimeout(0.05)
                        with contextlib.suppress(OSError):
                            wire.socket.recv(1)
        until(lambda: gauge(service, "kiki_http_requests_in_flight") == 1)


class TestFlood:
    """200 imports of 30 MiB at once without a token, and again a second later. Who makes them keeps the machine busy too: so
    ordinary requests are timed while another service is flooded, and while their own is."""

    AT_ONCE, SECONDS, ROUNDS = 200, 3, 5

    def slowest(self, client):
        """Seconds within which 99 of 100 ordinary requests are answered."""
        times, end = [], time.monotonic() + self.SECONDS
        while time.monotonic() < end:
            begin = time.monotonic()
            client.get("devices?limit=5", 200)
            times.append(time.monotonic() - begin)
            time.sleep(0.002)
        return sorted(times)[len(times) * 99 // 100]

    def flooded(self, service, client):
        """The same while a service is flooded, the client's or another."""
        command = [sys.executable, "tests/harness/flood.py", service.port, self.AT_ONCE, 30, self.SECONDS]
        with subprocess.Popen(map(str, command), stdout=subprocess.PIPE, text=True) as flood:
            during = self.slowest(client)
            answered = json.loads(flood.communicate()[0])
        # A client that reads after its sending failed finds its answer; only the machine may have been too slow for that.
        assert answered["401"] >= 0.98 * sum(answered.values()) and sum(answered.values()) >= self.AT_ONCE
        return during

    def test_uploads_without_a_token_are_in_nobodys_way(self, start_service):
        service, other = start_service(), start_service()
        client = service.enrolled("ordinary")
        seen = []
        # Whatever else the machine does makes both slower, and not always both: one good round of some is enough.
        for _ in range(self.ROUNDS):
            seen.append((self.flooded(other, client), self.flooded(service, client)))
            if seen[-1][1] < 2 * seen[-1][0]:
                break
        else:
            raise AssertionError(f"99 of 100 requests were answered within these seconds, beside the flood and in it: {seen}")
        print(f"99 of 100 within these seconds, beside the flood and in it: {seen}")
        assert resident_mib(service, "VmHWM") < 64
