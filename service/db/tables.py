"""What statements become in C: their tables, the typed wrappers of those that handlers call, and the lists of all. Used by
statements.py. Standard library only."""

import json
import sys

import rows

# OIDs of PostgreSQL's built-in types (pg_type.dat); they never change.
OIDS = {'uuid': 2950, 'text': 25, 'date': 1082, 'timestamptz': 1184, 'jsonb': 3802, 'int': 23, 'bigint': 20,
        'bool': 16, 'uuid[]': 2951, 'text[]': 1009, 'int[]': 1007, 'bigint[]': 1016, 'timestamptz[]': 1185}
# C type and the printf format of the parameters that do not travel as text in C.
NUMBERS = {'int': ('int', '"%d"'), 'bigint': ('int64_t', '"%" PRId64')}


def quote(text):
    """As C. The words of a vocabulary are a literal of their own, which the compiler of the contract defines."""
    return ' '.join(f'WORDS_{part.upper()}' if index % 2 else quote_literal(part) for index, part in enumerate(text.split('\x01')))


def quote_literal(text):
    text = text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n').replace('\t', '\\t')
    return '"' + text.replace('??', '?\\?') + '"'


def write_table(statement):
    its = ''.join(f'                {{{bits:#x}, {quote(text)}}},\n' for bits, text in statement.merged())
    optional = sum(1 << index for index, parameter in enumerate(statement.parameters) if parameter.optional)
    scope = '' if statement.operations else 'static '
    out = [f'{scope}const struct statement {statement.name}_statement = {{',
           f'        .name = "{statement.name}",',
           f'        .lines = (const struct statement_line[]){{\n{its}                {{0, NULL}},\n        }},']
    if statement.parameters:
        types = ', '.join(str(OIDS[parameter.type]) for parameter in statement.parameters)
        out += [f'        .types = (const unsigned[]){{{types}}},',
                f'        .parameters = {len(statement.parameters)},',
                f'        .optional = {optional:#x},']
    out += rows.fields([row.name for row in statement.rows])
    if statement.is_list:
        sorts = ', '.join(f'{{"{name}", "{type_}"}}' for name, type_ in statement.sorts)
        out.append(f'        .sorts = (const struct statement_sort[]){{{sorts}, {{NULL, NULL}}}},')
    return '\n'.join([*out, '};'])


def write_wrapper(statement):
    arguments = ['struct transaction *transaction']
    if statement.is_list:
        arguments.append('const struct page *page')
    arguments += [parameter.declare() for parameter in statement.parameters]
    out, values = [f'static int {statement.name}({", ".join(arguments)}) {{'], []
    for parameter in statement.parameters:
        value = parameter.name
        if not parameter.optional and parameter.type in NUMBERS:
            value += '_text'
            out += [f'        char {value}[24];',
                    f'        snprintf({value}, sizeof {value}, {NUMBERS[parameter.type][1]}, {parameter.name});']
        elif not parameter.optional and parameter.type == 'bool':
            value += ' ? "true" : "false"'
        values.append(value)
    if values:
        out.append(f'        const char *const values[] = {{{", ".join(values)}}};')
    out.append(f'        return transaction_queue(transaction, &{statement.name}_statement, '
               f'{"page" if statement.is_list else "NULL"}, {"values" if values else "NULL"});')
    return '\n'.join([*out, '}'])


def write_header(path, statements):
    parts = [f'/* Made of {path.parent.name}/{path.name} by db/statements.py. */', '#pragma once', '#include "db/transaction.h"',
             '#include <inttypes.h>\n#include <stdio.h>']
    if any(statement.rows for statement in statements):
        parts.append('#include "rows.h"')
    tables = [write_table(statement) + '\n\n' + write_wrapper(statement) for statement in statements if not statement.operations]
    if any('" WORDS_' in table for table in tables):
        parts.append('#include "vocabularies.h"')
    parts += tables
    return '\n\n'.join(parts) + '\n'


def write_operations(sources, tasks):
    """The tables of the statements that operations consist of, as C, and what the compiler of the contract asks of them."""
    tables, steps = [], {}
    for path, statements in sources.items():
        for statement in statements:
            if statement.operations:
                tables.append(write_table(statement))
            for operation in statement.operations:
                steps.setdefault(operation, []).append({
                    'where': f'{path.parent.name}/{path.name}:{statement.line}', 'kind': statement.kind,
                    'statement': f'{statement.name}_statement', 'emits': statement.emits,
                    'sorts': [name for name, _ in statement.sorts],
                    'parameters': [[parameter.name, parameter.type, parameter.optional] for parameter in statement.parameters]})
    for operation, its in steps.items():
        its.sort(key=lambda step: step['kind'] != 'before')
        if [step['kind'] == 'before' for step in its] != [True] * (len(its) - 1) + [False]:
            sys.exit(f'{its[-1]["where"]}: {operation} needs one statement that answers, beside those before it')
    return ('/* Made by db/statements.py. */\n#include "operation_statements.h"\n#include "vocabularies.h"\n\n' + '\n\n'.join(tables) + '\n',
            '/* Made by db/statements.py. */\n#pragma once\n\n#include "db/statement.h"\n\n' + ''.join(
                f'extern const struct statement {name};\n' for name in dict.fromkeys(
                    step['statement'] for its in steps.values() for step in its)),
            json.dumps({'operations': steps, **kinds(tasks)}, indent=1, ensure_ascii=False) + '\n')


def kinds(tasks):
    """What the contract tells of tasks and findings. A finding that is to be noted is a task of its own kind until then."""
    findings = [task for task in tasks if hasattr(task, 'roles')]
    return {'tasks': [task.kind for task in tasks if getattr(task, 'noted', True)],
            'findings': [task.kind for task in findings]}


def write_index(sources):
    statements = [statement for found in sources.values() for statement in found]
    names = [statement.name for statement in statements]
    for name in names:
        if names.count(name) > 1:
            sys.exit(f'{name} stands in two files; prepared statements are known by their names')
    includes = '\n'.join(f'#include "{path.parent.name}_{path.name}.h"' for path, found in sources.items()
                         if any(not statement.operations for statement in found))
    listed = ''.join(f'        &{name}_statement,\n' for name in names)
    return ('/* Every statement there is. Made by db/statements.py. */\n#pragma once\n\n'
            '#pragma GCC diagnostic ignored "-Wunused-function"\n\n#include "db/statement.h"\n#include "operation_statements.h"\n'
            f'{includes}\n\nstatic const struct statement *const statements_all[] = {{\n{listed}        NULL,\n}};\n')
