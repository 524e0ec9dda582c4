"""The words that a column may hold are those of the contract, or stand here as ones that nobody outside sees."""

import json
import pathlib
import re

# Kept for the database's own use: what the contract tells follows from them (api.device_status), or is more general.
OWN = {
    "devices.condition": {"usable", "in_repair", "lost", "disposed"},
    "device_occupations.kind": {"check_out", "reservation"},
    "device_records.kind": {"introduction", "change", "disposal"},
}
CHECKS = """
    SELECT c.conrelid::regclass::text || '.' || a.attname, pg_get_constraintdef(c.oid)
      FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'c' AND array_length(c.conkey, 1) = 1 AND c.connamespace = 'kiki'::regnamespace"""


def enumerations(node):
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list):
            yield frozenset(word for word in node["enum"] if word is not None)
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from enumerations(part)


def test_columns_hold_the_words_of_the_contract(database):
    told = set(enumerations(json.loads(pathlib.Path("build/gen/openapi.json").read_text())))
    with database.connection.cursor() as cursor:
        cursor.execute(CHECKS)
        checks = cursor.fetchall()
    held = {}
    for column, definition in checks:
        listed = re.search(r"= ANY \(\(?ARRAY\[(.*?)\]|<@ '\{(.*?)\}'", definition)
        if listed:
            held[column] = set(re.findall(r"'([^']*)'::text", listed[1])) if listed[1] else set(listed[2].split(","))
    assert len(held) > 20
    assert {column: words for column, words in held.items() if frozenset(words) not in told} == OWN
