"""Every limit of a list is served by one prepared statement, on a connection that stays, and cuts the list where it says."""

import pytest

LISTS = ("devices", "staff", "departments")

# Each page of devices writes down what its connection has prepared.
WATCH = """
    CREATE TABLE kiki.seen (pid int, prepared bigint, at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION kiki.watch() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO kiki.seen SELECT pg_backend_pid(), count(*) FROM pg_prepared_statements;
        RETURN true;
    END $$;
    CREATE POLICY watched ON kiki.devices AS RESTRICTIVE FOR SELECT TO kiki_service USING ((SELECT kiki.watch()));
    INSERT INTO kiki.devices (code, name, kind, introduced_on)
    SELECT 'LIMIT-' || to_char(n, 'FM000'), '端末', 'terminal', '2026-04-01' FROM generate_series(1, 210) n;
"""


@pytest.fixture(scope="module")
def watched(database):
    database.run("BEGIN; SELECT set_config('kiki.operation', 'test', true); " + WATCH + " COMMIT")
    return database


def pids(database):
    return database.value("""SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity
                              WHERE datname = current_database() AND application_name = 'kiki'""")


def test_two_hundred_limits_of_three_lists_cost_what_one_costs(general_manager, watched):
    for path in (*LISTS, "devices"):
        general_manager.get(path, 200, params={"limit": 1})
    prepared, connections = watched.value("SELECT max(prepared) FROM seen"), pids(watched)
    for limit in range(1, 201):
        for path in LISTS:
            general_manager.get(path, 200, params={"limit": limit})
    assert watched.value("SELECT max(prepared) FROM seen") == prepared
    assert watched.value("SELECT count(DISTINCT pid) FROM seen") == 1
    assert pids(watched) == connections


def test_a_page_ends_at_its_limit_and_tells_of_the_next(general_manager, watched):
    whole = general_manager.get("departments", 200, params={"limit": 200})
    assert whole["next_cursor"] is None and len(whole["items"]) > 10
    for limit in range(1, 201):
        page = general_manager.get("departments", 200, params={"limit": limit})
        assert page["items"] == whole["items"][:limit]
        assert (page["next_cursor"] is None) == (limit >= len(whole["items"])), limit
    first = general_manager.get("devices", 200, params={"limit": 200})
    rest = general_manager.get("devices", 200, params={"limit": 200, "cursor": first["next_cursor"]})
    codes = [device["code"] for device in first["items"] + rest["items"]]
    assert len(first["items"]) == 200 and rest["next_cursor"] is None
    assert codes == sorted(set(codes)) and len(codes) == watched.value("SELECT count(*) FROM devices")


def test_connections_stay_however_many_statements_there_are(general_manager, watched):
    """More texts than a connection keeps: those that were used least recently make way for others."""
    general_manager.get("devices", 200)
    connections = pids(watched)
    filters = {"kind": "terminal", "status": "in_stock", "code": "LIMIT-001", "q": "端末"}
    for choice in range(16):
        chosen = {name: value for place, (name, value) in enumerate(filters.items()) if choice >> place & 1}
        for sort in ("code", "-code", "introduced_on", "-introduced_on", "updated_at", "-updated_at"):
            first = general_manager.get("devices", 200, params=chosen | {"sort": sort, "limit": 2, "include_total": "true"})
            if first["next_cursor"]:
                again = chosen | {"sort": sort, "limit": 2, "cursor": first["next_cursor"]}
                general_manager.get("devices", 200, params=again)
        for sort in ("number", "-number"):
            general_manager.get("staff", 200, params={"sort": sort, "limit": 2, "q": "a"} if choice % 2 else {"sort": sort})
    assert watched.value("SELECT max(prepared) FROM seen") <= 256
    assert watched.value("SELECT count(DISTINCT pid) FROM seen") == 1
    assert pids(watched) == connections
