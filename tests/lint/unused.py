"""Nothing that a header of service/ declares is there for tests alone, or for nobody."""

import collections
import pathlib
import re
import sys

DECLARED = re.compile(r"^(?:static inline )?[\w ]+[ *](\w+)\([^;{]*[;{]", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def texts():
    for folder in ("service", "build/gen"):
        for path in sorted(pathlib.Path(folder).rglob("*.[chS]")):
            yield path, COMMENT.sub("", path.read_text(encoding="utf-8"))


def main() -> int:
    uses, declared = collections.Counter(), {}
    for path, text in texts():
        # A definition, as a declaration, begins its line with what is returned; everything else is a use.
        for line in text.splitlines():
            made = re.match(r"[a-z].*?\b(\w+)\(", line)
            uses.update(set(re.findall(r"\w+", line)) - ({made[1]} if made else set()))
        if path.suffix == ".h" and path.parts[0] == "service":
            declared |= {name: path for name in DECLARED.findall(text)}
    unused = [f"{path}: nothing uses {name}" for name, path in sorted(declared.items()) if uses[name] == 0]
    print("\n".join(unused) or f"{len(declared)} functions of headers are used")
    return 1 if unused else 0


sys.exit(main())
