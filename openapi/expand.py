"""Turns the short words of a resource's file into full OpenAPI, before anything else looks at the contract.

The words are explained at the head of openapi.yaml. What is written out in full stays as it is, and wins over what would
be derived. Every refusal names the file and the place in it."""

import re

from shapes import Shapes, reference

METHODS = ("get", "post", "put", "patch", "delete")
JSON, PATCH = "application/json", "application/merge-patch+json"
# What browsers call a CSV file: those on Windows say what opens it there.
CSV = ("text/csv", "application/vnd.ms-excel", "application/csv")
FILE = ("tag", "defaults", "resources", "components", "paths", "constraints", "words", "tags")
DEFAULTS = ("scope", "x-roles", "x-regulation")
# What an operation may have: in full, in the order in which it is served, and short.
MEMBERS = ("operationId", "tags", "summary", "description", "deprecated", "x-constant", "security", "x-roles", "x-regulation",
           "x-if-match", "x-read-only", "x-secret-response", "x-problems", "parameters", "requestBody", "x-columns", "responses")
VERBS = {"list": ("get",), "all": ("get",), "read": ("get",), "create": ("post", "put"), "change": ("patch",), "imports": ("post",)}
WORDS = (*VERBS, "takes", "answers", "sort", "filter", "query", "scope")
ALTERNATIVES_MAX = 50


def expand(files, complaints):
    """files: {name: document}, changed in place."""
    contract = Contract(complaints)
    for name, file in files.items():
        contract.collect(name, file)
    for name, file in files.items():
        file["vocabularies"] = contract.shapes.spell(name, file["components"]["schemas"])
    for name, file in files.items():
        contract.derive(name, file)
    for name, file in files.items():
        contract.expand(name, file)


class Contract:
    """What the files have in common, and the way of each from short to full."""

    def __init__(self, complaints):
        self.complaints, self.shapes, self.parameters = complaints, Shapes(complaints), {}

    def collect(self, name, file):
        """The names that any file may refer to."""
        for word in file:
            if word not in FILE and name != "openapi.yaml":
                self.complaints.add(name, f"{word} does not belong in a room; {', '.join(FILE)} do")
        mapping = self.shapes.mapping
        components = file["components"] = mapping(file.get("components"), f"{name}: components")
        for kind in ("schemas", "parameters"):
            components[kind] = mapping(components.get(kind), f"{name}: components.{kind}")
        file["resources"] = mapping(file.get("resources"), f"{name}: resources")
        self.parameters.update(components["parameters"])
        self.shapes.collect(name, components["schemas"], file["resources"])

    def derive(self, name, file):
        for resource, its in file.pop("resources").items():
            for shape, schema in self.shapes.derive(resource, its, f"{name}: resources.{resource}").items():
                file["components"]["schemas"].setdefault(shape, schema)

    def expand(self, name, file):
        shapes, components = self.shapes, file["components"]
        for schema in list(components["schemas"]):
            components["schemas"][schema] = shapes.schema(components["schemas"][schema], f"{name}: components.schemas.{schema}")
        for kind in ("parameters", "headers"):
            for part, its in (components.get(kind) or {}).items():
                self.expand_part(its, f"{name}: components.{kind}.{part}")
        tag = self.tag(name, file)
        defaults = self.defaults(file.pop("defaults", None), f"{name}: defaults")
        paths = file["paths"] = shapes.mapping(file.get("paths"), f"{name}: paths")
        for path in paths:
            item = paths[path] = shapes.mapping(paths[path], f"{name}: {path}")
            for method in [method for method in METHODS if method in item]:
                where = f"{name}: {method.upper()} {path}"
                operation = {**shapes.mapping(item[method], where)}
                if tag:
                    operation.setdefault("tags", [tag])
                add_defaults(operation, method, defaults)
                item[method] = Operation(self, file, path, method, operation, where).expanded()

    def tag(self, name, file):
        """The name of the file's tag, which is defined here or elsewhere."""
        tag = file.pop("tag", None)
        if isinstance(tag, dict) and set(tag) == {"name", "description"}:
            file.setdefault("tags", []).append(tag)
            return tag["name"]
        if tag is not None and not isinstance(tag, str):
            self.complaints.add(f"{name}: tag", "a name and a description, or the name of a tag that another file defines")
        return tag if isinstance(tag, str) else None

    def expand_part(self, part, where):
        """What has a schema: a parameter, a header, a media type."""
        if isinstance(part, dict) and "schema" in part:
            part["schema"] = self.shapes.schema(part["schema"], where)

    def defaults(self, given, where):
        """{"reads": {…}, "writes": {…}}, each with what holds for both."""
        given = self.shapes.mapping(given, where)
        self.shapes.check_words(given, (*DEFAULTS, "reads", "writes"), where)
        both = {word: given[word] for word in DEFAULTS if word in given}
        narrower = {kind: self.shapes.mapping(given.get(kind), f"{where}.{kind}") for kind in ("reads", "writes")}
        for kind, its in narrower.items():
            self.shapes.check_words(its, DEFAULTS, f"{where}.{kind}")
        return {kind: both | its for kind, its in narrower.items()}


def add_defaults(operation, method, defaults):
    """Who may, where the operation does not say it, and the clauses."""
    security = operation.get("security")
    for word, value in defaults["reads" if method == "get" or operation.get("x-read-only") else "writes"].items():
        if not (word == "scope" and security is not None or word == "x-roles" and security == []):
            operation.setdefault(word, value)


class Operation:
    """One operation on its way from short to full."""

    def __init__(self, contract, file, path, method, given, where):
        self.contract, self.shapes, self.file = contract, contract.shapes, file
        self.path, self.method, self.given, self.where = path, method, given, where
        self.verb, self.shape = None, None

    def refuse(self, what):
        self.contract.complaints.add(self.where, what)

    def expanded(self):
        for word in self.given:
            if word not in MEMBERS and word not in WORDS:
                self.refuse(f"{word} is not known in an operation")
        self.find_verb()
        if "scope" in self.given:
            self.add_scope(self.given["scope"])
        if self.verb == "read":
            self.given.setdefault("description", "As it is now.")
        if self.verb == "change":
            self.given.setdefault("x-if-match", True)
        parameters = [*self.path_parameters(), *self.declared_parameters(), *self.query_parameters()]
        if parameters:
            self.given["parameters"] = parameters
        self.add_body()
        self.add_answers()
        return {member: self.given[member] for member in MEMBERS if member in self.given}

    def find_verb(self):
        verbs = [verb for verb in VERBS if verb in self.given]
        if len(verbs) > 1:
            self.refuse(f"{verbs[0]} and {verbs[1]} are two operations")
        for verb in verbs[:1]:
            self.verb, self.shape = verb, self.given[verb]
            if self.method not in VERBS[verb]:
                self.refuse(f"{verb} is {' or '.join(method.upper() for method in VERBS[verb])}")
            if verb != "imports":
                self.check_shape(self.shape)
            elif not isinstance(self.shape, dict):
                self.refuse("imports says what the columns are")
        if self.verb:
            self.refuse_beside("answers", *(() if self.verb in ("create", "change") else ("takes",)))
        self.refuse_beside(*(("query",) if self.verb == "list" else ("sort", "filter")))

    def refuse_beside(self, *words):
        for word in words:
            if word in self.given:
                self.refuse(f"{word} does not stand beside {self.verb}" if self.verb else f"{word} belongs to a list")

    def check_shape(self, name):
        if not isinstance(name, str) or name not in self.shapes.schemas:
            self.refuse(f"there is no schema {name}")

    def add_scope(self, scope):
        if "security" in self.given:
            self.refuse("scope and security say the same")
        elif not isinstance(scope, str):
            self.refuse("scope is the one with which API clients may, or none")
        else:
            self.given["security"] = [{"bearer": [] if scope == "none" else [scope]}]

    # --- Parameters

    def path_parameters(self):
        """Of an operation that declares none: a parameter of the components by that name, or else an id."""
        for parameter in self.given.get("parameters") or []:
            if self.component(parameter).get("in") == "path":
                return
        for name in re.findall(r"\{([a-z_]+)\}", self.path):
            yield self.path_parameter(name)

    def component(self, parameter):
        """The parameter itself, or what its name or reference means; {} for none."""
        written = parameter if isinstance(parameter, str) else parameter.get("$ref")
        if isinstance(written, str):
            return self.contract.parameters.get(written.removeprefix("#/components/parameters/"), {})
        return parameter

    def path_parameter(self, name):
        known = self.contract.parameters
        for component, parameter in known.items():
            if parameter.get("in") == "path" and parameter.get("name") == name:
                return reference(component, "parameters")
        if name in known:
            self.refuse(f"the parameter {name} is not one of a path")
        known[name] = {"name": name, "in": "path", "required": True, "schema": reference("id")}
        self.file["components"]["parameters"][name] = known[name]
        return reference(name, "parameters")

    def declared_parameters(self):
        """Those written out, and those of the components by their names."""
        for parameter in self.given.get("parameters") or []:
            if isinstance(parameter, str) and not self.component(parameter):
                self.refuse(f"there is no parameter {parameter}")
            self.contract.expand_part(parameter, f"{self.where}: parameters")
            yield reference(parameter, "parameters") if isinstance(parameter, str) else parameter

    def query_parameters(self):
        if self.verb == "imports":
            yield reference("dry_run", "parameters")
        if self.verb == "list":
            yield from (reference(name, "parameters") for name in ("limit", "cursor", "include_total"))
        if "sort" in self.given:
            yield self.sort(self.given["sort"])
        word = "filter" if "filter" in self.given else "query"
        for name, short in self.shapes.mapping(self.given.get(word), f"{self.where}: {word}").items():
            yield self.query_parameter(name, short, f"{self.where}: {word}.{name}")

    def sort(self, fields):
        """Each field both ways; the first one, in the way that is written, is the default."""
        if not isinstance(fields, list) or not fields or not all(isinstance(field, str) for field in fields):
            self.refuse("sort is a list of fields")
            fields = ["nothing"]
        ways = [way for field in fields for way in (field.lstrip("-"), f"-{field.lstrip('-')}")]
        return {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ways, "default": fields[0]}}

    def query_parameter(self, name, short, where):
        """Of a short schema. A list of one is alternatives with commas between them; a description is the parameter's."""
        parameter = {"name": name, "in": "query"}
        schema = self.shapes.schema(short, where)
        if not isinstance(schema, dict):
            self.refuse(f"{name} has no schema")
            return parameter
        if isinstance(short, dict) and "description" in short:
            parameter["description"] = schema.pop("description")
        if schema.get("type") == "array":
            parameter["explode"] = False
            schema.setdefault("maxItems", ALTERNATIVES_MAX)
        return parameter | {"schema": schema}

    # --- Body and answers

    def add_body(self):
        taken = self.given.get("takes", f"{self.shape}_{self.verb}" if self.verb in ("create", "change") else None)
        if taken is not None:
            required, taken = not str(taken).endswith("?"), str(taken).removesuffix("?")
            self.check_shape(taken)
            body = {PATCH if self.method == "patch" else JSON: {"schema": reference(taken)}}
        elif self.verb == "imports":
            required, body = True, {media: {"schema": reference("import_file")} for media in CSV}
            self.given["x-columns"] = self.shape
        else:
            for media in ((self.given.get("requestBody") or {}).get("content") or {}).values():
                self.contract.expand_part(media, f"{self.where}: body")
            return
        if "requestBody" in self.given:
            self.refuse("the body is written out and derived as well")
        self.given["requestBody"] = {"required": required, "content": body}

    def add_answers(self):
        derived = self.derived_answer()
        given = self.shapes.mapping(self.given.get("responses"), f"{self.where}: responses")
        again = next(iter(derived.values()), None)
        answers = {status: self.answer(derived.get(status, again if isinstance(given.get(status), str) else None),
                                       given.get(status), f"{self.where}: {status}") for status in {**derived, **given}}
        if answers:
            self.given["responses"] = answers

    def answer(self, derived, given, where):
        """A text is the description of a derived answer; what is written out is added to it, or stands for itself."""
        if isinstance(given, str):
            if derived is None:
                self.contract.complaints.add(where, "nothing says what is answered")
            return {**(derived or {}), "description": given}
        answer = {**(derived or {}), **self.shapes.mapping(given, where)}
        if derived and "content" in (given or {}):
            answer["content"] = {**derived["content"], **given["content"]}
        for kind in ("headers", "content"):
            for name, part in self.shapes.mapping(answer.get(kind), where).items():
                self.contract.expand_part(part, f"{where} {name}")
        return answer

    def derived_answer(self):
        """{status: answer} of the verb, or of what is answered."""
        if self.verb == "imports":
            return one("200", "import_report", "What was done, row by row.")
        if self.verb == "list":
            return one("200", self.listed("page", total=reference("total")), "A page.")
        if self.verb == "all":
            return one("200", self.listed("list"), "All of them.")
        shape = self.given.get("answers", self.shape)
        if shape is None:
            return {}
        self.check_shape(shape)
        what = f"The {str(shape).replace('_', ' ')}"
        if self.verb == "create":
            return one("201", shape, f"{what}.")
        is_read = self.method == "get" or self.given.get("x-read-only")
        return one("200", shape, f"{what}." if is_read else f"{what} as it is now.")

    def listed(self, kind, **further):
        name = f"{self.shape}_{kind}"
        if name not in self.shapes.schemas:
            self.shapes.schemas[name] = self.file["components"]["schemas"][name] = {
                "type": "object", "required": ["items", "next_cursor"], "additionalProperties": False,
                "properties": {"items": {"type": "array", "items": reference(self.shape)},
                               "next_cursor": reference("next_cursor"), **further}}
        return name


def one(status, shape, description):
    return {status: {"description": description, "content": {JSON: {"schema": reference(shape)}}}}
