"""Who is who: departments, staff, posts and their holders (art2, art3.1.1), settings, versions of the regulation, API
clients, the caller and what awaits him."""

import concurrent.futures
import contextlib
import datetime
import uuid

import pytest

DAY = datetime.timedelta(days=1)
CSV_STAFF = "number,name,title,department_code,from,order_number\r\n"
CSV_POSTS = "post_code,staff_number,kind,from,to,order_number\r\n"


@pytest.fixture(scope="module")
def today(member):
    return datetime.date.fromisoformat(member.get("management-structure")["as_of"])


@pytest.fixture(scope="module")
def departments(member):
    """code -> department"""
    return {department["code"]: department for department in member.every("departments")}


@pytest.fixture(scope="module")
def people(operator):
    """number -> member of staff"""
    return {person["number"]: person for person in operator.every("staff")}


@pytest.fixture(scope="module")
def posts(member):
    """code -> post"""
    return {post["code"]: post for post in member.every("posts")}


@pytest.fixture(scope="module")
def client(service):
    """The personnel system."""
    service.run("client", "personnel", "--scopes", "organisation:read organisation:write")
    return service.client("personnel", "organisation:read organisation:write")


@pytest.fixture
def tomorrow(start_service):
    """The service a day later."""
    return start_service(KIKI_CLOCK_OFFSET_S="86400")


def on_record(database, answer, event, *changes):
    """The one event and the audited changes that this request left."""
    assert [row["type"] for row in database.events(answer)] == [event]
    assert sorted((row["subject_type"], row["action"]) for row in database.audit(answer)) == sorted(changes)


def roles_of(caller):
    return {(role["role"], role["department_id"]) for role in caller.get("me", 200)["roles"]}


def new_staff(operator, departments, number, department="tama", **members):
    return operator.post("staff", 201, {"number": number, "name": "試験 太郎", "department_id": departments[department]["id"],
                                        "from": "2025-04-01"} | members)


def assign(caller, post, status, **members):
    return caller.post(f"posts/{post['id']}/assignments", status, members)


def at_once(caller, count, request):
    """The sorted statuses of `count` requests sent at the same time; request(session, n, headers) sends one."""
    headers = {"Authorization": f"Bearer {caller.token}"}
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(lambda n: request(caller.session, n, headers).status_code, range(count)))


class TestMe:
    def test_a_member_of_staff(self, member, departments):
        me = member.get("me", 200)
        assert me["kind"] == "staff" and me["name"] == "試川 桜子"
        assert me["roles"] == [{"role": "user", "department_id": departments["rinko"]["id"]}]
        assert [department["code"] for department in me["departments"]] == ["rinko"]
        assert {"get_me", "list_devices", "list_staff"} <= set(me["operations"])
        assert not {"create_staff", "change_settings", "list_audit_log", "decide_placement_request"} & set(me["operations"])

    def test_roles_follow_the_posts(self, general_manager, equipment_manager, usage_manager, auditor, operator, digital_office,
                                    departments):
        shirei, rinko = departments["shirei"]["id"], departments["rinko"]["id"]
        assert roles_of(general_manager) == {("user", shirei), ("usage_manager", shirei), ("general_manager", None)}
        assert roles_of(equipment_manager) == {("user", shirei), ("equipment_manager", None)}
        assert roles_of(usage_manager) == {("user", rinko), ("usage_manager", rinko)}
        assert roles_of(auditor) == {("user", None), ("auditor", None)}
        assert roles_of(operator) == {("user", None), ("operator", None)}
        assert roles_of(digital_office) == {("user", None), ("digital_office", None)}

    def test_an_api_client_whatever_its_scopes(self, service, client):
        me = client.get("me", 200)
        assert (me["kind"], me["name"], me["roles"]) == ("client", "personnel", [])
        assert {"get_me", "list_staff", "create_staff"} <= set(me["operations"])
        assert not {"change_settings", "list_devices", "create_api_client"} & set(me["operations"])
        reads = service.client("personnel", "organisation:read").get("me", 200)
        assert "list_staff" in reads["operations"] and "create_staff" not in reads["operations"]
        assert service.client("personnel", "").get("me", 200)["operations"] == [
            "get_me", "get_rule", "get_vocabulary", "list_my_tasks", "list_rules", "list_vocabularies"]
        assert service.client("nobody-knows", "").get("me", 401).problem == "unknown-caller"

    def test_unchanged_is_304(self, member):
        first = member.get("me", 200)
        assert member.get("me", 304, headers={"If-None-Match": first.etag}).etag == first.etag

    def test_nobody_is_not_let_in(self, service, nobody):
        assert nobody.get("me", 401).problem == "authentication-required"
        assert service.staff("999999").get("me", 401).problem == "unknown-caller"


class TestTasks:
    def kinds(self, caller):
        return {task["kind"] for task in caller.every("me/tasks")}

    def those(self, caller, kind, **params):
        return [task for task in caller.every("me/tasks", **params) if task["kind"] == kind]

    def of(self, caller, entry):
        """The kinds of task that this usage entry makes for the caller."""
        return {task["kind"] for task in caller.every("me/tasks") if task["link"] == f"/api/v1/usage-entries/{entry['id']}"}

    def test_a_placement_report_awaits_the_general_manager(self, general_manager, equipment_manager, member):
        task = self.those(general_manager, "placement_report")[0]
        assert task["clause"] == "art4.2"
        report = general_manager.request("GET", task["link"], 200)
        assert report["acknowledged_at"] is None and report["reported_at"] == task["since"]
        assert "placement_report" not in self.kinds(equipment_manager) | self.kinds(member)
        general_manager.post(f"placement-reports/{report['id']}/acknowledgement", 200)
        assert task["link"] not in {task["link"] for task in general_manager.every("me/tasks")}

    def test_a_placement_request_awaits_the_equipment_manager(self, equipment_manager, usage_manager, departments):
        request = usage_manager.post("placement-requests", 201, {
            "department_id": departments["rinko"]["id"], "device_kind": "camera", "quantity": 1, "reason": "訓練の配信"})
        links = {task["link"]: task for task in equipment_manager.every("me/tasks")}
        assert links[f"/api/v1/placement-requests/{request['id']}"]["clause"] == "art4.1.1"
        assert "placement_request" not in self.kinds(usage_manager)

    def test_titles_are_in_the_language_asked_for(self, general_manager):
        japanese = general_manager.get("me/tasks", 200)["items"][0]
        english = general_manager.get("me/tasks", 200, headers={"Accept-Language": "en"})["items"][0]
        assert japanese["kind"] == english["kind"] == "ledger_closure" and japanese["link"] == english["link"]
        assert japanese["title"].startswith("使用管理簿の月") and english["title"].startswith("Close a month")

    def test_a_use_makes_tasks_until_it_is_confirmed(self, usage_manager, member, colleague, other_usage_manager, start_service):
        device = usage_manager.get("devices", params={"kind": "camera"})["items"][0]
        late = start_service(KIKI_CLOCK_OFFSET_S="7200")
        due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        entry = member.post("usage-entries", 201, {"device_id": device["id"], "user_staff_id": member.get("me")["id"],
                                                   "purpose": "training", "due_at": due.isoformat(timespec="seconds")})
        assert self.of(member, entry) == self.of(usage_manager, entry) == set()
        assert self.of(late.staff("210002"), entry) == self.of(late.staff("210001"), entry) == {"overdue_return"}
        assert self.of(late.staff("210003"), entry) == set()
        path = f"usage-entries/{entry['id']}"
        place = member.get("storage-locations", params={"lockable": "true"})["items"][0]["id"]
        colleague.post(f"{path}/return", 200, {"storage_location_id": place, "locked": False}, match=member.get(path))
        assert self.of(usage_manager, entry) == {"usage_confirmation", "unsecured_return"}
        assert self.of(colleague, entry) == {"unsecured_return"} and self.of(member, entry) == set()
        member.post(f"{path}/storage-confirmation", None, {"storage_location_id": place}, match=member.get(path))
        assert self.of(usage_manager, entry) == {"usage_confirmation"} and self.of(colleague, entry) == set()
        assert self.of(other_usage_manager, entry) == set()
        usage_manager.post(f"{path}/confirmation", None, {}, match=usage_manager.get(path))
        assert self.of(usage_manager, entry) == set()

    def test_an_ended_month_awaits_its_closure(self, usage_manager, member, departments):
        ledger = f"departments/{departments['rinko']['id']}/ledgers/2026-09"
        assert f"/api/v1/{ledger}" in {task["link"] for task in self.those(usage_manager, "ledger_closure")}
        assert self.those(member, "ledger_closure") == []
        usage_manager.post(f"{ledger}/closure", None, {}, match=usage_manager.get(ledger))
        assert f"/api/v1/{ledger}" not in {task["link"] for task in self.those(usage_manager, "ledger_closure")}

    def test_pages_visit_every_task_once(self, general_manager):
        links = [(task["kind"], task["link"]) for task in general_manager.every("me/tasks", limit=7)]
        assert len(links) == len(set(links)) > 7

    def test_nothing_awaits_a_client(self, client):
        assert client.get("me/tasks", 200)["items"] == []


class TestDepartments:
    def test_everybody_reads_them(self, member, client, departments):
        found = member.get(f"departments/{departments['joho']['id']}", 200)
        assert found["parent_id"] == departments["shirei"]["id"] and found["shozoku_id"] == departments["shirei"]["id"]
        assert found["is_shozoku"] is False and departments["keibo"]["shozoku_id"] is None
        assert client.one("departments", code="rinko")["shozoku_id"] == departments["rinko"]["id"]
        assert member.get(f"departments/{uuid.uuid4()}", 404).problem == "not-found"

    def test_filters(self, member, departments):
        stations = member.every("departments", kind="station", is_shozoku="true", parent_id=departments["shobo"]["id"])
        assert len(stations) == 8
        assert [d["code"] for d in member.every("departments", q="臨港")] == ["rinko"]
        assert member.every("departments", q="%") == []
        names = [d["name"] for d in member.every("departments", sort="-name", limit=3)]
        assert names == sorted(names, reverse=True)

    def test_adding_one(self, operator, database, departments):
        body = {"code": "d-1", "name": "試験係", "kind": "unit", "parent_id": departments["rinko"]["id"], "is_shozoku": False}
        answer = operator.post("departments", 201, body)
        assert answer["shozoku_id"] == departments["rinko"]["id"]
        assert answer.headers["Location"] == f"/api/v1/departments/{answer['id']}"
        assert operator.get(f"departments/{answer['id']}", 200).json == answer.json
        on_record(database, answer, "department.created", ("departments", "insert"))
        taken = operator.post("departments", 409, body)
        assert taken.problem == "conflict" and taken.faults == {"/code": "taken"}
        unknown = operator.post("departments", 422, body | {"code": "d-2", "parent_id": str(uuid.uuid4())})
        assert unknown.problem == "reference-not-found" and unknown.faults == {"/parent_id": "not_found"}

    def test_the_same_key_adds_one(self, operator, database):
        key, body = str(uuid.uuid4()), {"code": "d-key", "name": "一度", "kind": "section", "is_shozoku": False}
        first = operator.post("departments", 201, body, key=key)
        again = operator.post("departments", 201, body, key=key)
        assert again.headers["Idempotency-Replayed"] == "true" and again.content == first.content and again.etag == first.etag
        assert database.value("SELECT count(*) FROM departments WHERE code = 'd-key'") == 1

    def test_only_the_operator_and_a_client_with_the_scope_may(self, general_manager, usage_manager, member, service, client):
        body = {"code": "d-3", "name": "x", "kind": "unit", "is_shozoku": False}
        for caller in (general_manager, usage_manager, member):
            assert caller.post("departments", 403, body).problem == "forbidden"
        reader = service.client("personnel", "organisation:read")
        assert reader.post("departments", 403, body).problem == "insufficient-scope"
        client.post("departments", 201, body)

    def test_bad_members_are_named_and_change_nothing(self, operator, database):
        before = database.fingerprint()
        answer = operator.post("departments", 422, {"code": "-", "name": "", "kind": "planet", "shozoku_id": None})
        assert answer.problem == "validation-failed"
        assert set(answer.faults) >= {"/code", "/name", "/kind", "/is_shozoku", "/shozoku_id"}
        assert database.fingerprint() == before

    def test_changing_one_needs_the_present_etag(self, operator, database):
        made = operator.post("departments", 201, {"code": "d-4", "name": "旧", "kind": "section", "is_shozoku": False})
        path = f"departments/{made['id']}"
        assert operator.patch(path, 428, {"name": "新"}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"name": "新", "abolished_on": "2027-04-01"}, match=made)
        assert changed["name"] == "新" and changed["abolished_on"] == "2027-04-01"
        on_record(database, changed, "department.changed", ("departments", "update"))
        assert operator.patch(path, 412, {"name": "x"}, match=made).problem == "precondition-failed"
        assert operator.patch(path, 200, {"abolished_on": None}, match=changed)["abolished_on"] is None
        assert operator.patch(path, 409, {"code": "rinko"}, match="*").faults == {"/code": "taken"}
        assert operator.patch(path, 422, {"parent_id": str(uuid.uuid4())}, match="*").faults == {"/parent_id": "not_found"}
        assert operator.patch(f"departments/{uuid.uuid4()}", 404, {"name": "x"}, match="*").problem == "not-found"

    def test_what_is_below_follows(self, operator, member):
        top = operator.post("departments", 201, {"code": "d-top", "name": "上", "kind": "section", "is_shozoku": False})
        low = operator.post("departments", 201, {"code": "d-low", "name": "下", "kind": "unit", "is_shozoku": False,
                                                 "parent_id": top["id"]})
        lowest = operator.post("departments", 201, {"code": "d-lowest", "name": "底", "kind": "unit", "is_shozoku": False,
                                                    "parent_id": low["id"]})
        assert lowest["shozoku_id"] is None
        changed = operator.patch(f"departments/{top['id']}", 200, {"is_shozoku": True}, match=top)
        assert changed["shozoku_id"] == top["id"]
        for department in (low, lowest):
            assert member.get(f"departments/{department['id']}")["shozoku_id"] == top["id"]
        # The ETag that was answered is the present one.
        operator.patch(f"departments/{top['id']}", 200, {"is_shozoku": False}, match=changed)
        assert member.get(f"departments/{lowest['id']}")["shozoku_id"] is None

    def test_a_ring_is_refused(self, operator, member):
        top = operator.post("departments", 201, {"code": "d-r1", "name": "上", "kind": "section", "is_shozoku": False})
        low = operator.post("departments", 201, {"code": "d-r2", "name": "下", "kind": "unit", "is_shozoku": False,
                                                 "parent_id": top["id"]})
        for parent in (top, low):
            answer = operator.patch(f"departments/{top['id']}", 422, {"parent_id": parent["id"]}, match=top)
            assert answer.problem == "value-not-accepted" and answer.faults == {"/parent_id": "ring"}

    def test_two_moves_at_once_make_no_ring(self, service, operator):
        pair = [operator.post("departments", 201, {"code": f"d-x{n}", "name": "対", "kind": "section", "is_shozoku": False})
                for n in range(2)]
        statuses = at_once(operator, 2, lambda session, n, headers: session.patch(
            f"{service.url}/api/v1/departments/{pair[n]['id']}", json={"parent_id": pair[1 - n]["id"]},
            headers=headers | {"Content-Type": "application/merge-patch+json", "If-Match": pair[n].etag}))
        assert statuses == [200, 422]

    def test_one_that_holds_equipment_stays_what_it_is(self, operator, departments, today):
        path = f"departments/{departments['asao']['id']}"
        for change in ({"is_shozoku": False}, {"abolished_on": str(today)}, {"abolished_on": str(today + 400 * DAY)}):
            assert operator.patch(path, 409, change, match="*").problem == "not-in-this-state"


class TestStaff:
    def test_everybody_reads_the_directory(self, member, departments):
        found = member.one("staff", number="220002")
        assert (found["name"], found["department_id"]) == ("雛形 竹子", departments["kawasaki"]["id"])
        assert found["subject"] is None and found["issuer"] is None
        assert member.get(f"staff/{found['id']}", 200).json == found
        assert member.get(f"staff/{uuid.uuid4()}", 404).problem == "not-found"

    def test_only_the_operator_sees_whom_a_token_names(self, operator, general_manager, auditor, client):
        assert operator.one("staff", number="220002")["subject"] == "220002"
        for caller in (general_manager, auditor, client):
            assert caller.one("staff", number="220002")["subject"] is None

    def test_filters(self, member, departments):
        assert len(member.every("staff", department_id=departments["kawasaki"]["id"])) == 6
        assert {p["number"] for p in member.every("staff", department_id=departments["shirei"]["id"])} == {"100001", "100002"}
        assert {p["number"] for p in member.every("staff", department_id=departments["joho"]["id"])} == {"100002"}
        assert [p["number"] for p in member.every("staff", q="ひながた たけ")] == ["220002"]
        assert member.get("staff", params={"limit": 2, "sort": "-number"})["items"][0]["number"] >= "900003"

    def test_adding_one(self, operator, database, departments, service):
        answer = operator.post("staff", 201, {"number": "500001", "name": "試験 次郎", "department_id": departments["tama"]["id"]})
        assert answer["department_id"] == departments["tama"]["id"] and answer["subject"] == "500001"
        on_record(database, answer, "staff.created", ("staff", "insert"), ("staff_transfers", "insert"))
        read = operator.get(f"staff/{answer['id']}", 200)
        assert read.json == answer.json and read.etag == answer.etag
        assert service.staff("500001").get("me", 200)["name"] == "試験 次郎"
        taken = operator.post("staff", 409, {"number": "500001", "name": "x", "department_id": departments["tama"]["id"]})
        assert taken.problem == "conflict" and taken.faults == {"/number": "taken"}
        taken = operator.post("staff", 409, {"number": "500002", "subject": "500001", "name": "x",
                                             "department_id": departments["tama"]["id"]})
        assert taken.faults == {"/subject": "taken"}
        unknown = operator.post("staff", 422, {"number": "500002", "name": "x", "department_id": str(uuid.uuid4())})
        assert unknown.problem == "reference-not-found" and unknown.faults == {"/department_id": "not_found"}

    def test_only_the_operator_may(self, general_manager, usage_manager, member, departments):
        for caller in (general_manager, usage_manager, member):
            body = {"number": "500003", "name": "x", "department_id": departments["tama"]["id"]}
            assert caller.post("staff", 403, body).problem == "forbidden"
            assert caller.upload("staff/import", CSV_STAFF, 403).problem == "forbidden"

    def test_changing_one(self, operator, departments, database):
        made = new_staff(operator, departments, "500004")
        path = f"staff/{made['id']}"
        assert operator.patch(path, 428, {"name": "x"}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"name": "試験 三郎", "title": "主査", "kana": None}, match=made)
        assert (changed["name"], changed["title"], changed["department_id"]) == ("試験 三郎", "主査", departments["tama"]["id"])
        on_record(database, changed, "staff.changed", ("staff", "update"))
        assert operator.get(path, 304, headers={"If-None-Match": changed.etag}).etag == changed.etag
        assert operator.patch(path, 412, {"name": "x"}, match=made).problem == "precondition-failed"
        assert operator.patch(path, 409, {"number": "210002"}, match="*").faults == {"/number": "taken"}
        assert operator.patch(path, 422, {"department_id": departments["asao"]["id"]}, match="*").problem == "validation-failed"
        assert operator.patch(f"staff/{uuid.uuid4()}", 404, {"name": "x"}, match="*").problem == "not-found"

    def test_the_issuer_tells_equal_subjects_apart(self, operator, departments, service):
        new_staff(operator, departments, "500005", name="甲", subject="same", issuer="https://one.example")
        new_staff(operator, departments, "500006", name="乙", subject="same", issuer="https://two.example")
        new_staff(operator, departments, "500007", name="丙", subject="same")
        assert service.staff("same").get("me", 200)["name"] == "丙"

    def test_who_has_left_is_not_let_in(self, operator, departments, service, today):
        made = new_staff(operator, departments, "500008")
        service.staff("500008").get("me", 200)
        changed = operator.patch(f"staff/{made['id']}", 200, {"left_on": str(today + DAY)}, match=made)
        service.staff("500008").get("me", 200)
        operator.patch(f"staff/{made['id']}", 200, {"left_on": str(today)}, match=changed)
        assert service.staff("500008").get("me", 401).problem == "unknown-caller"
        assert operator.every("staff", number="500008", active="true") == []
        assert len(operator.every("staff", number="500008", active="false")) == 1


class TestTransfers:
    def of(self, caller, person):
        return [(t["department_id"], t["from"], t["to"]) for t in caller.every(f"staff/{person['id']}/transfers")]

    def test_are_loaded_ahead_of_their_day(self, operator, departments, database, today, start_service):
        person = new_staff(operator, departments, "510001")
        turn = today + 1 * DAY
        before = operator.get(f"staff/{person['id']}", 200)
        moved = operator.post(f"staff/{person['id']}/transfers", 201, {
            "department_id": departments["asao"]["id"], "from": str(turn), "order_number": "令8消人第40号"})
        on_record(database, moved, "staff.transferred", ("staff_transfers", "update"), ("staff_transfers", "insert"))
        assert self.of(operator, person) == [(departments["tama"]["id"], "2025-04-01", str(turn - DAY)),
                                             (departments["asao"]["id"], str(turn), None)]
        now = operator.get(f"staff/{person['id']}", 200)
        assert now["department_id"] == departments["tama"]["id"] and now.etag != before.etag
        later = start_service(KIKI_CLOCK_OFFSET_S="86400")
        then = later.staff("900002").get(f"staff/{person['id']}", 200, headers={"If-None-Match": now.etag})
        assert then["department_id"] == departments["asao"]["id"]
        assert [d["code"] for d in later.staff("510001").get("me")["departments"]] == ["asao"]

    def test_one_between_two_ends_where_the_next_begins(self, operator, departments, today):
        person = new_staff(operator, departments, "510002")
        path = f"staff/{person['id']}/transfers"
        operator.post(path, 201, {"department_id": departments["asao"]["id"], "from": str(today + 30 * DAY)})
        operator.post(path, 201, {"department_id": departments["saiwai"]["id"], "from": str(today + 10 * DAY)})
        assert self.of(operator, person) == [
            (departments["tama"]["id"], "2025-04-01", str(today + 9 * DAY)),
            (departments["saiwai"]["id"], str(today + 10 * DAY), str(today + 29 * DAY)),
            (departments["asao"]["id"], str(today + 30 * DAY), None)]
        operator.post(path, 201, {"department_id": departments["rinko"]["id"], "from": str(today + 10 * DAY)})
        assert self.of(operator, person)[1] == (departments["rinko"]["id"], str(today + 10 * DAY), str(today + 29 * DAY))

    def test_refusals(self, operator, general_manager, departments, today):
        person = new_staff(operator, departments, "510003")
        path = f"staff/{person['id']}/transfers"
        body = {"department_id": departments["asao"]["id"], "from": str(today)}
        assert general_manager.post(path, 403, body).problem == "forbidden"
        assert operator.post(path, 422, body | {"department_id": str(uuid.uuid4())}).faults == {"/department_id": "not_found"}
        assert operator.post(path, 422, body | {"from": "2026-02-30"}).faults == {"/from": "format"}
        assert operator.post(f"staff/{uuid.uuid4()}/transfers", 404, body).problem == "not-found"
        assert operator.get(f"staff/{uuid.uuid4()}/transfers", 404).problem == "not-found"

    def test_one_that_came_about_meanwhile_is_seen(self, operator, departments, people, database):
        person = people["270006"]
        insert = "INSERT INTO staff_transfers (staff_id, department_id, begins_on, ends_on) VALUES (%s, %s, '2031-04-01', '2031-04-09')"
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE staff_transfers SET ends_on = '2030-12-31' WHERE staff_id = %s", person["id"])
        with database.meanwhile(insert, person["id"], departments["tama"]["id"]) as submit:
            answer = submit(operator.post, f"staff/{person['id']}/transfers", 201,
                            {"department_id": departments["asao"]["id"], "from": "2031-04-05"})
        assert answer.result()["to"] is None
        assert self.of(operator, person)[-2:] == [(departments["tama"]["id"], "2031-04-01", "2031-04-04"),
                                                  (departments["asao"]["id"], "2031-04-05", None)]

    def test_ten_at_once_leave_one_line_of_days(self, service, operator, departments, today):
        person = new_staff(operator, departments, "510004")
        statuses = at_once(operator, 10, lambda session, n, headers: session.post(
            f"{service.url}/api/v1/staff/{person['id']}/transfers", headers=headers,
            json={"department_id": departments["asao"]["id"], "from": str(today + (n + 1) * DAY)}))
        assert statuses == [201] * 10
        days = self.of(operator, person)
        assert len(days) == 11
        assert all(before[2] < after[1] for before, after in zip(days, days[1:])) and days[-1][2] is None


class TestStaffImport:
    def test_dry_run_changes_nothing_and_says_the_same(self, operator, database, departments):
        file = CSV_STAFF + "520001,試験 一子,係長,rinko,令和8年4月1日,令8消人第1号\r\n210003,空木 三郎,係長,rinko,2024-04-01,\r\n" \
                           "210004,架谷 梅子,主査,saiwai,2030-04-01,令12消人第9号\r\n"
        before = database.fingerprint()
        dry = operator.upload("staff/import?dry_run=true", file, 200)
        assert [item["action"] for item in dry["items"]] == ["create", "keep", "update"]
        assert database.fingerprint() == before
        wet = operator.upload("staff/import", file, 200)
        assert wet["items"] == dry["items"] and (dry["dry_run"], wet["dry_run"]) == (True, False)
        assert [(event["type"], event["data"]) for event in database.events(wet)] == [
            ("staff.imported", {"rows": 3, "created": 1, "updated": 1})]
        person = operator.one("staff", number="520001")
        assert (person["title"], person["department_id"]) == ("係長", departments["rinko"]["id"])
        moved = operator.one("staff", number="210004")
        assert (moved["title"], moved["kana"]) == ("主査", "かけたに うめこ")
        assert [t["from"] for t in operator.every(f"staff/{moved['id']}/transfers")] == ["2024-04-01", "2030-04-01"]
        again = operator.upload("staff/import", file, 200)
        assert {item["action"] for item in again["items"]} == {"keep"}

    def test_every_bad_row_is_reported_and_none_is_written(self, operator, database):
        before = database.fingerprint()
        answer = operator.upload("staff/import", CSV_STAFF + "520002,可,係員,rinko,2026-04-01,\r\n520003,,係員,nowhere,明日,\r\n"
                                 "520002,重複,係員,rinko,2026-04-01,\r\n520004,不明,係員,nowhere,2026-04-01,\r\n"
                                 "520005,無所属,係員,,2026-04-01,\r\n", 422)
        assert answer.problem == "import-refused"
        assert {(row["line"], row["column"], row["code"]) for row in answer["rows"]} >= {
            (3, "name", "required"), (3, "from", "date"), (4, "number", "repeated"), (5, "department_code", "not_found"),
            (6, "department_code", "required")}
        assert all(row["detail"] for row in answer["rows"]) and {row["line"] for row in answer["rows"]} == {3, 4, 5, 6}
        assert database.fingerprint() == before

    def test_subjects_stay_unique(self, operator):
        header = "number,name,department_code,subject\r\n"
        answer = operator.upload("staff/import", header + "520006,甲,rinko,210002\r\n520007,乙,rinko,s1\r\n520008,丙,rinko,s1\r\n", 422)
        assert {(row["line"], row["column"], row["code"]) for row in answer["rows"]} == {
            (2, "subject", "taken"), (4, "subject", "repeated")}
        # Two that change places.
        operator.upload("staff/import", header + "520007,乙,rinko,s1\r\n520008,丙,rinko,s2\r\n", 200)
        operator.upload("staff/import", header + "520007,乙,rinko,s3\r\n520008,丙,rinko,s1\r\n", 200)
        assert operator.one("staff", number="520008")["subject"] == "s1"

    def test_a_number_that_was_taken_meanwhile(self, operator, database):
        insert = "INSERT INTO staff (number, name, subject) VALUES ('520010', '先', '520010')"
        with database.meanwhile(insert) as submit:
            answer = submit(operator.upload, "staff/import", CSV_STAFF + "520010,後,係員,rinko,,\r\n", 409)
        assert answer.result().problem == "conflict" and answer.result().faults == {"/number": "taken"}

    def test_cp932_and_japanese_names_of_columns(self, operator, departments):
        file = "職員番号,氏名,所属コード,異動日\r\n520009,髙橋 一,rinko,令和8年4月1日\r\n".encode("cp932")
        operator.request("POST", "staff/import", 200, data=file, headers={"Content-Type": "text/csv"})
        assert operator.one("staff", number="520009")["name"] == "髙橋 一"

    def test_a_client_may(self, client):
        assert client.upload("staff/import?dry_run=true", CSV_STAFF + "210002,試川 桜子,係長,rinko,,\r\n", 200)["rows"] == 1


class TestPosts:
    def test_everybody_reads_them(self, member, departments, posts):
        head = member.one("posts", code="rinko-head")
        assert (head["department_id"], head["is_head"], head["role"]) == (departments["rinko"]["id"], True, None)
        assert member.get(f"posts/{head['id']}", 200).json == head
        assert [p["code"] for p in member.every("posts", role="general_manager,auditor")] == ["audit", "shirei-head"]
        usage_managers = {p["code"] for p in member.every("posts", role="usage_manager")}
        assert {"rinko-head", "shirei-head"} <= usage_managers and "joho-head" not in usage_managers
        assert member.get(f"posts/{uuid.uuid4()}", 404).problem == "not-found"

    def test_adding_one(self, operator, general_manager, departments, database):
        body = {"code": "p-1", "name": "副署長", "department_id": departments["tama"]["id"]}
        answer = operator.post("posts", 201, body)
        assert (answer["is_head"], answer["role"]) == (False, None)
        on_record(database, answer, "post.created", ("posts", "insert"))
        assert operator.post("posts", 409, body).faults == {"/code": "taken"}
        body |= {"code": "p-2"}
        assert operator.post("posts", 409, body | {"is_head": True}).faults == {"/is_head": "taken"}
        assert operator.post("posts", 409, body | {"role": "general_manager"}).faults == {"/role": "taken"}
        assert operator.post("posts", 422, body | {"department_id": str(uuid.uuid4())}).faults == {"/department_id": "not_found"}
        assert general_manager.post("posts", 403, body).problem == "forbidden"

    def test_changing_one(self, operator, departments, database):
        made = operator.post("posts", 201, {"code": "p-3", "name": "課長", "department_id": departments["keibo"]["id"]})
        path = f"posts/{made['id']}"
        assert operator.patch(path, 428, {"name": "x"}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"name": "部長", "is_head": True}, match=made)
        assert (changed["name"], changed["is_head"]) == ("部長", True)
        on_record(database, changed, "post.changed", ("posts", "update"))
        assert operator.patch(path, 412, {"name": "x"}, match=made).problem == "precondition-failed"
        assert operator.patch(path, 422, {"department_id": str(uuid.uuid4())}, match="*").faults == {"/department_id": "not_found"}
        assert operator.patch(path, 409, {"code": "rinko-head"}, match="*").faults == {"/code": "taken"}
        assert operator.patch(path, 409, {"role": "equipment_manager"}, match="*").faults == {"/role": "taken"}
        assert operator.patch(f"posts/{uuid.uuid4()}", 404, {"name": "x"}, match="*").problem == "not-found"

    def test_its_holder_does_not_change_what_it_gives(self, operator, posts):
        path = f"posts/{posts['operation']['id']}"
        answer = operator.patch(path, 403, {"role": "auditor"}, match="*")
        assert answer.problem == "forbidden"
        operator.patch(path, 200, {"name": posts["operation"]["name"]}, match="*")


class TestRegularHolders:
    def test_a_new_one_ends_the_incumbent_that_day(self, operator, service, start_service, departments, posts, people, database, today):
        post, head, heir = posts["kawasaki-head"], people["220001"], people["220002"]
        turn = today + DAY
        answer = assign(operator, post, 201, staff_id=heir["id"], kind="regular", **{"from": str(turn)}, order_number="令8消人第50号")
        assert answer["to"] is None and answer["named_by_id"] == people["900002"]["id"]
        on_record(database, answer, "post_assignment.created", ("post_assignments", "update"), ("post_assignments", "insert"))
        incumbent = operator.one(f"posts/{post['id']}/assignments", as_of=str(today))
        assert (incumbent["staff_id"], incumbent["to"]) == (head["id"], str(today))
        kawasaki = ("usage_manager", departments["kawasaki"]["id"])
        assert kawasaki in roles_of(service.staff("220001")) and kawasaki not in roles_of(service.staff("220002"))
        later = start_service(KIKI_CLOCK_OFFSET_S="86400")
        assert kawasaki not in roles_of(later.staff("220001")) and kawasaki in roles_of(later.staff("220002"))
        for day, holder in ((today, head), (turn, heir)):
            structure = operator.get("management-structure", 200, params={"as_of": str(day)})
            (answerable,) = [m for m in structure["usage_managers"] if m["department"]["code"] == "kawasaki"]
            assert answerable["holder"]["staff_id"] == holder["id"] and answerable["vacant_since"] is None

    def test_one_that_has_not_begun_can_be_withdrawn(self, operator, posts, people, today, database):
        post = posts["saiwai-head"]
        incumbent = operator.one(f"posts/{post['id']}/assignments", as_of=str(today))
        planned = assign(operator, post, 201, staff_id=people["230002"]["id"], kind="regular", **{"from": str(today + 5 * DAY)},
                         order_number="令8消人第51号")
        path = f"posts/{post['id']}/assignments/{planned['id']}"
        gone = operator.patch(path, 200, {"withdrawn": True, "reason": "発令の取消し"}, match=planned)
        assert gone["withdrawn"] and gone["from"] == planned["from"]
        assert operator.get(path, 200).json == gone.json
        on_record(database, gone, "post_assignment.withdrawn", ("post_assignments", "update"))
        assert operator.patch(path, 409, {"reason": "x"}, match=gone).problem == "not-in-this-state"
        back = f"posts/{post['id']}/assignments/{incumbent['id']}"
        assert operator.patch(back, 200, {"to": None}, match="*")["to"] is None
        assert operator.patch(back, 409, {"withdrawn": True}, match="*").problem == "not-in-this-state"
        assert operator.one(f"posts/{post['id']}/assignments", as_of=str(today + 9 * DAY))["id"] == incumbent["id"]

    def test_no_two_at_a_time(self, operator, posts, people, today):
        post = posts["nakahara-head"]
        incumbent = operator.one(f"posts/{post['id']}/assignments")
        bounded = {"from": str(today + 10 * DAY), "to": str(today + 20 * DAY)}
        assign(operator, post, 201, staff_id=people["240002"]["id"], kind="regular", order_number="1", **bounded)
        for first, last in ((10, 20), (15, 30), (1, 10)):
            days = {"from": str(today + first * DAY), "to": str(today + last * DAY)}
            answer = assign(operator, post, 409, staff_id=people["240003"]["id"], kind="regular", order_number="2", **days)
            assert answer.problem == "conflict" and answer.faults == {"/from": "overlap"}
        operator.patch(f"posts/{post['id']}/assignments/{incumbent['id']}", 200, {"to": str(today)}, match="*")
        until = assign(operator, post, 201, staff_id=people["240003"]["id"], kind="regular", order_number="3",
                       **{"from": str(today + 2 * DAY)})
        assert until["to"] == str(today + 9 * DAY)
        path = f"posts/{post['id']}/assignments/{until['id']}"
        assert operator.patch(path, 409, {"to": str(today + 12 * DAY)}, match=until).faults == {"/from": "overlap"}
        assert operator.patch(path, 422, {"to": str(today)}, match=until).faults == {"/to": "before_from"}

    def test_ten_at_once_make_one(self, service, operator, departments, people, today):
        post = operator.post("posts", 201, {"code": "p-race", "name": "競", "department_id": departments["tama"]["id"]})
        staff = [people[f"25000{n}"]["id"] for n in range(1, 7)] + [people[f"26000{n}"]["id"] for n in range(1, 5)]
        statuses = at_once(operator, 10, lambda session, n, headers: session.post(
            f"{service.url}/api/v1/posts/{post['id']}/assignments", headers=headers,
            json={"staff_id": staff[n], "kind": "regular", "from": str(today), "order_number": f"{n}"}))
        assert statuses == [201] + [409] * 9

    def test_the_same_key_assigns_once(self, operator, departments, people, today):
        post = operator.post("posts", 201, {"code": "p-key", "name": "鍵", "department_id": departments["tama"]["id"]})
        key, body = str(uuid.uuid4()), {"staff_id": people["250002"]["id"], "kind": "regular", "from": str(today), "order_number": "1"}
        first = operator.post(f"posts/{post['id']}/assignments", 201, body, key=key)
        again = operator.post(f"posts/{post['id']}/assignments", 201, body, key=key)
        assert again.content == first.content and again.headers["Location"] == first.headers["Location"]
        assert len(operator.every(f"posts/{post['id']}/assignments")) == 1

    def test_needs_an_order_number_and_an_order(self, operator, general_manager, usage_manager, client, posts, people, today):
        post, body = posts["rinko-head"], {"staff_id": people["210002"]["id"], "kind": "regular", "from": str(today + DAY)}
        assert assign(operator, post, 422, **body).faults == {"/order_number": "required"}
        for caller in (general_manager, usage_manager):
            assert assign(caller, post, 403, **body, order_number="1").problem == "forbidden"
        assert assign(operator, post, 422, **body, order_number="1", to=str(today)).faults == {"/to": "before_from"}
        assert assign(client, posts["asao-head"], 201, **body | {"staff_id": people["280002"]["id"]},
                      order_number="1")["named_by_id"] is None

    def test_nobody_assigns_himself(self, operator, posts, people, database):
        before = database.fingerprint()
        answer = assign(operator, posts["audit"], 422, staff_id=people["900002"]["id"], kind="regular", **{"from": "2030-04-01"},
                        order_number="1")
        assert answer.problem == "value-not-accepted" and answer.faults == {"/staff_id": "oneself"}
        assert database.fingerprint() == before
        own = operator.one(f"posts/{posts['operation']['id']}/assignments")
        path = f"posts/{posts['operation']['id']}/assignments/{own['id']}"
        assert operator.patch(path, 403, {"to": "2030-03-31"}, match="*").problem == "forbidden"

    def test_what_is_missing(self, operator, member, posts, people, today):
        body = {"staff_id": people["210002"]["id"], "kind": "regular", "from": str(today), "order_number": "1"}
        missing = uuid.uuid4()
        assert operator.post(f"posts/{missing}/assignments", 404, body).problem == "not-found"
        assert member.get(f"posts/{missing}/assignments", 404).problem == "not-found"
        assert member.get(f"posts/{posts['audit']['id']}/assignments/{missing}", 404).problem == "not-found"
        assert operator.patch(f"posts/{posts['audit']['id']}/assignments/{missing}", 404, {"reason": "x"}, match="*").problem == "not-found"
        unknown = assign(operator, posts["audit"], 422, **body | {"staff_id": str(missing)})
        assert unknown.problem == "reference-not-found" and unknown.faults == {"/staff_id": "not_found"}

    def test_an_abolished_post_takes_nobody(self, operator, departments, people, today):
        post = operator.post("posts", 201, {"code": "p-gone", "name": "廃", "department_id": departments["tama"]["id"]})
        operator.patch(f"posts/{post['id']}", 200, {"abolished_on": str(today)}, match=post)
        assert assign(operator, post, 409, staff_id=people["270002"]["id"], kind="regular", **{"from": str(today)},
                      order_number="1").problem == "not-in-this-state"
        assert operator.every("posts", code="p-gone", active="true") == []


class TestActingHolders:
    def days(self, today, first, last):
        return {"from": str(today + first * DAY), "to": str(today + last * DAY)}

    def test_named_by_the_holder_adds_powers_and_removes_none(self, service, other_usage_manager, usage_manager, departments, posts,
                                                              people, today, database):
        post, deputy = posts["rinko-head"], service.staff("210003")
        rinko = ("usage_manager", departments["rinko"]["id"])
        assert rinko not in roles_of(deputy)
        answer = assign(usage_manager, post, 201, staff_id=people["210003"]["id"], kind="acting", reason="出張", **self.days(today, 0, 2))
        assert (answer["order_number"], answer["named_by_id"]) == (None, people["210001"]["id"])
        on_record(database, answer, "post_assignment.created", ("post_assignments", "insert"))
        assert rinko in roles_of(deputy) and rinko in roles_of(usage_manager)
        made = deputy.post("placement-requests", 201, {"department_id": departments["rinko"]["id"], "device_kind": "camera",
                                                      "quantity": 1, "reason": "代理で"})
        (row,) = database.audit(made)
        assert (str(row["actor_id"]), str(row["acting_for_id"])) == (people["210003"]["id"], people["210001"]["id"])
        made = usage_manager.post("placement-requests", 201, {"department_id": departments["rinko"]["id"], "device_kind": "camera",
                                                             "quantity": 1, "reason": "本人"})
        assert [row["acting_for_id"] for row in database.audit(made)] == [None]
        structure = usage_manager.get("management-structure", 200)
        (answerable,) = [m for m in structure["usage_managers"] if m["department"]["code"] == "rinko"]
        assert [holder["number"] for holder in answerable["acting"]] == ["210003"]
        path = f"posts/{post['id']}/assignments/{answer['id']}"
        assert other_usage_manager.patch(path, 403, {"to": str(today)}, match="*").problem == "forbidden"
        assert deputy.patch(path, 403, {"to": str(today + 9 * DAY)}, match="*").problem == "forbidden"
        assert usage_manager.patch(path, 422, {"to": None}, match="*").faults == {"/to": "required"}
        assert usage_manager.patch(path, 200, {"to": str(today)}, match=answer)["to"] == str(today)

    def test_the_holder_names_for_his_own_post_and_term_ahead_of_the_day(self, service, operator, posts, people, today):
        head, post = service.staff("250001"), posts["takatsu-head"]
        body = {"staff_id": people["250003"]["id"], "kind": "acting"}
        assert assign(head, posts["tama-head"], 403, **body, **self.days(today, 0, 1)).problem == "forbidden"
        assert assign(head, post, 422, **body, **self.days(today, -1, 1)).faults == {"/from": "past"}
        assert assign(head, post, 422, **body, **{"from": str(today)}).faults == {"/to": "required"}
        own = {"staff_id": people["250001"]["id"], "kind": "acting"}
        assert assign(head, post, 422, **own, **self.days(today, 0, 1)).faults == {"/staff_id": "oneself"}
        assign(operator, post, 201, staff_id=people["250002"]["id"], kind="regular", order_number="1", **{"from": str(today + 5 * DAY)})
        assert assign(head, post, 422, **body, **self.days(today, 3, 5)).faults == {"/to": "beyond_own_term"}
        named = assign(head, post, 201, **body, **self.days(today, 3, 4))
        path = f"posts/{post['id']}/assignments/{named['id']}"
        assert head.patch(path, 422, {"to": str(today + 5 * DAY)}, match=named).faults == {"/to": "beyond_own_term"}
        assert head.patch(path, 200, {"withdrawn": True}, match=named)["withdrawn"]

    def test_the_general_manager_names_for_any_other(self, general_manager, operator, posts, people, today):
        body = {"staff_id": people["260002"]["id"], "kind": "acting"}
        assign(general_manager, posts["miyamae-head"], 201, **body, **self.days(today, 0, 1))
        assert assign(general_manager, posts["miyamae-head"], 422, **body, **self.days(today, -2, 1)).faults == {"/from": "past"}
        assert assign(operator, posts["miyamae-head"], 403, **body, **self.days(today, 0, 1), order_number="1").problem == "forbidden"
        mine = {"staff_id": people["100001"]["id"], "kind": "acting"}
        assert assign(general_manager, posts["miyamae-head"], 422, **mine, **self.days(today, 0, 1)).faults == {"/staff_id": "oneself"}

    def test_for_the_general_manager_by_order(self, service, operator, general_manager, posts, people, today):
        post, body = posts["shirei-head"], {"staff_id": people["100002"]["id"], "kind": "acting"}
        assert assign(operator, post, 422, **body, **self.days(today, 0, 1)).faults == {"/order_number": "required"}
        answer = assign(operator, post, 201, **body, **self.days(today, 0, 1), order_number="令8消人第60号", reason="入院")
        acting = service.staff("100002")
        assert ("general_manager", None) in roles_of(acting) and ("equipment_manager", None) in roles_of(acting)
        # Who stands in for the general manager does not hand that on.
        assert assign(acting, post, 403, staff_id=people["210001"]["id"], kind="acting", **self.days(today, 0, 1)).problem == "forbidden"
        assign(acting, posts["tama-head"], 201, staff_id=people["270002"]["id"], kind="acting", **self.days(today, 0, 0))
        operator.patch(f"posts/{post['id']}/assignments/{answer['id']}", 200, {"to": str(today)}, match=answer)
        assign(general_manager, post, 201, staff_id=people["100002"]["id"], kind="acting", **self.days(today, 3, 4))

    def test_the_second_lock(self, service, usage_manager, posts, people, database, today):
        """A holder writes no regular assignment and none of another post, whatever the statement forgets."""
        enter = "SELECT api.enter('', '210001', NULL, '', '{usage_manager}', 'create_post_assignment', 'x')"
        insert = ("INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, order_number) "
                  "VALUES (%s, %s, %s, '2030-01-01', '2030-01-02', '1')")
        connection = database.cluster.connect(database.name, "kiki_service")
        connection.autocommit = False
        try:
            for post, kind in (("rinko-head", "regular"), ("asao-head", "acting")):
                with connection.cursor() as cursor:
                    cursor.execute(enter)
                    with pytest.raises(Exception, match="row-level security"):
                        cursor.execute(insert, (posts[post]["id"], people["210003"]["id"], kind))
                connection.rollback()
        finally:
            connection.close()


class TestAssignmentImport:
    def test_regular_holders_succeed_one_another(self, operator, departments, people, database, today):
        post = operator.post("posts", 201, {"code": "p-10", "name": "係長", "department_id": departments["tama"]["id"]})
        assign(operator, post, 201, staff_id=people["270003"]["id"], kind="regular", order_number="0", **{"from": "2025-04-01"})
        file = CSV_POSTS + "p-10,270004,本務,令和9年4月1日,,令9消人第1号\r\np-10,270005,regular,2028-04-01,,令10消人第1号\r\n" \
                           "p-10,270003,regular,2025-04-01,,令7消人第1号\r\n"
        before = database.fingerprint()
        dry = operator.upload("posts/assignments/import?dry_run=true", file, 200)
        assert [item["action"] for item in dry["items"]] == ["create", "create", "update"] and database.fingerprint() == before
        wet = operator.upload("posts/assignments/import", file, 200)
        assert wet["items"] == dry["items"]
        assert [event["type"] for event in database.events(wet)] == ["post_assignments.imported"]
        holders = operator.every(f"posts/{post['id']}/assignments", sort="from")
        assert [(h["staff_id"], h["from"], h["to"], h["order_number"]) for h in holders] == [
            (people["270003"]["id"], "2025-04-01", "2027-03-31", "令7消人第1号"),
            (people["270004"]["id"], "2027-04-01", "2028-03-31", "令9消人第1号"),
            (people["270005"]["id"], "2028-04-01", None, "令10消人第1号")]
        again = operator.upload("posts/assignments/import", file, 200)
        assert {item["action"] for item in again["items"]} == {"keep"}

    def test_every_bad_row_is_reported_and_none_is_written(self, operator, departments, people, database):
        post = operator.post("posts", 201, {"code": "p-11", "name": "係長", "department_id": departments["tama"]["id"]})
        assign(operator, post, 201, staff_id=people["270003"]["id"], kind="regular", order_number="0",
               **{"from": "2029-04-01", "to": "2029-12-31"})
        before = database.fingerprint()
        rows = ["nowhere,270004,regular,2026-04-01,,1", "p-11,000000,regular,2026-04-01,2026-05-31,1",
                "p-11,900002,regular,2027-04-01,2027-04-30,1", "p-11,270004,acting,2026-04-01,2026-04-02,1",
                "shirei-head,100002,acting,2026-04-01,,1", "p-11,270004,regular,2026-09-30,2026-09-01,1",
                "p-11,270005,regular,2029-10-01,2029-10-31,1", "p-11,270004,regular,2028-04-01,,", "p-11,270004,both,2028-05-01,,1"]
        answer = operator.upload("posts/assignments/import", CSV_POSTS + "".join(f"{row}\r\n" for row in rows), 422)
        assert answer.problem == "import-refused"
        assert {(row["line"], row["column"], row["code"]) for row in answer["rows"]} == {
            (2, "post_code", "not_found"), (3, "staff_number", "not_found"), (4, "staff_number", "oneself"),
            (5, "kind", "named_by_the_holder"), (6, "to", "required"), (7, "to", "before_from"), (8, "from", "overlap"),
            (9, "order_number", "required"), (10, "kind", "enum")}
        assert all(row["detail"] for row in answer["rows"]) and database.fingerprint() == before
        twice = operator.upload("posts/assignments/import", CSV_POSTS + 2 * "p-11,270004,regular,2026-04-01,2026-04-30,1\r\n", 422)
        assert (3, "staff_number", "repeated") in {(row["line"], row["column"], row["code"]) for row in twice["rows"]}

    def test_two_at_once_make_one(self, service, operator, departments):
        operator.post("posts", 201, {"code": "p-13", "name": "係長", "department_id": departments["tama"]["id"]})
        file = CSV_POSTS + "p-13,270004,regular,2026-04-01,,2\r\n"
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: service.staff("900002").upload("posts/assignments/import", file, 200), range(2)))
        assert sorted(answer["items"][0]["action"] for answer in answers) == ["create", "keep"]

    def test_a_post_that_was_filled_meanwhile(self, operator, departments, people, database):
        post = operator.post("posts", 201, {"code": "p-12", "name": "係長", "department_id": departments["tama"]["id"]})
        insert = ("INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, order_number) "
                  "VALUES (%s, %s, 'regular', '2026-04-01', '1')")
        with database.meanwhile(insert, post["id"], people["270003"]["id"]) as submit:
            answer = submit(operator.upload, "posts/assignments/import", CSV_POSTS + "p-12,270004,regular,2026-04-01,,2\r\n", 422)
        assert [(row["column"], row["code"]) for row in answer.result()["rows"]] == [("from", "overlap")]

    def test_only_the_operator_and_a_client_may(self, general_manager, member, client):
        for caller in (general_manager, member):
            assert caller.upload("posts/assignments/import", CSV_POSTS, 403).problem == "forbidden"
        assert client.upload("posts/assignments/import?dry_run=true", CSV_POSTS, 200)["rows"] == 0


class TestManagementStructure:
    def test_names_who_answers(self, member):
        structure = member.get("management-structure", 200, params={"as_of": "2026-08-01"})
        assert structure["as_of"] == "2026-08-01"
        assert structure["general_manager"]["holder"]["number"] == "100001" and structure["general_manager"]["clause"] == "art2.2"
        assert structure["equipment_manager"]["post"]["code"] == "joho-head"
        usage = {m["department"]["code"]: m for m in structure["usage_managers"]}
        assert usage["rinko"]["holder"]["number"] == "210001" and usage["rinko"]["held_equipment"] is True
        assert "joho" not in usage and usage["rinko"]["clause"] == "art2.4"

    def test_on_any_day(self, member):
        early = member.get("management-structure", 200, params={"as_of": "2024-04-20"})
        assert early["general_manager"]["holder"]["from"] == "2024-04-01"
        assert not any(m["held_equipment"] for m in early["usage_managers"])
        before = member.get("management-structure", 200, params={"as_of": "2024-03-31"})
        assert before["general_manager"]["holder"] is None and before["general_manager"]["vacant_since"] is not None
        assert member.get("management-structure", 400, params={"as_of": "2026-13-01"}).faults == {"as_of": "invalid"}

    def test_a_vacant_head_post_is_a_task(self, operator, general_manager, member, departments, people, posts, today):
        head = people["270001"]
        assignment = operator.one(f"posts/{posts['tama-head']['id']}/assignments", kind="regular")
        operator.patch(f"posts/{posts['tama-head']['id']}/assignments/{assignment['id']}", 200, {"to": str(today - DAY)}, match="*")
        structure = member.get("management-structure", 200)
        (vacant,) = [m for m in structure["usage_managers"] if m["department"]["code"] == "tama"]
        assert vacant["holder"] is None and vacant["vacant_since"] == str(today) and vacant["held_equipment"] is True
        link = f"/api/v1/posts/{posts['tama-head']['id']}"
        for caller, told in ((operator, True), (general_manager, True), (member, False)):
            tasks = {task["link"]: task for task in caller.every("me/tasks")}
            assert (link in tasks) == told
        assert tasks.get(link) is None or tasks[link]["clause"] == "art2.4"
        operator.patch(f"posts/{posts['tama-head']['id']}/assignments/{assignment['id']}", 200, {"to": None}, match="*")
        # One who has left holds nothing.
        left = operator.patch(f"staff/{head['id']}", 200, {"left_on": str(today)}, match="*")
        (vacant,) = [m for m in member.get("management-structure")["usage_managers"] if m["department"]["code"] == "tama"]
        assert vacant["holder"] is None and vacant["vacant_since"] == str(today)
        operator.patch(f"staff/{head['id']}", 200, {"left_on": None}, match=left)


class TestSettings:
    def test_are_changed_by_the_general_manager_with_history(self, general_manager, member, database):
        now = member.get("settings", 200)
        changed = general_manager.patch("settings", 200, {"data_warning_percent": 70, "longest_loan_days": now["longest_loan_days"],
                                                          "reason": "月末の超過が続いたため"}, match=now)
        assert changed["data_warning_percent"] == 70 and changed.etag != now.etag
        assert [row["type"] for row in database.events(changed)] == ["settings.changed"]
        assert {row["subject_type"] for row in database.audit(changed)} == {"settings", "settings_changes"}
        record = member.get("settings/history", 200)["items"][0]
        assert record["changes"] == {"data_warning_percent": [now["data_warning_percent"], 70]}
        assert record["reason"] == "月末の超過が続いたため" and record["changed_by_id"] == general_manager.get("me")["id"]
        general_manager.patch("settings", 200, {"data_warning_percent": 70}, match=changed)
        assert len(member.every("settings/history")) == 1

    def test_refusals(self, general_manager, usage_manager, operator, client, database):
        before = database.fingerprint()
        assert general_manager.patch("settings", 428, {"longest_loan_days": 7}).problem == "precondition-required"
        assert general_manager.patch("settings", 412, {"longest_loan_days": 7}, match='"0.ja"').problem == "precondition-failed"
        for caller in (usage_manager, operator):
            assert caller.patch("settings", 403, {"longest_loan_days": 7}, match="*").problem == "forbidden"
        assert client.patch("settings", 403, {"longest_loan_days": 7}, match="*").problem == "insufficient-scope"
        answer = general_manager.patch("settings", 422, {"longest_loan_days": 0, "data_warning_percent": "80", "only_one": True}, match="*")
        assert set(answer.faults) == {"/longest_loan_days", "/data_warning_percent", "/only_one"}
        assert database.fingerprint() == before


class TestRegulationVersions:
    def test_known_ones(self, member):
        known = {(v["document"], v["effective_on"]) for v in member.every("regulation-versions")}
        assert known >= {("regulation", "2021-03-11"), ("regulation", "2025-10-16"), ("annex2", "2024-06-24")}
        annex = member.every("regulation-versions", document="annex2")[0]
        assert annex["document_number"] == "6川総デ第912号"
        assert member.get(f"regulation-versions/{annex['id']}", 200).json == annex
        assert member.get(f"regulation-versions/{uuid.uuid4()}", 404).problem == "not-found"

    def test_recording_one(self, general_manager, operator, database):
        body = {"document": "regulation", "effective_on": "2027-04-01", "title": "運用要綱", "note": "第3次改正"}
        answer = general_manager.post("regulation-versions", 201, body)
        on_record(database, answer, "regulation_version.created", ("regulation_versions", "insert"))
        taken = general_manager.post("regulation-versions", 409, body)
        assert taken.problem == "conflict" and taken.faults == {"/effective_on": "taken"}
        assert operator.post("regulation-versions", 403, body | {"effective_on": "2028-04-01"}).problem == "forbidden"
        assert general_manager.post("regulation-versions", 422, body | {"document": "annex3"}).faults == {"/document": "enum"}


class TestApiClients:
    BODY = {"name": "機器管理", "scopes": ["devices:read", "organisation:read"]}

    def test_are_registered_by_the_operator(self, operator, general_manager, auditor, member, service, database, departments):
        answer = operator.post("api-clients", 201, self.BODY | {"client_id": "mdm"})
        assert answer["department_ids"] is None and answer["active"] is True
        on_record(database, answer, "api_client.created", ("api_clients", "insert"))
        for caller in (operator, general_manager, auditor):
            assert caller.get(f"api-clients/{answer['id']}", 200).json == answer.json
            assert caller.one("api-clients", client_id="mdm") == answer.json
        assert member.get("api-clients", 403).problem == "forbidden"
        for caller in (general_manager, auditor, member):
            assert caller.post("api-clients", 403, self.BODY | {"client_id": "x"}).problem == "forbidden"
        assert operator.post("api-clients", 409, self.BODY | {"client_id": "mdm"}).faults == {"/client_id": "taken"}
        assert len(service.client("mdm", "devices:read").every("devices")) >= 40
        assert operator.get(f"api-clients/{uuid.uuid4()}", 404).problem == "not-found"

    def test_are_bound_to_departments(self, operator, service, departments):
        rinko = departments["rinko"]["id"]
        bound = operator.post("api-clients", 201, self.BODY | {"client_id": "bound", "department_ids": [rinko]})
        caller = service.client("bound", "devices:read")
        assert {device["department_id"] for device in caller.every("devices")} == {rinko}
        assert [department["code"] for department in caller.get("me")["departments"]] == ["rinko"]
        for other in (str(uuid.uuid4()), departments["joho"]["id"]):
            answer = operator.patch(f"api-clients/{bound['id']}", 422, {"department_ids": [rinko, other]}, match=bound)
            assert answer.problem == "reference-not-found" and answer.faults == {"/department_ids/1": "not_found"}
        assert operator.post("api-clients", 422, self.BODY | {"client_id": "x", "department_ids": [str(uuid.uuid4())]}).faults == {
            "/department_ids/0": "not_found"}
        operator.patch(f"api-clients/{bound['id']}", 200, {"department_ids": None}, match=bound)
        assert len(caller.every("devices")) >= 40

    def test_what_is_taken_away_is_gone_at_once(self, operator, service, database):
        made = operator.post("api-clients", 201, self.BODY | {"client_id": "short"})
        caller, path = service.client("short", "devices:read organisation:read"), f"api-clients/{made['id']}"
        caller.get("departments", 200)
        assert operator.patch(path, 428, {"scopes": ["devices:read"]}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"scopes": ["devices:read"]}, match=made)
        on_record(database, changed, "api_client.changed", ("api_clients", "update"))
        assert caller.get("departments", 403).problem == "insufficient-scope"
        assert operator.patch(path, 412, {"active": False}, match=made).problem == "precondition-failed"
        operator.patch(path, 200, {"active": False}, match=changed)
        assert caller.get("devices", 401).problem == "unknown-caller"
        assert operator.patch(f"api-clients/{uuid.uuid4()}", 404, {"active": True}, match="*").problem == "not-found"

    def test_bad_members_are_named(self, operator):
        answer = operator.post("api-clients", 422, {"client_id": "a b", "name": "", "scopes": ["devices:delete"], "department_ids": []})
        assert set(answer.faults) == {"/client_id", "/name", "/scopes/0", "/department_ids"}


class TestTheSecondLock:
    """What row-level security keeps from a caller, whatever a statement forgets."""

    @pytest.fixture
    def inside(self, database):
        """inside("210002"): a cursor of the service's role, as that member of staff."""
        connection = database.cluster.connect(database.name, "kiki_service")
        connection.autocommit = False
        with contextlib.closing(connection), connection.cursor() as cursor:

            def enter(number):
                connection.rollback()
                cursor.execute("SELECT api.enter('', %s, NULL, '', '{user}', 'test', 'test')", (number,))
                return cursor

            yield enter

    @pytest.mark.parametrize("number", ["210001", "210002", "900003"])
    def test_hides_clients_and_the_audit_log(self, inside, number):
        cursor = inside(number)
        for table in ("api_clients", "audit_log"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,)

    @pytest.mark.parametrize("table", ["departments", "staff", "staff_transfers", "posts", "post_assignments", "settings", "api_clients"])
    def test_lets_a_member_change_nothing(self, inside, table):
        cursor = inside("210002")
        cursor.execute(f"UPDATE {table} SET updated_at = now()")
        assert cursor.rowcount == 0

    @pytest.mark.parametrize("number, rows", [("100001", 1), ("210001", 0), ("900002", 0)])
    def test_keeps_the_settings_to_the_general_manager(self, inside, number, rows):
        cursor = inside(number)
        cursor.execute("UPDATE settings SET updated_at = now()")
        assert cursor.rowcount == rows
