"""The smallest request that the contract takes, made from an operation's schemas. What stands in it names nothing."""

import uuid

from contract.conformance import Contract

SAMPLES = {"date": "2026-10-01", "date-time": "2026-10-01T09:00:00+09:00", "month": "2026-10"}


class Example:
    def __init__(self, contract: Contract, operation: dict, path: str) -> None:
        self.contract, self.operation = contract, operation
        self.parameters = [contract.resolve(parameter) for parameter in operation.get("parameters", [])]
        self.media_type, media = next(iter(operation.get("requestBody", {}).get("content", {}).items()), (None, {}))
        self.schema = media.get("schema")
        self.path = path.format(**{parameter["name"]: self.value(parameter["schema"])
                                   for parameter in self.parameters if parameter["in"] == "path"})

    @property
    def query(self) -> dict:
        return {parameter["name"]: self.value(parameter["schema"]) for parameter in self.parameters
                if parameter["in"] == "query" and parameter.get("required")}

    @property
    def headers(self) -> dict:
        headers = {"Content-Type": self.media_type} if self.media_type else {}
        return headers | ({"If-Match": '"1"'} if self.operation.get("x-if-match") else {})

    @property
    def takes_json(self) -> bool:
        return bool(self.media_type) and self.media_type.endswith("json")

    def body(self):
        """Grows from nothing until the schema is content."""
        validator = self.contract.validator(self.schema, of_requests=True)
        body = self.value(self.schema)
        for _ in range(10):
            missing = {name for error in validator.iter_errors(body) for name in self.missing(error)}
            if not missing:
                break
            body |= {name: self.value(member) for name, member in self.members(self.schema).items() if name in missing}
        errors = [error.message for error in validator.iter_errors(body)]
        assert not errors, f"{self.operation['operationId']}: give the schema examples; {body}: {errors}"
        return body

    def missing(self, error) -> list[str]:
        """The members that would help."""
        if error.validator in ("required", "dependentRequired"):
            return [name for name in self.members(self.schema) if name not in error.instance and name in error.message]
        if error.validator == "minProperties":
            return list(self.members(self.schema))[:1]
        return [name for inner in error.context or [] for name in self.missing(inner)][:1]

    def members(self, schema) -> dict:
        return {name: member for part in self.contract.members(schema)
                for name, member in part.get("properties", {}).items()}

    def value(self, schema):
        parts = self.contract.members(schema)
        given = {keyword: value for part in reversed(parts) for keyword, value in part.items()}
        if "const" in given:
            return given["const"]
        for keyword in ("enum", "examples"):
            if keyword in given:
                return given[keyword][0]
        types = given.get("type", "object")
        kind = types if isinstance(types, str) else types[0]
        if kind == "object":
            members = self.members(schema)
            return {name: self.value(members[name]) for part in parts for name in part.get("required", []) if name in members}
        if kind == "array":
            return [self.value(given["items"]) for _ in range(given.get("minItems", 0))]
        if kind == "string":
            return self.text(given)
        return {"boolean": False, "null": None}.get(kind, given.get("minimum", given.get("exclusiveMinimum", 0) + 1))

    @staticmethod
    def text(schema) -> str:
        if schema.get("format") == "uuid":
            return str(uuid.uuid4())
        return SAMPLES.get(schema.get("format"), "x" * max(1, schema.get("minLength", 0)))
