"""What the tests of HTTP itself ask for, and how they see what became of it."""

import json
import pathlib
import re

import yaml

from harness.service import SANITIZED

MIB = 1 << 20
PUBLIC = ("/livez", "/readyz", "/metrics", "/openapi.json", "/openapi.yaml", "/docs", "/docs/initialise.js",
          "/docs/page.css", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/problems/not-found")
CATALOGUE = yaml.safe_load(pathlib.Path("openapi/problems.yaml").read_text(encoding="utf-8"))
MISSING = "devices/01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"


def split(header: str) -> set[str]:
    return {item.strip() for item in header.split(",")}


def authorization(caller) -> str:
    return f"Authorization: Bearer {caller.token}"


def slug(answer) -> str:
    """The problem that was answered on the wire."""
    return json.loads(answer.body)["type"].rsplit("/", 1)[-1]


def resident_mib(service, field: str = "VmRSS") -> float:
    """Nothing under the sanitizers, which keep what was freed; they find what is lost when the service ends."""
    if SANITIZED:
        return 0
    status = pathlib.Path(f"/proc/{service.process.pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024


def gauge(service, name: str) -> int:
    return int(re.search(rf"^{name} (\d+)$", service.nobody().get("/metrics", 200).text, re.MULTILINE)[1])
