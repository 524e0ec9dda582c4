"""Tokens as issuers send them, and as attackers do: how long they may be, what is told of each, and what stops the service."""

import base64
import hashlib
import hmac
import json
import subprocess
import time
import uuid

import pytest
from harness.caller import Caller
from harness.issuer import Issuer
from harness.service import Service
from harness.wire import Wire, request

LIMIT = 16 << 10
NAME = "https://login.example.jp"
EDGE = {"sub": "edge", "client_id": "edge", "scope": "devices:read"}


@pytest.fixture(scope="module")
def issuer():
    return Issuer(NAME)


@pytest.fixture(scope="module")
def trusting(cluster, keys, database, issuer, tmp_path_factory):
    """A service that believes this issuer, and knows its client."""
    folder = tmp_path_factory.mktemp("issuer")
    issuer.write(folder)
    service = Service(cluster, keys, database.name, KIKI_ISSUERS=str(folder / "issuers.json")).start()
    service.run("client", "edge", "--scopes", "devices:read")
    yield service
    service.stop()


def ask(service, token, status):
    return Caller(service.url, token).get("devices", status)


def of_length(issuer, length):
    """A good token of so many bytes, or up to two more: base64url comes in steps."""
    short = len(issuer.token(EDGE | {"more": ""}))
    return next(token for more in range((length - short) * 3 // 4 - 4, length)
                if len(token := issuer.token(EDGE | {"more": "x" * more})) >= length)


class TestLength:
    def test_two_hundred_groups_fit(self, trusting, issuer):
        token = issuer.token(EDGE | {"groups": [str(uuid.uuid4()) for _ in range(200)]})
        assert len(token) > 10000
        for _ in range(2):
            ask(trusting, token, 200)

    def test_the_longest_comes_with_what_browsers_and_proxies_send(self, trusting, issuer):
        token = of_length(issuer, LIMIT - 2)
        assert len(token) <= LIMIT
        more = [f"X-Header-{number}: {'v' * 200}" for number in range(30)]
        with Wire(trusting) as wire:
            for _ in range(3): # on one connection, as a proxy does
                answer = wire.ask(request("/api/v1/devices?limit=1", f"Authorization: Bearer {token}", *more))
                assert answer.status == 200

    @pytest.mark.parametrize("length", [LIMIT + 1, 20 << 10])
    def test_beyond_it_is_told(self, trusting, issuer, length):
        answer = ask(trusting, of_length(issuer, length), 401)
        assert answer.problem == "token-too-long"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer") and "invalid_token" in answer.headers["WWW-Authenticate"]
        assert "16 KiB" in answer["detail"]
        assert ask(trusting, "x" * length, 401).problem == "token-too-long"


class TestWhatIsTold:
    def test_expired_is_told_from_bad(self, trusting, issuer):
        ask(trusting, issuer.token(EDGE), 200)
        late = {"iat": 1, "exp": int(time.time()) - 1}
        answer = ask(trusting, issuer.token(EDGE | late), 401)
        assert answer.problem == "token-expired" and "invalid_token" in answer.headers["WWW-Authenticate"]
        assert ask(trusting, Issuer(NAME).token(EDGE | late), 401).problem == "invalid-token" # nobody learns it of a forged one
        assert ask(trusting, issuer.token(EDGE | late | {"aud": "other"}), 401).problem == "invalid-token"

    def test_one_that_was_good_expires(self, trusting, issuer):
        token = issuer.token(EDGE | {"exp": int(time.time()) + 2})
        ask(trusting, token, 200)
        time.sleep(3)
        assert ask(trusting, token, 401).problem == "token-expired"

    @pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
    def test_access_tokens(self, trusting, issuer, typ):
        ask(trusting, issuer.token(EDGE, typ=typ), 200)

    @pytest.mark.parametrize("header, claims", [
        ({"typ": "JWT"}, {}), ({"typ": "JWT"}, {"typ": "Bearer", "token_use": "access"}), ({"typ": "JWT"}, {"nonce": "n"}),
        ({"typ": "JWT"}, {"typ": "Refresh"}), ({"typ": "JWT"}, {"typ": "ID", "at_hash": "x"}), ({"typ": "logout+jwt"}, {}),
        ({"typ": "secevent+jwt"}, {}), ({"typ": "dpop+jwt"}, {}),
    ])
    def test_other_tokens_of_the_issuer_for_us(self, trusting, issuer, header, claims):
        assert ask(trusting, issuer.token(EDGE | claims, **header), 401).problem == "invalid-token"


def part(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


class TestForged:
    """Each of them once passed somewhere."""

    def refused(self, service, *tokens):
        for token in tokens:
            assert ask(service, token, 401).problem == "invalid-token"

    def test_another_algorithm(self, trusting, issuer):
        good = issuer.token(EDGE)
        _, claims, signature = good.split(".")
        header = {"alg": "RS256", "typ": "at+jwt", "kid": issuer.key_id}
        pem = json.loads(issuer.jwks())["keys"][0]["n"]
        for algorithm in ("none", "None", "HS256", "RS384", "ES256", "PS256", "", None):
            changed = part(header | {"alg": algorithm}) + "." + claims
            secret = base64.urlsafe_b64encode(hmac.digest(pem.encode(), changed.encode(), hashlib.sha256)).rstrip(b"=").decode()
            self.refused(trusting, f"{changed}.", f"{changed}.{signature}", f"{changed}.{secret}")

    def test_another_key(self, trusting, issuer):
        stranger = Issuer(NAME)
        own = {"jwk": json.loads(stranger.jwks())["keys"][0], "jku": "https://evil.example/keys", "x5u": "https://evil.example/",
               "x5c": ["AAAA"], "crit": ["exp"]}
        self.refused(trusting, stranger.token(EDGE), stranger.token(EDGE, kid=issuer.key_id))
        self.refused(trusting, *[stranger.token(EDGE, kid=issuer.key_id, **{name: value}) for name, value in own.items()])
        self.refused(trusting, *[issuer.token(EDGE, **{name: value}) for name, value in own.items()])
        for kid in ("", "../../etc/passwd", "' OR 1=1 --", "x" * 256, f"{issuer.key_id}\u0001", f"{issuer.key_id} "):
            self.refused(trusting, stranger.token(EDGE, kid=kid))

    def test_names_that_are_none(self, trusting, issuer):
        for claims in ({"sub": ["edge"]}, {"client_id": ["edge"]}, {"sub": {"edge": 1}}, {"sub": 1}, {"sub": None}, {"client_id": ""},
                       {"sub": "edge\n"}, {"sub": "e" * 256}, {"aud": {"kiki": 1}}, {"aud": [["kiki"]]}, {"iss": [NAME]}, {"scope": 7}):
            self.refused(trusting, issuer.token(EDGE | claims))

    def test_members_twice(self, trusting, issuer):
        """Signed as they are: of two readers each would believe another."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        header = part({"alg": "RS256", "typ": "at+jwt", "kid": issuer.key_id})
        claims = json.dumps(EDGE | {"iss": NAME, "aud": "kiki", "exp": int(time.time()) + 300})
        for text, status in ((claims, 200), (claims[:-1] + ', "sub": "edge"}', 401), (claims[:-1] + ', "exp": 4000000000}', 401)):
            signed = f"{header}.{part(text)}"
            signature = issuer.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
            token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
            assert ask(trusting, token, status).status == status

    def test_a_person_who_uses_a_client_is_not_it(self, trusting, issuer):
        for claims in ({"sub": "210002"}, {"sub": "edge2"}, {"sub": "Edge"}, {"sub": "edge "}):
            assert ask(trusting, issuer.token(EDGE | claims | {"azp": "edge", "appid": "edge"}), 401).problem == "unknown-caller"
        assert ask(trusting, issuer.token({"sub": "x", "azp": "edge", "scope": "devices:read"}), 401).problem == "unknown-caller"


class TestTheIssuersFile:
    GOOD = {"issuer": NAME, "audience": "kiki", "jwks": "trial.jwks.json"}

    def refused(self, service, path, text):
        """What the service says of the file, and ends."""
        path.write_text(text)
        done = subprocess.run([service.binary, "serve"], env=service.environment() | {"KIKI_ISSUERS": str(path)},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert not [line for line in lines if line["event"] == "listening"]
        (said,) = [line for line in lines if line["event"] == "issuers-not-accepted"]
        assert said["level"] == "error" and said["path"] == str(path)
        return said

    @pytest.mark.parametrize("more, member, reason", [
        ({"jwk": "a"}, "/1/jwk", "is not known"), ({"audience": 5}, "/1/audience", "must be a text"),
        ({"issuer": "https://other.example", "audience": None}, "/1/audience", "must be a text"),
        ({"issuer": NAME}, "/1/issuer", "is named twice"), ({"jwks": "http://a.example/"}, "/1/jwks", "must be an https URL"),
        ({"pem": "a.pem"}, "/1/pem", "jwks says already"), ({"algorithms": ["HS256"]}, "/1/algorithms", "may name"),
        ({"person": {"claim": "oid", "matches": "name"}}, "/1/person/matches", "must be subject or number"),
        ({"client": {"when": {"claim": "idtyp", "equals": "app"}}}, "/1/client/when/equals", "is not known"),
        ({"access_token": "typ"}, "/1/access_token", "must be an object"), ({"scopes": []}, "/1/scopes", "must be a text"),
        ({"jwks": "https:// a"}, "/1/jwks", "must be an https URL"), ({"jwks": "https://"}, "/1/jwks", "must be an https URL"),
        ({"jwks": "https://user:secret@a.example/"}, "/1/jwks", "must be an https URL"), ({"audience": "kiki "}, "/1/audience", "a blank"),
    ])
    def test_a_member_is_named(self, service, tmp_path, more, member, reason):
        other = self.GOOD | {"issuer": "https://other.example"} | more
        said = self.refused(service, tmp_path / "issuers.json", json.dumps([self.GOOD, other]))
        assert said["member"] == member and reason in said["reason"]

    def test_a_line_is_named(self, service, tmp_path):
        said = self.refused(service, tmp_path / "issuers.json", '[\n{"issuer": "a",\n"audience" "kiki"}]')
        assert said["line"] == 3 and said["reason"]
        said = self.refused(service, tmp_path / "issuers.json", '[\n{"issuer": "a",\n"issuer": "b"}]')
        assert "duplicate" in said["reason"]

    def test_an_issuer_that_has_no_document(self, service, tmp_path):
        said = self.refused(service, tmp_path / "issuers.json", json.dumps([{"issuer": "urn:city", "audience": "kiki"}]))
        assert said["member"] == "/0/jwks" and "https" in said["reason"]

    @pytest.mark.parametrize("where", [{"jwks": "away.json"}, {"pem": "away.pem"}, {"jwks": "issuers.json"}, {"pem": "issuers.json"}])
    def test_keys_that_cannot_be_read(self, service, tmp_path, where):
        said = self.refused(service, tmp_path / "issuers.json", json.dumps([{"issuer": "urn:city", "audience": "kiki"} | where]))
        (member,) = where
        assert said["member"] == f"/0/{member}" and "keys-not-read" in said["reason"]
