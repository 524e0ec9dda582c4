"""What no committed file may hold: this machine's paths, hosts of package registries, private keys, loose ends."""

import pathlib
import re
import subprocess
import sys

FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.])/(work|home|root|Users)/\w",
    "a package registry's host": r"\b(registry|npm|pypi|deb|crates|mirrors?)[\w.-]*\.(org|com|io|net)\b",
    "a lock file's download address": r'^\s*"resolved": "http',
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a loose end": r"\b(TODO|FIXME|XXX|HACK)\b",
    "a tab or blanks at a line's end": r"[ \t]+$",
    "a merge's leftovers": r"^(<{7}|>{7}|={7})( |$)",
}
# Where a pattern means something else.
ALLOWED = {
    ("tests/lint/tidy.py", "*"),
    ("LICENSE", "*"),
}
BINARY = {".png", ".woff2", ".gz", ".ico", ".xlsx", ".pdf"}


def main() -> int:
    names = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
    wrong = []
    files = 0
    for name in filter(None, names):
        path = pathlib.Path(name)
        if not path.is_file() or path.suffix in BINARY or (name, "*") in ALLOWED or "/corpus/" in name:
            continue
        files += 1
        text = path.read_bytes().decode("utf-8", errors="replace")
        for what, pattern in FORBIDDEN.items():
            if path.suffix == ".md" and "blanks" in what:
                continue
            for found in re.finditer(pattern, text, re.MULTILINE):
                wrong.append(f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {what}")
    print("\n".join(wrong) or f"{files} files are tidy")
    return 1 if wrong else 0


sys.exit(main())
