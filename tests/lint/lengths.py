"""How long files, functions and handlers are. What passes the aim is listed, what passes the limit fails.

Not numbered migrations, which are never edited, nor what a tool writes: they may be as long as they are."""

import pathlib
import re
import sys

# (aim, limit) in lines
FILE = (400, 500)
FUNCTION = (40, 60)
HANDLER = (25, 40)
OTHERS = (400, 400)
# What stands where, besides the files of service/ in C.
PATTERNS = ("openapi/**/*.yaml", "openapi/*.py", "service/**/*.py", "service/**/*.sql", "migrations/code/*.sql", "tests/**/*.py",
            "tests/**/*.[ch]", "tests/**/*.sql", "tests/**/*.yaml", "tests/**/*.yml", "deploy/**/*.sql")


def functions(path: pathlib.Path):
    """(name, first line, length) of each function: its head stands in column 0 and ends with {, its end is a } there."""
    begin, name = 0, ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if re.match(r"[a-z_].*[(,]", line, re.IGNORECASE) and not begin:
            found = re.search(r"(\w+)\(", line)
            name, start = (found[1] if found else "?"), number
        if line.endswith(") {") and line[0] not in " \t" or line.endswith(") {") and name and not begin:
            begin = start if name else number
        if line == "}" and begin:
            yield name, begin, number - begin + 1
            begin, name = 0, ""
        elif line == "};":
            begin, name = 0, ""


def main() -> int:
    failed = 0
    longest = []
    files = [(path, FILE) for path in sorted(pathlib.Path("service").rglob("*.[ch]"))]
    files += [(path, OTHERS) for pattern in PATTERNS for path in sorted(pathlib.Path().glob(pattern))]
    for path, limits in files:
        in_c = functions(path) if limits is FILE else ()
        measured = [(f"{path}", len(path.read_text().splitlines()), limits)]
        for name, first, length in in_c:
            longest.append(length)
            measured.append((f"{path}:{first}: {name}", length, HANDLER if name.startswith("op_") else FUNCTION))
        for what, length, (aim, limit) in measured:
            if length > aim:
                print(f"{what}: {length} lines, {'over the limit of' if length > limit else 'aim'} "
                      f"{limit if length > limit else aim}")
                failed += length > limit
    longest.sort()
    if longest:
        print(f"{len(longest)} functions, half of them up to {longest[len(longest) // 2]} lines")
    return 1 if failed else 0


sys.exit(main())
