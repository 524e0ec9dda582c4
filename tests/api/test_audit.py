"""Every change is on record, and who may read it."""

import uuid

import pytest

from harness.organisation import name_acting


@pytest.fixture(scope="module")
def changed(operator):
    """Three changes of one department, oldest first."""
    made = operator.post("departments", 201, {"code": "audited", "name": "一", "kind": "section", "is_shozoku": False})
    path = f"departments/{made['id']}"
    second = operator.patch(path, 200, {"name": "二"}, match=made)
    return [made, second, operator.patch(path, 200, {"name": "三"}, match=second)]


class TestReading:
    def test_newest_first_with_before_and_after(self, auditor, operator, changed):
        records = [one for one in auditor.every("audit-log", subject=changed[0]["id"]) if one["subject_type"] == "department_terms"]
        assert list(dict.fromkeys(record["request_id"] for record in records)) == [answer.request_id for answer in reversed(changed)]
        newest, oldest = records[0], records[-1]
        assert (newest["operation"], newest["action"], newest["subject_id"]) == ("change_department", "update", changed[0]["id"])
        assert (newest["before"]["name"], newest["after"]["name"]) == ("二", "三")
        assert oldest["action"] == "insert" and oldest["before"] is None
        me = operator.get("me")
        assert newest["actor"] == {"kind": "staff", "id": me["id"], "name": me["name"]} and newest["acting_for"] is None

    def test_filters(self, auditor, operator, changed):
        subject = changed[0]["id"]
        made = auditor.every("audit-log", subject=subject, operation="create_department")
        assert [r["after"]["name"] for r in made if "name" in r["after"]] == ["一"]
        assert auditor.every("audit-log", subject=subject, actor=str(uuid.uuid4())) == []
        records = auditor.every("audit-log", subject=subject)
        assert auditor.every("audit-log", subject=f"{subject},{uuid.uuid4()}", actor=operator.get("me")["id"]) == records
        times = [record["at"] for record in records]
        last, before = sorted(set(times), reverse=True)[:2]
        assert {r["at"] for r in auditor.every("audit-log", subject=subject, **{"from": before, "to": last})} == {before}
        assert [r["at"] for r in auditor.every("audit-log", subject=subject, sort="at")] == times[::-1]
        total = auditor.get("audit-log", params={"subject": subject, "limit": 1, "include_total": "true"})
        assert total["total"] == len(records) and total["next_cursor"]

    def test_pages_visit_every_record_once_while_records_are_added(self, auditor, operator):
        seen, cursor, n = [], None, 0
        while n < 6:
            page = auditor.get("audit-log", params={"limit": 40} | ({"cursor": cursor} if cursor else {}))
            seen += [record["id"] for record in page["items"]]
            n += 1
            operator.post("departments", 201, {"code": f"paged-{n}", "name": "頁", "kind": "unit", "is_shozoku": False})
            if (cursor := page["next_cursor"]) is None:
                break
        assert len(seen) == len(set(seen)) > 40

    def test_bad_parameters_are_named(self, auditor):
        for name, value in (("subject", "1"), ("actor", "x,y"), ("operation", "DROP TABLE"), ("from", "yesterday"), ("to", "2026"),
                            ("sort", "operation")):
            assert auditor.get("audit-log", 400, params={name: value}).faults == {name: "invalid"}

    def test_an_api_client_is_named(self, auditor, service):
        client = service.enrolled("auditing", "organisation:write")
        made = client.post("departments", 201, {"code": "by-client", "name": "連携", "kind": "unit", "is_shozoku": False})
        record, *_ = auditor.every("audit-log", subject=made["id"])
        assert record["actor"]["kind"] == "client" and record["actor"]["name"] == "auditing"


class TestWhoMay:
    def test_the_general_manager_the_auditor_and_a_client_with_the_scope(self, general_manager, auditor, equipment_manager,
                                                                         usage_manager, member, operator, service,
                                                                         a_client):
        for caller in (general_manager, auditor):
            assert caller.get("audit-log", 200)["items"]
        for caller in (equipment_manager, usage_manager, member, operator):
            assert caller.get("audit-log", 403).problem == "forbidden"
        assert service.enrolled("siem", "audit:read").get("audit-log", 200)["items"]
        assert service.client("siem", "").get("audit-log", 403).problem == "insufficient-scope"
        assert a_client("audit:read", of=["rinko"]).get("audit-log", 200)["items"] == []

    def test_nobody_rewrites_it(self, database, changed):
        """The service's own role can neither change nor delete what is on record."""
        connection = database.cluster.connect(database.name, "kiki_service")
        try:
            for statement in ("UPDATE audit_log SET operation = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log",
                              "INSERT INTO audit_log (actor_kind, operation, subject_type, subject_id, action) "
                              "VALUES ('system', 'x', 'x', api.new_id(), 'insert')"):
                with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
                    cursor.execute(statement)
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM audit_log")
                assert cursor.fetchone() == (0,)
        finally:
            connection.close()

    def test_both_names_are_shown(self, auditor, a_department, a_member, a_post, today):
        station = a_department()
        post = a_post(station, is_head=True)
        head, deputy = a_member(station, holds=post, name="試験 署長"), a_member(station, name="試験 代理")
        name_acting(head, post, deputy, today, today)
        made = deputy.post("placement-requests", 201, {"department_id": station["id"], "device_kind": "camera", "quantity": 1, "reason": "代理"})
        (record,) = auditor.every("audit-log", subject=made["id"])
        assert record["actor"]["name"] == deputy.get("me")["name"]
        assert record["acting_for"] == {"kind": "staff", "id": head.get("me")["id"], "name": head.get("me")["name"]}
        assert record["id"] in {r["id"] for r in auditor.every("audit-log", actor=head.get("me")["id"])}
