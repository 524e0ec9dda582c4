"""The stack of docker-compose.yml, as tests/containers/run prepares it, and the token issuer that it believes."""

import base64
import json
import os
import pathlib
import subprocess
import time
import uuid

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.caller import Caller

ISSUER, AUDIENCE = "https://login.trial.example", "kiki"


def base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


class Issuer:
    """A token issuer with one RSA key."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.key_id = f"trial-{uuid.uuid4()}"

    def write(self, folder: pathlib.Path) -> None:
        """What an operator gives: the list of issuers, and the key set of this one."""
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id,
               "n": base64url(numbers.n), "e": base64url(numbers.e)}
        (folder / "trial.jwks.json").write_text(json.dumps({"keys": [key]}))
        issuers = [{"issuer": ISSUER, "audience": AUDIENCE, "jwks": "trial.jwks.json", "algorithms": ["RS256"]}]
        (folder / "issuers.json").write_text(json.dumps(issuers))

    def token(self, **claims: str) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 3600, "jti": str(uuid.uuid4())} | claims
        pem = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption())
        return jwt.encode(claims, pem, "RS256", {"kid": self.key_id, "typ": "at+jwt"})


class Stack:
    def __init__(self) -> None:
        self.folder = pathlib.Path(os.environ["KIKI_TEST_STACK"])
        self.secrets = self.folder / "deploy/secrets"
        self.program = os.environ["KIKI_TEST_COMPOSE"]
        self.port = int(os.environ["KIKI_HTTPS_PORT"])
        self.url = f"https://localhost:{self.port}"
        self.issuer = Issuer()

    def run(self, *command: str, check: bool = True, timeout: float = 300, **rest) -> subprocess.CompletedProcess:
        if "input" not in rest:
            rest["stdin"] = subprocess.DEVNULL
        done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=timeout, **rest)
        assert not check or done.returncode == 0, \
            f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]!r}\n{done.stderr[-4000:].decode()}"
        return done

    def compose(self, *arguments: str, check: bool = True, environment: dict[str, str] | None = None, **rest):
        return self.run(self.program, *arguments, check=check, env=os.environ | (environment or {}), **rest)

    def podman(self, *arguments: str, check: bool = True) -> str:
        return self.run("podman", *arguments, check=check).stdout.decode()

    def up(self, *arguments: str, **environment: str) -> None:
        self.compose("up", "--detach", "--wait", "--no-build", *arguments, environment=environment)

    def psql(self, statement: str) -> str:
        return self.compose("exec", "-T", "db", "psql", "-XAtqU", "postgres", "-d", "kiki", "-c", statement).stdout.decode()

    def containers(self, service: str) -> list[str]:
        """Those that run."""
        return self.podman("ps", "--format", "{{.Names}}", "--filter", f"label=com.docker.compose.service={service}").split()

    def container(self, service: str) -> str:
        (name,) = self.containers(service)
        return name

    def inspect(self, service: str, template: str) -> str:
        return self.podman("inspect", "--format", template, self.container(service)).strip()

    def pid(self, service: str) -> int:
        return int(self.inspect(service, "{{.State.Pid}}"))

    def log(self, service: str) -> str:
        """What every container of the service ever wrote."""
        names = self.podman("ps", "--all", "--format", "{{.Names}}", "--filter",
                            f"label=com.docker.compose.service={service}").split()
        done = [self.run("podman", "logs", name) for name in names]
        return "".join((log.stdout + log.stderr).decode() for log in done)

    def log_lines(self, service: str) -> list[dict]:
        return [json.loads(line) for line in self.log(service).splitlines() if line.startswith("{")]

    def caller(self, token: str | None = None) -> Caller:
        """Through the proxy, with TLS verified."""
        caller = Caller(self.url, token)
        caller.session.verify = str(self.secrets / "tls_certificate.pem")
        return caller

    def staff(self, subject: str) -> Caller:
        return self.caller(self.issuer.token(sub=subject, client_id="portal"))

    def client(self, client_id: str, scopes: str) -> Caller:
        return self.caller(self.issuer.token(sub=client_id, client_id=client_id, scope=scopes))
