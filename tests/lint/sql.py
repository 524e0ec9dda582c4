"""What holds of every statement, function, view, policy and trigger. `sql.py FILE…` looks at other files than those there are."""

import pathlib
import re
import sys

WIDTH = 130
# Words that PostgreSQL reserves, and those of PL/pgSQL that begin or end something.
KEYWORDS = set("""
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create cross default
    deferrable desc distinct do else elsif except exists exclude fetch filter following for foreign from full function grant
    group having if ilike in initially inner insert into intersect is isnull join lateral leading left like limit loop
    materialized natural not notnull null offset on only or order outer over partition perform placing policy preceding
    primary raise range recursive references returning returns revoke right rows select set similar some stable symmetric
    table then to trailing union unique update using values variadic volatile when where window with within""".split())
# The clock of a transaction and the day in Japan are api.now() and api.today(), which tests move.
CLOCK = re.compile(r"(?<![.\w])(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\)"
                   r"|\b(CURRENT_(?:DATE|TIME|TIMESTAMP)|LOCALTIME|LOCALTIMESTAMP)\b", re.IGNORECASE)
ABOLITION = re.compile(r"(?<!NEW\.)(?<!OLD\.)\babolished_on\s*(?:IS\s+(?:NOT\s+)?NULL|[<>]=?)|[<>]=?\s*(?:\w+\.)?abolished_on\b")
TOKEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"|[A-Za-z_]\w*|\s+|.", re.DOTALL)
# What a query calls its tables, functions, queries and those of its WITH. A column after AS may be short.
SHORT = re.compile(r"""
      (?: \b(?:FROM|JOIN|LATERAL|UPDATE|INTO|USING|ONLY)\s+ | ,\s* | \{change:[ ] ) [a-z_][\w.]*\s+ (?:AS\s+)? (?P<table>[a-z]\w?)\b
    | \)\s+ (?:AS\s+(?=\w+\s*\())? (?P<query>[a-z]\w?)\b
    | (?<![\w.:]) (?P<part>[a-z]\w?)\s+ AS\s+ (?:MATERIALIZED\s+)?\(""", re.VERBOSE)
# A definition and what comes before its body.
DEFINITION = re.compile(r"^CREATE (?:OR REPLACE )?FUNCTION (?P<name>[\w.]+)(?P<head>.*?)\bAS\s+\$\$", re.DOTALL | re.MULTILINE)


def plain(text: str) -> str:
    """The same text with blanks for comments and for what stands in quotes."""
    def blank(found: re.Match) -> str:
        token = found[0]
        if token.startswith("--"):
            return " " * len(token)
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1] if token[0] in "'\"" and len(token) > 1 else token
    return TOKEN.sub(blank, text)


def of_lines(text: str):
    """(offset, fault) of what is seen line by line."""
    offset = 0
    for line in text.splitlines(keepends=True):
        if "\t" in line:
            yield offset, "a tab"
        if len(line.rstrip("\n")) > WIDTH:
            yield offset, f"{len(line.rstrip())} characters, more than {WIDTH}"
        offset += len(line)


def of_words(code: str):
    for found in re.finditer(r"[A-Za-z_]\w*", code):
        word, before, after = found[0], code[:found.start()].rstrip(), code[found.end():found.end() + 1]
        if word.lower() in KEYWORDS and word != word.upper() and not before.endswith((".", ":", "{")) and after not in ".(":
            yield found.start(), f"{word} is a keyword, in upper case"


def of_clocks(text: str, code: str):
    allowed = [(found.start(), text.index("$$", found.end())) for found in DEFINITION.finditer(text)
               if found["name"] in ("api.now", "api.clock", "api.new_id")]
    for found in CLOCK.finditer(code):
        if not any(begin < found.start() < end for begin, end in allowed):
            yield found.start(), f"{found[0]} is not the tests' clock: api.now(), api.today(), api.clock()"


def of_definers(text: str):
    """What runs with its owner's rights finds nothing but what its owner meant."""
    for found in DEFINITION.finditer(text):
        if "SECURITY DEFINER" in found["head"] and not re.search(r"\bSET\s+search_path\s*=", found["head"]):
            yield found.start(), f"{found['name']} is SECURITY DEFINER without SET search_path"


def of_searches(code: str):
    """What people search for may hold % and _, which stand for themselves there."""
    for found in re.finditer(r"\b(?:I?LIKE|SIMILAR\s+TO)\s+(?!api\.containing\(|')", code):
        yield found.start(), "what is searched for goes through api.containing"


def of_abolition(text: str, code: str):
    """It compares with a day, and in one place alone."""
    allowed = [(found.start(), text.index("$$", found.end())) for found in DEFINITION.finditer(text)
               if found["name"] in ("api.serves_on", "api.there")]
    for found in ABOLITION.finditer(code):
        if not any(begin < found.start() < end for begin, end in allowed):
            yield found.start(), "whether something serves on a day is asked by api.serves_on"


def of_rows(code: str):
    """What an answer tells is named member by member, so that a new column does not get out by itself."""
    for found in re.finditer(r"\b(?:row_to_json|jsonb?_agg|to_jsonb?)\s*\(\s*(?:\w+\s*\)\s*FROM\s*\(\s*SELECT\s+|\w+\.)\*", code):
        yield found.start(), "a whole row as JSON: name its members"


def of_aliases(text: str):
    refusing = re.sub(r"-- (?=refuse: )|--(?=   )", lambda found: " " * len(found[0]), text)
    for found in SHORT.finditer(plain(refusing)):
        yield found.start(found.lastgroup), f"{found[found.lastgroup]} is no word, as every alias is"


def faults(path: pathlib.Path):
    text = path.read_text(encoding="utf-8")
    code = plain(text)
    for found in (of_lines(text), of_words(code), of_clocks(text, code), of_definers(text), of_abolition(text, code), of_searches(code), of_rows(code),
                  of_aliases(text)):
        for offset, fault in found:
            yield f"{path}:{text.count(chr(10), 0, offset) + 1}: {fault}"


def main(names: list[str]) -> int:
    paths = [pathlib.Path(name) for name in names] or [*sorted(pathlib.Path("service").rglob("*.sql")),
                                                       *sorted(pathlib.Path("migrations/code").glob("*.sql"))]
    wrong = [fault for path in paths for fault in faults(path)]
    print("\n".join(wrong) or f"{len(paths)} files of SQL are in order")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
