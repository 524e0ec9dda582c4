"""The proxy takes large bodies where the contract has imports, and nowhere else."""

import json
import pathlib
import re


def test_the_location_of_imports_names_their_paths():
    contract = json.loads(pathlib.Path("build/gen/openapi.json").read_text(encoding="utf-8"))
    taken = {path: {media for item in operations.values() if isinstance(item, dict)
                    for media in item.get("requestBody", {}).get("content", {})}
             for path, operations in contract["paths"].items()}
    configuration = pathlib.Path("deploy/proxy/nginx.conf").read_text(encoding="utf-8")
    (location,) = re.findall(r"location ~ (\S+) \{[^}]*client_max_body_size 32m;", configuration)
    assert re.findall(r"client_max_body_size (\S+);", configuration) == ["1m", "32m", "0"]
    for path, media in taken.items():
        assert bool(re.search(location, path)) == ("text/csv" in media), path
    imports = [path for path, media in taken.items() if "text/csv" in media]
    assert imports
    for path in imports:
        for other in (f"/x{path}", f"{path}/x", path.replace("/api/v1", ""), path.replace("/import", "/ximport")):
            assert not re.search(location, other)
