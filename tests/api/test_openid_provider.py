"""Tokens of a real OpenID provider: found by its document, for a system and for a person, and its others refused."""

import json

import jwt
import pytest
from harness.caller import Caller
from harness.openid import Provider


@pytest.fixture
def provider(tmp_path):
    provider = Provider(tmp_path)
    yield provider
    provider.stop()


@pytest.fixture
def trusting(provider, start_service, keys, operator, tmp_path):
    """A service that is told who the provider is, and nothing else of it."""
    own = json.loads((keys.folder / "issuers.json").read_text())
    own[0]["jwks"] = str(keys.folder / own[0]["jwks"])
    path = tmp_path / "issuers.json"
    path.write_text(json.dumps([*own, {"issuer": provider.issuer, "audience": "kiki"}]))
    service = start_service(KIKI_ISSUERS=str(path), KIKI_CA_FILE=str(provider.ca_file), KIKI_KEYS_COOLDOWN_S="1")
    operator.post("api-clients", 201, {"client_id": "gateway", "issuer": provider.issuer, "name": "持出しゲート", "scopes": ["devices:read"]})
    return service


def test_its_tokens(provider, trusting, keys):
    def ask(token, path, status):
        return Caller(trusting.url, token).get(path, status)

    gateway = provider.client_token("gateway", "open sesame", "devices:read")
    assert ask(gateway, "me", 200)["name"] == "持出しゲート"
    ask(gateway, "devices", 200)
    assert ask(gateway, "departments", 403).problem == "insufficient-scope"
    assert ask(provider.client_token("gateway", "open sesame"), "devices", 403).problem == "insufficient-scope"
    # Another issuer's client of the same name is another.
    assert ask(keys.client_token("gateway", "devices:read"), "devices", 401).problem == "unknown-caller"

    given = provider.log_in("210002")
    me = ask(given["access_token"], "me", 200)
    assert me["kind"] == "staff" and me["id"] == trusting.staff("210002").get("me", 200)["id"]
    assert ask(provider.log_in("nobody")["access_token"], "me", 401).problem == "unknown-caller"

    claims = jwt.decode(given["id_token"], options={"verify_signature": False})
    assert (claims["iss"], claims["aud"], claims["sub"]) == (provider.issuer, "kiki", "210002")
    assert ask(given["id_token"], "me", 401).problem == "invalid-token"
    assert ask(given["refresh_token"], "me", 401).problem == "invalid-token"

    # A new key is found at once, and what was signed with one that is gone is refused.
    provider.rotate()
    renewed = provider.client_token("gateway", "open sesame", "devices:read")
    ask(renewed, "devices", 200)
    assert ask(gateway, "devices", 401).problem == "invalid-token"

    # While it is away its tokens are good, and nobody else is concerned.
    provider.stop()
    ask(renewed, "devices", 200)
    trusting.staff("210002").get("me", 200)
    assert trusting.ready()
