"""HTTP (RFC 9110, 9457, 8288), as far as it needs no business resource: methods, negotiation, parameters, bodies,
problems, credentials, CORS, tracing and the pages of the service itself."""

import gzip
import hashlib
import html.parser
import json
import pathlib
import re
import subprocess
import urllib.parse
import uuid

import pytest
import yaml
from harness.service import BINARY, Service
from harness.wire import Wire, request

PUBLIC = ("/livez", "/readyz", "/metrics", "/openapi.json", "/openapi.yaml", "/docs", "/docs/initialise.js",
          "/docs/page.css", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/problems/not-found")
CATALOGUE = yaml.safe_load(pathlib.Path("openapi/problems.yaml").read_text(encoding="utf-8"))
MISSING = "devices/01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"
NOT_JSON = {"Content-Type": "application/json"}


def split(header: str) -> set[str]:
    return {item.strip() for item in header.split(",")}


class TestMethods:
    @pytest.mark.parametrize("path", [*PUBLIC, "devices", MISSING])
    def test_head_is_get_without_the_body(self, service, client, path):
        target = path if path.startswith("/") else "/api/v1/" + path
        credentials = f"Authorization: Bearer {client.token}"
        with Wire(service) as wire:
            got = wire.ask(request(target, credentials))
            asked = wire.ask(request(target, credentials, method="HEAD"), head=True)
            # The connection is in step: no body came.
            assert wire.ask(request("/livez")).body == b'{"status":"ok"}'
        assert asked.status == got.status
        varying = {"date", "x-request-id"}
        if path in ("/metrics",) or got.status >= 400:
            varying.add("content-length")
        assert {n: v for n, v in asked.headers.items() if n not in varying} == \
            {n: v for n, v in got.headers.items() if n not in varying}

    @pytest.mark.parametrize("method, path, allowed", [
        ("POST", "/livez", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/api/v1/devices", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("PUT", "/api/v1/" + MISSING, {"GET", "HEAD", "PATCH", "OPTIONS"}),
        ("GET", "/api/v1/devices/import", {"POST", "OPTIONS"}),
        ("TRACE", "/livez", {"GET", "HEAD", "OPTIONS"}),
        ("PROPFIND", "/api/v1/devices", {"GET", "HEAD", "POST", "OPTIONS"}),
    ])
    def test_a_wrong_method_is_told_the_right_ones(self, nobody, method, path, allowed):
        answer = nobody.request(method, path, 405, key=None)
        assert answer.problem == "method-not-allowed"
        assert split(answer.headers["Allow"]) == allowed

    def test_methods_are_told_apart_by_case(self, service):
        with Wire(service) as wire:
            assert wire.ask(request("/livez", method="get")).status == 405

    def test_options_tells_the_methods(self, nobody, service):
        answer = nobody.request("OPTIONS", "/api/v1/devices", 204)
        assert split(answer.headers["Allow"]) == {"GET", "HEAD", "POST", "OPTIONS"}
        assert answer.content == b"" and "Content-Length" not in answer.headers
        assert nobody.request("OPTIONS", "/api/v1/nothing", 404).problem == "not-found"
        with Wire(service) as wire:
            whole = wire.ask(request("*", method="OPTIONS"))
            assert whole.status == 204 and {"GET", "PATCH", "OPTIONS"} < split(whole.headers["allow"])
            assert wire.ask(request("/livez")).status == 200

    @pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/devices/", "//livez",
                                      "/livez/", "/LIVEZ", "/docs/../livez", "/docs/..%2flivez", "/.well-known/x",
                                      "/api/v1/dev%69ces", "/api/v1/%zz", "/docs/no-such-file", "/problems/no-such-problem",
                                      "/api/v1/devices/a/b/c/d/e/f", "/" + "a/" * 2000])
    def test_what_is_not_there_is_not_found(self, service, path):
        with Wire(service) as wire:
            answer = wire.ask(request(path))
        assert answer.status == 404 and json.loads(answer.body)["type"] == "/problems/not-found"


class TestNegotiation:
    @pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "text/html, */*;q=0.1", "", None,
                                        "application/json;q=0.001", "text/csv, application/json;q=0.2"])
    def test_json_for_those_who_take_it(self, client, accept):
        answer = client.get("devices", 200, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("accept", ["text/html", "application/xml, image/*", "application/json;q=0", "*/*;q=0",
                                        "application/json;q=nan"])
    def test_nothing_that_would_do(self, client, accept):
        answer = client.get("devices", 406, headers={"Accept": accept})
        assert answer.problem == "not-acceptable"

    @pytest.mark.parametrize("accept_language, language", [
        (None, "ja"), ("ja", "ja"), ("en", "en"), ("en-GB, ja;q=0.5", "en"), ("ja, en", "ja"), ("fr", "ja"), ("*", "ja"),
        ("ja;q=0.1, en;q=0.9", "en"), ("en;q=inf", "ja"),
    ])
    def test_the_language_is_the_callers(self, client, accept_language, language):
        headers = {"Accept-Language": accept_language}
        refused = client.get(MISSING, 404, headers=headers)
        assert refused.headers["Content-Language"] == language
        assert refused["title"] == CATALOGUE["not-found"]["title"][language]
        answered = client.get("devices", 200, headers=headers)
        assert answered.headers["Content-Language"] == language
        for answer in (refused, answered):
            assert {"Accept", "Accept-Language", "Authorization", "Origin"} <= split(answer.headers["Vary"])

    @pytest.mark.parametrize("path", ["/openapi.json", "/openapi.yaml", "/docs", "/docs/initialise.js", "/problems/busy"])
    def test_what_the_client_has_is_not_sent_again(self, service, nobody, path):
        whole = nobody.get(path, 200, headers={"Accept-Encoding": "identity"})
        assert re.fullmatch(r'"[^"]+"', whole.etag)
        for tags in (whole.etag, f"W/{whole.etag}", f'"x", {whole.etag}', "*"):
            answer = nobody.get(path, 304, headers={"If-None-Match": tags, "Accept-Encoding": "identity"})
            assert answer.etag == whole.etag and answer.content == b""
            for name in ("Vary", "Cache-Control"):
                assert answer.headers[name] == whole.headers[name]
            assert answer.headers.get("Content-Length", str(len(whole.content))) == str(len(whole.content))
        for tags in ('"x"', whole.etag[:-1], whole.etag.strip('"'), ""):
            nobody.get(path, 200, headers={"If-None-Match": tags, "Accept-Encoding": "identity"})
        with Wire(service) as wire:
            wire.send(request(path, f"If-None-Match: {whole.etag}") + request("/livez"))
            assert (wire.answer().status, wire.answer().status) == (304, 200)

    @pytest.mark.parametrize("name", ["swagger-ui.css", "swagger-ui-bundle.js"])
    def test_an_encoded_answer_has_a_weak_tag(self, service, nobody, name):
        plain = nobody.get(f"/docs/{name}", 200, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers and plain.etag.startswith('"')
        with Wire(service) as wire:
            packed = wire.ask(request(f"/docs/{name}", "Accept-Encoding: gzip"))
        assert packed.headers["content-encoding"] == "gzip" and packed.headers["etag"].startswith('W/"')
        assert gzip.decompress(packed.body) == plain.content
        assert "Accept-Encoding" in split(packed.headers["vary"])
        with Wire(service) as wire:
            again = wire.ask(request(f"/docs/{name}", "Accept-Encoding: gzip", f"If-None-Match: {packed.headers['etag']}"))
        assert again.status == 304
        for unwilling in ("identity", "gzip;q=0", "br", None):
            answer = nobody.get(f"/docs/{name}", 200, headers={"Accept-Encoding": unwilling})
            assert "Content-Encoding" not in answer.headers


class TestParameters:
    @pytest.mark.parametrize("query, parameter", [
        ("nope=1", "nope"), ("access_token=abc", "access_token"), ("LIMIT=1", "LIMIT"), ("limit=1&limit=1", "limit"),
        ("limit=1&%6cimit=2", "limit"), ("limit=%zz", "limit"), ("limit=%", "limit"), ("q=%00", "q"), ("q=%ff", "q"),
        ("q=%ED%A0%80", "q"), ("q=%C0%AF", "q"), ("limit=0", "limit"), ("limit=201", "limit"), ("limit=1e2", "limit"),
        ("limit=99999999999999999999999", "limit"), ("limit", "limit"), ("sort=nope", "sort"),
        ("sort=code;DROP%20TABLE%20devices", "sort"), ("sort=--code", "sort"), ("include_total=1", "include_total"),
        ("cursor=", "cursor"), ("cursor=AAAA", "cursor"), ("cursor=../..", "cursor"), ("kind=nope", "kind"),
        ("kind=terminal,nope", "kind"), ("%zz=1", ""), ("=1", ""), ("q=a&device_id=1", "device_id"),
    ])
    def test_a_fault_is_named(self, service, client, query, parameter):
        with Wire(service) as wire:
            answer = wire.ask(request(f"/api/v1/devices?{query}", f"Authorization: Bearer {client.token}"))
        problem = json.loads(answer.body)
        assert answer.status == 400 and problem["type"] in ("/problems/invalid-parameter", "/problems/cursor-expired")
        assert [fault["parameter"] for fault in problem["errors"]] == [parameter]
        assert problem["errors"][0]["detail"]

    @pytest.mark.parametrize("path", ["/livez?x=1", "/docs?x=1", "/problems/busy?lang=en"])
    def test_pages_without_parameters_take_none(self, nobody, path):
        assert nobody.get(path, 400).problem == "invalid-parameter"

    @pytest.mark.parametrize("id", ["%zz", "%", "%4", "a%00b", "%ff", "%ED%A0%80", "%F5%80%80%80"])
    def test_a_malformed_path_is_refused(self, service, client, id):
        with Wire(service) as wire:
            answer = wire.ask(request(f"/api/v1/devices/{id}", f"Authorization: Bearer {client.token}"))
        problem = json.loads(answer.body)
        assert answer.status == 400 and problem["type"] == "/problems/invalid-parameter"
        assert problem["errors"][0]["parameter"] == "device_id"

    @pytest.mark.parametrize("path", ["/problems/a%0d%0aSet-Cookie:%20a=b", "/docs/%0d%0a%0d%0a<script>",
                                      "/api/v1/devices?q=a%0d%0aX-Injected:1"])
    def test_line_ends_in_a_target_stay_there(self, service, client, path):
        with Wire(service) as wire:
            answer = wire.ask(request(path, f"Authorization: Bearer {client.token}"))
        assert answer.status in (200, 404) and not {"set-cookie", "x-injected"} & set(answer.headers)

    @pytest.mark.parametrize("q", ["'", "''; DROP TABLE devices; --", "%", "_", "\\", "$1", "\U00020bb7", "ſ", "a" * 100])
    def test_a_search_text_is_a_text(self, client, q):
        assert client.get("devices", 200, params={"q": q})["items"] == []


class TestBodies:
    @pytest.mark.parametrize("body", [
        "", "{", "[}", "nul", "{} {}", "{'a':1}", "NaN", '{"a":1,"a":2}', '{"a":1,"\\u0061":1}', '"\\u0000"', '"\\ud800"',
        '{"code":"\\udc00"}', '"\t"', "[" * 33 + "]" * 33, "[" * 500_000, '{"a":' * 40 + "1" + "}" * 40,
        "﻿{}", "/**/{}",
        b'{"code":"\xff"}', b'"\xed\xa0\x80"', b'"\xc0\x80"', b"\xff\xfe{\x00}\x00", b"\x00", b'{"code":"a\x00b"}', b"\x1f\x8b\x08",
    ], ids=lambda body: repr(body)[:30])
    def test_what_is_not_json_is_refused(self, client, body):
        data = body.encode() if isinstance(body, str) else body
        answer = client.request("POST", "devices", 400, data=data, headers=NOT_JSON)
        assert answer.problem == "malformed-json" and answer["detail"]

    @pytest.mark.parametrize("number", ["1e400", "-1e400", "123456789012345678901234567890", "-9223372036854775809"])
    def test_a_number_that_cannot_be_held_is_told_with_its_place(self, client, number):
        assert client.request("POST", "devices", 422, data=number, headers=NOT_JSON).faults == {"": "type"}
        answer = client.request("POST", "devices", 422, data=f'{{"code": {number}, "x": [{number}]}}', headers=NOT_JSON)
        assert answer.problem == "validation-failed" and answer.faults.items() >= {"/code": "type", "/x": "unknown_member"}.items()

    def test_thirty_two_levels_are_read(self, client):
        answer = client.request("POST", "devices", 422, data=b"[" * 32 + b"]" * 32, headers=NOT_JSON)
        assert answer.problem == "validation-failed"

    def test_many_members_are_refused_quickly_and_briefly(self, client):
        members = {f"member_{i}": i for i in range(45_000)}
        data = json.dumps(members).encode()
        assert len(data) < 1 << 20
        answer = client.request("POST", "devices", 422, data=data, headers=NOT_JSON)
        assert len(answer["errors"]) <= 50 and answer.response.elapsed.total_seconds() < 2

    def test_a_body_over_a_mebibyte_is_too_large(self, client):
        fits = b'{"name":"' + b"a" * ((1 << 20) - 11) + b'"}'
        assert len(fits) == 1 << 20
        assert client.request("POST", "devices", 422, data=fits, headers=NOT_JSON).problem == "validation-failed"
        assert client.request("POST", "devices", 413, data=fits + b" ", headers=NOT_JSON).problem == "body-too-large"

    def test_a_chunked_body_is_counted_too(self, client):
        pieces = (b"a" * 65536 for _ in range(17))
        assert client.request("POST", "devices", 413, data=pieces, headers=NOT_JSON).problem == "body-too-large"

    @pytest.mark.skipif("build/default" not in str(BINARY), reason="sanitizers copy the body anew with every piece of it")
    def test_an_import_may_have_thirty_two_mebibytes(self, client):
        limit = 32 << 20
        csv = {"Content-Type": "text/csv; charset=utf-8"}
        answer = client.request("POST", "devices/import", 413, data=b"a" * (limit + 1), headers=csv)
        assert answer.problem == "body-too-large"
        pieces = (b"a" * (1 << 20) for _ in range(40))
        assert client.request("POST", "devices/import", 413, data=pieces, headers=csv).problem == "body-too-large"

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "",
                                              "multipart/form-data; boundary=a", "application/merge-patch+json", None])
    def test_another_media_type_is_not_taken(self, client, content_type):
        answer = client.request("POST", "devices", 415, data=b"{}", headers={"Content-Type": content_type})
        assert answer.problem == "unsupported-media-type" and answer.headers["Accept-Post"] == "application/json"

    def test_a_patch_says_what_it_takes(self, client):
        answer = client.request("PATCH", MISSING, 415, data=b"{}", headers=NOT_JSON, match='"1.ja"')
        assert answer.headers["Accept-Patch"] == "application/merge-patch+json"

    def test_a_form_is_refused_like_any_other_body(self, service, client):
        """The library below would parse it, keep it twice, and drop the connection over what it cannot read."""
        for content_type in ("multipart/form-data", "multipart/form-data; boundary=" + "a" * 5000,
                             "multipart/form-data; boundary=a\x01", "application/x-www-form-urlencoded"):
            body = b"--a\r\nContent-Disposition: form-data; name=\r\n\r\n%zz=&&\x00--a--"
            with Wire(service) as wire:
                answer = wire.ask(request("/api/v1/devices", f"Authorization: Bearer {client.token}",
                                          f"Content-Type: {content_type}", f"Content-Length: {len(body)}", method="POST",
                                          body=body))
                assert answer.status == (400 if "\x01" in content_type else 415), content_type

    @pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity", "x"])
    def test_an_encoded_body_is_not_taken(self, client, encoding):
        answer = client.request("POST", "devices", 415, data=gzip.compress(b"{}"),
                                headers=NOT_JSON | {"Content-Encoding": encoding})
        assert answer.problem == "unsupported-media-type" and answer.headers["Accept-Encoding"] == "identity"

    def test_a_body_that_nobody_asked_for_does_no_harm(self, service, client):
        with Wire(service) as wire:
            body = b"GET /readyz HTTP/1.1\r\nHost: x\r\nX-Request-ID: from-a-body\r\n\r\n"
            answer = wire.ask(request("/api/v1/devices", f"Authorization: Bearer {client.token}",
                                      f"Content-Length: {len(body)}", body=body))
            assert answer.status == 200
            assert wire.ask(request("/livez")).body == b'{"status":"ok"}'
        assert "from-a-body" not in service.log()

    def test_a_change_needs_if_match(self, client):
        assert client.patch(MISSING, 428, {"remarks": "x"}).problem == "precondition-required"

    @pytest.mark.parametrize("key", ["", '""', '"', "a b", "鍵", "a" * 256, '"a" "b"', "a\\b"])
    def test_a_malformed_idempotency_key_is_refused(self, client, key):
        valid = {"code": "EDGE-1", "name": "x", "kind": "terminal", "introduced_on": "2026-10-01", "reason": "x"}
        answer = client.post("devices", 400, valid, key=None, headers={"Idempotency-Key": key.encode()})
        assert answer.problem == "invalid-parameter"


class TestCredentials:
    def test_none_is_met_with_a_bare_challenge(self, nobody):
        answer = nobody.get("devices", 401)
        assert answer.problem == "authentication-required"
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="kiki"'

    @pytest.mark.parametrize("value", ["Bearer x", "Bearer a.b.c", "Bearer " + "a" * 9000, "Bearer ..", "Bearer a b"])
    def test_a_bad_token_is_called_invalid(self, nobody, value):
        answer = nobody.get("devices", 401, headers={"Authorization": value})
        assert answer.problem == "invalid-token"
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="kiki", error="invalid_token"'

    @pytest.mark.parametrize("value", ["Basic YTpi", "", "Bearer", "Bearer ", "Negotiate x"])
    def test_other_schemes_are_no_credentials(self, nobody, value):
        assert nobody.get("devices", 401, headers={"Authorization": value}).headers["WWW-Authenticate"].startswith("Bearer ")

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
    def test_the_scheme_is_read_in_any_case(self, client, nobody, scheme):
        nobody.get("devices", 200, headers={"Authorization": f"{scheme} {client.token}"})

    def test_two_authorization_headers_are_refused(self, service, client):
        line = f"Authorization: Bearer {client.token}"
        with Wire(service) as wire:
            for lines in ((line, line), (line, "Authorization: Basic YTpi"), (line, "authorization:")):
                answer = wire.ask(request("/api/v1/devices", *lines))
                assert answer.status == 400 and json.loads(answer.body)["type"] == "/problems/malformed-request"

    def test_a_token_in_the_target_is_not_taken(self, client, nobody):
        assert nobody.get(f"devices?access_token={client.token}", 401).problem == "authentication-required"
        answer = client.get(f"devices?access_token={client.token}", 400)
        assert answer.problem == "invalid-parameter" and client.token not in answer.text

    def test_a_missing_scope_is_named(self, service):
        caller = service.enrolled("narrow", "organisation:read")
        answer = caller.get("devices", 403)
        assert answer.problem == "insufficient-scope"
        assert answer.headers["WWW-Authenticate"] == \
            'Bearer realm="kiki", error="insufficient_scope", scope="devices:read"'

    def test_a_scope_that_was_not_granted_does_not_count(self, service):
        service.run("client", "modest", "--scopes", "organisation:read")
        assert service.client("modest", "devices:read").get("devices", 403).status == 403

    def test_no_scope_is_one_too_many(self, service):
        wordy = service.enrolled("wordy", "devices:write " * 40 + "devices:read")
        wordy.get("devices", 200)

    def test_a_client_that_nobody_knows_is_refused(self, service):
        assert service.client("stranger", "devices:read").get("devices", 401).problem in ("unknown-caller", "invalid-token")

    def test_credentials_come_before_the_rest(self, nobody):
        """What needs a token says nothing else to those without."""
        for answer in (nobody.get("devices?nope=1", 401), nobody.get("devices/1", 401),
                       nobody.request("POST", "devices", 401, data=b"{", headers={"Content-Type": "text/plain"})):
            assert answer.problem == "authentication-required"

    def test_nothing_of_a_token_is_logged(self, service, client):
        client.get("devices", 200)
        assert client.token not in service.log() and client.token.split(".")[2] not in service.log()


class TestCrossOrigin:
    ORIGIN = "https://portal.example.jp"

    @pytest.fixture(scope="class")
    def service(self, cluster, keys, database):
        service = Service(cluster, keys, database.name, KIKI_CORS_ORIGINS=f"{self.ORIGIN},http://localhost:5173").start()
        yield service
        service.stop()

    @pytest.fixture(scope="class")
    def client(self, service):
        return service.enrolled("edge")

    def test_a_preflight_needs_no_token(self, service):
        answer = service.nobody().request("OPTIONS", MISSING, 204, headers={
            "Origin": self.ORIGIN, "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,if-match,content-type"})
        assert answer.headers["Access-Control-Allow-Origin"] == self.ORIGIN
        assert "PATCH" in split(answer.headers["Access-Control-Allow-Methods"])
        sent = {name.lower() for name in split(answer.headers["Access-Control-Allow-Headers"])}
        assert {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "traceparent",
                "x-request-id"} <= sent
        assert int(answer.headers["Access-Control-Max-Age"]) > 0
        assert "Origin" in split(answer.headers["Vary"])

    def test_a_configured_origin_may_read(self, client):
        for answer in (client.get("devices", 200, headers={"Origin": self.ORIGIN}),
                       client.get(MISSING, 404, headers={"Origin": self.ORIGIN})):
            assert answer.headers["Access-Control-Allow-Origin"] == self.ORIGIN
            assert {"ETag", "Location", "Link", "Retry-After", "RateLimit", "RateLimit-Policy", "traceparent",
                    "X-Request-ID"} <= split(answer.headers["Access-Control-Expose-Headers"])
            assert "Access-Control-Allow-Credentials" not in answer.headers

    def test_a_refused_token_can_be_read_too(self, service):
        answer = service.nobody().get("devices", 401, headers={"Origin": self.ORIGIN})
        assert answer.headers["Access-Control-Allow-Origin"] == self.ORIGIN

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "*", "https://portal.example.jp.evil.example",
                                        "http://portal.example.jp", "https://portal.example.jp:8443", "HTTPS://PORTAL.EXAMPLE.JP"])
    def test_no_other_origin_may(self, client, origin):
        preflight = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        for answer in (client.get("devices", 200, headers={"Origin": origin}),
                       client.request("OPTIONS", "devices", 204, headers=preflight)):
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
            assert "Origin" in split(answer.headers["Vary"])


class TestTracing:
    @pytest.mark.parametrize("id", ["a", "req-2026.10_01", "x" * 64])
    def test_a_well_formed_request_id_is_kept(self, service, client, id):
        answer = client.get(MISSING, 404, headers={"X-Request-ID": id})
        assert answer.request_id == id and answer["request_id"] == id
        assert any(line.get("request_id") == id for line in service.log_lines())

    @pytest.mark.parametrize("id", ["", "a b", "x" * 65, "<b>", "a,b", "ä"])
    def test_another_is_replaced(self, client, id):
        answer = client.get(MISSING, 404, headers={"X-Request-ID": id.encode()})
        assert re.fullmatch(r"[0-9a-f]{32}", answer.request_id) and answer["request_id"] == answer.request_id

    def test_a_trace_is_continued(self, service, client):
        trace, parent = uuid.uuid4().hex, "00f067aa0ba902b7"
        answer = client.get("devices", 200, headers={"traceparent": f"00-{trace}-{parent}-01"})
        version, carried, span, flags = answer.headers["traceparent"].split("-")
        assert (version, carried, flags) == ("00", trace, "01") and span != parent and re.fullmatch(r"[0-9a-f]{16}", span)
        assert [line["operation"] for line in service.log_lines() if line.get("trace_id") == trace] == ["list_devices"]

    @pytest.mark.parametrize("traceparent", [
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "x",
    ])
    def test_a_malformed_one_is_ignored(self, client, traceparent):
        assert "traceparent" not in client.get("devices", 200, headers={"traceparent": traceparent}).headers

    def test_forwarded_addresses_are_believed_of_trusted_proxies_only(self, service, nobody, start_service):
        def address(asked, id):
            asked.nobody().get("/livez", 200, headers={"X-Forwarded-For": "192.0.2.66, 203.0.113.7", "X-Request-ID": id})
            return next(line["address"] for line in asked.log_lines() if line.get("request_id") == id)

        assert address(service, "untrusted") == "127.0.0.1"
        trusting = start_service(KIKI_TRUSTED_PROXIES="127.0.0.0/8")
        assert address(trusting, "trusted") == "203.0.113.7"

    def test_so_are_those_of_ipv6(self, start_service):
        def address(asked, **headers):
            id = asked.nobody().get("/livez", 200, headers=headers).request_id
            return next(line["address"] for line in asked.log_lines() if line.get("request_id") == id)

        assert address(start_service(KIKI_LISTEN_ADDRESS="::1")) == "::1"
        # Only the last of the sixteen bytes tells the two apart.
        forwarded = {"X-Forwarded-For": "2001:db8::7"}
        assert address(start_service(KIKI_LISTEN_ADDRESS="::1", KIKI_TRUSTED_PROXIES="::1"), **forwarded) == "2001:db8::7"
        assert address(start_service(KIKI_LISTEN_ADDRESS="::1", KIKI_TRUSTED_PROXIES="::2"), **forwarded) == "::1"


class TestProblems:
    @pytest.mark.parametrize("slug", CATALOGUE)
    def test_every_type_leads_to_a_page(self, nobody, slug):
        problem = CATALOGUE[slug]
        page = nobody.get(f"/problems/{slug}", 200)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        for language in ("ja", "en"):
            assert f'lang="{language}"' in page.text
            assert problem["title"][language] in page.text.replace("&quot;", '"').replace("&amp;", "&")
            told = nobody.get(f"/problems/{slug}", 200, headers={"Accept": "application/json", "Accept-Language": language})
            assert told.json == {"type": f"/problems/{slug}", "status": problem["status"],
                                 "title": problem["title"][language], "explanation": problem["explanation"][language].strip()}
            assert told.headers["Content-Language"] == language

    def test_a_problem_says_what_the_standard_asks(self, client):
        answer = client.get(MISSING + "?", 404)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer["status"] == 404 and answer["instance"] == "/api/v1/" + MISSING
        assert answer["type"] == "/problems/not-found"

    def test_markup_in_a_path_is_not_markup_in_an_answer(self, nobody):
        answer = nobody.get("/problems/<script>alert(1)</script>", 404)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


class TestPages(html.parser.HTMLParser):
    """/docs and the contract."""

    __init__ = object.__init__

    def parse(self, text):
        html.parser.HTMLParser.__init__(self)
        self.links, self.inline = [], []
        self.feed(text)
        return self

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links += [given[name] for name in ("src", "href", "action", "data") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag in ("style", "iframe", "object", "embed", "base", "form") or tag == "script" and "src" not in given:
            self.inline.append(tag)

    @pytest.mark.parametrize("path", ["/docs", "/problems/busy"])
    def test_a_page_loads_nothing_from_elsewhere(self, nobody, path):
        page = nobody.get(path, 200)
        parsed = self.parse(page.text)
        assert parsed.inline == []
        for link in parsed.links:
            if link == "data:,":
                continue
            target = urllib.parse.urljoin(path, link)
            assert target.startswith("/") and not target.startswith("//")
            nobody.get(target, 200)
        policy = dict(directive.split(" ", 1) for directive in page.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in page.headers["Content-Security-Policy"] and "http" not in page.headers["Content-Security-Policy"]

    def test_swagger_ui_is_started_without_strangers(self, nobody):
        script = nobody.get("/docs/initialise.js", 200)
        assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert "validatorUrl: null" in script.text and "://" not in script.text
        for url in re.findall(r"url\(\s*['\"]?([^'\")]{0,20})", nobody.get("/docs/swagger-ui.css", 200).text):
            assert url.startswith("data:")
        assert "@import" not in nobody.get("/docs/swagger-ui.css", 200).text
        assert "url(" not in nobody.get("/docs/page.css", 200).text

    def test_swagger_ui_is_what_the_lock_file_pins(self, nobody):
        fetched = pathlib.Path("build/npm/docs/node_modules/swagger-ui-dist")
        for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
            served = nobody.get(f"/docs/{name}", 200)
            assert hashlib.sha256(served.content).digest() == hashlib.sha256((fetched / name).read_bytes()).digest()

    def test_the_contract_is_the_same_in_both_forms(self, nobody):
        as_json, as_yaml = nobody.get("/openapi.json", 200), nobody.get("/openapi.yaml", 200)
        assert as_json.headers["Content-Type"] == "application/json"
        assert as_yaml.headers["Content-Type"] == "application/yaml"
        assert as_json.json == json.loads(pathlib.Path("build/gen/openapi.json").read_text(encoding="utf-8"))
        assert yaml.load(as_yaml.text, yaml.BaseLoader).keys() == as_json.json.keys()

    def test_nothing_tells_what_the_service_is_made_of(self, service, nobody, client):
        version = subprocess.run([BINARY, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
        answers = [nobody.get(path, 200) for path in PUBLIC] + [
            nobody.get("/nothing", 404), nobody.get("devices", 401), client.get("devices", 200), client.get("devices?x=1", 400),
            nobody.request("POST", "/livez", 405), nobody.request("OPTIONS", "/livez", 204)]
        for answer in answers:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers
            said = str(answer.headers) + ("" if "/docs/swagger" in answer.response.url else answer.text)
            for word in (version, "microhttpd", "ulfius", "PostgreSQL", "SQLSTATE"):
                assert word.lower() not in said.lower(), (answer, word)

    def test_what_is_about_people_is_not_kept(self, client):
        for answer in (client.get("devices", 200), client.get(MISSING, 404), client.get("devices?x=1", 400)):
            assert answer.headers["Cache-Control"] == "no-store"


class TestMetrics:
    LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\+Inf|-?[0-9.e+-]+)')

    def read(self, nobody):
        answer = nobody.get("/metrics", 200, headers={"Accept": "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        types, samples = {}, {}
        for line in answer.text.removesuffix("\n").split("\n"):
            if line.startswith("# TYPE "):
                name, kind = line.split()[2:]
                assert name not in types
                types[name] = kind
            elif not line.startswith("# HELP "):
                name, labels, value = self.LINE.fullmatch(line).groups()
                family = re.sub(r"_(bucket|sum|count)$", "", name)
                assert name in types or types.get(family) == "histogram", line
                assert (name, labels) not in samples
                samples[name, labels] = float(value)
        return types, samples

    def test_requests_are_counted_by_route(self, client, nobody):
        found = 'operation="get_device",method="GET",path="/api/v1/devices/{device_id}",status="404"'
        _, before = self.read(nobody)
        client.get(MISSING, 404)
        nobody.get("/nothing", 404)
        _, after = self.read(nobody)
        total = "kiki_http_requests_total"
        assert after[total, found] == before.get((total, found), 0) + 1
        none = 'operation="",method="",path="",status="404"'
        assert after[total, none] == before.get((total, none), 0) + 1
        count = ("kiki_http_request_duration_seconds_count", 'operation="get_device"')
        assert after[count] == before.get(count, 0) + 1

    def test_a_histogram_adds_up(self, nobody):
        nobody.get("/livez", 200)
        _, samples = self.read(nobody)
        name = "kiki_http_request_duration_seconds"
        buckets = [value for (metric, labels), value in samples.items()
                   if metric == f"{name}_bucket" and 'operation="get_livez"' in labels]
        assert buckets == sorted(buckets) and buckets[-1] == samples[f"{name}_count", 'operation="get_livez"']
        assert 0 < samples[f"{name}_sum", 'operation="get_livez"'] < 10

    def test_the_pool_and_the_process_are_measured(self, client, nobody):
        client.get("devices", 200)
        for _ in range(50):  # an answer is here a moment before its request is done with
            types, samples = self.read(nobody)
            if samples["kiki_http_requests_in_flight", None] == 1:
                break
        assert samples["kiki_http_requests_in_flight", None] == 1
        assert samples["kiki_pool_connections", 'state="idle"'] >= 1
        assert samples["kiki_pool_connections", 'state="busy"'] == 0
        assert samples["process_resident_memory_bytes", None] > 1 << 20
        assert {name for name, kind in types.items() if kind == "counter"} == \
            {name for name in types if name.endswith("_total")}

    def test_no_id_stands_in_a_label(self, client, nobody):
        client.get(MISSING, 404)
        assert MISSING.split("/")[1] not in nobody.get("/metrics", 200).text
