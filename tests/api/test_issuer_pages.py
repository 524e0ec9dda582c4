"""The pages of deploy/issuers/: the service runs with the blocks that a newcomer copies, and takes tokens that look as they say.

A block's first line says what it is: an `issuer` of the issuers file, `staff` and `register` what the operator sends, the
`header` and claims of a `person`'s token with his staff number, of a `client`'s, and of one that is `refused`. Blocks
after another `issuer` belong to that."""

import json
import pathlib
import re
import time

import pytest
from harness.caller import Caller
from harness.issuer import Issuer, login_server

PAGES = pathlib.Path("deploy/issuers")
# What stands for the login server of a page.
SERVERS = r"https://(?:login\.example\.jp|login\.microsoftonline\.com|sts\.windows\.net)"


def blocks(page, url):
    """[{kind: (word, block)}] of the issuers of a page, with their servers at `url`."""
    issuers = []
    for kind, word, text in re.findall(r"^```json (\w+) ?(\w*)\n(.*?)^```$", page.read_text(), re.S | re.M):
        if kind == "issuer":
            issuers.append({})
        issuers[-1][kind] = (word, json.loads(re.sub(SERVERS, url, text)))
    return issuers


ISSUERS = [(page.stem, number) for page in sorted(PAGES.glob("*.md")) for number in range(len(blocks(page, "https://x")))]


def test_every_block_is_read():
    for page in PAGES.glob("*.md"):
        assert len(re.findall("```json", page.read_text())) == sum(len(issuer) for issuer in blocks(page, "https://x"))
    assert [name for name, _ in ISSUERS] == ["entra-id", "entra-id", "keycloak", "rfc9068"]
    example = json.loads(pathlib.Path("deploy/issuers.example.json").read_text())
    assert example[0] == blocks(PAGES / "keycloak.md", "https://login.example.jp")[0]["issuer"][1]


class Page:
    """One issuer of a page, its keys published, the service told of it, and its staff and client registered."""

    def __init__(self, found, server, start_service, keys):
        self.found, self.issuer = found, Issuer(found["issuer"][1]["issuer"])
        server.publish(self.issuer)
        entry, own = found["issuer"][1], json.loads((keys.folder / "issuers.json").read_text())
        own[0]["jwks"] = str(keys.folder / own[0]["jwks"])
        path = server.folder / "issuers.json"
        path.write_text(json.dumps([*own, entry]))
        self.service = start_service(KIKI_ISSUERS=str(path), KIKI_CA_FILE=server.ca_file)
        self.number = found["person"][0]
        self.register(self.service.staff("900002"))

    def register(self, operator):
        if "staff" in self.found:
            path = f"staff/{operator.one('staff', number=self.number)['id']}"
            operator.patch(path, 200, self.found["staff"][1], match="*")
        body = self.found["register"][1]
        operator.post("api-clients", 201, body)

    def call(self, kind, **claims):
        """Whoever calls with the token of a block, made now."""
        given, now = self.found[kind][1] | claims, int(time.time())
        times = {name: now + (300 if name == "exp" else 0) for name in ("iat", "nbf", "exp") if name in given}
        header = {name: value for name, value in self.found["header"][1].items() if name not in ("alg", "kid")}
        return Caller(self.service.url, self.issuer.sign(given | times, **header))


@pytest.fixture(scope="module", params=ISSUERS, ids=lambda issuer: "-".join(map(str, issuer)))
def found(request, tmp_path_factory):
    name, number = request.param
    with login_server(tmp_path_factory.mktemp("server")) as server:
        yield blocks(PAGES / f"{name}.md", server.url)[number], server


@pytest.fixture
def page(found, start_service, keys):
    return Page(*found, start_service, keys)


def test_a_page_is_true(page, operator):
    person = page.call("person").get("me", 200)
    assert person["kind"] == "staff" and person["id"] == operator.one("staff", number=page.number)["id"]
    client = page.call("client")
    me = client.get("me", 200)
    assert me["kind"] == "client" and me["name"] == page.found["register"][1]["name"]
    client.get("devices", 200)
    refused = client.get("departments", 403)
    assert refused.problem == "insufficient-scope"
    if "refused" in page.found:
        assert page.call("refused").get("me", 401).problem == "invalid-token"
    # Scopes are the token's, too.
    name = page.found["issuer"][1].get("scopes", "scope")
    assert page.call("client", **{name: []}).get("devices", 403).problem == "insufficient-scope"

    # A person who uses the registered system is himself, whatever else his token says of it.
    claim = page.found["issuer"][1].get("client", {}).get("claim", "client_id")
    gateway = page.found["register"][1]["client_id"]
    names = dict.fromkeys({claim, "client_id", "azp", "appid"}, gateway)
    assert page.call("person", **names).get("me", 200)["id"] == person["id"]
    # Names as lists are none; nor does a system's token without its name become anybody.
    assert page.call("client", **{claim: [gateway]}).get("me", 401).problem == "invalid-token"
    assert page.call("client", **{claim: "another"}).get("me", 401).problem in ("unknown-caller", "invalid-token")
    # What is good elsewhere is not good here, and what was good is told so.
    assert page.call("person", aud=["other"]).get("me", 401).problem == "invalid-token"
    assert page.call("person", iss=page.issuer.name + "/").get("me", 401).problem == "invalid-token"
    late = page.issuer.sign(page.found["person"][1] | {"iat": 1, "nbf": 1, "exp": 2}, **page.found["header"][1] | {"kid": page.issuer.key_id})
    assert Caller(page.service.url, late).get("me", 401).problem == "token-expired"
