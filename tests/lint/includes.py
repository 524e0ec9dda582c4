"""Who includes whom: the table of service/README.md, held; that no files include each other in a circle; and who reads JSON."""

import pathlib
import re
import sys

SERVICE = pathlib.Path("service")

# folder -> folders it may include from, besides itself; rooms may also include each other's headers.
MAY_INCLUDE = {
    "core": set(),
    "db": {"core"},
    "auth": {"core"},
    "contract": {"core"},
    "http": {"core", "db", "auth", "contract", "documents"},
    "rules": {"core"},
    "documents": {"core", "contract"},
}
FOUNDATION = set(MAY_INCLUDE)

# What openapi/compile.py writes belongs to the contract, and bounds, problems and words to everybody. The rows that
# statements declare are what rules are about.
GENERATED = {"bounds.h": FOUNDATION, "problems.h": FOUNDATION, "vocabularies.h": FOUNDATION, "operations.h": {"http"},
             "rows.h": {"rules", "http"}}


# What comes as JSON is read in these folders and files: keys, tokens, the contract, bodies, and the detail of a refusal. All
# else that PostgreSQL tells are rows.
READS_JSON = {"auth", "contract", "http/body.c", "db/error.c"}


def reads_json(path: pathlib.Path, line: str) -> str | None:
    """What is wrong with the line, or None."""
    here = path.relative_to(SERVICE)
    if re.search(r"\bjson_load\w*\s*\(", line) and not READS_JSON & {here.parts[0], str(here)}:
        return "JSON is not read here: a statement declares its row (service/README.md)"
    return None


def wrong_include(path: pathlib.Path, included: str) -> str | None:
    """What is wrong with the line, or None."""
    folder = path.parts[1] if len(path.parts) > 2 else ""
    is_room = folder not in FOUNDATION
    if included in GENERATED:
        return None if is_room or folder in GENERATED[included] else "not for this folder"
    if included.endswith(".sql.h"):
        beside = path.parent / f"{included.removesuffix('.sql.h').removeprefix(folder + '_')}.sql"
        if beside.is_file() and path.suffix == ".c":
            return None
        return "statements belong to the .c beside their .sql"
    target = included.split("/")[0]
    if folder == "" and (SERVICE / included).is_file():
        return None
    if "/" not in included or not (SERVICE / included).is_file():
        return "no such header; includes are written from service/ on"
    if is_room or target == folder:
        return None
    return None if target in MAY_INCLUDE[folder] else f"{folder}/ may include only {sorted(MAY_INCLUDE[folder])}"


def find_circle(uses: dict[str, set[str]]) -> list[str] | None:
    """Modules of which each uses the next and the last is the first again, or None."""
    finished: set[str] = set()

    def follow(module: str, way: list[str]) -> list[str] | None:
        if module in way:
            return [*way[way.index(module):], module]
        if module in finished:
            return None
        for used in sorted(uses.get(module, ())):
            if circle := follow(used, [*way, module]):
                return circle
        finished.add(module)
        return None

    return next(filter(None, (follow(module, []) for module in sorted(uses))), None)


def main() -> int:
    wrong = []
    users: dict[str, list[str]] = {}
    uses: dict[str, set[str]] = {}  # x.h and x.c are one module: service/http/x
    for path in sorted(SERVICE.rglob("*.[ch]")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if problem := reads_json(path, line):
                wrong.append(f"{path}:{number}: {problem}")
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found:
                continue
            included = found[1]
            problem = wrong_include(path, included)
            if problem:
                wrong.append(f'{path}:{number}: "{included}": {problem}')
            if included.endswith(".sql.h"):
                users.setdefault(included, []).append(str(path))
            module, used = path.with_suffix(""), (SERVICE / included).with_suffix("")
            if module != used:
                uses.setdefault(str(module), set()).add(str(used))
    wrong += [f"{name}: included by more than one file: {' '.join(files)}" for name, files in users.items() if len(files) > 1]
    if circle := find_circle(uses):
        wrong.append("these include each other in a circle: " + " -> ".join(circle))
    print("\n".join(wrong) or f"{len(list(SERVICE.rglob('*.[ch]')))} files include only what they may")
    return 1 if wrong else 0


sys.exit(main())
