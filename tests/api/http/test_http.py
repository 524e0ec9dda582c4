"""HTTP (RFC 9110, 8288), as far as it needs no business resource: methods, negotiation, parameters, tracing."""

import gzip
import json
import re
import uuid

import pytest

from harness.edge import CATALOGUE, MISSING, PUBLIC, split
from harness.wire import Wire, request


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
        assert answer.status in (400, 404) and not {"set-cookie", "x-injected"} & set(answer.headers)

    @pytest.mark.parametrize("q", ["'", "''; DROP TABLE devices; --", "%", "_", "\\", "$1", "\U00020bb7", "ſ", "a" * 100])
    def test_a_search_text_is_a_text(self, client, q):
        assert client.get("devices", 200, params={"q": q})["items"] == []


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
