"""Somebody who calls the service: a member of staff, an API client, or nobody."""

import uuid

import requests

BASE = "/api/v1/"


class Answer:
    """A response, with what tests ask of it."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.content = response.content
        self.text = response.content.decode("utf-8", errors="replace")
        self.etag = response.headers.get("ETag")
        self.request_id = response.headers.get("X-Request-ID")

    @property
    def json(self):
        return self.response.json()

    def __getitem__(self, member):
        return self.json[member]

    @property
    def problem(self) -> str | None:
        """The slug of the problem that was answered, or None."""
        if self.headers.get("Content-Type", "").split(";")[0] != "application/problem+json":
            return None
        return self.json["type"].rsplit("/", 1)[-1]

    @property
    def faults(self) -> dict[str, str]:
        """pointer or parameter -> code of each fault that the problem names."""
        return {fault.get("pointer", fault.get("parameter")): fault["code"] for fault in self.json.get("errors", [])}

    @property
    def rules(self) -> dict[str, str]:
        """rule -> level of each finding, in a check's answer as in a refusal."""
        return {finding["rule"]: finding["level"] for finding in self.json["findings"]}

    def __repr__(self) -> str:
        request = self.response.request
        return f"{request.method} {request.url} -> {self.status} {self.text[:2000]}"


class Caller:
    """`get("devices")` asks for /api/v1/devices, `get("/livez")` for what stands outside.

    Methods take the expected status, or a range of them, after the path; without one any 2xx will do. POST carries a
    fresh Idempotency-Key unless `key` says otherwise (None: no header); `match` is the If-Match value or something
    that came with an ETag."""

    # Called with each requests.Response: the check against the contract.
    observers: list = []

    def __init__(self, url: str, token: str | None) -> None:
        self.url, self.token = url, token
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method: str, path: str, status: int | None = None, json=None, *, key="", match=None, headers=None,
                **rest) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if method == "POST" and key is not None:
            sent["Idempotency-Key"] = key or str(uuid.uuid4())
        if match is not None:
            sent["If-Match"] = getattr(match, "etag", match)
        if method == "PATCH" and json is not None:
            sent["Content-Type"] = "application/merge-patch+json"
        sent |= headers or {}
        url = self.url + (path if path.startswith("/") else BASE + path)
        rest.setdefault("timeout", 60)
        response = self.session.request(method, url, json=json, headers=sent, allow_redirects=False, **rest)
        for observe in self.observers:
            observe(response)
        answer = Answer(response)
        expected = range(200, 300) if status is None else [status] if isinstance(status, int) else status
        assert answer.status in expected, answer
        return answer

    def get(self, path, status=None, **rest) -> Answer:
        return self.request("GET", path, status, **rest)

    def post(self, path, status=None, json=None, **rest) -> Answer:
        return self.request("POST", path, status, json, **rest)

    def put(self, path, status=None, json=None, **rest) -> Answer:
        return self.request("PUT", path, status, json, **rest)

    def patch(self, path, status=None, json=None, **rest) -> Answer:
        return self.request("PATCH", path, status, json, **rest)

    def delete(self, path, status=None, **rest) -> Answer:
        return self.request("DELETE", path, status, **rest)

    def upload(self, path, csv: bytes | str, status=None, *, charset="utf-8", **rest) -> Answer:
        """POST of a CSV file; text is encoded as `charset` says."""
        data = csv.encode(charset) if isinstance(csv, str) else csv
        headers = {"Content-Type": f"text/csv; charset={charset}"} | rest.pop("headers", {})
        return self.request("POST", path, status, data=data, headers=headers, **rest)

    def every(self, path, **params) -> list[dict]:
        """All items of a list, following its cursor."""
        items, params = [], {"limit": 200} | params
        while True:
            page = self.get(path, 200, params=params)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            params["cursor"] = page["next_cursor"]

    def one(self, path, **params) -> dict:
        """The only item that the filters leave."""
        items = self.every(path, **params)
        assert len(items) == 1, f"{path} {params}: {len(items)} items"
        return items[0]
