"""The rows that statements declare, `-- row: name(column type, …)`, as C: a struct for each, and the table by which
db/row.c reads one. service/README.md tells the language. Used by statements.py. Standard library only."""

import re

# type -> (member of C, kind of db/row.h). Any other lower-case word is an enumeration of the contract.
TYPES = {'uuid': ('const char *', 'ROW_UUID'), 'text': ('const char *', 'ROW_TEXT'), 'date': ('struct date ', 'ROW_DATE'),
         'timestamptz': ('int64_t ', 'ROW_INSTANT'), 'int': ('int ', 'ROW_INT'), 'bigint': ('int64_t ', 'ROW_BIGINT'),
         'bool': ('bool ', 'ROW_BOOL'), 'fact': ('enum fact ', 'ROW_FACT')}
# Nothing that C could hold stands for NULL in these, so a flag stands beside them; a bool that can be NULL is a fact.
FLAGGED = ('timestamptz', 'int', 'bigint')

ROW = re.compile(r'([a-z]\w*)(?:\s*\((.*)\))?', re.DOTALL)
COLUMN = re.compile(r'([a-z]\w*)\s+(?:([a-z]\w*)(\[\])?|\((\w+(?:\s*,\s*\w+)*)\))(\??)')


class Column:
    def __init__(self, text):
        found = COLUMN.fullmatch(text)
        if not found:
            raise ValueError(f'"{text}" is not "name type" or "name (word, word)", perhaps with a ?')
        self.name, self.type, many, words, nullable = found.groups()
        self.many, self.nullable = bool(many), bool(nullable)
        self.words = [word.strip() for word in words.split(',')] if words else None
        if self.many and (self.nullable or self.type in ('fact', 'bool', *FLAGGED)):
            raise ValueError(f'{self.name}: an array is never NULL, and of uuid, text, date or words')
        if self.nullable and self.type in ('bool', 'fact'):
            raise ValueError(f'{self.name}: a bool that can be NULL is a fact, which always can')

    @property
    def enum(self):
        """The name of its enumeration, or None."""
        return self.name if self.words else self.type if self.type not in TYPES else None

    @property
    def flag(self):
        return f'{self.name}_count' if self.many else f'{self.name}_known' if self.nullable and self.type in FLAGGED else None

    def declare(self):
        member = f'enum {self.enum} ' if self.enum else TYPES[self.type][0]
        if not self.many:
            yield f'{member}{self.name}'
            if self.flag:
                yield f'bool {self.flag}'
        else:
            yield f'{member}const *{self.name}' if member.endswith('*') else f'const {member}*{self.name}'
            yield f'size_t {self.flag}'

    def initialiser(self, row):
        fields = [f'.name = "{self.name}"', f'.kind = {"ROW_WORD" if self.enum else TYPES[self.type][1]}',
                  f'.offset = offsetof(struct {row}, {self.name})']
        fields += ['.many = true'] if self.many else []
        fields += ['.nullable = true'] if self.nullable or self.type == 'fact' else []
        fields += [f'.beside = offsetof(struct {row}, {self.flag})'] if self.flag else []
        fields += [f'.words = {"words" if self.words else "vocabulary"}_{self.enum}'] if self.enum else []
        return '{' + ', '.join(fields) + '}'


class Row:
    """Named under a statement; declared, with its columns, under one of them."""

    def __init__(self, text):
        found = ROW.fullmatch(text)
        if not found:
            raise ValueError('after row: comes name or name(column type, …)')
        self.name, columns = found.groups()
        self.columns = None
        if columns is not None:
            self.columns = [Column(part.strip()) for part in re.split(r',(?![^(]*\))', columns)]
            names = [name for column in self.columns for name in (column.name, column.flag) if name]
            if len(names) > len(set(names)):
                raise ValueError(f'{self.name} has a column twice')


def fields(names):
    """What a statement's table says of its rows."""
    rows = ', '.join(f'&row_{name}' for name in names)
    return [f'        .rows = (const struct row *const[]){{{rows}, NULL}},'] if names else []


def enumerations(declared):
    """{name: words} of the columns that list their words themselves."""
    found = {}
    for row in declared:
        for column in row.columns:
            if column.words and found.setdefault(column.name, column.words) != column.words:
                raise ValueError(f'{column.name} has other words in {row.name} than elsewhere')
    return found


def write_header(declared):
    parts = ['/* The rows that statements declare. Made by db/statements.py. */\n#pragma once\n',
             '#include "core/clock.h"\n#include "core/fact.h"\n#include "vocabularies.h"\n',
             '#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n']
    for name, words in enumerations(declared).items():
        constants = ', '.join(f'{name.upper()}_{word.upper()}' for word in ('not_known', *words))
        parts.append(f'enum {name} {{ {constants} }};\n')
    parts.append('struct row;\n')
    for row in declared:
        members = ''.join(f'        {member};\n' for column in row.columns for member in column.declare())
        parts.append(f'struct {row.name} {{\n{members}}};\nextern const struct row row_{row.name};\n')
    return '\n'.join(parts)


def write_source(declared):
    parts = ['/* Made by db/statements.py. */\n#include "rows.h"\n#include "db/row.h"\n']
    for name, words in enumerations(declared).items():
        known = ', '.join(f'{{.word = "{word}"}}' for word in words)
        parts.append(f'static const struct vocabulary_word words_{name}[] = {{{known}, {{.word = NULL}}}};\n')
    for row in declared:
        parts += [f'_Static_assert(sizeof(enum {column.enum}) == sizeof(int), "read as an int");\n'
                  for column in row.columns if column.enum]
        columns = ''.join(f'                {column.initialiser(row.name)},\n' for column in row.columns)
        parts.append(f'const struct row row_{row.name} = {{\n        .name = "{row.name}",\n'
                     f'        .columns = (const struct row_column[]){{\n{columns}                {{.name = NULL}},\n        }},\n}};\n')
    return '\n'.join(parts)
