"""Issuers whose keys are away or slow to come: whose tokens are refused meanwhile, and who is in nobody's way."""

import base64
import concurrent.futures
import json
import subprocess
import sys
import time

import pytest
from harness.caller import Caller

AWAY = "https://away.example/"


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def invented(issuer, number=0):
    """A token that anybody can write: only its issuer is true."""
    header, claims = {"alg": "RS256", "kid": f"invented-{number}"}, {"iss": issuer, "aud": "kiki", "sub": "210002", "exp": 4e9}
    return f"{part(header)}.{part(claims)}.AAAA"


@pytest.fixture
def issuers(keys, tmp_path):
    """issuers(entry): path of an issuers file with the tests' own issuer and another."""

    def write(entry):
        own = json.loads((keys.folder / "issuers.json").read_text())
        for issuer in own:
            issuer["jwks"] = str(keys.folder / issuer["jwks"])
        path = tmp_path / "issuers.json"
        path.write_text(json.dumps([*own, entry]))
        return str(path)

    return write


def test_an_issuer_without_keys_keeps_nobody_elses_callers_out(start_service, issuers):
    service = start_service(KIKI_ISSUERS=issuers({"issuer": AWAY, "audience": "kiki", "jwks": "https://127.0.0.1:9/keys"}))
    nobody = service.nobody()
    nobody.get("/readyz", 200)
    service.enrolled("edge").get("devices", 200)
    answer = Caller(service.url, invented(AWAY)).get("devices", 503)
    assert answer.problem == "busy" and answer.headers["Retry-After"]
    said = [line for line in service.log_lines() if line["event"] == "issuer-without-keys"]
    assert [line["issuer"] for line in said] == [AWAY]
    numbers = nobody.get("/metrics", 200).text
    assert f'kiki_issuer_keys{{issuer="{AWAY}"}} 0\n' in numbers
    assert numbers.count("kiki_issuer_keys{") == 2 and numbers.count("} 1\n", numbers.index("TYPE kiki_issuer_keys")) == 1


@pytest.fixture
def key_server(keys, tmp_path):
    """A server of the tests' own keys, over https: (its folder, its port)."""
    folder = tmp_path / "server"
    folder.mkdir()
    entry, *_ = json.loads((keys.folder / "issuers.json").read_text())
    (folder / "jwks.json").write_bytes((keys.folder / entry["jwks"]).read_bytes())
    with subprocess.Popen([sys.executable, "tests/unit/https_server.py", folder], stdout=subprocess.PIPE, text=True) as server:
        try:
            yield folder, int(server.stdout.readline().split()[0])
        finally:
            server.terminate()


def test_invented_key_ids_hold_only_a_few_while_keys_are_fetched(start_service, issuers, key_server, keys, tmp_path):
    folder, port = key_server
    service = start_service(
        KIKI_ISSUERS=issuers({"issuer": AWAY, "audience": "kiki", "jwks": f"https://127.0.0.1:{port}/keys"}),
        KIKI_CA_FILE=str(folder / "ca.pem"), KIKI_KEYS_COOLDOWN_S="3600")
    client = service.enrolled("edge")
    (folder / "delay").write_text("3")

    def ask(number):
        begin = time.monotonic()
        answer = Caller(service.url, invented(AWAY, number)).get("devices", [401, 503])
        return answer, time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(60) as threads:
        crowd = [threads.submit(ask, number) for number in range(60)]
        time.sleep(0.5)
        begin = time.monotonic()
        client.get("devices", 200)
        assert time.monotonic() - begin < 2  # the keys are away for three seconds
        told = [future.result() for future in crowd]
    held = [answer for answer, took in told if took > 2]
    assert 1 <= len(held) <= 16 and {answer.problem for answer in held} == {"invalid-token"}
    others = [answer for answer, took in told if took <= 2]
    assert {answer.problem for answer in others} == {"busy"} and all(answer.headers["Retry-After"] for answer in others)
    # Then it is known: refused at once, and the server is not asked again.
    answer, took = ask(60)
    assert answer.problem == "invalid-token" and took < 2
    assert (folder / "count").stat().st_size == 2
