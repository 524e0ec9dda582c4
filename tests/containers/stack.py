"""The containers themselves: what they may, how they fail and come back, and what deploy/README.md promises.

The tests stand in the order in which they are run; the last one takes everything away."""

import json
import os
import pathlib
import signal
import stat
import time

import pytest

SERVING = ("service", "proxy")
SECRETS = ("postgres_password", "migrator_password", "service_password", "worker_password", "kiki_keys", "tls_key.pem")


def wait_for(what, seconds: float = 30):
    """Until `what` gives something true, which is returned."""
    until = time.monotonic() + seconds
    while not (seen := what()):
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.1)
    return seen


def serves(stack) -> bool:
    return stack.caller().get("/readyz", (200, 503)).status == 200


def settle(stack) -> None:
    """Until it serves, also by those workers of the proxy that hold the address of before for a second."""
    wait_for(lambda: serves(stack))
    steady_since = time.monotonic()
    while time.monotonic() - steady_since < 1.5:
        if not serves(stack):
            steady_since = time.monotonic()
        time.sleep(0.05)


def process(stack, service: str) -> dict[str, str]:
    lines = pathlib.Path(f"/proc/{stack.pid(service)}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


@pytest.mark.parametrize("service", SERVING)
def test_nobody_is_root(stack, service):
    status = process(stack, service)
    assert "0" not in status["Uid"].split() + status["Gid"].split() + status["Groups"].split()


@pytest.mark.parametrize("service", SERVING)
def test_no_capability_is_left(stack, service):
    status = process(stack, service)
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


@pytest.mark.parametrize("service", SERVING)
def test_the_root_file_system_is_read_only(stack, service):
    mounts = [line.split() for line in pathlib.Path(f"/proc/{stack.pid(service)}/mounts").read_text().splitlines()]
    (options,) = [mount[3].split(",") for mount in mounts if mount[1] == "/"]
    assert "ro" in options
    written = [mount[1] for mount in mounts if mount[2] not in ("proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2")
               and "rw" in mount[3].split(",")]
    # /dev and what podman puts into every container; /tmp is the only one of ours.
    assert {place for place in written if not place.startswith(("/dev", "/etc", "/run", "/proc", "/sys"))} <= {"/tmp", "/var/tmp"}


def test_database_is_not_root(stack):
    assert process(stack, "db")["Uid"].split()[0] == "999"


def test_only_the_proxy_is_reached_from_outside(stack):
    published = {service: [bound for bindings in json.loads(stack.inspect(service, "{{json .HostConfig.PortBindings}}")).values()
                           for bound in bindings or []] for service in ("db", "service", "proxy")}
    assert published["db"] == published["service"] == [] and len(published["proxy"]) == 1


def test_image_has_what_the_binary_needs_and_no_compiler(stack):
    image = stack.inspect("service", "{{.ImageName}}")
    base = os.environ["KIKI_DEBIAN_IMAGE"]
    sizes = [int(stack.podman("image", "inspect", "--format", "{{.Size}}", name)) for name in (image, base)]
    print(f"{image}: {sizes[0] / 1e6:.1f} MB, {(sizes[0] - sizes[1]) / 1e6:.1f} MB more than Debian")
    assert sizes[0] - sizes[1] < 30e6
    found = stack.podman("run", "--rm", "--entrypoint", "sh", image, "-c",
                         "command -v gcc make python3 npm psql curl; ls /src 2>/dev/null; true")
    assert found == ""


def test_image_carries_its_version(stack):
    done = stack.compose("run", "--rm", "--no-deps", "migrate", "version")
    assert done.stdout.decode().strip() == f"kiki {os.environ['KIKI_VERSION']}"


def test_health_is_checked_by_the_binary(stack):
    assert json.loads(stack.inspect("service", "{{json .Config.Healthcheck.Test}}")) == \
        ["CMD", "/usr/local/bin/kiki", "healthcheck"]
    assert stack.inspect("service", "{{.State.Health.Status}}") == "healthy"
    assert stack.run("podman", "exec", stack.container("service"), "/usr/local/bin/kiki", "healthcheck")


def test_secrets_stay_in_their_files(stack):
    """Not in the definition of a container, its environment, its arguments or its log."""
    seen = stack.podman("inspect", *stack.podman("ps", "--all", "--quiet").split()) + stack.log("service") + \
        stack.log("proxy") + stack.log("db") + stack.log("migrate")
    for service in ("db", "service", "proxy"):
        for part in ("environ", "cmdline"):
            seen += pathlib.Path(f"/proc/{stack.pid(service)}/{part}").read_bytes().decode(errors="replace")
    for name in SECRETS:
        for line in (stack.secrets / name).read_text().splitlines():
            secret = line.split(":", 1)[-1]
            assert len(secret) < 20 or secret not in seen, name


def test_a_second_run_of_make_secrets_changes_nothing(stack):
    before = {path: path.read_bytes() for path in stack.secrets.rglob("*") if path.is_file()}
    done = stack.run("deploy/make-secrets", "--self-signed", "localhost")
    assert done.stdout == b"" and {path: path.read_bytes() for path in stack.secrets.rglob("*") if path.is_file()} == before
    assert stat.S_IMODE(stack.secrets.stat().st_mode) == 0o700


def test_migrating_again_changes_nothing(stack):
    done = stack.compose("run", "--rm", "migrate")
    assert b'"event":"schema-current"' in done.stdout + done.stderr
    assert b'"event":"migrated"' not in done.stdout + done.stderr


def test_logs_are_json_and_without_faults(stack):
    lines = [json.loads(line) for line in stack.log("service").splitlines()]
    assert len(lines) > 100
    assert not [line for line in lines if line["level"] == "error"]


def test_it_comes_back_after_kill_9(stack, operator):
    killed = stack.pid("service")
    os.kill(killed, signal.SIGKILL)
    begun = time.monotonic()
    wait_for(lambda: not pathlib.Path(f"/proc/{killed}").exists())
    wait_for(lambda: serves(stack))
    assert stack.pid("service") != killed
    print(f"served again {time.monotonic() - begun:.1f} s after kill -9")
    settle(stack)
    assert operator.get("me", 200)["name"] == "運用 太郎"


def test_without_its_database(stack):
    stack.compose("stop", "--timeout", "30", "db")
    assert stack.caller().get("/livez", 200)
    wait_for(lambda: not serves(stack))
    assert stack.caller().get("/readyz", 503).problem == "not-ready"
    assert stack.staff("900002").get("me", 503).problem == "database-unavailable"
    done = stack.run("podman", "exec", stack.container("service"), "/usr/local/bin/kiki", "healthcheck", check=False)
    assert done.returncode == 1
    wait_for(lambda: stack.inspect("service", "{{.State.Health.Status}}") == "unhealthy")
    stack.compose("start", "db")
    wait_for(lambda: serves(stack))
    assert stack.staff("900002").get("me", 200)


def test_it_stops_in_order(stack):
    name = stack.container("service")
    stack.compose("stop", "service")
    assert stack.podman("inspect", "--format", "{{.State.ExitCode}}", name).strip() == "0"
    answer = stack.caller().get("/livez", 503)
    assert answer["type"] == "about:blank" and answer["status"] == 503 and answer.headers["Retry-After"]
    stack.compose("start", "service")
    settle(stack)


def test_update_and_rollback(stack, operator):
    """Back to the release before, on a schema to which the next one has added."""
    stack.podman("tag", "kiki:test", "kiki:next")
    stack.podman("tag", "kiki-proxy:test", "kiki-proxy:next")
    for version, statement in (("next", "INSERT INTO kiki.migrations VALUES (9999, 'next', '')"),
                               ("test", "DELETE FROM kiki.migrations WHERE number = 9999")):
        stack.up(KIKI_VERSION=version)
        settle(stack)
        assert stack.inspect("service", "{{.ImageName}}").endswith(f"kiki:{version}")
        assert operator.get("me", 200)
        stack.psql(statement)


def test_database_password_is_changed(stack):
    stack.run("sh", "-c", "openssl rand -hex 24 >deploy/secrets/service_password")
    stack.compose("exec", "-T", "db", "/docker-entrypoint-initdb.d/10-kiki.sh")
    stack.compose("restart", "service")
    settle(stack)
    assert stack.staff("900002").get("me", 200)


def test_several_instances(stack, operator):
    """The proxy finds the second by itself, and goes on when the first is gone."""
    stack.up("--scale", "service=2", "--no-recreate")
    names = stack.containers("service")
    assert len(names) == 2

    def served() -> bool:
        operator.get("departments", 200)
        return all(b"list_departments" in stack.run("podman", "logs", "--since", "5s", name).stderr for name in names)

    wait_for(served)
    stack.podman("stop", names[0])
    for _ in range(20):
        operator.get("me", 200)
    stack.podman("start", names[0])
    stack.up("--scale", "service=1", "--no-recreate")
    settle(stack)


def test_keys_are_changed_without_a_gap(stack, operator):
    """Added last, moved first, taken out: a cursor given before holds until its key goes."""
    file = stack.secrets / "kiki_keys"
    old, new = file.read_text(), "rotated:" + stack.run("openssl", "rand", "-base64", "32").stdout.decode()
    cursor = operator.get("departments", 200, params={"limit": 1})["next_cursor"]
    for keys, status in ((old + new, 200), (new + old, 200), (new, 400)):
        file.write_text(keys)
        stack.compose("restart", "service")
        settle(stack)
        answer = operator.get("departments", status, params={"limit": 1, "cursor": cursor})
    assert answer.problem == "cursor-expired"


def test_certificate_is_changed(stack):
    for name in ("tls_certificate.pem", "tls_key.pem"):
        (stack.secrets / name).unlink()
    stack.run("deploy/make-secrets", "--self-signed", "localhost")
    stack.compose("restart", "proxy")

    def trusted() -> bool:
        try:
            return serves(stack)
        except OSError: # the proxy is not up again, or not with the new one
            return False

    wait_for(trusted)


def test_issuers_keys_are_changed_without_a_restart(stack, operator):
    before = stack.issuer.key_id
    stack.issuer.rotate()
    stack.issuer.write(stack.secrets / "issuers")
    assert stack.issuer.key_id != before
    renewed = stack.staff("900002")
    wait_for(lambda: renewed.get("me", (200, 401)).status == 200)
    wait_for(lambda: operator.get("me", (200, 401)).status == 401)


def test_backup_and_restore(stack):
    """Into a new database, as after the loss of the machine: other passwords, the same records."""
    me = stack.staff("900002").get("me", 200).json
    dump = stack.compose("exec", "-T", "db", "pg_dump", "--username=postgres", "--format=custom", "kiki").stdout
    base = stack.compose("exec", "-T", "db", "pg_basebackup", "--username=postgres", "--pgdata=-", "--format=tar",
                         "--wal-method=fetch", "--checkpoint=fast", "--gzip").stdout
    assert dump[:5] == b"PGDMP" and base[:2] == b"\x1f\x8b"
    stack.compose("down", "--volumes")
    for name in ("postgres", "migrator", "service", "worker"):
        (stack.secrets / f"{name}_password").unlink()
    stack.run("deploy/make-secrets")
    stack.compose("up", "--detach", "--wait", "db")
    stack.compose("exec", "-T", "db", "pg_restore", "--username=postgres", "--dbname=kiki", "--exit-on-error",
                  "--single-transaction", input=dump)
    stack.up()
    assert stack.staff("900002").get("me", 200).json == me
    line = stack.compose("run", "--rm", "migrate")
    assert b'"event":"migrated"' not in line.stdout + line.stderr


def test_down_takes_everything_away(stack):
    stack.compose("down", "--volumes")
    assert stack.podman("ps", "--all", "--quiet") == ""
    assert stack.podman("volume", "ls", "--quiet") == ""
    assert "kiki" not in stack.podman("network", "ls", "--format", "{{.Name}}")
