"""api.folded beside Python's own reading of it (harness/written.py), and the columns and indexes that are made of it."""

import pathlib
import random
import re
import unicodedata

import pytest
from harness.written import folded

PIECES = ["か", "゛", "゙", "ﾞ", "ｶ", "ぱ", "ﾊﾟ", "わ゙", "H̱", "Å", "Ａ", "ａ", "É", "é", "Ω", "я", "　", "\u00a0", " ", "ー", "ｰ",
          "－", "−", "‐", "—", "〜", "～", "‖", "∥", "葛\U000e0100", "\u200d", "\ufe0f", "\ufa1b", "福", "㋿", "㈱", "①", "Ⅳ", "ゝ", "ゟ",
          "￣", "´", "ﬃ", "ǅ", "İ", "\u3164", "가", "%", "_", "\\"]


def fold_all(database, texts):
    with database.connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(api.folded(t) ORDER BY n), array_agg(api.folded(api.folded(t)) ORDER BY n)"
                       " FROM unnest(%s) WITH ORDINALITY AS x (t, n)", (texts,))
        return cursor.fetchone()


def assigned():
    """What this Python knows, but for unified ideographs, which nothing changes."""
    spans = [range(1, 0x3400), range(0xa000, 0x20000), range(0x2f800, 0x2fa20)]
    return [chr(c) for span in spans for c in span if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]


def test_each_character_is_folded_as_by_python(database):
    once, twice = fold_all(database, [f"a{character}b" for character in assigned()])
    wrong = [(character, got) for character, got in zip(assigned(), once, strict=True) if got != folded(f"a{character}b")]
    assert wrong == []
    assert once == twice


def test_random_texts_are_folded_as_by_python(database):
    source = random.Random(8)
    texts = ["".join(source.choices(PIECES, k=source.randint(0, 6))) for _ in range(20_000)]
    once, twice = fold_all(database, texts)
    wrong = [(text, got, folded(text)) for text, got in zip(texts, once, strict=True) if got != folded(text)]
    assert wrong == []
    assert once == twice


def test_no_unique_index_tells_texts_apart_that_people_do_not(database):
    """But for what programs name, which is compared as it is."""
    exact = {"api_clients_client_id_unique", "api_clients_subject_unique", "staff_subject_unique", "meeting_services_once", "regulation_versions_day_unique",
             "idempotency_keys_pkey", "posts_one_manager", "finding_notes_once"}
    with database.connection.cursor() as cursor:
        cursor.execute("""
            SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
              JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.atttypid = 'text'::regtype
             WHERE (i.indisunique OR i.indisexclusion) AND t.relnamespace = 'kiki'::regnamespace
               AND t.relname !~ '^(code_|migrations)'
               AND pg_get_indexdef(i.indexrelid, a.attnum, false) NOT LIKE '%folded(%'""")
        found = {name.removeprefix("kiki.") for name, in cursor.fetchall()}
    assert found <= exact


def test_every_list_with_q_looks_into_what_is_folded():
    lines = [line for path in pathlib.Path("service").rglob("*.sql") for line in path.read_text().splitlines()
             if re.search(r"--\? q$", line)]
    assert len(lines) >= 5
    assert [line for line in lines if not re.search(r"\.sought LIKE api\.containing\(:q\)", line)] == []


@pytest.mark.parametrize("table, column", [("devices", "folded_code"), ("staff", "folded_number")])
def test_codes_of_the_long_lists_are_found_by_an_index(database, table, column):
    """Under row-level security too, where PostgreSQL uses none on a function that is not leakproof."""
    with database.connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL ROLE kiki_service; SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT FROM kiki.{table} WHERE {column} = ANY (api.all_folded(%s))", (["ＷＴ-001"],))
        plan = "\n".join(line for line, in cursor.fetchall())
        cursor.execute("ROLLBACK")
    assert f"{table}_{column}" in plan, plan
