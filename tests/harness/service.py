"""The service as a process: build/<variant>/kiki serve on a free port, with a database of its own."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from harness.caller import Caller
from harness.cluster import Cluster
from harness.keys import Keys

# Each process that runs tests has a folder of its own.
RESULTS = pathlib.Path("build/results/service") / os.environ.get("PYTEST_XDIST_WORKER", "alone")
BINARY = pathlib.Path(os.environ.get("KIKI", "build/default/kiki")).resolve()
# Its build takes several times as long and as much memory.
SANITIZED = BINARY.parent.name in ("asan", "tsan")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Service:
    """Not started until start(). `settings` are environment variables that win over the tests' own."""

    count = 0
    binary = BINARY

    def __init__(self, cluster: Cluster, keys: Keys, database: str, **settings: str) -> None:
        Service.count += 1
        RESULTS.mkdir(parents=True, exist_ok=True)
        self.cluster, self.keys, self.database = cluster, keys, database
        self.log_path = RESULTS / f"{Service.count:03d}.log"
        self.sanitizer_path = RESULTS / f"{Service.count:03d}.sanitizer"
        self.log_path.write_bytes(b"")
        self.port = free_port()
        host = settings.get("KIKI_LISTEN_ADDRESS", "127.0.0.1")
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self.process: subprocess.Popen | None = None
        self.settings = settings
        # Events of level error that this service may log; any other fails its stop().
        self.expected_errors: set[str] = set()

    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
        sanitizer = f"log_path={self.sanitizer_path.resolve()}:abort_on_error=0"
        own = {
            "KIKI_ENVIRONMENT": "test",
            # Twenty at once wait for their turn, also on a machine that does something else at that moment.
            "KIKI_POOL_WAIT_MS": "2000",
            "KIKI_PORT": str(self.port),
            "KIKI_DATABASE": self.cluster.conninfo(self.database, "kiki_service"),
            "KIKI_DATABASE_PASSWORD_FILE": str(self.cluster.password_file("kiki_service")),
            "KIKI_MIGRATOR_DATABASE": self.cluster.conninfo(self.database, "kiki_migrator"),
            "KIKI_MIGRATOR_DATABASE_PASSWORD_FILE": str(self.cluster.password_file("kiki_migrator")),
            "KIKI_RATE_PER_MINUTE": "0",
            "ASAN_OPTIONS": f"{sanitizer}:detect_leaks=1:detect_stack_use_after_return=1",
            "UBSAN_OPTIONS": f"{sanitizer}:print_stacktrace=1",
            "TSAN_OPTIONS": sanitizer,
        }
        return inherited | own | self.keys.environment() | self.settings

    def run(self, *arguments: str, check: bool = True, **rest) -> subprocess.CompletedProcess:
        """A sub-command such as migrate, with this service's environment."""
        done = subprocess.run([self.binary, *arguments], env=self.environment(), capture_output=True, text=True, **rest)
        assert not check or done.returncode == 0, f"kiki {' '.join(arguments)}: {done.returncode}\n{done.stderr[-4000:]}"
        return done

    def start(self, wait: float = 20) -> "Service":
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.binary, "serve"], env=self.environment(), stdout=log, stderr=log)
        until = time.monotonic() + wait
        while not self.ready():
            assert self.process.poll() is None, f"the service ended with {self.process.returncode}\n{self.log()[-4000:]}"
            assert time.monotonic() < until, f"not ready after {wait} s\n{self.log()[-4000:]}"
            time.sleep(0.02)
        return self

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        """Asks it to end and checks that it ended well, that no sanitizer reported and no fault was logged."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running 60 s after SIGTERM\n{self.log()[-4000:]}") from None
        self.process = None
        reports = [path.read_text(errors="replace") for path in RESULTS.glob(f"{self.sanitizer_path.name}.*")]
        assert not reports, "\n".join(reports)[:8000]
        assert status == 0, f"the service ended with {status}\n{self.log()[-4000:]}"
        errors = [line for line in self.log_lines() if line["level"] == "error" and line["event"] not in self.expected_errors]
        assert not errors, f"{len(errors)} faults logged, the first: {errors[:3]}"

    def kill(self) -> None:
        """kill -9: nothing is finished, nothing is said."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def log_lines(self) -> list[dict]:
        """The log's JSON lines. Every line must be one, but for the last of a killed process."""
        return [json.loads(line) for line in self.log().splitlines(keepends=True) if line.endswith("\n")]

    def staff(self, number: str) -> Caller:
        return Caller(self.url, self.keys.staff_token(number))

    def client(self, client_id: str, scopes: str) -> Caller:
        return Caller(self.url, self.keys.client_token(client_id, scopes))

    def enrolled(self, client_id: str, scopes: str = "devices:read devices:write") -> Caller:
        """An API client, registered now."""
        self.run("client", client_id, "--scopes", scopes)
        return self.client(client_id, scopes)

    def nobody(self) -> Caller:
        return Caller(self.url, None)
