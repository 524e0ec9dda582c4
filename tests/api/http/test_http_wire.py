"""HTTP on the wire: framing that could hide a second request, malformed lines, slow senders, many connections."""

import json
import resource
import time

import pytest
from harness.patience import until
from harness.service import Service
from harness.wire import Wire, request

# A request that must never be served: the log would show its id.
HIDDEN = request("/readyz", "X-Request-ID: smuggled")


def problem(answer) -> str:
    return json.loads(answer.body)["type"]


def is_malformed(answer) -> bool:
    return answer.status == 400 and problem(answer) == "/problems/malformed-request"


class TestFraming:
    @pytest.mark.parametrize("lines, body", [
        (["Content-Length: 0", "Content-Length: 0"], b""),
        (["Content-Length: 0", f"Content-Length: {len(HIDDEN)}"], b""),
        ([f"Content-Length: {len(HIDDEN)}", "Content-Length: 0"], b""),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        ([f"Content-Length: {5 + len(HIDDEN)}", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        (["Transfer-Encoding: chunked", "Content-Length: 4"], b"0\r\n\r\n"),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], b"0\r\n\r\n"),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        ([f"Content-Length : {len(HIDDEN)}"], b""),
        (["Transfer-Encoding : chunked", f"Content-Length: {len(HIDDEN)}"], b""),
        ([f"X: a\rContent-Length: {len(HIDDEN)}"], b""),
        (["X: a\r\n Transfer-Encoding: chunked", "Content-Length : 0"], b""),
        (["X y: a", "Content-Length: 0"], b""),
        (["Host: other.test"], b""),
    ], ids=lambda value: repr(value)[:60])
    def test_a_request_that_could_be_read_in_two_ways_ends_the_connection(self, service, lines, body):
        with Wire(service) as wire:
            answer = wire.ask(request("/livez", *lines, method="POST", body=body) + HIDDEN)
            assert is_malformed(answer) and answer.headers["connection"].lower() == "close"
            assert wire.closed()
        assert "smuggled" not in service.log()

    @pytest.mark.parametrize("line", ["Content-Length: 0, 0", "Content-Length: +0", "Content-Length: -1", "Content-Length: 0x0",
                                      "Content-Length: ", "Content-Length: 1e1", "Content-Length: 99999999999999999999999"])
    def test_a_length_that_is_none_ends_the_connection(self, service, line):
        with Wire(service) as wire:
            assert wire.ask(request("/livez", line, method="POST") + HIDDEN).status == 400
            assert b"200 OK" not in wire.received
        assert "smuggled" not in service.log()

    @pytest.mark.parametrize("encoding", ["xchunked", "gzip, chunked", "identity", "\x0bchunked", "chunked, x"])
    def test_an_unknown_transfer_encoding_hides_nothing(self, start_service, encoding):
        service = start_service(KIKI_ARRIVAL_S="1")
        with Wire(service) as wire:
            answer = wire.ask(request("/livez", f"Transfer-Encoding: {encoding}", method="POST", body=b"0\r\n\r\n") + HIDDEN)
            assert answer is None or answer.status == 400 and wire.closed()
        assert "smuggled" not in service.log()

    @pytest.mark.parametrize("chunks", [b"zz\r\n\r\n", b"-1\r\n\r\n", b"0x1\r\na\r\n0\r\n\r\n", b"fffffffffffffffff\r\n",
                                        b"1\r\nab\r\n0\r\n\r\n"])
    def test_malformed_chunks_end_the_connection(self, service, client, chunks):
        lines = f"Authorization: Bearer {client.token}", "Transfer-Encoding: chunked"
        with Wire(service) as wire:
            answer = wire.ask(request("/api/v1/devices", *lines, method="POST", body=chunks) + HIDDEN)
            assert answer is None or answer.status in (400, 413)
        assert "smuggled" not in service.log()

    def test_trailers_are_no_headers(self, service, client):
        trailer = f"0\r\nAuthorization: Bearer {client.token}\r\nHost: evil\r\n\r\n".encode()
        with Wire(service) as wire:
            sent = request("/api/v1/devices", "Transfer-Encoding: chunked", body=trailer)
            assert wire.ask(sent).status == 401

    @pytest.mark.parametrize("start", [
        b"GET /livez HTTP/1.1\r\n\r\n", b"GET /livez HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n",
        b"GET /livez HTTP/1.0\r\nhost: a\r\nHOST: a\r\n\r\n",
    ])
    def test_a_host_comes_once(self, service, start):
        with Wire(service) as wire:
            answer = wire.ask(start)
            assert is_malformed(answer) and wire.closed()

    @pytest.mark.parametrize("start, statuses", [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400, None}),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505, 400}),
        (b"GET /livez HTTP/9.9\r\nHost: a\r\n\r\n", {505, 400}),
        (b"GET /livez\r\n\r\n", {400, None}),
        (b"GET\r\n\r\n", {400, None}),
        (b"\r\n\r\n\r\n\r\nnonsense\r\n\r\n", {400, None}),
        (b"GET /livez HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n", {400}),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414, 431}),
        (b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70000 + b"\r\n\r\n", {431}),
        (b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 10000 + b"\r\n", {431}),
    ], ids=lambda value: repr(value)[:50])
    def test_what_is_no_request_is_refused(self, service, nobody, start, statuses):
        with Wire(service) as wire:
            try:
                wire.send(start)
            except OSError:
                pass  # closed before all of it was sent
            answer = wire.answer()
            assert (answer and answer.status) in statuses
        nobody.get("/livez", 200)

    @pytest.mark.parametrize("target", ["x:443", "livez", "?", "?a=b", "http://kiki.test"])
    def test_a_target_that_is_no_path_is_refused(self, service, target):
        with Wire(service) as wire:
            answer = wire.ask(request(target))
            assert answer.status == 400 and problem(answer) == "/problems/malformed-request"

    @pytest.mark.parametrize("target", ["/livez?\x01", "/api/v1/devices?q=a\x1b[0m", "/api/v1/\x7f", "/docs/\x08"])
    def test_a_control_character_in_a_target_is_refused(self, service, target):
        with Wire(service) as wire:
            answer = wire.ask(request(target))
            assert answer.status == 400 and problem(answer) == "/problems/malformed-request"

    def test_an_absolute_target_is_read(self, service):
        with Wire(service) as wire:
            assert wire.ask(request("http://kiki.test/livez")).status == 200
            assert problem(wire.ask(request("HTTPS://kiki.test/livez?a=b"))) == "/problems/invalid-parameter"

    @pytest.mark.parametrize("line", ["Accept-Language: \xff", "X-Forwarded-For: a\x01", "Idempotency-Key: \x7f",
                                      "Authorization: Bearer \x80"])
    def test_a_header_that_is_no_text_is_refused(self, service, line):
        with Wire(service) as wire:
            answer = wire.ask(request("/livez").replace(b"\r\n\r\n", b"\r\n" + line.encode("latin-1") + b"\r\n\r\n"))
            assert answer.status == 400 and problem(answer) == "/problems/malformed-request"

    @pytest.mark.parametrize("line", ["Content-Type: text/plain", "Idempotency-Key: a", "Origin: https://a", "X-Request-ID: a"])
    def test_a_header_that_comes_once_comes_once(self, service, line):
        with Wire(service) as wire:
            assert problem(wire.ask(request("/livez", line, line))) == "/problems/malformed-request"
            assert wire.ask(request("/livez")).status == 200

    def test_requests_in_a_row_are_answered_in_order(self, service):
        with Wire(service) as wire:
            wire.send(b"".join(request("/livez", f"X-Request-ID: row-{i}") for i in range(50)))
            assert [wire.answer().headers["x-request-id"] for _ in range(50)] == [f"row-{i}" for i in range(50)]

    def test_a_body_may_be_announced(self, service, client):
        with Wire(service) as wire:
            wire.send(request("/api/v1/devices", f"Authorization: Bearer {client.token}", "Content-Type: application/json",
                              "Content-Length: 2", "Expect: 100-continue", method="POST"))
            assert wire.socket.recv(100).startswith(b"HTTP/1.1 100 ")
            assert wire.ask(b"{}").status == 422

    def test_a_client_that_closes_its_side_is_answered(self, service):
        with Wire(service) as wire:
            wire.send(request("/livez"))
            wire.socket.shutdown(1)
            assert wire.answer().status == 200 and wire.closed()


class TestSlowness:
    @pytest.fixture(scope="class")
    def service(self, cluster, keys, database):
        service = Service(cluster, keys, database.name, KIKI_ARRIVAL_S="1").start()
        yield service
        service.stop()

    @pytest.fixture(scope="class")
    def client(self, service):
        return service.enrolled("slow")

    @pytest.mark.parametrize("first, piece", [
        (b"", b""), (b"", b"G"), (b"GET /livez HTTP/1.1\r\n", b"X: a\r\n"),
        (request("/livez")[:-2], b"X: a\r\n"),
        (request("/livez"), b""),
    ], ids=lambda value: repr(value)[:40])
    def test_a_request_that_does_not_arrive_is_dropped(self, service, first, piece):
        with Wire(service) as wire:
            if first.endswith(b"\r\n\r\n") and not piece:
                assert wire.ask(first).status == 200
                first = b""
            after = wire.drip(first, piece, 6)
        assert after is not None and after < 4

    @pytest.mark.parametrize("line, piece", [("Content-Length: 1000", b"a"), ("Transfer-Encoding: chunked", b"1\r\na\r\n")])
    def test_neither_is_one_whose_body_does_not_arrive(self, service, client, line, piece):
        first = request("/api/v1/devices", f"Authorization: Bearer {client.token}", line, method="POST")
        with Wire(service) as wire:
            after = wire.drip(first, piece, 6)
        assert after is not None and 0.5 < after < 4

    def test_an_import_has_four_times_as_long(self, service, client):
        first = request("/api/v1/devices/import?dry_run=true", f"Authorization: Bearer {client.token}",
                        "Content-Length: 1000", method="POST")
        with Wire(service) as wire:
            after = wire.drip(first, b"a", 9)
        assert after is not None and 3 < after < 8

    def test_one_that_arrives_in_pieces_in_time_is_served(self, service):
        with Wire(service) as wire:
            for byte in request("/livez"):
                wire.send(bytes([byte]))
            assert wire.answer().status == 200


def test_a_thousand_idle_connections_are_in_nobodys_way(start_service):
    service = start_service(KIKI_CONNECTIONS_PER_ADDRESS="0")
    client = service.enrolled("patient")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    wires = []
    try:
        for _ in range(1000):
            wires.append(Wire(service))
        # Half of them have had an answer, half have begun to ask.
        for i, wire in enumerate(wires):
            wire.send(request("/livez") if i % 2 else b"GET /livez HT")
        assert all(wire.answer().status == 200 for wire in wires[1::2])
        begin = time.monotonic()
        for _ in range(20):
            client.get("devices", 200)
        assert time.monotonic() - begin < 5
        assert all(wire.ask(b"TP/1.1\r\nHost: a\r\n\r\n").status == 200 for wire in wires[::2])
    finally:
        for wire in wires:
            wire.socket.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_over_the_limit_are_turned_away_and_come_back(start_service):
    service = start_service(KIKI_CONNECTIONS_MAX="10")
    time.sleep(0.2)
    wires = [Wire(service) for _ in range(30)]
    served = 0
    for wire in wires:
        wire.socket.settimeout(1)
        try:
            wire.send(request("/livez"))
            served += wire.answer() is not None
        except OSError:
            pass
    assert 1 <= served <= 10
    for wire in wires:
        wire.socket.close()
    until(service.ready)
