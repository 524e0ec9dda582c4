"""Token issuers of the tests: one that only signs, and the https server that publishes what it signs with."""

import base64
import contextlib
import json
import pathlib
import subprocess
import sys
import time
import uuid

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "kiki"


def base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


class Issuer:
    """A token issuer with one RSA key."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rotate()

    def rotate(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.key_id = f"trial-{uuid.uuid4()}"

    def jwks(self) -> str:
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "kid": self.key_id, "n": base64url(numbers.n), "e": base64url(numbers.e)}
        return json.dumps({"keys": [key]})

    def write(self, folder: pathlib.Path) -> None:
        """What an operator gives: the list of issuers, and the key set of this one."""
        (folder / "trial.jwks.json").write_text(self.jwks())
        issuers = [{"issuer": self.name, "audience": AUDIENCE, "jwks": "trial.jwks.json", "algorithms": ["RS256"]}]
        (folder / "issuers.json").write_text(json.dumps(issuers))

    def sign(self, claims: dict, **header) -> str:
        pem = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption())
        return jwt.encode(claims, pem, "RS256", {"kid": self.key_id, "typ": "at+jwt"} | header)

    def token(self, claims: dict, **header) -> str:
        """A token of now, and what `claims` add to it or put in its place."""
        now = int(time.time())
        given = {"iss": self.name, "aud": AUDIENCE, "iat": now, "exp": now + 3600, "jti": str(uuid.uuid4())}
        return self.sign(given | claims, **header)


class LoginServer:
    """The https server of a folder (tests/unit/https_server.py)."""

    def __init__(self, folder: pathlib.Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.ca_file = str(folder / "ca.pem")

    def publish(self, issuer: Issuer) -> None:
        """Its keys, and the document that says where they are (OpenID Connect Discovery)."""
        (self.folder / "jwks.json").write_text(issuer.jwks())
        path = issuer.name.removeprefix(self.url).strip("/")
        document = self.folder / path / ".well-known" / "openid-configuration"
        document.parent.mkdir(parents=True, exist_ok=True)
        document.write_text(json.dumps({"issuer": issuer.name, "jwks_uri": f"{self.url}/keys"}))


@contextlib.contextmanager
def login_server(folder: pathlib.Path):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "tests/unit/https_server.py", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield LoginServer(folder, f"https://127.0.0.1:{server.stdout.readline().split()[0]}")
        finally:
            server.terminate()
