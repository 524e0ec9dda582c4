"""What is asked of the service, and the same asked of PostgreSQL by pgbench: `exact` with the service's own statements,
taken from its .sql files, `bare` with the business SQL alone."""

import json
import pathlib
import re

import statements
from data import DEVICE_ID, OWN_DEVICES
from harness.meetings import GOOD

SERVICE = pathlib.Path(__file__).resolve().parents[2] / "service"
ISSUER, STAFF = "kiki-development", "210002"


class Sql(str):
    """A value that pgbench works out, instead of a literal."""


def statement(file, name, given=(), **values):
    """The text of one of the service's statements as it is sent, with literals for its parameters. `given` are the
    optional parameters that are asked for."""
    path = SERVICE / file
    found = next(s for s in statements.read_file(path.read_text(), path.stem, path.parent) if s.name == name)
    kinds = {parameter.name: parameter.type for parameter in found.parameters}
    text = "".join(piece if isinstance(piece, str) else literal(values[piece[1]], kinds[piece[1]])
                   for segment in found.segments if segment.needs <= set(given) for piece in segment.pieces)
    return re.sub(r"\s+", " ", re.sub(r"--.*", "", text)).strip()


def quoted(value):
    """pgbench reads :name within quotes too."""
    return "('" + str(value).replace("'", "''").replace(":", "' || chr(58) || '") + "')"


def literal(value, kind):
    if value is None:
        return f"CAST(NULL AS {kind})"
    return f"CAST({value if isinstance(value, Sql) else quoted(value)} AS {kind})"


def array(words):
    return "{" + ",".join(json.dumps(word, ensure_ascii=False) for word in words) + "}"


def enter(operation, scope, patience=None):
    return statement("http/session.sql", "session_enter", issuer=ISSUER, subject=STAFF, client=None, scope=scope,
                     allowed="{user}", operation=operation, request_id="9f0c5a3e7b1d4c60a2e8b7d6f5a4c3b2", patience=patience,
                     matches="subject")


def pipeline(*texts):
    return "\\startpipeline\n" + "".join(f"{text};\n" for text in texts) + "\\endpipeline\n"


class Scenario:
    writes = False

    def lua(self, token):
        return f'wrk.headers["Authorization"] = "Bearer {token}"\n'


class Device(Scenario):
    name = "device"

    def prepare(self, database, caller):
        device = f"{DEVICE_ID}{50_000:012}"
        self.path = f"/api/v1/devices/{device}"
        get = statement("devices/devices.sql", "get_device", device_id=device)
        self.exact = pipeline(enter("get_device", "devices:read"), get)
        self.bare = get + ";\n"


class Page(Scenario):
    name = "page"

    def prepare(self, database, caller):
        department = database.value("SELECT id::text FROM departments WHERE code = 'd1'")
        self.path = f"/api/v1/usage-entries?department_id={department}&limit=50&sort=-out_at"
        inner = statement("usage/entries.sql", "entries_list", given={"department_id"}, department_id=department, language="ja")
        page = (f"SELECT * FROM (SELECT page.item, page.out_at::text, page.tie FROM ({inner}) page"
                " ORDER BY page.out_at DESC, page.tie DESC LIMIT 201) longest LIMIT 51")
        self.exact = pipeline(enter("list_usage_entries", "usage:read"), page)
        self.bare = page + ";\n"


class CheckOut(Scenario):
    """Each request lends another device of department d1 under a key of its own."""

    name, path, writes = "check_out", "/api/v1/usage-entries", True
    next_device = "\\set i :i + 1\n\\set n (:i * :c + :client_id) / 3 * 10 + (:i * :c + :client_id) % 3\n"
    device = f"('{DEVICE_ID}' || lpad(CAST(:n AS text), 12, '0'))"

    def prepare(self, database, caller):
        staff = database.value("SELECT id::text FROM staff WHERE number = %s", STAFF)
        body = {"device_id": f"{DEVICE_ID}{1:012}", "user_staff_id": staff, "purpose": "web_meeting",
                "due_at": "2027-12-31T17:00:00+09:00"}
        database.run("UPDATE settings SET longest_loan_days = 366")
        body["due_at"] = database.value("SELECT to_char(now() + interval '7 days', 'YYYY-MM-DD\"T\"HH24:MI:SS+09:00')")
        lent = caller.post("usage-entries", 201, body)
        entry = database.value("SELECT to_jsonb(e) FROM usage_entries e WHERE id = %s", lent["id"])
        for member in ("id", "created_at", "month", "recorded_by_id", "device_id", "out_at"):
            del entry[member]
        self.body = {member: body[member] for member in body if member != "device_id"}
        self.exact, self.bare = self.exactly(body, entry), self.barely(entry)

    def lua(self, token):
        body = json.dumps(self.body)[1:]
        return super().lua(token) + f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local threads, i, run = 0, 0, os.time()
function setup(thread) thread:set("id", threads); thread:set("seed", os.time() * 1000 + threads); threads = threads + 1 end
function request()
  local k = i * 2 + id
  i = i + 1
  if k >= {OWN_DEVICES - 2} then wrk.thread:stop() end  -- each of them has been asked for
  wrk.headers["Idempotency-Key"] = seed .. "-" .. i
  return wrk.format(nil, nil, nil, string.format('{{"device_id": "{DEVICE_ID}%012d", ', math.floor(k / 3) * 10 + k % 3 + 10) .. [[{body}]])
end
"""

    def exactly(self, body, entry):
        ids = Sql(f"ARRAY[{self.device}::uuid]")
        asked = {member: value for member, value in body.items() if member != "device_id"}
        with_device = Sql(f"({quoted(json.dumps(asked))}::jsonb || jsonb_build_object('device_id', {self.device}))")
        claim = statement("http/session.sql", "session_claim", key=Sql("gen_random_uuid()"), target="check_out /api/v1/usage-entries",
                          hash="x" * 43, language="ja", secret=Sql("false"))
        return self.next_device + pipeline(
            "BEGIN", enter("check_out", "usage:write"), claim,
            statement("usage/lending.sql", "lending_lock", body=with_device),
            statement("usage/lending.sql", "lending_hold_meetings", body=with_device, entries=None),
            statement("usage/lending.sql", "lending_facts", body=with_device, record=Sql("true")),
        ) + pipeline(
            self.keep(ids, entry),
            statement("usage/lending.sql", "lending_record", body=with_device, began=Sql("ARRAY[clock_timestamp()]"),
                      due_at=array([body["due_at"]]), user_department_ids=array([entry["user_department_id"]]), language="ja"),
            "COMMIT")

    def keep(self, about, entry):
        """The judgement of the entry, as the service hands it over."""
        def of(member, language="ja"):
            return array([finding[member] for finding in entry["findings"][language]])

        clauses = [" ".join(finding["clauses"]) for finding in entry["findings"]["ja"]]
        return statement(
            "judging/judging.sql", "judging_keep", about=about, verdicts=array([entry["verdict"]]),
            regulation_versions=array([entry["regulation_version"]]), rules_of=entry["rules_of"],
            annex2_versions="{NULL}",
            not_judged=array([" ".join(entry["not_judged"])]), of=array(["1" for _ in clauses]), rules=of("rule"), levels=of("level"),
            clauses=array(clauses), titles_ja=of("title"), details_ja=of("detail"), remedies_ja=of("remedy"),
            titles_en=of("title", "en"), details_en=of("detail", "en"), remedies_en=of("remedy", "en"))

    def barely(self, entry):
        device = f"CAST({self.device} AS uuid)"
        return self.next_device + f"""WITH device AS (SELECT id, department_id FROM devices WHERE id = {device} FOR UPDATE), e AS (
INSERT INTO usage_entries (department_id, device_id, device_code, device_name, user_staff_id, user_name, user_department_id,
    user_department_name, purpose, out_at, due_at, verdict, findings, regulation_version, recorded_by_id)
SELECT d.department_id, d.id, p.device_code, p.device_name, p.user_staff_id, p.user_name, p.user_department_id,
    p.user_department_name, p.purpose, clock_timestamp(), p.due_at, p.verdict, p.findings, p.regulation_version, p.user_staff_id
  FROM device d, jsonb_populate_record(NULL::usage_entries, {quoted(json.dumps(entry))}::jsonb) p RETURNING *), s AS (
INSERT INTO usage_states (id, department_id, device_id, month, user_staff_id, user_name, user_department_id, user_department_name,
    purpose, accessories, out_at, due_at)
SELECT id, department_id, device_id, month, user_staff_id, user_name, user_department_id, user_department_name,
    purpose, accessories, out_at, due_at FROM e), o AS (
INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
SELECT id, device_id, department_id, 'check_out', true, tstzrange(out_at, due_at) FROM e)
SELECT id FROM e;
""".replace("\n", " ").replace("WITH device", "\nWITH device", 1) + "\n"


class MeetingCheck(Scenario):
    """One that is refused, so that alternatives are looked for among all services."""

    name, path = "meeting", "/api/v1/meetings/check"
    wrong = {"service": "google_meet", "confidentiality": "I", "client": "web_browser", "venue": "open", "file_transfer": True}

    def prepare(self, database, caller):
        department = database.value("SELECT id::text FROM departments WHERE code = 'd1'")
        self.body = GOOD | self.wrong | {"department_id": department, "starts_at": "2027-01-08T13:30:00+09:00",
                                         "ends_at": "2027-01-08T14:30:00+09:00"}
        answer = caller.post("meetings/check", 200, self.body)
        assert answer["verdict"] == "refused" and answer["alternatives"]
        facts = statement("meetings/meetings.sql", "meetings_facts", body=json.dumps(self.body), record=Sql("false"))
        services = statement("meetings/meetings.sql", "meetings_services", id=None, starts_at=self.body["starts_at"])
        self.exact = pipeline(enter("check_meeting", "meetings:read"), services, facts)
        self.bare = f"{services};\n{facts};\n"

    def lua(self, token):
        return super().lua(token) + f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{json.dumps(self.body)}]]
"""


SCENARIOS = {scenario.name: scenario for scenario in (Device(), Page(), CheckOut(), MeetingCheck())}
