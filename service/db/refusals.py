"""Refusals of a statement: lines at the end of a query, judged for each of its rows in the order in which they stand.

    -- refuse: problem [/pointer word] [with column, …] when|unless condition

The query becomes a CTE of its own, which PostgreSQL works out (and locks) before it looks at them, and they become the one
CASE that its rows must pass: a planner may put off, repeat or reorder the conditions of a WHERE, and it moves those of one
table before its joins. `unless` also refuses what is NULL."""

import re
from dataclasses import dataclass

LINE = re.compile(r'(?P<problem>[a-z]+(?:-[a-z]+)*)(?:\s+(?P<pointer>[/{]\S*)\s+(?P<word>[a-z]+(?:_[a-z]+)*))?'
                  r'(?:\s+with\s+(?P<members>[a-z]\w*(?:,\s*[a-z]\w*)*))?'
                  r'\s+(?P<how>when|unless)\s+(?P<condition>.+)', re.DOTALL)
POINTER = re.compile(r'(?:/[\w"]+|/?\{\w+\})+')
BY_HAND = re.compile(r'\bapi\.(?:refuse|missing)\(')
CTE = re.compile(r'(\w+)\s+AS\s*(?:MATERIALIZED\s*)?$')


@dataclass
class Refusal:
    problem: str
    pointer: str  # {column} in it stands for a column's value; None: no pointer
    word: str     # None without a pointer
    members: list  # columns that the problem has as members of their names
    how: str
    condition: list  # pieces of SQL
    line: int

    def pieces(self):
        told = [f"'{self.problem}'"] + ([pointer_sql(self.pointer), f"'{self.word}'"] if self.pointer else [])
        if self.members:
            pairs = ', '.join(f"'{name}', {name}" for name in self.members)
            told.append(f'members => jsonb_build_object({pairs})')
        untrue = ' IS NOT TRUE' if self.how == 'unless' else ''
        return [(piece, self.line) for piece in (
            '\nWHEN (', *self.condition, f'){untrue} THEN api.refuse({", ".join(told)})')]


def parse(text, line, read, fault):
    """`read` makes the pieces of a line of SQL; `fault(line, message)` is raised."""
    found = LINE.fullmatch(text)
    if not found or not POINTER.fullmatch(found['pointer'] or '/x'):
        raise fault(line, f'"{text}" is not "problem [/pointer word] when condition", or unless')
    return Refusal(found['problem'], found['pointer'], found['word'],
                   re.findall(r'\w+', found['members'] or ''), found['how'], read(found['condition']), line)


def pointer_sql(pointer):
    parts = [f"'{part}'" if index % 2 == 0 else part for index, part in enumerate(re.split(r'\{(\w+)\}', pointer))]
    return ' || '.join(part for part in parts if part != "''")


def text_of(pieces):
    return ''.join(piece if isinstance(piece, str) else ':' + piece[1] for piece, _ in pieces)


class Scope:
    """A query that refusals may end: the whole statement, or what stands in brackets from the place `opened` on."""

    def __init__(self, opened, name):
        self.opened, self.name, self.refusals = opened, name, []


def compile(pieces, fault):
    """(piece, line) of a statement → the same with each refusal as SQL, and the refusals in their order."""
    out, scopes, told = [], [Scope(0, 'row')], []
    for piece, line in [*pieces, (None, 0)]:
        scope = scopes[-1]
        if isinstance(piece, Refusal):
            scope.refusals.append(piece)
            continue
        if scope.refusals and piece in (')', None):
            judge(out, scope, fault)
            told.append((scope, len(out)))
        elif scope.refusals and (not isinstance(piece, str) or piece.strip()):
            raise fault(scope.refusals[-1].line, 'refusals stand at the end of a query')
        if piece is not None:
            out.append((piece, line))
        if piece == '(':
            found = CTE.search(text_of(out[-60:-1]))
            scopes.append(Scope(len(out), found and found[1]))
        elif piece == ')' and len(scopes) > 1:
            scopes.pop()
    for scope, end in told:
        if scope.opened and not re.search(rf'\b{scope.name}\b', text_of(out[end:])):
            raise fault(scope.refusals[0].line, f'nothing reads {scope.name}, so PostgreSQL would not judge it')
    return out, [refusal for scope, _ in told for refusal in scope.refusals]


def judge(out, scope, fault):
    """Puts the query that `out` ends with behind a WITH of its own name, and the CASE behind that."""
    line = scope.refusals[0].line
    if scope.name is None:
        raise fault(line, 'refusals end a statement, or a query of WITH')
    case = [('CASE', line), *(piece for refusal in scope.refusals for piece in refusal.pieces()), ('\nELSE true END', line)]
    if not text_of(out[scope.opened:]).strip():
        out += [('SELECT ', line), *case]
        return
    out.insert(scope.opened, (f'WITH {scope.name} AS MATERIALIZED (', line))
    out += [(f')\nSELECT * FROM {scope.name} WHERE ', line), *case]
