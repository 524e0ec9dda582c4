"""All steps go by an entry's present values, which stand in usage_states. What was recorded of a member that a correction
may change is read nowhere else: not from usage_entries, not from usage_returns, by no statement and no function."""

import json
import pathlib
import re
import sys

sys.path.insert(0, "service/db")
import statements  # noqa: E402

# What may be corrected, as the contract says; what follows from the user; what an extension moves; and what is judged.
CONTRACT = pathlib.Path("build/gen/openapi.json")
OTHERS = {"user_name", "user_title", "user_department_id", "user_department_name", "due_at", "verdict", "findings", "not_judged",
          "regulation_version", "rules_of"}
RECORDS = r"(?:FROM|JOIN|,|UPDATE|USING)\s+\(*(?:kiki\.)?(usage_entries|usage_returns)\b(?:\s+AS)?(?:\s+([a-z]\w*))?"
WORDS = {"on", "where", "join", "left", "cross", "using", "order", "group", "union", "set", "limit", "for"}
# Without an alias nothing of them is read but whether there is one.
BY_ID = re.compile(r"(usage_entries|usage_returns) WHERE (?:id|usage_entry_id) = [:\w.]+\)")


# Tells a past day from what was recorded until then.
PAST = "FUNCTION api.usage_was("


def correctable() -> set[str]:
    schemas = json.loads(CONTRACT.read_text(encoding="utf-8"))["components"]["schemas"]
    return set(schemas["usage_correctable"]["enum"]) | OTHERS


def texts():
    """(where, SQL) of each statement with its texts filled in, and of each function, policy and trigger."""
    for path in sorted(pathlib.Path("service").rglob("*.sql")):
        for statement in statements.read_file(path.read_text(encoding="utf-8"), path.stem, path.parent):
            pieces = (piece for segment in statement.segments for piece in segment.pieces)
            yield f"{path}: {statement.name}", "".join(f":{piece[1]}" if isinstance(piece, tuple) else piece for piece in pieces)
    for path in sorted(pathlib.Path("migrations/code").glob("*.sql")):
        code = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        for part in re.split(r"^(?=CREATE|DO|SELECT|GRANT)", code, flags=re.MULTILINE):
            if PAST not in part:
                yield f"{path}: {part.strip().splitlines()[0] if part.strip() else ''}", part


def faults(where: str, text: str, members: set[str]):
    for found in re.finditer(RECORDS, text):
        table, alias = found[1], found[2] if found[2] not in WORDS else None
        if alias is None:
            if not BY_ID.match(text, found.start(1)):
                yield f"{where}: give {table} an alias"
            continue
        for used in re.findall(rf"\b{alias}\.(\w+|\*)", text):
            if used in members or used == "*":
                yield f"{where}: {alias}.{used} is what was recorded; usage_states has what holds now"
        if re.search(rf"[(,]\s*{alias}\s*[,)]", text):
            yield f"{where}: {alias} as a whole is what was recorded; usage_states has what holds now"


def main() -> int:
    members = correctable()
    assert {"out_at", "locked", "user_staff_id"} <= members
    listed = list(texts())
    wrong = sorted({fault for where, text in listed for fault in faults(where, text, members)})
    print("\n".join(wrong) or f"{len(listed)} statements and functions go by present values")
    return 1 if wrong else 0


sys.exit(main())
