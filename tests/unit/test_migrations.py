"""The embedding of migrations: what it writes, and the files it refuses."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def embed(folder, **files):
    (folder / 'code').mkdir()
    for name, text in files.items():
        (folder / f'{name}.sql').write_bytes(text.encode())
    return subprocess.run([sys.executable, ROOT / 'service/db/migrations.py', folder / 'out.c', *folder.rglob('*.sql')],
                          capture_output=True, text=True, check=False)


def test_texts_come_out_as_they_went_in(tmp_path):
    text = '-- a "comment" with \\ and ??/ and \t\nSELECT \'機器\';\n\nDO $$ BEGIN\nCOMMIT;\nEND;\n$$;\n'
    code = 'CREATE OR REPLACE FUNCTION api.a() RETURNS int LANGUAGE sql AS $$\n    INSERT INTO x VALUES (1) $$;\n'
    ground = '-- before the tables\nCREATE OR REPLACE FUNCTION api.b() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n'
    assert embed(tmp_path, **{'0002_second': 'SELECT 2;\n', '0001_first': text, 'code/a': code, 'code/ground': ground}).returncode == 0
    (tmp_path / 'show.c').write_text('#include "out.c"\n#include <stdio.h>\nint main(void) {\n'
                                     '        for (const struct migration *m = migrations_embedded.numbered; m->name; m++)\n'
                                     '                printf("%d %s %s\\n%s", m->number, m->name, m->checksum, m->text);\n'
                                     '        for (const struct code_file *c = migrations_embedded.code; c->name; c++)\n'
                                     '                printf("%s %d %s\\n%s", c->name, c->before_tables, c->checksum, c->text);\n'
                                     '        printf("%s\\n", migrations_embedded.code_checksum);\n}\n')
    subprocess.run(['gcc', '-std=gnu17', '-Wall', '-Wextra', '-Werror', f'-I{ROOT}/service', '-o', tmp_path / 'show',
                    tmp_path / 'show.c'], check=True)
    shown = subprocess.run([tmp_path / 'show'], capture_output=True, text=True, check=True).stdout
    sums = [hashlib.sha256(part.encode()).hexdigest() for part in (text, 'SELECT 2;\n', ground, code)]
    together = hashlib.sha256(f'ground{sums[2]}a{sums[3]}'.encode()).hexdigest()
    assert shown == (f'1 first {sums[0]}\n{text}2 second {sums[1]}\nSELECT 2;\nground 1 {sums[2]}\n{ground}a 0 {sums[3]}\n{code}'
                     f'{together}\n')


@pytest.mark.parametrize('files, message', [
    ({'0002_second': ''}, 'expected 0001_'),
    ({'0001_a': '', '0003_c': ''}, 'expected 0002_'),
    ({'0001_a': '', '0001_b': ''}, 'expected 0002_'),
    ({'1_a': ''}, 'expected 0001_'),
    ({'0001_A': ''}, 'expected 0001_'),
    ({'0001_a': 'SELECT 1;\r\n'}, 'NUL or CR'),
    ({'0001_a': 'SELECT 1;\0'}, 'NUL or CR'),
    ({'0001_a': 'SELECT 1;\nCommit;\n'}, 'begins or ends a transaction'),
    ({'0001_a': '-- oldest-program: 2\n'}, 'there by then'),
    ({'0001_a': '-- oldest-program: one\n'}, 'there by then'),
    ({'0001_a': 'BEGIN;\nSELECT 1;\n'}, 'begins or ends a transaction'),
    ({'0001_a': 'ROLLBACK TO x;\n'}, 'begins or ends a transaction'),
    ({'0001_a': 'CREATE FUNCTION api.a() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n'}, 'a function belongs in migrations/code'),
    ({'0001_a': 'CREATE POLICY a ON b USING (true);\n'}, 'a policy belongs in migrations/code'),
    ({'0001_a': 'CREATE CONSTRAINT TRIGGER a AFTER INSERT ON b\n'}, 'a trigger belongs in migrations/code'),
    ({'code/a': 'CREATE UNIQUE INDEX a ON b (c);\n'}, 'belong in a numbered migration'),
    ({'code/a': 'INSERT INTO a VALUES (1);\n'}, 'belong in a numbered migration'),
    ({'code/a': 'COMMIT;\n'}, 'begins or ends a transaction'),
    ({'code/a': 'CREATE OR REPLACE FUNCTION api.a(b int) RETURNS', 'code/b': 'CREATE OR REPLACE FUNCTION api.a(b int) RETURNS'},
     'stands in'),
    ({'code/0001': '', 'code/A': ''}, 'expected name.sql'),
])
def test_other_files_are_refused(tmp_path, files, message):
    run = embed(tmp_path, **files)
    assert run.returncode == 1
    assert message in run.stderr
    assert not (tmp_path / 'out.c').exists()
