"""The statement generator: what it makes of a .sql file, what it refuses, and what compilers say to its output."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'service' / 'db'))

import statements  # noqa: E402
import tables  # noqa: E402


def read(text):
    return statements.read_file(text, 'devices')


def lines(statement):
    """[(names of optional parameters, text)] of a statement."""
    names = [parameter.name for parameter in statement.parameters]
    return [({name for bit, name in enumerate(names) if bits >> bit & 1}, ' '.join(text.split()))
            for bits, text in statement.merged()]


def only(text):
    (statement,) = read(text)
    ((needs, sql),) = lines(statement)
    assert needs == set()
    return sql


def test_parameters_are_numbered_by_the_header():
    assert only('-- statement: devices_a(one uuid, two text)\nSELECT :two, :one, :two') == 'SELECT $2, $1, $2'


@pytest.mark.parametrize('kept', [
    "':one'", "'it''s :one'", r"E'\' :one'", '":one"', '$$ :one {x} $$', '$tag$ :one $ $tag$', '/* :one; */', "'{}'",
    "'--? one'", "'a'':one'", 'a::one', "date'2020-01-01'", 'x[1:2]', "'é :one'",
])
def test_literals_and_casts_are_left_alone(kept):
    assert only(f'-- statement: devices_a(one text)\nSELECT {kept}, :one') == f'SELECT {kept}, $1'


def test_comments_go():
    assert only('-- statement: devices_a()\n-- about :nothing; {x}\nSELECT 1 -- and :that\n') == 'SELECT 1'


def test_an_escaped_quote_needs_its_prefix():
    with pytest.raises(statements.Fault):
        read("-- statement: devices_a()\nSELECT 'date\\' :one'")


def test_definitions_nest_and_repeat():
    assert only('-- define: inner\na.b\n-- define: outer\nf({inner}, {inner})\n'
                '-- statement: devices_a()\nSELECT {outer}, {inner}') == 'SELECT f(a.b , a.b ) , a.b'


def test_a_definition_takes_the_parameters_of_its_user():
    sql = read('-- define: mine\nx = :one\n-- statement: devices_a(one int)\nSELECT {mine}\n'
               '-- statement: devices_b(two int, one int)\nSELECT :two, {mine}')
    assert [lines(statement)[0][1] for statement in sql] == ['SELECT x = $1', 'SELECT $1, x = $2']


def test_optional_lines():
    (statement,) = read('-- list: devices_list(a text?, b text?, c text?)\n-- sort: code text\nSELECT 1\n'
                        'AND :a --? a\nAND :b = :c --? b c\nAND :c --? c\nAND x --? a\nFINISH')
    assert lines(statement) == [(set(), 'SELECT 1'), ({'a'}, 'AND $1'), ({'b', 'c'}, 'AND $2 = $3'), ({'c'}, 'AND $3'),
                                ({'a'}, 'AND x'), (set(), 'FINISH')]


def test_conditions_of_a_definition_join_those_of_the_line():
    (statement,) = read('-- define: filter\nAND :a --? a\nAND 1\n-- statement: devices_a(a text?, b text?)\n'
                        'SELECT 1\nX {filter} Y :b --? b\n')
    assert lines(statement) == [(set(), 'SELECT 1'), ({'b'}, 'X'), ({'a', 'b'}, 'AND $1'), ({'b'}, 'AND 1 Y $2')]


def test_a_header_may_run_on():
    (statement,) = read('-- list: devices_list(a text?,\n--   b int,\n--   c bool)\n-- sort: code text, at timestamptz\n'
                        'SELECT :b, :c\nAND :a --? a')
    assert [parameter.name for parameter in statement.parameters] == ['a', 'b', 'c']
    assert statement.sorts == [('code', 'text'), ('at', 'timestamptz')]


REFUSING = """-- define: unless_denied
-- refuse: forbidden unless api.serves(department_id)
-- statement: devices_a(id uuid, n int)
WITH seen AS MATERIALIZED (
    SELECT * FROM devices WHERE id = :id FOR UPDATE
    {unless_denied}
    -- refuse: value-not-accepted /rows/{at}/n future when (n > 1
    --   OR n < :n)
)
UPDATE devices d SET n = 1 FROM seen WHERE d.id = seen.id"""


def test_refusals_become_one_case_over_the_rows_of_their_query():
    assert only(REFUSING) == (
        "WITH seen AS MATERIALIZED (WITH seen AS MATERIALIZED ( SELECT * FROM devices WHERE id = $1 FOR UPDATE ) "
        "SELECT * FROM seen WHERE CASE WHEN (api.serves(department_id)) IS NOT TRUE THEN api.refuse('forbidden') "
        "WHEN ((n > 1 OR n < $2)) THEN api.refuse('value-not-accepted', '/rows/' || at || '/n', 'future') ELSE true END) "
        "UPDATE devices d SET n = 1 FROM seen WHERE d.id = seen.id")
    (statement,) = read(REFUSING)
    assert [(refusal.problem, refusal.pointer, refusal.word, refusal.line) for refusal in statement.refusals] == [
        ('forbidden', None, None, 2), ('value-not-accepted', '/rows/{at}/n', 'future', 7)]


def test_words_of_a_vocabulary_are_left_to_the_compiler_of_c():
    (statement,) = read('-- statement: devices_a()\nSELECT * FROM (VALUES {words:device_kind}) w')
    assert '{0x0, "SELECT * FROM (VALUES " WORDS_DEVICE_KIND ") w\\n"}' in tables.write_table(statement)


def test_the_common_change_is_a_line():
    assert only('-- statement: devices_a(device_id uuid, if_match bigint[], body jsonb)\n'
                'WITH {change: devices d (code, name)}\nSELECT d.version FROM d') == (
        "WITH seen AS (WITH seen AS MATERIALIZED (SELECT id, version FROM devices WHERE id = $1 FOR NO KEY UPDATE ) "
        "SELECT * FROM seen WHERE CASE WHEN (api.match(version, $2)) IS NOT TRUE THEN api.refuse('precondition-failed') ELSE true END), "
        "d AS (UPDATE devices d SET (code, name) = (SELECT changed.code, changed.name FROM jsonb_populate_record(d, $3) changed) "
        "FROM seen WHERE d.id = seen.id RETURNING d.*) SELECT d.version FROM d")


def test_a_statement_may_be_refusals_alone_or_end_in_them():
    assert only('-- statement: devices_a(a text)\n-- refuse: not-found when :a IS NULL') == (
        "SELECT CASE WHEN ($1 IS NULL) THEN api.refuse('not-found') ELSE true END")
    assert only('-- statement: devices_a()\nSELECT 1 AS n, \'/x\' AS p\n-- refuse: conflict {p} taken when n = 1') == (
        "WITH row AS MATERIALIZED (SELECT 1 AS n, '/x' AS p ) SELECT * FROM row WHERE CASE WHEN (n = 1) "
        "THEN api.refuse('conflict', p, 'taken') ELSE true END")
    assert only('-- statement: devices_a()\nSELECT 1 AS n, 2 AS m\n-- refuse: conflict with n, m when n = 1') == (
        "WITH row AS MATERIALIZED (SELECT 1 AS n, 2 AS m ) SELECT * FROM row WHERE CASE WHEN (n = 1) "
        "THEN api.refuse('conflict', members => jsonb_build_object('n', n, 'm', m)) ELSE true END")


def test_wrappers_are_typed():
    (statement,) = read('-- statement: devices_a(a uuid, b int, c bigint, d bool, e int?, f text[])\n'
                        'SELECT :a, :b, :c, :d, :f\n, :e --? e')
    assert tables.write_wrapper(statement).splitlines()[0] == (
        'static int devices_a(struct transaction *transaction, const char *a, int b, int64_t c, bool d, const char *e, '
        'const char *f) {')


def test_an_included_file_may_not_include_in_turn(tmp_path):
    for name, other in (('a', 'b'), ('b', 'a')):
        (tmp_path / f'{name}.sql').write_text(f'-- include: {other}\n')
    with pytest.raises(statements.Fault, match='in turn'):
        statements.read_file('-- include: a', 'devices', tmp_path)


def test_a_fault_of_an_included_file_names_both_lines(tmp_path):
    (tmp_path / 'part.sql').write_text('-- define: part\n1;\n')
    with pytest.raises(statements.Fault, match=r'^part\.sql:2: ') as fault:
        statements.read_file('\n-- include: part', 'devices', tmp_path)
    assert fault.value.line == 2


def test_names_are_unique_over_all_files(tmp_path):
    for room in 'ab':
        (tmp_path / room).mkdir()
        (tmp_path / room / 'devices.sql').write_text('-- statement: devices_get()\nSELECT 1\n')
    with pytest.raises(SystemExit, match='devices_get stands in two files'):
        statements.main(['--index', str(tmp_path / 'all.h'), *map(str, sorted(tmp_path.glob('*/devices.sql')))])


FAULTS = [
    ('SELECT 1', 1, 'before the first'),
    ('-- statement: devices_a\nSELECT 1', 1, 'name(parameters)'),
    ('-- statement: staff_a()\nSELECT 1', 1, 'must begin with devices_'),
    (f'-- statement: devices_{"a" * 40}()\nSELECT 1', 1, 'longer than'),
    ('-- statement: devices_a(one integer)\nSELECT :one', 1, 'no type integer'),
    ('-- statement: devices_a(one)\nSELECT :one', 1, 'is not "name type"'),
    ('-- statement: devices_a(one int, one int)\nSELECT :one', 1, 'is taken'),
    ('-- statement: devices_a(page int)\nSELECT :page', 1, 'is taken'),
    ('-- statement: devices_a(one int)\nSELECT 1', 1, 'never uses one'),
    ('-- statement: devices_a()\n\nSELECT :one', 3, 'has no parameter one'),
    ('-- statement: devices_a()\nSELECT 1 --? one', 2, 'has no parameter one'),
    ('-- statement: devices_a(one int)\nSELECT :one --? one', 2, 'not optional'),
    ('-- statement: devices_a(one int?)\nSELECT 1\nAND :one', 3, 'needs --? one'),
    ('-- statement: devices_a()\nSELECT 1 --? !', 2, 'ends in --?'),
    ('-- statement: devices_a(one int?)\nSELECT 1 -- a note --? one', 2, 'ends in --?'),
    ('-- statement: devices_a()\nSELECT {nothing}', 2, 'not defined above'),
    ('-- statement: devices_a()\nSELECT {later}\n-- define: later\n1', 2, 'not defined above'),
    ('-- define: self\n{self}{self}x{other}', 2, 'not defined above'),
    ('-- define: one\n1\n-- define: one\n2', 3, 'not a new name'),
    ("-- statement: devices_a()\nSELECT 'x", 2, 'not closed'),
    ('-- statement: devices_a()\nSELECT /* x', 2, 'not closed'),
    ('-- statement: devices_a()\nSELECT $$ x', 2, 'not closed'),
    ('-- statement: devices_a()\nSELECT 1; SELECT 2', 2, 'does not belong'),
    ('-- statement: devices_a()\nSELECT $1', 2, 'does not belong'),
    ('-- statement: devices_a()\nSELECT }', 2, 'does not belong'),
    ('-- statement: devices_a()\n-- nothing\n', 1, 'is empty'),
    ('-- statement: devices_a()\nSELECT 1\n-- statement: devices_a()\nSELECT 2', 3, 'twice'),
    ('-- list: devices_list()\nSELECT 1', 1, 'has no sort'),
    ('-- list: devices_list()\n-- sort: code json\nSELECT 1', 2, 'is not "column type"'),
    ('-- list: devices_list()\n-- sort: code text?\nSELECT 1', 2, 'is not "column type"'),
    ('-- statement: devices_a()\n-- sort: code text\nSELECT 1', 2, 'right under a list'),
    ('-- list: devices_list()\n-- sort: code text\n-- sort: id uuid\nSELECT 1', 3, 'stands once'),
    ('-- task: Odd\n-- ja: %s\n-- en: %s\nSELECT 1', 1, 'snake_case'),
    ('-- task: odd\n-- ja: %s\nSELECT 1', 1, 'a line en:'),
    ('-- task: odd\n-- ja: %s\n-- ja: %s\nSELECT 1', 3, 'stands once'),
    ('-- task: odd\n-- ja: nothing\nSELECT 1', 2, 'has %s'),
    ('-- task: odd\n-- ja: %s\n-- en: %s\nSELECT :one', 1, 'has parameters'),
    ('-- statement: devices_a()\n-- ja: %s\nSELECT 1', 2, 'right under a task'),
    ('-- finding: odd\n-- ja: %s\n-- en: %s\nSELECT 1', 1, 'a line must act: or noted by:'),
    ('-- finding: odd\n-- ja: %s\n-- must act: user\nSELECT 1', 1, 'a finding has a kind in snake_case'),
    ('-- finding: odd\n-- must act: user\n-- noted by: user\nSELECT 1', 3, 'stands once, right under a finding'),
    ('-- finding: odd\n-- must act: Head of it\nSELECT 1', 2, 'has the roles that must'),
    ('-- finding: odd\n-- ja: %s\n-- en: %s\n-- must act: user\nSELECT :one', 1, 'the finding odd has parameters'),
    ('-- task: odd\n-- ja: %s\n-- en: %s\n-- must act: user\nSELECT 1', 4, 'right under a finding'),
    ('-- statement: devices_a()\n-- row: of the device\nSELECT 1', 2, 'name(column type, …)'),
    ('-- statement: devices_a()\n-- row: a(kind)\nSELECT 1', 2, '"kind" is not "name type"'),
    ('-- statement: devices_a()\n-- row: a(kind (one two))\nSELECT 1', 2, 'is not "name type"'),
    ('-- statement: devices_a()\n-- row: a(n int, n text)\nSELECT 1', 2, 'a column twice'),
    ('-- statement: devices_a()\n-- row: a(n int?, n_known bool)\nSELECT 1', 2, 'a column twice'),
    ('-- statement: devices_a()\n-- row: a(yes bool?)\nSELECT 1', 2, 'yes: a bool that can be NULL is a fact'),
    ('-- statement: devices_a()\n-- row: a(yes fact?)\nSELECT 1', 2, 'which always can'),
    ('-- statement: devices_a()\n-- row: a(ids uuid[]?)\nSELECT 1', 2, 'ids: an array is never NULL'),
    ('-- statement: devices_a()\n-- row: a(numbers int[])\nSELECT 1', 2, 'of uuid, text, date or words'),
    ('-- statement: devices_a()\nSELECT 1\n-- row: a(n int)', 3, 'right under a statement'),
    ('-- list: devices_list()\n-- sort: code text\n-- row: a(n int)\nSELECT 1', 3, 'right under a statement'),
    ('-- refuse: not-found when true', 1, 'ends a query of a statement'),
    ('-- statement: devices_a()\n-- refuse: not-found', 2, 'is not "problem'),
    ('-- statement: devices_a()\n-- refuse: not-found /a when true', 2, 'is not "problem'),
    ('-- statement: devices_a()\n-- refuse: not-found a_b c when true', 2, 'is not "problem'),
    ('-- statement: devices_a()\n-- refuse: not-found when true\nSELECT 1', 2, 'at the end of a query'),
    ('-- statement: devices_a()\nSELECT 1 AS n\n-- refuse: not-found when n > 1\n--   AND n < 3', 3, 'stands in brackets'),
    ('-- task: a\n-- ja: %s の\n--   件', 2, 'ja: what runs over lines stands in brackets'),
    ('-- statement: devices_a()\nWITH a AS (SELECT 1\n-- refuse: not-found when true\n) SELECT 2', 3, 'nothing reads a'),
    ('-- statement: devices_a()\nSELECT (SELECT 1\n-- refuse: not-found when true\n)', 3, 'or a query of WITH'),
    ("-- statement: devices_a()\n\nSELECT api.refuse('not-found')", 3, 'not by a call'),
    ("-- statement: devices_a()\nSELECT api.missing('/a')", 2, 'not by a call'),
    ('-- statement: devices_a(a int?)\nSELECT 1\nAND :a --? a\n-- refuse: not-found when true', 1, 'optional lines'),
    ('-- statement: devices_a()\n-- refuse: not-found when :a', 2, 'has no parameter a'),
    ('-- statement: devices_a()\nWITH {change: devices d (code)}', 2, 'whose first parameter is the id'),
    ('-- statement: devices_a(id uuid)\n\nWITH {change: devices d (code)}\nSELECT d.id FROM d', 3, 'has no parameter if_match'),
    ('-- statement: devices_a()\nSELECT 1\n-- never: a_b', 3, 'right under a statement'),
    (f'-- statement: devices_a({", ".join(f"p{n} int" for n in range(33))})\nSELECT 1', 1, 'more than 32'),
]


def test_tasks_of_all_files_come_together(tmp_path):
    for room, text in (('a', '-- task: first\n-- ja: まず: %s\n-- en: First: %s\nSELECT 1, 2, 3, 4\n-- statement: things_a()\nSELECT 5\n'),
                       ('b', '-- page: list_tasks()\n-- sort: since text\nSELECT * FROM ({tasks}) t\n'),
                       ('c', "-- define: two\n2\n-- task: second\n-- ja: 次: %s\n-- en: It's next: %s\nSELECT {two}\n")):
        (tmp_path / room).mkdir()
        (tmp_path / room / 'things.sql').write_text(text)
    sources, tasks = statements.read_all(sorted(tmp_path.rglob('*.sql')))
    (page,) = sources[tmp_path / 'b' / 'things.sql']
    assert [task.kind for task in tasks] == ['first', 'second']
    assert ' '.join(page.merged()[0][1].split()) == (
        "SELECT * FROM (SELECT 'first', 'まず: %s', 'First: %s', task.* FROM (SELECT 1, 2, 3, 4 ) task (clause, since, link, about) "
        "UNION ALL SELECT 'second', '次: %s', 'It''s next: %s', task.* FROM (SELECT 2 ) task (clause, since, link, about) ) t")


def test_findings_of_all_files_come_together(tmp_path):
    for room, text in (('a', '-- finding: first\n-- ja: 一: %s\n-- en: One: %s\n-- must act: user auditor\nSELECT 1\n'
                             '-- task: other\n-- ja: %s\n-- en: %s\nSELECT 2\n'),
                       ('b', '-- page: list_them()\n-- sort: since text\n{findings}\n'
                             '-- page: list_some()\n-- sort: since text\n{findings_to_note}\n'),
                       ('c', '-- finding: second\n-- ja: 二: %s\n-- en: Two: %s\n-- noted by: auditor\nSELECT 3\n')):
        (tmp_path / room).mkdir()
        (tmp_path / room / 'things.sql').write_text(text)
    sources, tasks = statements.read_all(sorted(tmp_path.rglob('*.sql')))
    every, some = (' '.join(page.merged()[0][1].split()) for page in sources[tmp_path / 'b' / 'things.sql'])
    columns = '(subject, clauses, rule, department_id, staff_id, since, link, about)'
    second = (f"SELECT 'second', '二: %s', 'Two: %s', '{{auditor}}'::text[], true, task.* "
              f"FROM (SELECT 3 ) task {columns[:-1]}, own_of)")
    assert every == ("SELECT 'first', '一: %s', 'One: %s', '{user,auditor}'::text[], false, task.*, '{}'::uuid[] "
                     f"FROM (SELECT 1 ) task {columns} UNION ALL {second}")
    assert some == second
    assert tables.kinds(tasks) == {'tasks': ['other', 'second'], 'findings': ['first', 'second']}


@pytest.mark.parametrize('text, line, message', FAULTS)
def test_faults_name_their_line(text, line, message):
    with pytest.raises(statements.Fault, match=message.replace('(', r'\(').replace(')', r'\)').replace('?', r'\?')) as fault:
        read(text)
    assert fault.value.line == line


def test_the_command_names_file_and_line(tmp_path):
    source = tmp_path / 'devices.sql'
    source.write_text('-- statement: devices_a()\nSELECT :one\n')
    run = subprocess.run([sys.executable, ROOT / 'service/db/statements.py', source, tmp_path / 'out.h'],
                         capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == f'{source}:2: devices_a has no parameter one\n'
    assert not (tmp_path / 'out.h').exists()


SQL = """-- statement: devices_get(id uuid, n int, big bigint, yes bool)
SELECT :id, :n, :big, :yes, 'a "quoted" \\ back??/slash'
-- list: devices_list(kind text[]?)
-- sort: code text
SELECT d.id AS tie, d.code, d.doc AS item FROM devices d WHERE true
  AND d.kind = ANY (:kind)  --? kind
"""
CALLS = {'devices_get': 'devices_get(t, "x", 1, 2, true)', 'devices_list': 'devices_list(t, p, NULL)'}


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
@pytest.mark.parametrize('used', [[], ['devices_get'], ['devices_list'], ['devices_get', 'devices_list']])
def test_an_unused_statement_fails_the_build(tmp_path, compiler, used):
    room = tmp_path / 'devices'
    room.mkdir()
    (room / 'devices.sql').write_text(SQL)
    subprocess.run([sys.executable, ROOT / 'service/db/statements.py', room / 'devices.sql',
                    tmp_path / 'devices_devices.sql.h'], check=True)
    calls = ' + '.join([CALLS[name] for name in used] or ['(t || p)'])
    (tmp_path / 'user.c').write_text('#include "devices_devices.sql.h"\n'
                                     'int user(struct transaction *t, const struct page *p);\n'
                                     f'int user(struct transaction *t, const struct page *p) {{ return {calls} + !p; }}\n')
    run = subprocess.run([compiler, '-std=gnu17', '-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-Wmissing-prototypes',
                          '-Werror', f'-I{ROOT}/service', f'-I{tmp_path}', '-c', '-o', '/dev/null', tmp_path / 'user.c'],
                         capture_output=True, text=True, check=False)
    unused = set(CALLS) - set(used)
    assert (run.returncode == 0) == (not unused), run.stderr
    for name in unused:
        assert name in run.stderr and 'unused-function' in run.stderr


def test_a_file_takes_the_definitions_of_another_one(tmp_path):
    (tmp_path / 'part.sql').write_text('-- define: part\nd.id, :language\n')
    text = '-- include: part\n-- statement: devices_a(language text)\nSELECT {part} FROM devices d'
    (statement,) = statements.read_file(text, 'devices', tmp_path)
    assert lines(statement) == [(set(), 'SELECT d.id, $1 FROM devices d')]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(statements.Fault, match='other.sql is not beside'):
        statements.read_file('-- include: other', 'devices', tmp_path)


ROWS = """-- row: thing(id uuid, place (here, there)?, kind device_kind, seen fact, weight int?, at timestamptz,
--     on date?, tags text[], days date[], kinds device_kind[])
-- statement: devices_a()
-- row: thing
-- row: rest(n bigint)
SELECT 1
"""
STRUCT = """struct thing {
        const char *id;
        enum place place;
        enum device_kind kind;
        enum fact seen;
        int weight;
        bool weight_known;
        int64_t at;
        struct date on;
        const char *const *tags;
        size_t tags_count;
        const struct date *days;
        size_t days_count;
        const enum device_kind *kinds;
        size_t kinds_count;
};
extern const struct row row_thing;
"""


def write_rows(folder, *files):
    """What the command makes of them: how it ended, and the header."""
    for number, text in enumerate(files):
        (folder / str(number)).mkdir()
        (folder / str(number) / 'devices.sql').write_text(text)
    made = subprocess.run([sys.executable, ROOT / 'service/db/statements.py', '--rows', folder / 'rows.h', folder / 'rows.c',
                           *sorted(folder.rglob('*.sql'))], capture_output=True, text=True, check=False)
    return made, (folder / 'rows.h').read_text() if made.returncode == 0 else ''


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
def test_rows_are_structs_and_their_tables(tmp_path, compiler):
    made, header = write_rows(tmp_path, ROWS)
    assert made.returncode == 0, made.stderr
    assert STRUCT in header and 'enum place { PLACE_NOT_KNOWN, PLACE_HERE, PLACE_THERE };' in header
    (tmp_path / 'vocabularies.h').write_text(
        '#pragma once\nstruct vocabulary_word { const char *word; };\nextern const struct vocabulary_word vocabulary_device_kind[];\n'
        'enum device_kind { DEVICE_CAMERA = 1 };\n')
    includes = [f'-I{ROOT}/service', f'-I{tmp_path}', '-I/usr/include/postgresql']
    run = subprocess.run([compiler, '-std=gnu17', '-Wall', '-Wextra', '-Werror', *includes, '-c', '-o', '/dev/null',
                          tmp_path / 'rows.c'], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_statement_has_its_rows_in_their_order():
    (statement,) = read(ROWS)
    assert [row.name for row in statement.rows] == ['thing', 'rest']
    assert '.rows = (const struct row *const[]){&row_thing, &row_rest, NULL},' in tables.write_table(statement)


@pytest.mark.parametrize('second, message', [
    ('-- statement: devices_b()\n-- row: thing(id uuid)\nSELECT 1', 'told once'),
    ('-- statement: devices_b()\n-- row: nothing\nSELECT 1', 'told once'),
    ('-- row: alone(id uuid)\n-- statement: devices_b()\nSELECT 1', 'a statement has them'),
    ('-- statement: devices_b()\n-- row: b(place (here, elsewhere))\nSELECT 1', 'place has other words in b'),
])
def test_rows_of_all_files_agree(tmp_path, second, message):
    made, _ = write_rows(tmp_path, ROWS, second)
    assert made.returncode == 1 and message in made.stderr
