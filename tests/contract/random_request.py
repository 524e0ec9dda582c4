"""Requests that the contract takes, made at random from an operation's schemas: members and values, with the ids, codes
and ETags that earlier answers told, and now and then something that the contract does not take."""

import datetime
import json
import random
import re
import uuid

from contract.conformance import Contract
from contract.example import Example

TEXTS = ["試験", "葛\U000e0100城　〜ﾊﾟ", "　", "=1+1", "−1", "𠮷野家", "a", "'; DROP TABLE staff; --", "\u202eabc", "100%_\\", " x ", "二行\n目", "é́", "{}", "null", "🚒"]
JUNK = [None, True, 0, -1, 1.5, 10**18, "", "x" * 5000, "2026-02-30", [], [[]], {}, {"a": 1}, "00000000-0000-0000-0000-000000000000"]
JAPAN = datetime.timezone(datetime.timedelta(hours=9))
# Times that make sense: from when to when, in minutes from now.
SPANS = {"due_at": (30, 3000), "out_at": (-900, -200), "returned_at": (-190, 0), "confirmed_at": (0, 0),
         "starts_at": (-600, 60), "ends_at": (61, 600)}
OFFSETS = ["+09:00", "Z", "-12:00", "+14:00"]


class Known:
    """What answers told: `ids["device_id"]`, `codes["device_code"]`, and the ETag of each path that was read."""

    LIMIT = 300

    def __init__(self, contract: Contract, others: "Known | None" = None) -> None:
        """`others` learns all of it as well: what anybody has seen."""
        self.contract, self.others = contract, others
        self.values: dict[str, list[str]] = {}
        self.etags: dict[str, str] = {}
        # What an item of a collection is called: /api/v1/devices -> device_id.
        self.names = {path[:path.rindex("/{")]: re.search(r"\{(\w+)\}$", path)[1]
                      for path in contract.document["paths"] if path.endswith("_id}")}

    def learn(self, method: str, path: str, template: str, answer) -> None:
        if answer.status >= 300 or "json" not in answer.headers.get("Content-Type", ""):
            return
        if method == "GET" and answer.etag:
            self.etags[path] = answer.etag
        name = self.names.get(template if template in self.names else template.rpartition("/{")[0])
        for known in filter(None, (self, self.others)):
            known.learn_from(answer.json, name)

    def learn_from(self, body, name: str | None) -> None:
        if isinstance(body, list):
            for item in body:
                self.learn_from(item, name)
        elif isinstance(body, dict):
            for member, value in body.items():
                if isinstance(value, (dict, list)):
                    self.learn_from(value, name if member == "items" else None)
                elif isinstance(value, str) and member == "id" and name:
                    self.keep(name, value)
                elif isinstance(value, str) and member in ("code", "number") and name:
                    self.keep(f"{name.removesuffix('_id')}_{member}", value)
                elif isinstance(value, str) and member.endswith("_id"):
                    self.keep(member, value)

    def keep(self, name: str, value: str) -> None:
        values = self.values.setdefault(name, [])
        if value not in values:
            values.append(value)
            if len(values) > self.LIMIT:
                del values[len(values) // 2]

    def prefer(self, name: str, value: str) -> None:
        """The callers' own, among what all see."""
        values = self.values.setdefault(name, [])
        if value in values:
            values.remove(value)
        values.append(value)

    def find(self, name: str) -> list[str]:
        """Of the longest known name that this one ends with: user_staff_id is a staff_id, device_ids are device_ids."""
        name = name.removesuffix("s") if name.endswith("_ids") else {"parent_id": "department_id"}.get(name, name)
        fitting = [known for known in list(self.values) if name == known or name.endswith("_" + known)]
        return self.values[max(fitting, key=len)] if fitting else []

    def one(self, name: str, source: random.Random) -> str | None:
        """Mostly something that the caller has seen, and rather lately than long ago."""
        known = self.find(name)
        if self.others and (not known or source.random() < 0.15):
            known = self.others.find(name) or known
        return source.choice(known[-5:] if source.random() < 0.4 else known) if known else None


class RandomRequest:
    def __init__(self, contract: Contract, known: Known, source: random.Random, operation: tuple, *, optional: float = 0.4,
                 stray: float = 0.1, day: datetime.date | None = None) -> None:
        """`optional` is how likely each member is that may be left out, `stray` that something is wrong on purpose."""
        self.contract, self.known, self.random = contract, known, source
        self.optional, self.stray, self.day = optional, stray, day or datetime.date.today()
        self.template, self.method, self.operation = operation
        self.example = Example(contract, self.operation, self.template)
        self.path = self.make_path()
        self.params = self.make_params()
        self.headers = self.make_headers()
        self.data = self.make_data()

    def likely(self, chance: float) -> bool:
        return self.random.random() < chance

    def make_path(self) -> str:
        values = {parameter["name"]: self.value(parameter["schema"], parameter["name"])
                  for parameter in self.example.parameters if parameter["in"] == "path"}
        return self.template.format(**values)

    def make_params(self) -> dict[str, str]:
        params = {}
        for parameter in self.example.parameters:
            if parameter["in"] == "query" and (parameter.get("required") or self.likely(self.optional / 2)):
                value = self.value(parameter["schema"] | {"minItems": 1}, parameter["name"])
                values = value if isinstance(value, list) else [value]
                params[parameter["name"]] = ",".join(json.dumps(one) if isinstance(one, bool) else str(one) for one in values)
        params.pop("cursor", None)
        if self.likely(self.stray / 4):
            params[self.random.choice([*params, "limit"])] = self.random.choice(["", "x", "-1", "\u202e", "a" * 300])
        return params

    def make_headers(self) -> dict[str, str]:
        headers = dict(self.example.headers)
        if "If-Match" in headers:
            read = self.path if self.path in self.known.etags else self.path.rpartition("/")[0]
            headers["If-Match"] = self.random.choice([self.known.etags.get(read, "*")] * 6 + ["*"] * 3 + ['"1"'])
        if self.likely(0.2):
            headers["Accept-Language"] = "en"
        return headers

    def make_data(self) -> bytes | None:
        if not self.example.media_type:
            return None
        if not self.example.takes_json:
            return self.table().encode(self.random.choice(["utf-8", "utf-8", "cp932"]), "replace")
        body = self.body()
        if self.likely(self.stray) and isinstance(body, dict):
            member = self.random.choice([*self.example.members(self.example.schema), "surely_not_there"])
            body |= {member: self.random.choice(JUNK)}
            if self.likely(0.3):
                body.pop(self.random.choice(list(body)))
        return json.dumps(body).encode()

    def body(self):
        """At random first, then mended by what the validator says; the smallest one when that does not end."""
        validator = self.contract.validator(self.example.schema, of_requests=True)
        body = self.value(self.example.schema, "")
        for _ in range(20):
            errors = list(validator.iter_errors(body))
            if not errors:
                return body
            self.mend(body, self.random.choice(errors))
        return self.example.body()

    def mend(self, body, error) -> None:
        members = self.example.members(self.example.schema)
        missing = [name for name in self.example.missing(error) if name not in body]
        if missing:
            body |= {name: self.value(members[name], name) for name in missing if name in members}
        elif error.absolute_path:
            *steps, last = error.absolute_path
            place = body
            for step in steps:
                place = place[step]
            if error.schema is False:
                del place[last]
            elif isinstance(error.instance, dict) and error.validator == "required":
                place[last] |= {name: str(uuid.uuid4()) for name in error.schema["required"] if name not in error.instance}
            else:
                place[last] = self.value(error.schema, str(last))

    def value(self, schema, name: str):
        if schema is False:
            return None
        parts = self.contract.members(schema)
        given = {keyword: value for part in reversed(parts) for keyword, value in part.items()}
        if "const" in given:
            return given["const"]
        if "enum" in given:
            return self.random.choice(given["enum"])
        types = given.get("type", "object")
        kind = types if isinstance(types, str) else self.random.choice([t for t in types if t != "null"] * 4 + types)
        make = getattr(self, f"make_{kind}")
        return make(given, name, parts)

    def make_null(self, *_):
        return None

    def make_boolean(self, *_):
        return self.likely(0.5)

    def make_object(self, given, _, parts):
        required = {name for part in parts for name in part.get("required", [])}
        members = {name: member for part in parts for name, member in part.get("properties", {}).items()}
        chosen = {name: self.value(member, name) for name, member in members.items()
                  if name in required or member is not False and self.likely(self.optional * self.sense(name))}
        if not chosen and given.get("minProperties"):
            name = self.random.choice(list(members))
            chosen[name] = self.value(members[name], name)
        return chosen

    def sense(self, name: str) -> float:
        """An id of something that there is none of yet is seldom worth giving."""
        return 0.05 if name.endswith("_id") and not self.known.find(name) else 1

    def make_array(self, given, name, _):
        most = min(given.get("maxItems", 3), 3)
        of = given.get("items", {"type": "string", "minLength": 1})
        items = [self.value(of, name) for _ in range(self.random.randint(min(given.get("minItems", 0), most), most))]
        return [item for i, item in enumerate(items) if item not in items[:i]] if given.get("uniqueItems") else items

    def make_integer(self, given, *_):
        least, most = given.get("minimum", 0), given.get("maximum", 1 << 31)
        return self.random.choice([least, most, self.random.randint(least, most), min(most, least + self.random.randint(0, 10))])

    make_number = make_integer

    def make_string(self, given, name, _):
        form = given.get("format")
        if form == "uuid":
            return self.known.one(name, self.random) if self.likely(0.95) and self.known.find(name) else str(uuid.uuid4())
        if form in ("date", "date-time", "month"):
            return self.moment(form, name)
        return self.likely(0.5) and self.known.one(name, self.random) or self.text(given)

    def moment(self, form: str, name: str) -> str:
        if form == "date-time" and name in SPANS and self.likely(0.7):
            first, last = SPANS[name]
            minutes = datetime.timedelta(minutes=self.random.randint(first, last))
            return (datetime.datetime.now(JAPAN) + minutes).isoformat(timespec="seconds")
        days = self.random.choice([0, 0, 0, self.random.randint(-3, 3), self.random.randint(-40, 40), self.random.randint(-400, 400)])
        day = self.day + datetime.timedelta(days=days)
        if self.likely(0.03):
            day = self.random.choice([datetime.date(1900, 1, 1), datetime.date(2199, 12, 31), datetime.date(2024, 2, 29)])
        if form == "date":
            return day.isoformat()
        if form == "month":
            return day.isoformat()[:7]
        clock = f"{self.random.randrange(24):02}:{self.random.randrange(60):02}:{self.random.randrange(60):02}"
        return f"{day.isoformat()}T{clock}{self.random.choice(OFFSETS[:1] * 6 + OFFSETS)}"

    def text(self, given) -> str:
        if "pattern" in given:
            number = self.random.randrange(10**6)
            made = [f"X-{number}", f"x_{number}", f"{number}", *given.get("examples", [])]
            fitting = [text for text in made if re.search(given["pattern"], text) and len(text) <= given.get("maxLength", 100)]
            return self.random.choice(fitting or ["x"])
        text = self.random.choice(TEXTS)
        least, most = given.get("minLength", 0), given.get("maxLength", 100)
        if self.likely(0.03):
            text = "長" * most
        return (text * max(1, -(-least // len(text))))[:most]

    def table(self) -> str:
        """A CSV file with what every row needs and some of the other columns."""
        columns = [column for column in self.operation["x-columns"] if column["needed"] != "optional" or self.likely(0.6)]
        rows = [",".join(self.cell(column) for column in columns) for _ in range(self.random.randint(0, 4))]
        return "\r\n".join([",".join(column["name"] for column in columns), *rows, ""])

    def cell(self, column: dict) -> str:
        name = {"code": "device_code", "number": "staff_number"}.get(column["name"], column["name"])
        if self.known.find(name) and self.likely(0.8):
            value = self.known.one(name, self.random)
        elif self.likely(0.8):
            value = self.value(column["schema"], name)
        else:
            value = self.random.choice([*TEXTS, "", "", "（空）", f"N-{self.random.randrange(10**6)}"])
        text = "、".join(value) if isinstance(value, list) else "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"'
