#!/usr/bin/python3
"""Embeds migrations/NNNN_name.sql and migrations/code/name.sql in the binary: C tables with their texts and SHA-256 sums,
for db/migrate.c and db/migrate_code.c.

usage: migrations.py OUTPUT.c FILE.sql...
"""

import hashlib
import re
import sys
from pathlib import Path

NAME = re.compile(r'(\d{4})_([a-z0-9_]+)\.sql')
# The runner's business; plpgsql writes BEGIN and COMMIT without and inside of blocks.
TRANSACTION = re.compile(r'^(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK)\b[^;]*;', re.IGNORECASE | re.MULTILINE)

# See db/migrate.h.
OLDEST = re.compile(r'^-- oldest-program:(.*)$', re.MULTILINE)


def quote(text):
    """A C string for each line."""
    escaped = (line.replace('\\', '\\\\').replace('"', '\\"').replace('\t', '\\t').replace('??', '?\\?')
               for line in text.splitlines())
    return '\n'.join(f'         "{line}\\n"' for line in escaped)


# Tables are forward only, code is whole: neither stands among the other.
CODE = re.compile(r'^\s*CREATE\s+(?:OR REPLACE\s+)?(?:CONSTRAINT\s+)?(FUNCTION|VIEW|TRIGGER|POLICY)\b', re.IGNORECASE | re.MULTILINE)
TABLE = re.compile(r'^\s*(?:CREATE\s+(?:UNIQUE\s+)?(?:TABLE|INDEX|TYPE)|ALTER\s+TABLE|INSERT|UPDATE|DELETE)\b',
                   re.IGNORECASE | re.MULTILINE)
FUNCTION = re.compile(r'^CREATE OR REPLACE FUNCTION (api\.\w+\([^)]*\))', re.MULTILINE)
BEFORE = '-- before the tables\n'


def read(path):
    """The file's text, its SHA-256, and the text without the bodies of functions."""
    data = path.read_bytes()
    text = data.decode('utf-8')
    if '\0' in text or '\r' in text:
        sys.exit(f'{path}: NUL or CR')
    outside = re.sub(r'\$(\w*)\$.*?\$\1\$', '', text, flags=re.DOTALL)
    if TRANSACTION.search(outside):
        sys.exit(f'{path}: begins or ends a transaction')
    return text, hashlib.sha256(data).hexdigest(), outside


def row(path, number):
    found = NAME.fullmatch(path.name)
    if not found or int(found.group(1)) != number:
        sys.exit(f'{path}: expected {number:04d}_name.sql; numbers start at 0001 and leave no gap')
    text, checksum, outside = read(path)
    code = CODE.search(outside)
    if code:
        sys.exit(f'{path}: a {code.group(1).lower()} belongs in migrations/code')
    for oldest in OLDEST.findall(text):
        if not re.fullmatch(r' [1-9]\d*', oldest) or int(oldest) > number:
            sys.exit(f'{path}: oldest-program is the number of a migration that is there by then')
    return f'        {{{number}, "{found.group(2)}", "{checksum}",\n{quote(text)}}},\n'


def code_rows(files):
    """The rows of all code files, those before the tables first, and the digest of them together."""
    seen, rows = {}, []
    for path in files:
        if not re.fullmatch(r'[a-z0-9_]+\.sql', path.name):
            sys.exit(f'{path}: expected name.sql')
        text, checksum, outside = read(path)
        if TABLE.search(outside):
            sys.exit(f'{path}: tables and rows belong in a numbered migration')
        for function in FUNCTION.findall(text):
            if seen.setdefault(function, path) != path:
                sys.exit(f'{path}: {function} stands in {seen[function]} as well')
        before = text.startswith(BEFORE)
        rows.append((not before, path.stem, checksum,
                     f'        {{"{path.stem}", "{checksum}",\n{quote(text)},\n         {str(before).lower()}}},\n'))
    rows.sort()
    digest = hashlib.sha256(''.join(name + checksum for _, name, checksum, _ in rows).encode()).hexdigest()
    return ''.join(row for *_, row in rows), digest


def main(output, *names):
    files = sorted(map(Path, names), key=lambda path: path.name)
    code, digest = code_rows([path for path in files if path.parent.name == 'code'])
    numbered = [path for path in files if path.parent.name != 'code']
    rows = ''.join(row(path, index + 1) for index, path in enumerate(numbered))
    Path(output).write_text('/* Made of migrations/ by db/migrations.py. */\n#include "db/migrations.h"\n\n#include <stddef.h>\n\n'
                            f'static const struct migration numbered[] = {{\n{rows}        {{0, NULL, NULL, NULL}},\n}};\n\n'
                            f'static const struct code_file code[] = {{\n{code}        {{NULL, NULL, NULL, false}},\n}};\n\n'
                            f'_Static_assert(sizeof(code) / sizeof(code[0]) - 1 <= CODE_FILES_MAX, "CODE_FILES_MAX is too small");\n\n'
                            f'const struct migrations migrations_embedded = {{numbered, code, "{digest}"}};\n',
                            encoding='utf-8')


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
