"""Nobody waits in a circle, as everybody locks in one order (harness/locks.py): each operation that changes something is
stopped at every lock that it takes, and what it has by then comes earlier."""

import pytest

from contract.conformance import Contract
from harness.changes import Changes
from harness.locks import Observation, blocked_at, comes_before

CHANGES = sorted(operation["operationId"] for _, method, operation in Contract().operations()
                 if method != "get" and not operation.get("x-read-only"))


@pytest.fixture(scope="module")
def changes(lending, meetings, service, today):
    return Changes(lending, meetings, service, today)


@pytest.fixture(scope="module")
def stops(changes, database):
    """stops(operation): the anchors that it stopped at, each with those that it held there."""
    database.run("CREATE EXTENSION pgrowlocks SCHEMA public")
    seen = {}

    def stops(operation):
        if operation not in seen:
            seen[operation] = Observation(database, getattr(changes, operation)()).stops
        return seen[operation]

    return stops


@pytest.mark.parametrize("operation", CHANGES)
def test_what_is_held_comes_before_what_is_waited_for(stops, operation):
    for wanted, held in stops(operation):
        assert all(comes_before(one, wanted) for one in held), stops(operation)


@pytest.mark.parametrize("earlier, later, operation", [
    ("ledger month", "device", "check_out"),
    ("device", "meeting", "check_out"),
    ("meeting services", "meeting", "change_meeting"),
    ("meeting", "staff", "check_out"),
    ("device", "department", "place_device"),
    ("tree of departments", "department", "change_department"),
    ("post", "department", "create_post_assignment"),
    ("department", "staff", "create_post_assignment"),
    ("staff", "storage place", "import_usage_entries"),
    ("device", "storage place", "return_device"),
])
def test_who_waits_for_the_later_has_the_earlier(stops, earlier, later, operation):
    assert [held for wanted, held in stops(operation) if wanted == later and earlier in held], stops(operation)


@pytest.mark.parametrize("table, operation", [
    ("devices", "check_out_batch"), ("devices", "return_devices"), ("devices", "hand_over_set"), ("devices", "confirm_uses"),
    ("devices", "import_devices"), ("devices", "import_placements"), ("staff", "import_staff"),
    ("posts", "import_post_assignments"), ("meetings", "create_meeting_service_version"),
])
@pytest.mark.parametrize("locked", [0, -1], ids=["first", "last"])
def test_things_of_one_kind_are_locked_by_id(changes, database, table, operation, locked):
    """Who waits for the last of those that he wants has the first, and who waits for the first does not have the last."""
    before = database.value("SELECT api.new_id()")
    request = getattr(changes, operation)()
    ids = [row["id"] for row in database.rows(f"SELECT id FROM {table} WHERE id > %s ORDER BY id", before)]
    free = blocked_at(database, table, ids[locked], request,
                      lambda: database.rows(f"SELECT id FROM {table} WHERE id = %s FOR UPDATE SKIP LOCKED", ids[-1 - locked]))
    assert len(ids) > 1 and bool(free) == (locked == 0)
