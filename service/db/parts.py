"""What a file of statements consists of. Used by statements.py. Standard library only."""

import re
from dataclasses import dataclass, field

import tables


class Task(list):
    """What awaits somebody: the segments of its SQL, of the columns clause, since, link and about."""

    def __init__(self, kind, line):
        super().__init__()
        self.kind, self.line, self.sentences = kind, line, {}


class Finding(Task):
    """What is not as the regulation has it: of the columns below. `roles` must act; where `noted` that is to note it, and its
    rows say besides whose act it is about."""
    COLUMNS, OWN = 'subject, clauses, rule, department_id, staff_id, since, link, about', 'own_of'

    def __init__(self, kind, line):
        super().__init__(kind, line)
        self.roles, self.noted = [], False


class Fault(Exception):
    def __init__(self, line, message):
        super().__init__(message)
        self.line = line


@dataclass
class Segment:
    """Text under one condition: pieces are SQL, ('parameter', name), or a refusal until the statement is complete."""
    needs: frozenset
    pieces: list
    line: int


@dataclass
class Parameter:
    name: str
    type: str
    optional: bool

    def declare(self):
        if self.optional or self.type not in (*tables.NUMBERS, 'bool'):
            return f'const char *{self.name}'
        return f'bool {self.name}' if self.type == 'bool' else f'{tables.NUMBERS[self.type][0]} {self.name}'


@dataclass
class Statement:
    name: str
    parameters: list
    kind: str
    line: int
    operations: list = field(default_factory=list)  # whose statement it is: one, or several that it stands before
    sorts: list = field(default_factory=list)
    rows: list = field(default_factory=list)  # those that its columns consist of, in their order
    segments: list = field(default_factory=list)
    refusals: list = field(default_factory=list)
    never: list = field(default_factory=list)     # constraints that it cannot break, although it writes their columns

    @property
    def is_list(self):
        return self.kind in ('list', 'page')

    @property
    def emits(self):
        """Whether it tells of an event whatever it has changed."""
        pieces = (piece for segment in self.segments for piece in segment.pieces if isinstance(piece, str))
        return 'api.emit(' in ''.join(pieces)

    def index(self, name, line):
        for index, parameter in enumerate(self.parameters):
            if parameter.name == name:
                return index
        raise Fault(line, f'{self.name} has no parameter {name}')

    def merged(self):
        """(bits, text) in order, neighbours under the same condition as one."""
        lines = []
        for segment in self.segments:
            text = ''.join(f'${self.index(piece[1], segment.line) + 1}' if isinstance(piece, tuple) else piece
                           for piece in segment.pieces)
            bits = sum(1 << self.index(name, segment.line) for name in segment.needs)
            if lines and (lines[-1][0] == bits or not text.strip()):
                lines[-1][1] += text
            elif text.strip():
                lines.append([bits, text])
        return [(bits, re.sub(r'[ \t]*\n\s*', '\n', text)) for bits, text in lines]
