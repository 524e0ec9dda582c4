"""Who calls, and from which page: tokens, scopes and origins (RFC 6750, CORS)."""

import json
import re

import pytest

from harness.edge import MISSING, split
from harness.service import Service
from harness.wire import Wire, request


WELL_KNOWN = "/.well-known/oauth-protected-resource"


def metadata(caller):
    return f'resource_metadata="{caller.url}{WELL_KNOWN}"'


class TestProtectedResource:
    """RFC 9728: what a page needs to know before it has a token."""

    def test_it_tells_where_to_log_in(self, service, nobody, keys, recorder):
        told = nobody.get(WELL_KNOWN, 200)
        issuers = json.loads((keys.folder / "issuers.json").read_text())
        assert told["resource"] == service.url and told["bearer_methods_supported"] == ["header"]
        assert told["authorization_servers"] == [issuer["issuer"] for issuer in issuers]
        named = {scope for _, _, operation in recorder.contract.operations() for entry in operation.get("security", [])
                 for scope in entry.get("bearer", [])}
        assert told["scopes_supported"] == sorted(named) and "devices:read" in named
        assert nobody.get(told["resource_documentation"].removeprefix(service.url), 200)
        assert nobody.get(WELL_KNOWN, 304, headers={"If-None-Match": told.headers["ETag"]}).text == ""

    def test_the_challenge_leads_there(self, nobody):
        challenge = nobody.get("devices", 401).headers["WWW-Authenticate"]
        where = re.search(r'resource_metadata="([^"]+)"', challenge)[1]
        assert nobody.get(where.removeprefix(nobody.url), 200)["resource"] == nobody.url

    def test_the_public_url_wins(self, start_service):
        service = start_service(KIKI_PUBLIC_URL="https://kiki.example.jp")
        assert service.nobody().get(WELL_KNOWN, 200)["resource"] == "https://kiki.example.jp"
        challenge = service.nobody().get("devices", 401).headers["WWW-Authenticate"]
        assert f'resource_metadata="https://kiki.example.jp{WELL_KNOWN}"' in challenge

    def test_a_path_of_the_public_url_stands_behind(self, start_service):
        """RFC 9728 section 3.1."""
        service = start_service(KIKI_PUBLIC_URL="https://city.example.jp:8443/fire/kiki")
        told = service.nobody().get(WELL_KNOWN, 200)
        assert told["resource"] == "https://city.example.jp:8443/fire/kiki"
        assert told["resource_documentation"] == "https://city.example.jp:8443/fire/kiki/docs"
        challenge = service.nobody().get("devices", 401).headers["WWW-Authenticate"]
        assert f'resource_metadata="https://city.example.jp:8443{WELL_KNOWN}/fire/kiki"' in challenge

    def test_who_says_https_is_a_trusted_proxy(self, start_service):
        for trusted, scheme in (("127.0.0.1", "https"), ("10.0.0.1", "http")):
            service = start_service(KIKI_TRUSTED_PROXIES=trusted)
            told = service.nobody().get(WELL_KNOWN, 200, headers={"X-Forwarded-Proto": "https", "Host": "kiki.example.jp"})
            assert told["resource"] == f"{scheme}://kiki.example.jp"

    @pytest.mark.parametrize("host", ['a", error="x', "a/b", "a b", "a@b", "", "a,b", "<a>", "a:1:2", "a:x", ":80", "[", "[::1", "::1",
                                      "[::1]x", "a[]"])
    def test_a_host_that_is_none_is_not_repeated(self, service, host):
        with Wire(service) as wire:
            assert "resource_metadata" not in wire.ask(request("/api/v1/devices", host=host)).headers["www-authenticate"]
            answer = wire.ask(request(WELL_KNOWN, host=host))
            assert answer.status == 400 and host not in answer.body.decode() or not host
        with Wire(service) as wire:
            answer = wire.ask(b"GET /api/v1/devices HTTP/1.0\r\n\r\n")
            assert answer.headers["www-authenticate"] == 'Bearer realm="kiki"'


class TestCredentials:
    def test_none_is_met_with_a_bare_challenge(self, nobody):
        answer = nobody.get("devices", 401)
        assert answer.problem == "authentication-required"
        assert answer.headers["WWW-Authenticate"] == f'Bearer realm="kiki", {metadata(nobody)}'

    @pytest.mark.parametrize("value", ["Bearer x", "Bearer a.b.c", "Bearer " + "a" * 9000, "Bearer ..", "Bearer a b"])
    def test_a_bad_token_is_called_invalid(self, nobody, value):
        answer = nobody.get("devices", 401, headers={"Authorization": value})
        assert answer.problem == "invalid-token"
        assert answer.headers["WWW-Authenticate"] == f'Bearer realm="kiki", error="invalid_token", {metadata(nobody)}'

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
            f'Bearer realm="kiki", error="insufficient_scope", scope="devices:read", {metadata(caller)}'

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

    def test_a_configured_origin_may_read(self, client, recorder):
        for answer in (client.get("devices", 200, headers={"Origin": self.ORIGIN}),
                       client.get(MISSING, 404, headers={"Origin": self.ORIGIN})):
            assert answer.headers["Access-Control-Allow-Origin"] == self.ORIGIN
            exposed = split(answer.headers["Access-Control-Expose-Headers"])
            assert {name.lower() for name in exposed} == recorder.contract.headers
            assert {"ETag", "Location", "Link", "Retry-After", "RateLimit", "RateLimit-Policy", "traceparent", "X-Request-ID",
                    "Content-Disposition", "X-Substituted-Characters", "WWW-Authenticate"} <= exposed
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
