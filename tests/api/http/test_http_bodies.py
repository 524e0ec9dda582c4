"""Bodies of requests: what is JSON, how long it may be, in which form."""

import gzip
import json

import pytest

from harness.edge import MISSING
from harness.service import BINARY
from harness.wire import Wire, request

NOT_JSON = {"Content-Type": "application/json"}


class TestBodies:
    @pytest.mark.parametrize("body", [
        "", "{", "[}", "nul", "{} {}", "{'a':1}", "NaN", '{"a":1,"a":2}', '{"a":1,"\\u0061":1}', '"\\u0000"', '"\\ud800"',
        '{"code":"\\udc00"}', '"\t"', "[" * 33 + "]" * 33, "[" * 500_000, '{"a":' * 40 + "1" + "}" * 40,
        "﻿", "/**/{}",
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
