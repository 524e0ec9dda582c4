"""What a caller sees of the stack, through the proxy and TLS."""

import contextlib
import pathlib
import re
import socket
import ssl
import uuid

import pytest
import requests
import yaml

CATALOGUE = yaml.safe_load(pathlib.Path("openapi/problems.yaml").read_text(encoding="utf-8"))
MIB = 1024 * 1024


@contextlib.contextmanager
def connection(stack, **options):
    context = ssl.create_default_context(cafile=stack.secrets / "tls_certificate.pem")
    for name, value in options.items():
        setattr(context, name, value)
    with socket.create_connection(("localhost", stack.port), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            yield connection


def read_to_end(connection) -> bytes:
    received = b""
    with contextlib.suppress(ssl.SSLError, ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def send_raw(stack, request: bytes) -> bytes:
    """All that comes back until the proxy closes."""
    with connection(stack) as proxy:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            proxy.sendall(request)
        return read_to_end(proxy)


def own_problem(answer, status: int, slug: str) -> None:
    """An answer of the proxy's own that reads like one of the service's."""
    assert answer.status == status and answer.problem == slug
    assert answer["title"] == CATALOGUE[slug]["title"]["ja"] and answer["status"] == status
    assert answer["request_id"] == answer.request_id
    assert answer.headers["Content-Language"] == "ja" and answer.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" in answer.headers


def test_the_service_answers(stack):
    caller = stack.caller()
    assert caller.get("/livez", 200).json == {"status": "ok"}
    assert caller.get("/readyz", 200).json == {"status": "ok"}
    assert caller.get("/livez").headers["Strict-Transport-Security"].startswith("max-age=")


def test_documentation_is_served_whole(stack):
    caller = stack.caller()
    page = caller.get("/docs", 200).text
    for asset in re.findall(r'(?:src|href)="(docs/[^"]+)"', page):
        assert len(caller.get(f"/{asset}", 200).content) > 0
    assert caller.get("/openapi.json", 200)["openapi"].startswith("3.1")
    assert "text/html" in caller.get("/problems/not-found", 200, headers={"Accept": "text/html"}).headers["Content-Type"]


def test_without_a_token(stack):
    answer = stack.caller().get("me", 401)
    assert answer.problem == "authentication-required" and answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_of_another_issuer(stack):
    stranger = type(stack.issuer)(stack.issuer.name)
    assert stack.caller(stranger.token({"sub": "900002"})).get("me", 401).problem == "invalid-token"


def test_a_long_token_comes_through(stack, operator):
    """As Entra ID sends with 200 groups; one beyond the limit is told so by the service."""
    for groups, status in ((200, 200), (290, 200), (320, 401)):
        token = stack.issuer.token({"sub": "900002", "client_id": "portal", "groups": [str(uuid.uuid4())] * groups})
        answer = stack.caller(token).get("me", status)
        assert status == 200 or answer.problem == "token-too-long"


def test_client_creates_a_department(first_client, operator):
    departments = {item["code"]: item for item in first_client.every("departments")}
    assert departments["rinko"]["name"] == "臨港" and departments["rinko"]["parent_id"] == departments["shobo"]["id"]
    assert first_client.post("departments", 409, {"code": "rinko", "name": "臨港", "kind": "station",
                                                  "is_shozoku": True}).problem == "conflict"


def test_staff_came_out_of_cp932(operator):
    me = operator.get("me", 200)
    assert me["name"] == "運用 太郎" and "operator" in [role["role"] for role in me["roles"]]


def test_an_unknown_member_of_staff(stack):
    assert stack.staff("999999").get("me", 401).problem == "unknown-caller"


def test_a_client_may_be_switched_off(stack, operator):
    stack.compose("run", "--rm", "migrate", "client", "for-a-moment", "--scopes", "organisation:read")
    client = stack.client("for-a-moment", "organisation:read")
    client.get("departments", 200)
    registered = operator.get("api-clients", 200, params={"client_id": "for-a-moment"})["items"][0]
    seen = operator.get(f"api-clients/{registered['id']}", 200)
    operator.patch(f"api-clients/{registered['id']}", 200, {"active": False}, match=seen)
    client.get("departments", 401)


@pytest.mark.parametrize("path", ["/metrics", "/metrics?x=1", "/%6detrics", "/docs/../metrics", "/./metrics"])
def test_numbers_stay_inside(stack, path):
    received = send_raw(stack, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert received.startswith(b"HTTP/1.1 404 ") and b"kiki_" not in received
    assert b'"/problems/not-found"' in received


@pytest.mark.parametrize("path", ["//metrics", "/metrics/", "/METRICS", "/metrics;x", "/metrics%00"])
def test_nothing_like_the_numbers_gets_out(stack, path):
    received = send_raw(stack, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert received[:12] in (b"HTTP/1.1 404", b"HTTP/1.1 400") and b"kiki_" not in received


SMUGGLED = b"GET /api/v1/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
AMBIGUOUS = {
    "length and chunks": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % (len(SMUGGLED) + 5),
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 0\r\n",
    "two equal lengths": b"Content-Length: 5\r\nContent-Length: 5\r\n",
    "a list of lengths": b"Content-Length: 5, 5\r\n",
    "a signed length": b"Content-Length: +5\r\n",
    "a space before the colon": b"Transfer-Encoding : chunked\r\n",
    "another coding": b"Transfer-Encoding: xchunked\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "two hosts": b"Host: other\r\nContent-Length: 5\r\n",
}


@pytest.mark.parametrize("headers", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_smuggling_is_refused(stack, headers):
    received = send_raw(stack, b"POST /api/v1/departments HTTP/1.1\r\nHost: localhost\r\n" + headers +
                        b"\r\n0\r\n\r\n" + SMUGGLED)
    assert received.split(b" ")[1] in (b"400", b"501"), received[:200]
    assert received.count(b"HTTP/1.1 ") == 1, "the smuggled request was answered"


def test_smuggled_requests_never_arrived(stack):
    assert "smuggled" not in stack.log("service")


def test_plain_http_is_refused(stack):
    answer = requests.get(f"http://localhost:{stack.port}/livez", timeout=20)
    assert answer.status_code == 400


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(stack):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with connection(stack, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1):
            pass


def test_a_large_body(stack, first_client):
    content = {"code": "x" * MIB, "name": "x", "kind": "station", "is_shozoku": True}
    own_problem(first_client.post("departments", 413, content), 413, "body-too-large")


def test_a_large_body_in_chunks(stack, first_client):
    answer = first_client.post("departments", 413, data=(b" " * 65536 for _ in range(17)),
                               headers={"Content-Type": "application/json"})
    own_problem(answer, 413, "body-too-large")


def test_an_import_may_be_larger(first_client):
    rows = "".join(f"{number},名前 {number:080d},rinko\r\n" for number in range(300000, 312000))
    assert len(rows) > MIB
    report = first_client.upload("staff/import?dry_run=true", "number,name,department_code\r\n" + rows, 200)
    assert report["rows"] == 12000 and report["dry_run"] is True


def test_an_import_without_a_token_is_refused_by_the_service(stack):
    for size in (MIB // 2, 2 * MIB, 30 * MIB):
        for _ in range(5):
            answer = stack.caller().post("staff/import", 401, data=b"n" * size, headers={"Content-Type": "text/csv"})
            assert answer.problem == "authentication-required"


def test_only_imports_may_be_large(stack):
    own_problem(stack.caller().post("/x/import", 413, data=b"n" * (MIB + 1)), 413, "body-too-large")


def test_an_import_has_its_limit(first_client):
    answer = first_client.upload("staff/import?dry_run=true", b"n" * (32 * MIB + 1), 413)
    own_problem(answer, 413, "body-too-large")


def test_a_long_address(stack):
    received = send_raw(stack, b"GET /" + b"x" * 24000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 414 ") and b"/problems/target-too-long" in received


def test_long_headers(stack):
    """Here and at the service, whose limit comes later, the answer is the same."""
    for size in (21000, 30000):
        own_problem(stack.caller().get("/livez", 431, headers={"Cookie": "c=" + "x" * size}), 431, "head-too-large")
    own_problem(stack.caller("x" * 24000).get("me", 431), 431, "head-too-large")


def test_a_method_of_nobody(stack):
    answer = stack.caller().request("TRACE", "/livez", 405)
    own_problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


def test_the_callers_address_is_the_proxys_word(stack):
    answer = stack.caller().get("/livez", 200, headers={"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "spoofed-1"})
    (line,) = [line for line in stack.log_lines("service") if line.get("request_id") == answer.request_id]
    gateway = stack.podman("network", "inspect", "--format", "{{range .Subnets}}{{.Gateway}}{{end}}",
                           "kiki-test_front").strip()
    assert line["address"] == gateway, "not what the client claims, and not the proxy"


def test_what_the_proxy_answers_is_in_its_log(stack):
    answer = stack.caller().get("/metrics", 404)
    own_problem(answer, 404, "not-found")
    (line,) = [line for line in stack.log_lines("proxy") if line.get("request_id") == answer.request_id]
    assert line["path"] == "/metrics" and line["status"] == 404 and line["event"] == "answered-by-proxy"


def test_a_flood_from_one_address(stack):
    """900 requests at once; 400 may burst, and 200 a second after that."""
    request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    received = send_raw(stack, (request + b"\r\n") * 899 + request + b"Connection: close\r\n\r\n")
    passed, refused = received.count(b"HTTP/1.1 200 "), received.count(b"HTTP/1.1 429 ")
    assert passed >= 400 and refused >= 1 and passed + refused == 900
    assert b"/problems/rate-limited" in received and b"Retry-After: " in received
