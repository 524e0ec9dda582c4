"""Problems of every operation that need more than a bad request: a lock held, a connection lost, keys exchanged."""

import base64
import concurrent.futures
import os
import time
import uuid

NEW = {"name": "端末", "kind": "terminal", "introduced_on": "2026-04-01", "reason": "試験"}


def test_a_twin_still_at_work(service, database):
    """The first waits for devices and then for the audit log, 3 s in all; the twin gives up after 2 s of waiting."""
    body, key = NEW | {"code": "TWIN-1"}, str(uuid.uuid4())
    database.run("BEGIN")
    database.run("LOCK TABLE audit_log IN SHARE MODE")
    database.run("SAVEPOINT devices")
    database.run("LOCK TABLE devices IN SHARE MODE")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = pool.submit(service.staff("100001").post, "devices", 201, body, key=key)
        time.sleep(0.3)
        twin = pool.submit(service.staff("100001").post, "devices", 409, body, key=key)
        time.sleep(1.2)
        database.run("ROLLBACK TO SAVEPOINT devices")
        refused = twin.result()
        database.run("ROLLBACK")
        made = first.result()
    assert refused.problem == "request-in-progress" and int(refused.headers["Retry-After"]) > 0
    assert service.staff("100001").post("devices", 201, body, key=key).json == made.json


LOSE = """
    CREATE SEQUENCE kiki.commits;
    CREATE FUNCTION kiki.lose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        IF nextval('kiki.commits') <= 1 THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER lose AFTER INSERT ON kiki.devices DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION kiki.lose();
"""
FIND = "DROP TRIGGER lose ON kiki.devices; DROP FUNCTION kiki.lose; DROP SEQUENCE kiki.commits"


def test_a_connection_lost_during_commit(general_manager, database):
    """Without a key nobody knows; with one the service asks again, and the thing is done once."""
    database.run(LOSE)
    answer = general_manager.post("devices", 503, NEW | {"code": "LOST-1"}, key=None)
    assert answer.problem == "outcome-unknown" and int(answer.headers["Retry-After"]) > 0
    database.run(FIND)
    database.run(LOSE)
    general_manager.post("devices", 201, NEW | {"code": "LOST-2"})
    database.run(FIND)
    codes = [row["code"] for row in database.rows("SELECT code FROM devices WHERE code LIKE 'LOST-%%' ORDER BY code")]
    assert codes == ["LOST-2"]


def test_keys_are_forgotten_after_their_day(general_manager, database):
    """Each answer under a key forgets two that are older; what is younger is kept."""
    database.run("DELETE FROM idempotency_keys")
    for n in range(3):
        general_manager.post("devices", 201, NEW | {"code": f"OLD-{n}"})
    database.run("UPDATE idempotency_keys SET answered_at = answered_at - interval '24 hours'")
    key = str(uuid.uuid4())
    made = general_manager.post("devices", 201, NEW | {"code": "YOUNG-1"}, key=key)
    assert database.value("SELECT count(*) FROM idempotency_keys") == 2
    assert general_manager.post("devices", 201, NEW | {"code": "YOUNG-1"}, key=key).json == made.json
    general_manager.post("devices", 201, NEW | {"code": "YOUNG-2"})
    assert database.value("SELECT count(*) FROM idempotency_keys WHERE answered_at < now() - interval '1 hour'") == 0
    assert database.value("SELECT count(*) FROM idempotency_keys") == 2


def test_a_cursor_of_a_key_that_is_gone(general_manager, start_service, tmp_path):
    cursor = general_manager.get("devices", params={"limit": 1})["next_cursor"]
    secrets = tmp_path / "secrets"
    secrets.write_text(f"next:{base64.b64encode(os.urandom(32)).decode()}\n")
    secrets.chmod(0o600)
    answer = start_service(KIKI_KEY_FILE=str(secrets)).staff("100001").get("devices", 400, params={"limit": 1, "cursor": cursor})
    assert answer.problem == "cursor-expired"
