"""What libmicrohttpd would answer by itself, in HTML, or not at all: each is one problem, and the connection is closed."""

import contextlib
import json

import pytest
from harness.wire import Wire, request

KIB = 1 << 10
LINE = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
CHUNKED = "Transfer-Encoding: chunked"


def sent_alone(service, data, head=False):
    """Its answer, which is all that comes before the connection is closed."""
    with Wire(service) as wire:
        with contextlib.suppress(OSError):  # closed before all of it was sent
            wire.send(data)
        answer = wire.answer(head)
        assert wire.closed(), wire.received
        for observe in wire.observers:
            observe(data, answer)
        return answer


def check(answer, status, slug):
    assert answer and answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["connection"].lower() == "close" and answer.headers["content-language"] == "ja"
    told = json.loads(answer.body)
    assert (told["type"], told["status"]) == (f"/problems/{slug}", status)
    return told


@pytest.mark.parametrize("data, status, slug", [
    (b"GET /" + b"a" * 70 * KIB + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target-too-long"),
    (b"GET /livez?" + b"a" * 70 * KIB, 414, "target-too-long"),
    (LINE + b"X: " + b"a" * 70 * KIB + b"\r\n\r\n", 431, "head-too-large"),
    (LINE + b"X: a\r\n" * 10000 + b"\r\n", 431, "head-too-large"),
    (LINE + b"Cookie: " + b"a" * 70 * KIB, 431, "head-too-large"),
    (b"GET /livez HTTP/9.9\r\nHost: a\r\n\r\n", 505, "version-not-supported"),
    (b"GET /livez HTTP/0.9\r\nHost: a\r\n\r\n", 505, "version-not-supported"),
    (b"GET /livez HTTP/x\r\nHost: a\r\n\r\n", 400, "malformed-request"),
    (b"GET /livez\r\n\r\n", 400, "malformed-request"),
    (LINE + b"no colon\r\n\r\n", 400, "malformed-request"),
    (LINE + b"X: a\r\nno colon\r\nY: b\r\n\r\n", 400, "malformed-request"),
    (LINE + b": a\r\n\r\n", 400, "malformed-request"),
    *((LINE.replace(b"GET", b"POST") + b"Content-Length: " + length + b"\r\n\r\n", 400, "malformed-request")
      for length in (b"x", b"-1", b"1 1", b"", b"0x1", b"9" * 20, b"9" * 40)),
    (b"GET /livez HTTP/1.1\r\n\r\n", 400, "malformed-request"),
], ids=lambda value: repr(value)[:60] if isinstance(value, bytes) else str(value))
def test_a_head_that_is_none(service, data, status, slug):
    check(sent_alone(service, data), status, slug)


@pytest.mark.parametrize("chunks, status, slug", [
    (b"zz\r\n", 400, "malformed-request"),
    (b"1\r\nab\r\n0\r\n\r\n", 400, "malformed-request"),
    (b"f" * 20 + b"\r\n", 413, "body-too-large"),
    (b"0\r\nno colon\r\n\r\n", 400, "malformed-request"),
    (b"0\r\n" + b"X: a\r\n" * 10000, 431, "head-too-large"),
], ids=lambda value: repr(value)[:30])
def test_a_body_that_is_none(service, client, chunks, status, slug):
    line = f"Authorization: Bearer {client.token}"
    data = request("/api/v1/devices", line, CHUNKED, "Content-Type: application/json", method="POST", body=chunks)
    assert check(sent_alone(service, data), status, slug)["instance"] == "/api/v1/devices"


@pytest.mark.parametrize("length", [100 * KIB, 400 * KIB])
def test_a_long_line_of_a_chunk(service, client, length):
    """To libmicrohttpd 0.9 that is a mistake of the program, a 500, to 1.0 a body too large."""
    line = f"Authorization: Bearer {client.token}"
    data = request("/api/v1/devices", line, CHUNKED, method="POST", body=b"2;" + b"a" * length + b"\r\n{}\r\n0\r\n\r\n")
    answer = sent_alone(service, data)
    check(answer, answer.status, {400: "malformed-request", 413: "body-too-large"}[answer.status])


@pytest.mark.parametrize("length", [*range(31 * KIB, 34 * KIB, 64), *range(40 * KIB, 70 * KIB, 777)])
def test_however_long_a_head_is_it_has_an_answer(service, length):
    for data in (b"GET /livez?" + b"q" * (length - 40) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
                 LINE + b"X: " + b"a" * (length - len(LINE) - 7) + b"\r\n\r\n"):
        with Wire(service) as wire:
            answer = wire.ask(data)
            if length > 32 * KIB:
                check(answer, answer.status, {414: "target-too-long", 431: "head-too-large"}[answer.status])
                assert wire.closed()
            else:
                assert answer.status in (200, 400) and wire.ask(request("/livez")).status == 200


@pytest.mark.parametrize("lines", [*range(190, 210), *range(210, 1200, 30)])
def test_however_many_lines_it_has_it_has_an_answer(service, lines):
    with Wire(service) as wire:
        answer = wire.ask(LINE + b"X: a\r\n" * (lines - 1) + b"\r\n")
        assert answer.status == 200 if lines <= 200 else check(answer, 431, "head-too-large")


def test_a_head_asks_for_a_head(service):
    line = LINE.replace(b"GET", b"HEAD")
    for data in (line + b"X: " + b"a" * 40 * KIB + b"\r\n\r\n", line + b"X: " + b"a" * 90 * KIB,
                 b"HEAD /livez HTTP/9.9\r\n\r\n"):
        with Wire(service) as wire:
            wire.send(data)
            assert wire.answer(head=True).status in (431, 505) and wire.closed()


def test_it_is_in_the_callers_language_and_log(service):
    with Wire(service) as wire:
        answer = wire.ask(LINE + b"Accept-Language: en\r\nX-Request-ID: unheard-1\r\nX: a\r\nno colon\r\n\r\n")
    assert answer.headers["content-language"] == "en" and answer.headers["x-request-id"] == "unheard-1"
    assert json.loads(answer.body)["title"] == "Malformed request"
    (line,) = [line for line in service.log_lines() if line.get("request_id") == "unheard-1"]
    assert (line["event"], line["status"], line["address"]) == ("request", 400, "127.0.0.1")


@pytest.mark.parametrize("cookie", ['c="', 'a=b; c="d', "=", ";;;", "a" * 8000, "a=b; " * 4000, '"', "a=\"b\"; \x80"])
def test_cookies_are_not_read(service, cookie):
    with Wire(service) as wire:
        for _ in range(2):
            assert wire.ask(request("/livez").replace(b"\r\n\r\n", f"\r\nCookie: {cookie}\r\n\r\n".encode("latin-1"))).status == 200


class TestBlanks:
    @pytest.mark.parametrize("blank", [" ", "\t", " \t  "])
    def test_behind_a_value_they_are_no_part_of_it(self, service, client, blank):
        lines = [line + blank for line in (f"Authorization: Bearer {client.token}", "Content-Type: application/json",
                                           "Accept-Language: en", "X-Request-ID: blank-1")]
        with Wire(service) as wire:
            for framing, body in (("Content-Length: 2", b"{}"), (CHUNKED, b"2\r\n{}\r\n0\r\n\r\n")):
                answer = wire.ask(request("/api/v1/devices", *lines, framing + blank, f"Connection: keep-alive{blank}",
                                          method="POST", body=body))
                assert answer.status == 422 and answer.headers["x-request-id"] == "blank-1"
                assert json.loads(answer.body)["title"] == "Validation failed"

    def test_before_a_body_too(self, service, client):
        with Wire(service) as wire:
            wire.send(request("/api/v1/devices", f"Authorization: Bearer {client.token}", "Content-Type: application/json",
                              "Content-Length: 2 ", "Expect: 100-continue ", method="POST"))
            assert wire.socket.recv(100).startswith(b"HTTP/1.1 100 ")
            assert wire.ask(b"{}").status == 422

    def test_they_hide_no_second_request(self, service):
        hidden = request("/readyz", "X-Request-ID: behind-blanks")
        for lines in (["Transfer-Encoding: chunked ", "Content-Length: 4"], ["Transfer-Encoding: x chunked "],
                      [f"Content-Length: {len(hidden)} ", "Content-Length: 0 "]):
            answer = sent_alone(service, request("/livez", *lines, method="POST", body=b"0\r\n\r\n") + hidden)
            check(answer, 400, "malformed-request")
        assert "behind-blanks" not in service.log()


@pytest.mark.parametrize("target", ["/livez", "/readyz", "/metrics", "/openapi.json"])
def test_a_probe_of_http_1_0_names_no_host(service, target):
    with Wire(service) as wire:
        assert wire.ask(f"GET {target} HTTP/1.0\r\n\r\n".encode()).status == 200 and wire.closed()
    with Wire(service) as wire:
        assert wire.ask(f"GET {target} HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n".encode()).status == 400
