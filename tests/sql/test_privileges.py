"""Each database role executes what it calls and nothing else.

What the service calls is read from its statements, from the policies, defaults and constraints of the tables it reaches,
and from the functions among these that run with the rights of whoever calls them."""

import pathlib
import re

import pytest

CALL = re.compile(r"\bapi\.(\w+)\s*\(")
EXPRESSIONS = """
    SELECT DISTINCT f.proname FROM pg_depend d JOIN pg_proc f ON f.oid = d.refobjid
     WHERE d.refclassid = 'pg_proc'::regclass AND f.pronamespace = 'api'::regnamespace
       AND d.classid IN ('pg_policy'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass)
       AND CASE d.classid
           WHEN 'pg_policy'::regclass THEN EXISTS (SELECT FROM pg_policy p WHERE p.oid = d.objid AND %(role)s::regrole = ANY (p.polroles))
           WHEN 'pg_attrdef'::regclass THEN EXISTS (SELECT FROM pg_attrdef a WHERE a.oid = d.objid
                                                       AND has_table_privilege(%(role)s, a.adrelid, 'INSERT'))
           ELSE EXISTS (SELECT FROM pg_constraint c WHERE c.oid = d.objid AND has_table_privilege(%(role)s, c.conrelid, 'INSERT'))
           END"""
TRIGGERS = """
    SELECT f.prosrc FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
     WHERE NOT t.tgisinternal AND NOT f.prosecdef AND has_table_privilege(%(role)s, t.tgrelid, 'INSERT, UPDATE, DELETE')"""


def rows(database, statement, **values):
    with database.connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def called(database, role, statements):
    """Names of the functions of api that the role calls with rights of its own."""
    bodies = {}
    for name, source, definer in rows(database, "SELECT proname, prosrc, prosecdef FROM pg_proc WHERE pronamespace = 'api'::regnamespace"):
        bodies[name] = bodies.get(name, "") + ("" if definer else source)
    texts = [path.read_text() for path in statements] + [source for source, in rows(database, TRIGGERS, role=role)]
    waiting = {name for text in texts for name in CALL.findall(text)} | {name for name, in rows(database, EXPRESSIONS, role=role)}
    reached = set()
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= set(CALL.findall(bodies[name])) - reached
    return reached


@pytest.mark.parametrize("role, statements", [
    ("kiki_service", [path for path in pathlib.Path("service").rglob("*.sql") if path.name != "enrol.sql"]),
    ("kiki_worker", []),
])
def test_a_role_executes_what_it_calls(database, role, statements):
    granted = {name for name, in rows(database, "SELECT proname FROM pg_proc WHERE pronamespace = 'api'::regnamespace"
                                                " AND has_function_privilege(%(role)s, oid, 'EXECUTE')", role=role)}
    assert granted == called(database, role, statements)


@pytest.mark.parametrize("role", ["kiki_worker", "kiki_migrator", "public"])
def test_no_other_role_has_a_table(database, role):
    assert rows(database, "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'kiki'::regnamespace AND c.relkind IN ('r', 'v')"
                          " AND EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = to_regrole(%(role)s)"
                          " OR a.grantee = 0 AND %(role)s = 'public')", role=role) == []


def test_the_service_changes_nothing_that_is_kept_for_ever(database):
    kept = ["audit_log", "events", "idempotency_keys", "callers", "usage_entries", "usage_states", "usage_returns", "usage_extensions",
            "usage_storage_confirmations", "usage_confirmations", "usage_corrections", "ledger_closures", "device_occupations",
            "ledger_kept_lines", "device_records", "meeting_services", "settings_changes", "migrations", "code_files", "code_states", "code_objects"]
    assert rows(database, "SELECT relname FROM pg_class WHERE relnamespace = 'kiki'::regnamespace AND relname = ANY (%(kept)s)"
                          " AND has_table_privilege('kiki_service', oid, 'UPDATE, DELETE, TRUNCATE')", kept=kept) == []
