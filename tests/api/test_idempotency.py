"""One Idempotency-Key, one answer: whatever comes between, whoever asks again, in whichever language."""

import concurrent.futures
import contextlib
import time
import uuid

import pytest

from harness.patience import until


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ %s"


@contextlib.contextmanager
def another(cluster, database):
    """A cursor in a transaction of its own, rolled back in the end if it did not commit."""
    with contextlib.closing(cluster.connect(database.name)) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("SET search_path = kiki, api; SELECT set_config('kiki.operation', 'test', true)")
        yield cursor


class TestTwins:
    def test_of_a_check_out_during_a_return(self, lending, service, patient_service, device):
        """Either may find the device out or back, but what one was answered the other is as well."""
        plan, shelf = lending.plan() | {"device_id": device["id"]}, lending.shelf()
        callers = [patient_service.staff("210002") for _ in range(3)]
        entry = lending.out(callers[0], device)
        differing = []
        with concurrent.futures.ThreadPoolExecutor(3) as threads:
            for n in range(40):
                key = str(uuid.uuid4())
                back = threads.submit(callers[2].post, f"usage-entries/{entry['id']}/return", 200,
                                      {"storage_location_id": shelf, "locked": True}, match=entry)
                time.sleep(n % 8 * 0.0005)
                twins = [threads.submit(caller.post, "usage-entries", (201, 409), plan, key=key) for caller in callers[:2]]
                answers = [twin.result() for twin in twins]
                back.result()
                if len({(answer.status, answer.text) for answer in answers}) > 1:
                    differing.append([repr(answer)[:200] for answer in answers])
                entry = next((a for a in answers if a.status == 201), None) or lending.out(callers[0], device)
        assert not differing, f"{len(differing)} of 40 keys: {differing[0]}"

    def test_of_something_that_is_not_there(self, lending, member):
        """Not found is an answer that is kept as well."""
        key, path = str(uuid.uuid4()), f"usage-entries/{uuid.uuid4()}/return"
        body = {"storage_location_id": lending.shelf(), "locked": True}
        first = member.post(path, 404, body, key=key, match="*")
        again = member.post(path, 404, body, key=key, match="*")
        assert again.headers["Idempotency-Replayed"] == "true" and again.text == first.text

    def test_a_rule_that_speaks_late_is_kept(self, lending, equipment_manager, cluster, database):
        """placements_one_at_a_time is checked after the statements, and refuses all the same under the key."""
        device = lending.device()
        body = {"device_id": device["id"], "department_id": lending.departments["kawasaki"], "reason": "試験"}
        key = str(uuid.uuid4())
        with database.before_commit_of_insert("placements", "PERFORM api.refuse('not-in-this-state')"):
            first = equipment_manager.post("placements", 409, body, key=key)
        assert first.problem == "not-in-this-state"
        again = equipment_manager.post("placements", 409, body, key=key)
        assert again.headers["Idempotency-Replayed"] == "true" and again.text == first.text


class TestWhatIsKept:
    def test_an_answer_that_was_forgotten_meanwhile_is_given_anew(self, cluster, database, service, lending, member, device):
        """Between the claim, which finds it, and the reading of it its day is over: the request is run again."""
        key, plan = str(uuid.uuid4()), lending.plan(purpose="approved_other") | {"device_id": device["id"]}
        first = member.post("usage-entries", 409, plan, key=key)
        row = database.rows("SELECT * FROM idempotency_keys WHERE key = %s", key)[0]
        lock = f"pg_advisory_xact_lock(hashtextextended(concat_ws(' ', '{row['caller']}', '{row['target']}', '{key}'), 0))"
        with another(cluster, database) as claimed, another(cluster, database) as deletes, \
                concurrent.futures.ThreadPoolExecutor(2) as threads:
            claimed.execute("SELECT " + lock)
            later = threads.submit(member.post, "usage-entries", 409, plan, key=key)
            until(lambda: database.value(WAITING, "api.claim") == 1)
            # Waits for the request's transaction, and its next one for this.
            locked = threads.submit(deletes.execute, "LOCK TABLE callers")
            until(lambda: database.value(WAITING, "LOCK TABLE") == 1)
            claimed.connection.rollback()
            locked.result()
            deletes.execute("DELETE FROM idempotency_keys WHERE key = %s", (key,))
            deletes.connection.commit()
            again = later.result()
        assert "Idempotency-Replayed" not in again.headers and again.problem == first.problem
        assert again.json["request_id"] != first.json["request_id"]
        assert service.process.poll() is None

    def test_a_stale_version_leaves_the_key_free(self, lending, member, device):
        entry, key = lending.out(member, device), str(uuid.uuid4())
        body = {"storage_location_id": lending.shelf(), "locked": True}
        stale = member.post(f"usage-entries/{entry['id']}/return", 412, body, match='"77.ja"', key=key)
        assert stale.problem == "precondition-failed"
        returned = member.post(f"usage-entries/{entry['id']}/return", 200, body, match=entry, key=key)
        assert "Idempotency-Replayed" not in returned.headers and returned["status"] == "returned"
        assert member.post(f"usage-entries/{entry['id']}/return", 200, body, match=entry, key=key).headers["Idempotency-Replayed"]

    def test_another_if_match_is_another_request(self, lending, member, device):
        entry, key = lending.out(member, device), str(uuid.uuid4())
        body = {"storage_location_id": lending.shelf(), "locked": True}
        member.post(f"usage-entries/{entry['id']}/return", 200, body, match=entry, key=key)
        other = member.post(f"usage-entries/{entry['id']}/return", 422, body, match="*", key=key)
        assert other.problem == "idempotency-key-reused"

    @pytest.mark.parametrize("status, change", [(201, {}), (409, {"purpose": "approved_other", "purpose_note": "試験"})])
    @pytest.mark.parametrize("first, then", [("ja", "en"), ("en", "ja")])
    def test_a_replay_keeps_its_language(self, lending, member, device, status, change, first, then):
        key, plan = str(uuid.uuid4()), lending.plan(**change) | {"device_id": device["id"]}
        given = member.post("usage-entries", status, plan, key=key, headers={"Accept-Language": first})
        again = member.post("usage-entries", status, plan, key=key, headers={"Accept-Language": then})
        assert again.headers["Idempotency-Replayed"] == "true" and again.text == given.text
        assert given.headers["Content-Language"] == again.headers["Content-Language"] == first
        assert again.etag == given.etag
