"""Connections: what comes on them that libmicrohttpd would mistake, how many there may be, and who reads slowly."""

import contextlib
import json
import re
import time

import pytest

from harness.edge import authorization, gauge, slug
from harness.patience import until
from harness.wire import Wire, request

DEVICES = "/api/v1/devices"


class TestWire:
    """What libmicrohttpd would cut at a NUL, or leave without an answer."""

    @pytest.mark.parametrize("data", [
        b"GET /livez\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /livez\0abc HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /livez?\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET\0 /livez HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\0b\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\nX:\0Y: b\r\nZ: c\r\n\r\n",
        b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\0 9\r\n\r\n{}",
        b"POST /livez HTTP/1.1\r\nContent-Length: 0\0\r\nHost: a\r\n\r\n",
        b"POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\0x\r\n\r\n0\r\n\r\n",
        b"GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    ], ids=lambda value: repr(value)[:70])
    def test_a_nul_is_refused_and_not_cut(self, service, data):
        with Wire(service) as wire:
            answer = wire.ask(data + request("/livez", "X-Request-ID: behind-a-nul"))
            assert answer.status == 400 and answer.headers["connection"].lower() == "close" and wire.closed()
        assert "behind-a-nul" not in service.log()

    def test_a_folded_line_is_not_joined(self, service):
        """Refused, or read with a space in its place by a libmicrohttpd that does that (1.0)."""
        with Wire(service) as wire:
            assert wire.ask(request("/livez", "X-Request-ID: fold\r\n ed")).headers["x-request-id"] != "folded"

    @pytest.mark.parametrize("lines", [["X: " + "a" * 24000], ["X: " + "a" * 500] * 40, ["X: \t a \t"], ["X:a"], ["X:"]],
                             ids=lambda value: repr(value)[:20])
    def test_what_is_well_formed_is_not_refused(self, service, lines):
        data = request("/livez", *lines)
        with Wire(service) as wire:
            assert wire.ask(data).status == 200
            for i in range(0, len(data), 1500):
                wire.send(data[i:i + 1500])
                time.sleep(0.002)
            assert wire.answer().status == 200
            assert wire.ask(data.replace(b"\r\n", b"\n")).status in (200, 400)
            wire.send(request("/livez") + data)
            assert [wire.answer().status, wire.answer().status] == [200, 200]

    @pytest.mark.parametrize("encoding", ["xchunked", "gzip, chunked", "identity", "chunked, x"])
    def test_an_unknown_transfer_encoding_has_an_answer(self, service, client, encoding):
        with Wire(service) as wire:
            answer = wire.ask(request(DEVICES, authorization(client), f"Transfer-Encoding: {encoding}", method="POST",
                                      body=b"2\r\n{}\r\n0\r\n\r\n"))
            assert (answer.status, slug(answer)) == (400, "malformed-request") and wire.closed()

    @pytest.mark.parametrize("length", [1000, 30000, 40000, 400000])
    def test_an_extension_of_a_chunk_has_an_answer(self, service, client, length):
        """One of a refusal, beyond what fits into libmicrohttpd's memory."""
        lines = authorization(client), "Transfer-Encoding: chunked", "Content-Type: application/json"
        with Wire(service) as wire:
            with contextlib.suppress(OSError):
                wire.send(request(DEVICES, *lines, method="POST", body=b"2;" + b"a" * length + b"\r\n{}\r\n0\r\n\r\n"))
            assert wire.answer().status in ((422,) if length < 2000 else (400, 413, 422))

    def test_an_escaped_name_is_the_name(self, service, client):
        for _ in range(3):
            code = f"esc-{time.monotonic_ns()}"
            client.post("devices", 201, json={"code": code, "kind": "camera", "name": code, "introduced_on": "2026-04-01",
                                               "reason": "試験"})

        def ask(query, status=200):
            # A client library would decode the names by itself.
            with Wire(service) as wire:
                answer = wire.ask(request(f"{DEVICES}?{query}", authorization(client)))
                assert answer.status == status
                return json.loads(answer.body), answer.headers.get("link", "")

        first, _ = ask("%6cimit=1")
        assert len(first["items"]) == 1
        second, link = ask(f"l%69mit=1&%63ursor={first['next_cursor']}&include_tota%6C=true")
        assert second["items"] != first["items"] and second["total"] >= 3
        third, _ = ask(re.match(r"<[^?]*\?([^>]+)>", link)[1])
        assert third["items"] not in (first["items"], second["items"])
        assert ask(f"cursor={first['next_cursor']}&%63ursor=x", 400)[0]["type"] == "/problems/invalid-parameter"


class TestShares:
    def connect(self, service, count, address=""):
        return [Wire(service, source=address) for _ in range(count)]

    def served(self, wires):
        served = 0
        for wire in wires:
            wire.socket.settimeout(2)
            with contextlib.suppress(OSError):
                wire.send(request("/livez"))
                served += wire.answer() is not None
        return served

    def close(self, wires):
        for wire in wires:
            wire.socket.close()

    def test_an_address_has_its_share(self, start_service):
        service = start_service(KIKI_CONNECTIONS_PER_ADDRESS="5")
        until(lambda: self.served([Wire(service)]))
        time.sleep(0.3)
        wires = self.connect(service, 9)
        assert 1 <= self.served(wires) <= 5
        others = self.connect(service, 3, "127.0.0.2")
        assert self.served(others) == 3
        until(lambda: "connections-turned-away" in service.log())
        self.close(wires + others)
        until(service.ready)

    def test_by_default_it_leaves_room(self, start_service):
        service = start_service(KIKI_CONNECTIONS_MAX="1024")
        wires = self.connect(service, 1024)
        try:
            begin = time.monotonic()
            others = self.connect(service, 20, "127.0.0.3")
            assert self.served(others) == 20 and time.monotonic() - begin < 10
        finally:
            self.close(wires)

    def test_a_trusted_proxy_speaks_for_many(self, start_service):
        service = start_service(KIKI_CONNECTIONS_PER_ADDRESS="2", KIKI_TRUSTED_PROXIES="127.0.0.1")
        wires = self.connect(service, 50)
        assert self.served(wires) == 50
        strangers = self.connect(service, 6, "127.0.0.2")
        assert 1 <= self.served(strangers) <= 2
        self.close(wires + strangers)


class TestSlowReaders:
    def test_an_answer_is_taken_in_time(self, start_service):
        service = start_service(KIKI_SENDING_S="1")
        with Wire(service, receive_buffer=4096) as wire:
            # More than the buffers between hold, so that one answer is under way; it is taken a kilobyte at a time.
            for _ in range(60):
                wire.send(request("/openapi.json"))
            # Those that the buffers take are under way in passing.
            until(lambda: gauge(service, "kiki_http_requests_in_flight") == 2, steadily=0.3)
            begin = time.monotonic()
            while gauge(service, "kiki_http_requests_in_flight") == 2:
                assert time.monotonic() - begin < 30
                wire.socket.recv(1024)
                time.sleep(0.5)
        # A second, and one for each 32 KiB.
        assert 5 < time.monotonic() - begin

    def test_one_who_reads_has_it_whole(self, start_service):
        service = start_service(KIKI_SENDING_S="1")
        with Wire(service) as wire:
            answer = wire.ask(request("/openapi.json"))
            assert len(answer.body) == int(answer.headers["content-length"])
