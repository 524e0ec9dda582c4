#!/usr/bin/python3
"""Embeds migrations/NNNN_name.sql in the binary: one C table with their texts and SHA-256 sums, for db/migrate.c.

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


def row(path, number):
    found = NAME.fullmatch(path.name)
    if not found or int(found.group(1)) != number:
        sys.exit(f'{path}: expected {number:04d}_name.sql; numbers start at 0001 and leave no gap')
    data = path.read_bytes()
    text = data.decode('utf-8')
    if '\0' in text or '\r' in text:
        sys.exit(f'{path}: NUL or CR')
    if TRANSACTION.search(re.sub(r'\$(\w*)\$.*?\$\1\$', '', text, flags=re.DOTALL)):
        sys.exit(f'{path}: begins or ends a transaction')
    for oldest in OLDEST.findall(text):
        if not re.fullmatch(r' [1-9]\d*', oldest) or int(oldest) >= number:
            sys.exit(f'{path}: oldest-program is the number of an earlier migration')
    return f'        {{{number}, "{found.group(2)}", "{hashlib.sha256(data).hexdigest()}",\n{quote(text)}}},\n'


def main(output, *names):
    files = sorted(map(Path, names), key=lambda path: path.name)
    rows = ''.join(row(path, index + 1) for index, path in enumerate(files))
    Path(output).write_text('/* Made of migrations/ by db/migrations.py. */\n#include "db/migrate.h"\n\n#include <stddef.h>\n\n'
                            f'const struct migration migrations[] = {{\n{rows}        {{0, NULL, NULL, NULL}},\n}};\n',
                            encoding='utf-8')


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
