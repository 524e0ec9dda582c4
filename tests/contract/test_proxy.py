"""The proxy takes large bodies where the contract has imports, and nowhere else, and answers in the contract's words."""

import json
import pathlib
import re

import yaml

CONFIGURATION = pathlib.Path("deploy/proxy/nginx.conf")


def test_the_location_of_imports_names_their_paths():
    contract = json.loads(pathlib.Path("build/gen/openapi.json").read_text(encoding="utf-8"))
    taken = {path: {media for item in operations.values() if isinstance(item, dict)
                    for media in item.get("requestBody", {}).get("content", {})}
             for path, operations in contract["paths"].items()}
    configuration = CONFIGURATION.read_text(encoding="utf-8")
    (location,) = re.findall(r"location ~ (\S+) \{[^}]*client_max_body_size 32m;", configuration)
    assert re.findall(r"client_max_body_size (\S+);", configuration) == ["1m", "32m", "0"]
    for path, media in taken.items():
        assert bool(re.search(location, path)) == ("text/csv" in media), path
    imports = [path for path, media in taken.items() if "text/csv" in media]
    assert imports
    for path in imports:
        for other in (f"/x{path}", f"{path}/x", path.replace("/api/v1", ""), path.replace("/import", "/ximport")):
            assert not re.search(location, other)


def test_what_it_answers_is_in_the_catalogue():
    catalogue = yaml.safe_load(pathlib.Path("openapi/problems.yaml").read_text(encoding="utf-8"))
    answers = re.findall(r"return (\d+) '(\{.*\})';", CONFIGURATION.read_text(encoding="utf-8"))
    assert len(answers) >= 8
    for status, body in answers:
        told = json.loads(body)
        assert told["status"] == int(status)
        if told["type"] != "about:blank":
            known = catalogue[told["type"].removeprefix("/problems/")]
            assert (known["status"], known["title"]["ja"]) == (int(status), told["title"])
    assert [status for status, body in answers if "about:blank" in body] == ["503"]  # whose answer is not the contract's alone
