"""A real OpenID provider (tests/openid/), and those who get tokens from it: another system, and a person with a browser."""

import base64
import hashlib
import http.cookiejar
import json
import pathlib
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from harness.npm import install

SOURCE = pathlib.Path("tests/openid")
BACK = "https://page.example/back"


class StopAtThePage(urllib.request.HTTPRedirectHandler):
    """Nobody is at the page: what leads there is the answer."""

    def redirect_request(self, request, file, code, message, headers, url):
        if url.startswith(BACK):
            raise urllib.error.HTTPError(url, code, message, headers, None)
        return super().redirect_request(request, file, code, message, headers, url)


class Provider:
    def __init__(self, folder: pathlib.Path) -> None:
        self.ca_file, key = folder / "provider.pem", folder / "provider.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.ca_file],
                       check=True, stderr=subprocess.DEVNULL)
        build = install(SOURCE)
        for module in SOURCE.glob("*.mjs"):
            shutil.copy(module, build)
        self.log = open(folder / "provider.log", "w")
        self.process = subprocess.Popen(["node", build / "provider.mjs", self.ca_file, key], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.issuer = next((line.strip() for line in self.process.stdout if line.startswith("https://")), None)
        assert self.issuer, pathlib.Path(self.log.name).read_text()
        self.tls = ssl.create_default_context(cafile=self.ca_file)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def rotate(self) -> None:
        self.process.send_signal(signal.SIGHUP)
        assert "rotated\n" in self.process.stdout  # among what the provider has to say by itself

    def post(self, path: str, form: dict, **headers) -> dict:
        request = urllib.request.Request(self.issuer + path, urllib.parse.urlencode(form).encode(), headers)
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
            return json.load(answer)

    def client_token(self, client_id: str, secret: str, scope: str = "") -> str:
        """By the client-credentials flow."""
        words = ":".join(map(urllib.parse.quote, (client_id, secret)))
        basic = "Basic " + base64.b64encode(words.encode()).decode()
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        return self.post("/token", form, Authorization=basic)["access_token"]

    def log_in(self, number: str, client_id: str = "kiki") -> dict:
        """The tokens of a person, by the authorization-code flow with PKCE, as his browser goes through it."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"client_id": client_id, "response_type": "code", "redirect_uri": BACK, "scope": "openid devices:read",
                 "code_challenge": challenge, "code_challenge_method": "S256", "state": secrets.token_urlsafe()}
        browser = urllib.request.build_opener(StopAtThePage, urllib.request.HTTPSHandler(context=self.tls),
                                              urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        url, form = f"{self.issuer}/auth?{urllib.parse.urlencode(asked)}", None
        for _ in range(5):  # the form to log in, and the one that asks whether the page may
            try:
                page = browser.open(url, form, timeout=30).read().decode()
            except urllib.error.HTTPError as answer:
                assert answer.url.startswith(BACK), answer.read().decode()
                given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.url).query))
                break
            url = re.search(r'action="([^"]+)"', page)[1]
            prompt = re.search(r'name="prompt" value="(\w+)"', page)[1]
            form = urllib.parse.urlencode({"prompt": prompt, "login": number, "password": "any"}).encode()
        assert given["state"] == asked["state"] and given["iss"] == self.issuer, given
        return self.post("/token", {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": BACK,
                                    "client_id": client_id, "code_verifier": verifier})
