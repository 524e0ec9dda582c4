#!/usr/bin/python3
"""Which problems each operation can raise, as the text tells of what it consists of: the refusals of its statements, what
the functions raise that these call, the constraints of the tables that they write, and what C reports that a handler runs.
The compiler of the contract compares it with x-problems.

usage: raised.py RAISED.json FILE...    all .sql of service/ and migrations/, and the .c of the rooms

Each is told with how it comes: as a `refusal` of the statement's own, by a `call` or the breach of a constraint, or `perhaps`:
through a trigger, of which the text does not tell whether it fires, or a table in C. Standard library only."""

import json
import re
import sys
from pathlib import Path

import statements

NOISE = re.compile(r'--[^\n]*|/\*.*?\*/', re.DOTALL)
FUNCTION = re.compile(r'CREATE OR REPLACE FUNCTION api\.(\w+)\(.*?\$\$(.*?)\$\$', re.DOTALL)
TRIGGER = re.compile(r'CREATE (?:CONSTRAINT )?TRIGGER \w+\s+(?:BEFORE|AFTER) (INSERT|UPDATE) ON kiki\.(\w+)\s([^;]*?)'
                     r'EXECUTE FUNCTION api\.(\w+)')
TABLE = re.compile(r'(?:CREATE TABLE kiki\.(\w+) \(|ALTER TABLE kiki\.(\w+)\s)([^;]*);')
INDEX = re.compile(r'CREATE UNIQUE INDEX (\w+) ON kiki\.(\w+) ([^;]*);')
RENAME = re.compile(r'ALTER TABLE kiki\.(\w+) RENAME TO (\w+);')
TERMS = re.compile(r"\bapi\.change_terms\('(\w+)'")  # writes any column of that table
CALL = re.compile(r'\bapi\.(\w+)\(')
WRITE = re.compile(r'\b(INSERT) INTO (?:kiki\.)?(\w+)(?:\s+AS \w+)?\s*\(([^()]*)\)|'
                   r'\b(UPDATE) (?:kiki\.)?(\w+)(?: (?!SET)\w+)?\s+SET (.*?)(?=\bFROM\b|\bWHERE\b|\bRETURNING\b|$)', re.DOTALL)
SET = re.compile(r'(?:^|,)\s*(?:\(([\w\s,]*)\)|(\w+)) = (?!NULL\b)')
PROBLEM = re.compile(r'\bPROBLEM_(\w+)(?:,\s*"([^"]*)",\s*"([^"]*)")?')
IS_TABLE = re.compile(r'[^({]* = \{')
DEFINITION = re.compile(r'^(static )?[\w ]+?\W*(\w+)(?:\(|(?:\[\w*\])* = \{)(?:.*\};|(?!.*;\n).*\n(?:(?!\}).*\n)*\})', re.MULTILINE)


def split(text):
    """The parts between commas that no brackets or quotes hold."""
    parts, depth = [''], 0
    for token in re.findall(r"'(?:[^']|'')*'|.", text, re.DOTALL):
        depth += (token == '(') - (token == ')')
        if depth < 0:
            break
        if token == ',' and depth == 0:
            parts.append('')
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def words(text):
    return set(re.findall(r'\w+', text))


def literal(text):
    """What stands in quotes; {} for what a row tells; None for nothing."""
    found = re.fullmatch(r"'([^']*)'", text)
    return found[1] if found else '{}' if text not in ('', 'NULL') else None


def refused(text):
    """(problem, pointer, word) of each call in a function's body. A problem that the row decides is each that it may be."""
    for found in re.finditer(r'\bapi\.(refuse|missing)\(', text):
        arguments = [*split(text[found.end():]), '', '']
        if found[1] == 'missing':
            yield 'reference-not-found', literal(arguments[0]), 'not_found'
            continue
        for problem in re.findall(r"(?:^|THEN |ELSE )'([a-z-]+)'", arguments[0]):
            yield problem, literal(arguments[1]), literal(arguments[2])


class Schema:
    """What the migrations say of functions, triggers and constraints, by name and by table."""

    def __init__(self, texts):
        self.functions, self.triggers, self.constraints, self.generated = {}, {}, {}, {}
        for text in (NOISE.sub(' ', text) for text in texts):
            for before, name in RENAME.findall(text):
                for known in (self.constraints, self.generated):
                    known[name] = known.pop(before, [])
            self.functions.update(FUNCTION.findall(text))
            for event, table, condition, function in TRIGGER.findall(text):
                self.triggers.setdefault(table, []).append((event, set(re.findall(r'NEW\.(\w+)', condition)), function))
            for created, altered, body in TABLE.findall(text):
                for clause in split(body):
                    self.read_clause(created or altered, re.sub(r'^ADD (COLUMN )?', '', clause))
            for name, table, definition in INDEX.findall(text):
                self.constraints.setdefault(table, []).append((name, words(definition)))

    def read_clause(self, table, clause):
        named = re.search(r'\bCONSTRAINT (\w+)', clause)
        if clause.startswith('DROP COLUMN'):
            gone = clause.split()[2]
            self.constraints[table] = [its for its in self.constraints.get(table, []) if gone not in its[1]]
        elif clause.startswith('DROP CONSTRAINT'):
            self.constraints[table] = [its for its in self.constraints[table] if its[0] != named[1]]
        elif named:
            self.constraints.setdefault(table, []).append((named[1], words(clause)))
        elif 'GENERATED ALWAYS AS' in clause:
            self.generated.setdefault(table, []).append((clause.split()[0], words(clause)))

    def writes(self, text):
        """(event, table, columns) of each; a column that becomes NULL refers to nothing and takes nobody's place."""
        for insert, into, listed, update, table, assigned in WRITE.findall(text):
            if insert:
                columns = words(listed)
            else:
                columns = {name for many, one in SET.findall(assigned) for name in words(many or one)}
            table = into or table
            columns |= {name for name, used in self.generated.get(table, []) if used & columns}
            yield insert or update, table, columns
        for table in TERMS.findall(text):
            columns = {column for _, used in self.constraints.get(table, []) for column in used}
            yield from ((event, table, columns) for event in ('INSERT', 'UPDATE'))

    def reach(self, text):
        """{(problem or constraint, pointer, word): how} of all that running the text can come upon."""
        found, seen, calls, fired, how = {}, {'refuse', 'missing'}, [text], [], 'call'
        while calls or fired:
            # Triggers come last, so that what a call leads to as well is told as that.
            if not calls:
                how = 'perhaps'
                function = fired.pop()
                calls = [] if function in seen else [self.functions[function]]
                seen.add(function)
                continue
            text = calls.pop()
            for refusal in refused(text):
                found.setdefault(refusal, how)
            for event, table, columns in self.writes(text):
                for name, used in self.constraints.get(table, []):
                    if used & columns:
                        found.setdefault((name, None, None), how)
                fired += [function for when, asked, function in self.triggers.get(table, [])
                          if when == event and (not asked or asked & columns)]
            called = set(CALL.findall(text)) & self.functions.keys() - seen
            seen |= called
            calls += [self.functions[function] for function in sorted(called)]
        return found


class Handlers:
    """The definitions in C, of functions and of tables, by file and name."""

    def __init__(self, texts):
        self.own, self.everybodys = {}, {}
        for file, text in texts.items():
            self.own[file] = {}
            for found in DEFINITION.finditer(NOISE.sub(' ', text)):
                self.own[file][found[2]] = found[0]
                if not found[1]:
                    self.everybodys[found[2]] = file

    def texts(self, name):
        """Of all definitions that a function leads to."""
        todo, texts = [(self.everybodys[name], name)], {}
        for file, name in todo:
            if file is not None and (file, name) not in texts:
                texts[file, name] = self.own[file][name]
                todo += [(file if word in self.own[file] else self.everybodys.get(word), word)
                         for word in sorted(words(texts[file, name]))]
        return texts.values()


def of_statement(where, statement, schema):
    for refusal in statement.refusals:
        yield refusal.problem, refusal.pointer, refusal.word, 'refusal', f'{where}:{refusal.line}'
    found = schema.reach(''.join(text for _, text in statement.merged()))
    for name in statement.never:
        if found.pop((name, None, None), None) is None:
            sys.exit(f'service/{where}:{statement.line}: the statement never comes upon {name} anyway')
    for its, how in found.items():
        yield *its, how, f'{where}:{statement.line}'


def raised(sources, schema, handlers):
    """{operation: [(problem or constraint, pointer, word, how, where)]}"""
    by_name, by_operation = {}, {}
    for path, found in sources.items():
        for statement in found:
            rows = list(of_statement(f'{path.parent.name}/{path.name}', statement, schema))
            by_name[statement.name] = rows
            for operation in statement.operations:
                by_operation.setdefault(operation, []).extend(rows)
    for name in handlers.everybodys:
        if name.startswith('op_'):
            where = f'{handlers.everybodys[name].parent.name}/{handlers.everybodys[name].name}: {name}'
            rows = by_operation[name[3:]] = []
            for text in handlers.texts(name):
                rows += [row for word in sorted(words(text) & by_name.keys()) for row in by_name[word]]
                rows += [(problem.lower().replace('_', '-'), pointer or None, word or None,
                          'perhaps' if IS_TABLE.match(text) else 'call', where) for problem, pointer, word in PROBLEM.findall(text)]
    return by_operation


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    paths = [Path(argument) for argument in arguments[1:]]
    texts = {path: path.read_text(encoding='utf-8') for path in paths}
    migrations = {path for path in paths if 'migrations' in path.parts}
    sources, _ = statements.read_all([path for path in paths if path.suffix == '.sql' and path not in migrations])
    schema = Schema([texts[path] for path in paths if path in migrations])
    handlers = Handlers({path: text for path, text in texts.items() if path.suffix == '.c'})
    Path(arguments[0]).write_text(json.dumps(raised(sources, schema, handlers), indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main(sys.argv[1:])
