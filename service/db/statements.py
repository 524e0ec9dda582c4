#!/usr/bin/python3
"""Turns the statements of service/<room>/<resource>.sql into <room>_<resource>.sql.h: a constant table and a typed
static wrapper for each. The wrappers are never inline, so that one nobody calls fails the build (-Wunused-function).
Those that are operations by themselves have no wrapper: their tables come together in one file, for the compiler of the
contract to bind. The language is told in service/README.md. Standard library only.

usage: statements.py FILE.sql HEADER
       statements.py --operations TABLES.c STEPS.json FILE.sql...    what operations consist of
       statements.py --rows HEADER SOURCE.c FILE.sql...    the rows that statements declare
       statements.py --index HEADER FILE.sql...    every statement in one list, for the test that prepares them all

Faults are told as file:line: message.
"""

import re
import sys
from pathlib import Path

import refusals
import rows
import tables
from parts import Fault, Finding, Parameter, Segment, Statement, Task

SORTABLE = ('uuid', 'text', 'date', 'timestamptz', 'int', 'bigint')
PARAMETERS_MAX = 32  # bits of struct statement
NAME_MAX = 44        # PostgreSQL cuts names at 63 bytes; statement_name adds up to 19

GOES_ON = re.compile(r'\s*--\s{2,}\S')
HEADER = re.compile(r'--\s*(include|define|statement|list|operation|page|view|before|sort|row|never|task|finding|must act|noted by'
                    r'|refuse|ja|en):\s*(.*)')
SIGNATURE = re.compile(r'([a-z]\w*(?:\s*,\s*[a-z]\w*)*)\((.*)\)')
OF_ALL = ('tasks', 'findings', 'findings_to_note')  # texts of what all rooms declare
OPERATION_KINDS = ('operation', 'page', 'view', 'before')
PARAMETER = re.compile(r'([a-z]\w*)\s+([a-z]+(?:\[\])?)(\??)')
NEEDS = re.compile(r'--\?\s*([a-z]\w*(?:[ ,]+[a-z]\w*)*)\s*')
CHANGE = re.compile(r'(.*)\{change: (\w+) (\w+) \(([\w, ]+)\)\}(.*)')
TOKEN = re.compile(r'''(?P<comment>--.*)
    | (?P<quoted> (?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
                  | \$(?P<tag>[a-zA-Z_]*)\$.*?\$(?P=tag)\$ | /\*.*?\*/)
    | (?P<open> ' | " | /\* | \$[a-zA-Z_]*\$)
    | (?<!:):(?P<parameter>[a-z_]\w*)
    | \{words:(?P<words>[a-z_]+)\}
    | \{(?P<define>\w+)\}
    | (?P<wrong> [{};] | \$\d)
    | (?P<other> :: | .)''', re.VERBOSE)


def read_line(text, number, defines):
    """One line of SQL as segments; what a {define} stands for keeps its own conditions besides the line's."""
    needs, segments = frozenset(), []
    for token in TOKEN.finditer(text):
        kind, value = token.lastgroup, token.group()
        if kind == 'open':
            raise Fault(number, f'{value} is not closed on its line')
        if kind == 'wrong':
            raise Fault(number, f'{value} does not belong here (one statement, parameters by :name, texts by {{name}})')
        if kind == 'comment':
            if '--?' in value:
                found = NEEDS.fullmatch(value)
                if not found:
                    raise Fault(number, 'a line ends in --? and the names of optional parameters, nothing else')
                needs = frozenset(re.split(r'[ ,]+', found.group(1)))
        elif kind == 'words':
            segments = segments or [Segment(frozenset(), [], number)]
            segments[-1].pieces.append(f'\x01{token.group("words")}\x01')
        elif kind == 'define':
            if token.group('define') not in defines:
                raise Fault(number, f'{value} is not defined above')
            segments += defines[token.group('define')]
            segments.append(Segment(frozenset(), [], number))
        else:
            if not segments:
                segments.append(Segment(frozenset(), [], number))
            segments[-1].pieces.append(('parameter', token.group('parameter')) if kind == 'parameter' else value)
    return [Segment(segment.needs | needs, list(segment.pieces), segment.line) for segment in segments]


def read_parameters(text, line):
    parameters = []
    for item in filter(None, (part.strip() for part in text.split(','))):
        found = PARAMETER.fullmatch(item)
        if not found:
            raise Fault(line, f'"{item}" is not "name type" or "name type?"')
        name, type_, optional = found.groups()
        if type_ not in tables.OIDS:
            raise Fault(line, f'{name}: no type {type_}; there are {", ".join(tables.OIDS)}')
        if name in ('transaction', 'page', 'values') or name in (known.name for known in parameters):
            raise Fault(line, f'the name {name} is taken')
        parameters.append(Parameter(name, type_, bool(optional)))
    if len(parameters) > PARAMETERS_MAX:
        raise Fault(line, f'more than {PARAMETERS_MAX} parameters: pass one jsonb')
    return parameters


def read_sorts(statement, text, line):
    if statement is None or not statement.is_list or statement.sorts or statement.segments:
        raise Fault(line, 'sort: stands once, right under a list')
    for item in (part.strip() for part in text.split(',')):
        found = PARAMETER.fullmatch(item)
        if not found or found.group(2) not in SORTABLE or found.group(3):
            raise Fault(line, f'"{item}" is not "column type" with one of {", ".join(SORTABLE)}')
        statement.sorts.append((found.group(1), found.group(2)))


def read_row(statement, text, line, shapes):
    """A row of the statement right above, or, before the first, only its declaration."""
    if statement is not None and (statement.kind != 'statement' or statement.segments):
        raise Fault(line, 'row: stands right under a statement, or before the first')
    try:
        shapes.append((line, rows.Row(text), statement is not None))
    except ValueError as wrong:
        raise Fault(line, str(wrong)) from None
    if statement is not None:
        statement.rows.append(shapes[-1][1])


def check(statement):
    """Every parameter is used, and a line with an optional parameter depends on it."""
    used, needed = set(), set()
    for segment in statement.segments:
        names = {piece[1] for piece in segment.pieces if isinstance(piece, tuple)}
        for name in names | segment.needs:
            parameter = statement.parameters[statement.index(name, segment.line)]
            if name in segment.needs and not parameter.optional:
                raise Fault(segment.line, f'{name} is not optional in {statement.name}')
            if parameter.optional and name not in segment.needs:
                raise Fault(segment.line, f':{name} is optional, so this line needs --? {name}')
        used |= names
        needed |= segment.needs
    for parameter in statement.parameters:
        if parameter.name not in used | needed:
            raise Fault(statement.line, f'{statement.name} never uses {parameter.name}')
    if statement.is_list and not statement.sorts:
        raise Fault(statement.line, f'{statement.name} is a list and has no sort:')
    if not statement.merged():
        raise Fault(statement.line, f'{statement.name} is empty')


def read_header(lines, at):
    """The kind and the rest of a header line, which runs on over comment lines while its brackets are open."""
    kind, rest = HEADER.fullmatch(lines[at].strip()).groups()
    while rest.count('(') > rest.count(')') and at + 1 < len(lines) and lines[at + 1].lstrip().startswith('--'):
        at += 1
        rest += ' ' + lines[at].lstrip('- ').strip()
    return kind, rest.strip(), at + 1


def read_signature(kind, rest, resource, line):
    found = SIGNATURE.fullmatch(rest)
    if not found:
        raise Fault(line, f'after {kind}: comes name(parameters)')
    names = re.split(r'\s*,\s*', found.group(1))
    if len(names) > 1 and kind != 'before':
        raise Fault(line, f'only what stands before has several names, not {kind}:')
    operations = names if kind in OPERATION_KINDS else []
    name = f'before_{names[0]}_{line}' if kind == 'before' else names[0]
    if not operations and not name.startswith(resource + '_'):
        raise Fault(line, f'{name} must begin with {resource}_, the name of its file')
    if len(name) > NAME_MAX:
        raise Fault(line, f'{name} is longer than {NAME_MAX} characters')
    return Statement(name, read_parameters(found.group(2), line), kind, line, operations)


def include(folder, name, defines, line):
    """The texts that another file of the room defines; its statements stay its own."""
    try:
        read_file((folder / f'{name}.sql').read_text(encoding='utf-8'), name, folder, defines)
    except (FileNotFoundError, RecursionError):
        raise Fault(line, f'{name}.sql is not beside this file, or includes it in turn') from None
    except Fault as fault:
        raise Fault(line, f'{name}.sql:{fault.line}: {fault}') from None


def change_of(found, statement, line):
    """What {change: table alias (columns)} stands for: the row that the first parameter names, under If-Match and its lock,
    as `alias` with the members of the body that are columns."""
    if statement is None or not statement.parameters:
        raise Fault(line, 'change: stands in an operation whose first parameter is the id')
    before, table, alias, columns, after = found.groups()
    taken = ', '.join(f'changed.{column.strip()}' for column in columns.split(','))
    return [f'{before}seen AS (SELECT id, version FROM {table} WHERE id = :{statement.parameters[0].name} FOR NO KEY UPDATE',
            '-- refuse: precondition-failed unless api.match(version, :if_match)',
            f'), {alias} AS (UPDATE {table} {alias} SET ({columns}) = (SELECT {taken} FROM jsonb_populate_record({alias}, :body) changed)',
            f'FROM seen WHERE {alias}.id = seen.id RETURNING {alias}.*){after}']


def read_sentence(task, language, sentence, line):
    if not isinstance(task, Task) or task or language in task.sentences or not re.search(r'%([1-9]\$)?s', sentence):
        raise Fault(line, f'{language}: stands once, right under a task, and has %s or %1$s for what it is about')
    task.sentences[language] = sentence


def read_roles(finding, kind, roles, line):
    if not isinstance(finding, Finding) or finding or finding.roles or not re.fullmatch(r'[a-z_]+( [a-z_]+)*', roles):
        raise Fault(line, f'{kind}: stands once, right under a finding, and has the roles that must')
    finding.roles, finding.noted = roles.split(), kind == 'noted by'


def read_never(statement, text, line):
    if statement is None or statement.segments or not re.fullmatch(r'\w+(,\s*\w+)*', text):
        raise Fault(line, 'never: stands right under a statement, and names constraints')
    statement.never += re.split(r',\s*', text)


def read_refusal(target, text, line, defines):
    if target is None or isinstance(target, Task):
        raise Fault(line, 'refuse: ends a query of a statement, or stands in a define:')

    def read(condition):
        return [piece for segment in read_line(condition, line, defines) for piece in segment.pieces]

    target.append(Segment(frozenset(), [refusals.parse(text, line, read, Fault)], line))


def compile_refusals(statement):
    for segment in statement.segments:
        if refusals.BY_HAND.search(''.join(piece for piece in segment.pieces if isinstance(piece, str))):
            raise Fault(segment.line, f'{statement.name} refuses by lines -- refuse:, not by a call')
    pieces = [(piece, segment.line) for segment in statement.segments for piece in segment.pieces]
    if not any(isinstance(piece, refusals.Refusal) for piece, _ in pieces):
        return
    if any(segment.needs for segment in statement.segments):
        raise Fault(statement.line, f'{statement.name} has optional lines and refusals: refuse in a statement before:')
    compiled, statement.refusals = refusals.compile(pieces, Fault)
    statement.segments = [Segment(frozenset(), [piece], line) for piece, line in compiled]


def read_file(text, resource, folder=None, defines=None, tasks=None, shapes=None):
    """The statements of a file. `resource` is the name of the file without its ending; `defines` receives its texts, `tasks`
    its tasks and findings, `shapes` (line, row, whether a statement has it). {tasks}, {findings} and {findings_to_note} stand
    for those of all files, which only a second reading knows."""
    lines, at, statements, target = text.splitlines(), 0, [], None
    defines = {} if defines is None else defines
    tasks = [] if tasks is None else tasks
    shapes = [] if shapes is None else shapes
    for name in OF_ALL:
        defines.setdefault(name, [Segment(frozenset(), ['SELECT'], 0)])
    numbers = [*range(1, len(lines) + 1)]
    while at < len(lines):
        number, found = numbers[at], CHANGE.fullmatch(lines[at])
        if found:
            lines[at:at + 1] = change_of(found, statements[-1] if statements else None, number)
            numbers[at:at + 1] = [number] * (len(lines) - len(numbers) + 1)
        if not HEADER.fullmatch(lines[at].strip()):
            segments = read_line(lines[at], number, defines)
            if target is not None:
                target += [*segments, Segment(frozenset(), ['\n'], number)]
            elif any(piece.strip() for segment in segments for piece in segment.pieces if isinstance(piece, str)):
                raise Fault(number, 'SQL before the first define:, statement: or list:')
            at += 1
            continue
        kind, rest, at = read_header(lines, at)
        if at < len(lines) and GOES_ON.match(lines[at]):
            raise Fault(number, f'{kind}: what runs over lines stands in brackets')
        if kind == 'include':
            include(folder, rest, defines, number)
        elif kind == 'sort':
            read_sorts(statements[-1] if statements else None, rest, number)
        elif kind == 'row':
            read_row(statements[-1] if statements else None, rest, number, shapes)
        elif kind in ('ja', 'en'):
            read_sentence(target, kind, rest, number)
        elif kind in ('task', 'finding'):
            target = (Task if kind == 'task' else Finding)(rest, number)
            tasks.append(target)
        elif kind in ('must act', 'noted by'):
            read_roles(target, kind, rest, number)
        elif kind == 'never':
            read_never(statements[-1] if statements else None, rest, number)
        elif kind == 'refuse':
            read_refusal(target, rest, number, defines)
        elif kind == 'define':
            if not rest.isidentifier() or rest in defines:
                raise Fault(number, f'"{rest}" is not a new name')
            target = defines[rest] = []
        else:
            statement = read_signature(kind, rest, resource, number)
            if statement.name in (known.name for known in statements):
                raise Fault(number, f'{statement.name} stands here twice')
            statements.append(statement)
            target = statement.segments
    for statement in statements:
        compile_refusals(statement)
        check(statement)
    for task in tasks:
        check_task(task)
    return statements


def check_task(task):
    what = 'finding' if isinstance(task, Finding) else 'task'
    if not re.fullmatch(r'[a-z]+(_[a-z]+)*', task.kind) or set(task.sentences) != {'ja', 'en'}:
        raise Fault(task.line, f'a {what} has a kind in snake_case, and under it a line ja: and a line en:')
    if isinstance(task, Finding) and not task.roles:
        raise Fault(task.line, 'a finding has a line must act: or noted by:')
    if any(isinstance(piece, tuple) or segment.needs for segment in task for piece in segment.pieces):
        raise Fault(task.line, f'the {what} {task.kind} has parameters')


def literals(*words):
    return ', '.join("'" + word.replace("'", "''") + "'" for word in words)


def together(tasks, head, columns, tail=lambda _: ('', '')):
    """One text of all: their rows with `head` of each before them, and `tail` after: what follows task.*, and its own column."""
    segments = []
    for task in tasks:
        value, column = tail(task)
        start = f"{' UNION ALL ' if segments else ''}SELECT {head(task)}, task.*{value} FROM ("
        end = f') task ({columns}{column})\n'
        segments += [Segment(frozenset(), [start], task.line), *task, Segment(frozenset(), [end], task.line)]
    return segments


def of_all(tasks):
    """What {tasks}, {findings} and {findings_to_note} stand for."""
    findings = [task for task in tasks if isinstance(task, Finding)]
    texts = (
        together([task for task in tasks if not isinstance(task, Finding)],
                 lambda task: literals(task.kind, task.sentences['ja'], task.sentences['en']), 'clause, since, link, about'),
        *(together(some, lambda finding: literals(finding.kind, finding.sentences['ja'], finding.sentences['en'])
                   + f", '{{{','.join(finding.roles)}}}'::text[], {str(finding.noted).lower()}", Finding.COLUMNS,
                   lambda finding: ('', f', {Finding.OWN}') if finding.noted else (", '{}'::uuid[]", ''))
          for some in (findings, [finding for finding in findings if finding.noted])))
    return {name: text for name, text in zip(OF_ALL, texts) if text}


def read_shapes(paths):
    """The rows of all files, each with its columns."""
    named = []
    for path in map(Path, paths):
        shapes = []
        read_file(path.read_text(encoding='utf-8'), path.stem, path.parent, shapes=shapes)
        named += [(f'{path}:{line}', row, used) for line, row, used in shapes]
    declared = [row for _, row, _ in named if row.columns is not None]
    names, of_statements = [row.name for row in declared], {row.name for _, row, used in named if used}
    for where, row, _ in named:
        if names.count(row.name) != 1 or row.name not in of_statements:
            sys.exit(f'{where}: the columns of {row.name} are told once, and a statement has them')
    try:
        rows.enumerations(declared)
    except ValueError as wrong:
        sys.exit(str(wrong))
    return declared


def read_all(paths):
    sources, tasks = {}, []
    for reading in ('tasks', 'statements'):
        defines = of_all(tasks) if reading == 'statements' else {}
        for path in map(Path, paths):
            try:
                found = [] if reading == 'tasks' else None
                sources[path] = read_file(path.read_text(encoding='utf-8'), path.stem, path.parent, dict(defines), found)
                tasks += found or []
            except Fault as fault:
                sys.exit(f'{path}:{fault.line}: {fault}')
    return sources, tasks


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    if arguments[0] == '--index':
        Path(arguments[1]).write_text(tables.write_index(read_all(arguments[2:])[0]), encoding='utf-8')
    elif arguments[0] == '--rows':
        declared = read_shapes(arguments[3:])
        for output, write in zip(arguments[1:3], (rows.write_header, rows.write_source)):
            text, output = write(declared), Path(output)
            if not output.exists() or output.read_text(encoding='utf-8') != text:  # so that little is built again
                output.write_text(text, encoding='utf-8')
    elif arguments[0] == '--operations':
        text, header, steps = tables.write_operations(*read_all(arguments[3:]))
        output = Path(arguments[1])
        output.write_text(text, encoding='utf-8')
        (output.parent / 'operation_statements.h').write_text(header, encoding='utf-8')
        Path(arguments[2]).write_text(steps, encoding='utf-8')
    else:
        Path(arguments[1]).write_text(tables.write_header(*read_all(arguments[:1])[0].popitem()), encoding='utf-8')


if __name__ == '__main__':
    main(sys.argv[1:])
