"""The stack of docker-compose.yml, as tests/containers/run prepares it, and the token issuer that it believes."""

import json
import os
import pathlib
import subprocess

from harness.caller import Caller
from harness.issuer import Issuer


class Stack:
    def __init__(self) -> None:
        self.folder = pathlib.Path(os.environ["KIKI_TEST_STACK"])
        self.secrets = self.folder / "deploy/secrets"
        self.program = os.environ["KIKI_TEST_COMPOSE"]
        self.port = int(os.environ["KIKI_HTTPS_PORT"])
        self.url = f"https://localhost:{self.port}"
        self.issuer = Issuer("https://login.trial.example")

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
        return self.caller(self.issuer.token({"sub": subject, "client_id": "portal"}))

    def client(self, client_id: str, scopes: str) -> Caller:
        return self.caller(self.issuer.token({"sub": client_id, "client_id": client_id, "scope": scopes}))
