"""The pages of the service itself: problems (RFC 9457), documentation, contract and metrics."""

import hashlib
import html.parser
import json
import pathlib
import re
import subprocess
import urllib.parse

import pytest
import yaml

from harness.edge import CATALOGUE, MISSING, PUBLIC
from harness.service import BINARY


class TestProblems:
    @pytest.mark.parametrize("slug", CATALOGUE)
    def test_every_type_leads_to_a_page(self, nobody, slug):
        problem = CATALOGUE[slug]
        page = nobody.get(f"/problems/{slug}", 200)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        for language in ("ja", "en"):
            assert f'lang="{language}"' in page.text
            assert problem["title"][language] in page.text.replace("&quot;", '"').replace("&amp;", "&")
            told = nobody.get(f"/problems/{slug}", 200, headers={"Accept": "application/json", "Accept-Language": language})
            assert told.json == {"type": f"/problems/{slug}", "status": problem["status"],
                                 "title": problem["title"][language], "explanation": problem["explanation"][language].strip()}
            assert told.headers["Content-Language"] == language

    def test_a_problem_says_what_the_standard_asks(self, client):
        answer = client.get(MISSING + "?", 404)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer["status"] == 404 and answer["instance"] == "/api/v1/" + MISSING
        assert answer["type"] == "/problems/not-found"

    def test_markup_in_a_path_is_not_markup_in_an_answer(self, nobody):
        answer = nobody.get("/problems/<script>alert(1)</script>", 404)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


class TestPages(html.parser.HTMLParser):
    """/docs and the contract."""

    __init__ = object.__init__

    def parse(self, text):
        html.parser.HTMLParser.__init__(self)
        self.links, self.inline = [], []
        self.feed(text)
        return self

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links += [given[name] for name in ("src", "href", "action", "data") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag in ("style", "iframe", "object", "embed", "base", "form") or tag == "script" and "src" not in given:
            self.inline.append(tag)

    @pytest.mark.parametrize("path", ["/docs", "/problems/busy"])
    def test_a_page_loads_nothing_from_elsewhere(self, nobody, path):
        page = nobody.get(path, 200)
        parsed = self.parse(page.text)
        assert parsed.inline == []
        for link in parsed.links:
            if link == "data:,":
                continue
            target = urllib.parse.urljoin(path, link)
            assert target.startswith("/") and not target.startswith("//")
            nobody.get(target, 200)
        policy = dict(directive.split(" ", 1) for directive in page.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in page.headers["Content-Security-Policy"] and "http" not in page.headers["Content-Security-Policy"]

    def test_swagger_ui_is_started_without_strangers(self, nobody):
        script = nobody.get("/docs/initialise.js", 200)
        assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert "validatorUrl: null" in script.text and "://" not in script.text
        for url in re.findall(r"url\(\s*['\"]?([^'\")]{0,20})", nobody.get("/docs/swagger-ui.css", 200).text):
            assert url.startswith("data:")
        assert "@import" not in nobody.get("/docs/swagger-ui.css", 200).text
        assert "url(" not in nobody.get("/docs/page.css", 200).text

    def test_swagger_ui_is_what_the_lock_file_pins(self, nobody):
        fetched = pathlib.Path("build/npm/docs/node_modules/swagger-ui-dist")
        for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
            served = nobody.get(f"/docs/{name}", 200)
            assert hashlib.sha256(served.content).digest() == hashlib.sha256((fetched / name).read_bytes()).digest()

    def test_the_contract_is_the_same_in_both_forms(self, nobody):
        as_json, as_yaml = nobody.get("/openapi.json", 200), nobody.get("/openapi.yaml", 200)
        assert as_json.headers["Content-Type"] == "application/json"
        assert as_yaml.headers["Content-Type"] == "application/yaml"
        assert as_json.json == json.loads(pathlib.Path("build/gen/openapi.json").read_text(encoding="utf-8"))
        assert yaml.load(as_yaml.text, yaml.BaseLoader).keys() == as_json.json.keys()

    def test_nothing_tells_what_the_service_is_made_of(self, service, nobody, client):
        version = subprocess.run([BINARY, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
        answers = [nobody.get(path, 200) for path in PUBLIC] + [
            nobody.get("/nothing", 404), nobody.get("devices", 401), client.get("devices", 200), client.get("devices?x=1", 400),
            nobody.request("POST", "/livez", 405), nobody.request("OPTIONS", "/livez", 204)]
        for answer in answers:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers
            said = str(answer.headers) + ("" if "/docs/swagger" in answer.response.url else answer.text)
            for word in (version, "microhttpd", "ulfius", "PostgreSQL", "SQLSTATE"):
                assert word.lower() not in said.lower(), (answer, word)

    def test_what_is_about_people_is_not_kept(self, client):
        for answer in (client.get("devices", 200), client.get(MISSING, 404), client.get("devices?x=1", 400)):
            assert answer.headers["Cache-Control"] == "no-store"


class TestMetrics:
    LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\+Inf|-?[0-9.e+-]+)')

    def read(self, nobody):
        answer = nobody.get("/metrics", 200, headers={"Accept": "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        types, samples = {}, {}
        for line in answer.text.removesuffix("\n").split("\n"):
            if line.startswith("# TYPE "):
                name, kind = line.split()[2:]
                assert name not in types
                types[name] = kind
            elif not line.startswith("# HELP "):
                name, labels, value = self.LINE.fullmatch(line).groups()
                family = re.sub(r"_(bucket|sum|count)$", "", name)
                assert name in types or types.get(family) == "histogram", line
                assert (name, labels) not in samples
                samples[name, labels] = float(value)
        return types, samples

    def test_requests_are_counted_by_route(self, client, nobody):
        found = 'operation="get_device",method="GET",path="/api/v1/devices/{device_id}",status="404"'
        _, before = self.read(nobody)
        client.get(MISSING, 404)
        nobody.get("/nothing", 404)
        _, after = self.read(nobody)
        total = "kiki_http_requests_total"
        assert after[total, found] == before.get((total, found), 0) + 1
        none = 'operation="",method="",path="",status="404"'
        assert after[total, none] == before.get((total, none), 0) + 1
        count = ("kiki_http_request_duration_seconds_count", 'operation="get_device"')
        assert after[count] == before.get(count, 0) + 1

    def test_a_histogram_adds_up(self, nobody):
        nobody.get("/livez", 200)
        _, samples = self.read(nobody)
        name = "kiki_http_request_duration_seconds"
        buckets = [value for (metric, labels), value in samples.items()
                   if metric == f"{name}_bucket" and 'operation="get_livez"' in labels]
        assert buckets == sorted(buckets) and buckets[-1] == samples[f"{name}_count", 'operation="get_livez"']
        assert 0 < samples[f"{name}_sum", 'operation="get_livez"'] < 10

    def test_the_pool_and_the_process_are_measured(self, client, nobody):
        client.get("devices", 200)
        for _ in range(50):  # an answer is here a moment before its request is done with
            types, samples = self.read(nobody)
            if samples["kiki_http_requests_in_flight", None] == 1:
                break
        assert samples["kiki_http_requests_in_flight", None] == 1
        assert samples["kiki_pool_connections", 'state="idle"'] >= 1
        assert samples["kiki_pool_connections", 'state="busy"'] == 0
        assert samples["process_resident_memory_bytes", None] > 1 << 20
        assert {name for name, kind in types.items() if kind == "counter"} == \
            {name for name in types if name.endswith("_total")}

    def test_no_id_stands_in_a_label(self, client, nobody):
        client.get(MISSING, 404)
        assert MISSING.split("/")[1] not in nobody.get("/metrics", 200).text
