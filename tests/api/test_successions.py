"""What becomes of the things of a department that is no more (art2.4)."""

import pytest
from harness.ledgers import Station
from harness.organisation import DAY
from harness.together import together

ORDER = "令8消総第12号"


@pytest.fixture
def old(lending):
    return Station(lending, "2026-10-01")


@pytest.fixture
def new(lending):
    return Station(lending, "2026-10-01")


@pytest.fixture
def succeed(operator, today):
    def ask(old, new, on=None, status=201, **rest):
        return operator.post(f"departments/{old.of['id']}/succession", status, {
            "to_department_id": new.of["id"], "on": str(on or today), "order_number": ORDER}, **rest)

    return ask


@pytest.fixture
def ahead(start_service):
    """A service on whose clock some days have passed."""
    def start(days):
        return start_service(KIKI_CLOCK_OFFSET_S=str(days * 86400))

    return start


class TestTakingOver:
    def test_equipment_and_its_place(self, old, new, succeed, equipment_manager, general_manager, operator, database, today):
        old.head.patch(f"devices/{old.device['id']}", 200, {"storage_location_id": old.place["id"]}, match="*")
        answer = succeed(old, new)
        assert answer["to_department_name"] == new.of["name"] and answer["order_number"] == ORDER and answer["taken_over_at"] is None
        database.on_record(answer, "department.succeeded", ("department_successions", "insert"), ("departments", "update"),
                           ("department_terms", "update"))
        assert operator.get(f"departments/{old.of['id']}")["abolished_on"] == str(today)
        device = new.head.get(f"devices/{old.device['id']}", 200)
        assert device["department_id"] == new.of["id"]
        place = new.head.get(f"storage-locations/{device['storage_location_id']}")
        assert (place["name"], place["department_id"]) == (old.place["name"], new.of["id"])
        assert operator.get(f"departments/{old.of['id']}/succession")["taken_over_at"]
        reports = general_manager.every("placement-reports", device_id=old.device["id"], acknowledged="false")
        assert [(report["kind"], report["to_department_id"]) for report in reports][0] == ("change", new.of["id"])
        assert reports[0]["reported_by"]["kind"] == "staff"
        assert equipment_manager.one("placements", device_id=old.device["id"], current="true")["department_id"] == new.of["id"]
        old.head.get(f"devices/{old.device['id']}", 404)

    def test_what_is_out_comes_back(self, old, new, succeed, lending):
        entry = lending.out(old.member, old.device, user=old.member)
        succeed(old, new)
        back = new.member.post(f"usage-entries/{entry['id']}/return", 200, {"storage_location": old.place["name"], "locked": True}, match="*")
        assert back["department_id"] == old.of["id"]
        assert new.head.get(f"storage-locations/{back['storage_location_id']}")["department_id"] == new.of["id"]
        assert new.head.post(f"usage-entries/{entry['id']}/confirmation", 200, {}, match="*")["status"] == "confirmed"
        again = lending.out(new.member, old.device, user=new.member)
        assert again["department_id"] == new.of["id"]

    def test_what_is_out_is_handed_over(self, old, new, succeed, lending):
        entry = lending.out(old.member, old.device, user=old.member)
        succeed(old, new)
        following = new.member.post(f"usage-entries/{entry['id']}/handover", 201, {"user_staff_id": new.member["id"]}, match="*")
        assert following["department_id"] == new.of["id"]

    def test_who_is_transferred_hands_over_to_the_successor(self, lending, old, new, succeed, operator):
        old.head.patch(f"departments/{old.of['id']}/settings", 200, {"shift_ends_at": "23:59"}, match="*")
        entry = lending.out(old.member, old.device, user=old.member)
        succeed(old, new)
        operator.post(f"staff/{old.member['id']}/transfers", 201, {"department_id": lending.department()["id"],
                                                                   "from": operator.get("management-structure")["as_of"]})
        answer = old.member.post("usage-entries/handovers", 201, {
            "items": [{"usage_entry_id": entry["id"]}], "user_staff_id": new.member["id"]})
        assert answer["items"][0]["department_id"] == new.of["id"]

    def test_an_unlocked_return_is_put_right_and_the_month_closed(self, old, new, succeed):
        entry = old.late("2026-10-05", locked=False)
        succeed(old, new)
        assert any(task["link"].endswith(entry["id"]) for task in new.head.every("me/tasks"))
        new.member.post(f"usage-entries/{entry['id']}/storage-confirmation", 200, {"storage_location_id": new.place["id"]}, match="*")
        new.head.post(f"usage-entries/{entry['id']}/confirmation", 200, {}, match="*")
        assert old.close("2026-10", caller=new.head)["closed"]
        assert new.head.get(old.path("2026-10"), 200)["closed_by"]

    def test_an_unlocked_return_is_put_right_where_the_device_is_kept(self, old, new, succeed):
        old.head.patch(f"devices/{old.device['id']}", 200, {"storage_location_id": old.place["id"]}, match="*")
        entry = old.late("2026-10-05", locked=False)
        succeed(old, new)
        right = new.member.post(f"usage-entries/{entry['id']}/storage-confirmation", 200, {}, match="*")
        kept = new.head.get(f"devices/{old.device['id']}")["storage_location_id"]
        assert right["storage_confirmed_location_id"] == kept

    def test_meetings_and_requests_go_on(self, old, new, succeed, meetings):
        planned = meetings.create(old.member, **meetings.soon(department_id=old.of["id"]))
        asked = old.head.post("placement-requests", 201, {"device_kind": "camera", "quantity": 1, "reason": "試験", "department_id": old.of["id"]})
        succeed(old, new)
        new.member.post(f"meetings/{planned['id']}/cancellation", 200, {"reason": "中止"}, match="*")
        assert new.head.get(f"placement-requests/{asked['id']}", 200)["id"] == asked["id"]


    def test_it_asks_and_agrees_to_nothing_more(self, old, new, succeed, equipment_manager, today):
        asked = old.head.post("placement-requests", 201, {"device_kind": "camera", "quantity": 1, "reason": "試験", "department_id": old.of["id"]})
        succeed(old, new)
        assert new.head.post("placement-requests", 422, {
            "device_kind": "camera", "quantity": 1, "reason": "試験", "department_id": old.of["id"]}).faults == {"/department_id": "not_found"}
        decided = equipment_manager.post(f"placement-requests/{asked['id']}/decision", 409, {"decision": "approved"}, match="*")
        assert decided.problem == "not-in-this-state"
        equipment_manager.post(f"placement-requests/{asked['id']}/decision", 200, {"decision": "refused"}, match="*")
        agreement = {"department_id": old.of["id"], "number": "試1", "kind": "loan", "description": "応援", "valid_from": str(today),
                     "valid_until": str(today), "to_department_id": new.of["id"]}
        assert new.head.post("standing-agreements", 422, agreement).faults == {"/department_id": "not_found"}


class TestTheDay:
    def test_it_turns_by_itself(self, old, new, succeed, ahead, today):
        answer = succeed(old, new, today + 3 * DAY)
        assert old.head.get(f"devices/{old.device['id']}", 200)["department_id"] == old.of["id"]
        new.head.get(f"devices/{old.device['id']}", 404)
        later = ahead(3)
        assert later.staff(new.head["number"]).get(f"devices/{old.device['id']}", 200)["department_id"] == new.of["id"]
        placement = later.staff("100002").one("placements", device_id=old.device["id"], current="true")
        assert placement["began_at"].startswith(f"{answer['on']}T00:00:00")

    def test_many_first_requests_at_once(self, old, new, succeed, ahead, today, database):
        succeed(old, new, today + 1 * DAY)
        later = ahead(1)
        together(*[lambda: later.staff(new.member["number"]).get(f"devices/{old.device['id']}", 200) for _ in range(12)])
        assert database.value("SELECT count(*) FROM placements WHERE device_id = %s", old.device["id"]) == 2

    def test_one_after_the_other(self, lending, old, new, succeed, ahead, today):
        last = Station(lending, "2026-10-01")
        entry = lending.out(old.member, old.device, user=old.member)
        succeed(old, new, today + 1 * DAY)
        later = ahead(1)
        operator = later.staff("900002")
        operator.post(f"departments/{new.of['id']}/succession", 201, {
            "to_department_id": last.of["id"], "on": str(today + 2 * DAY), "order_number": ORDER})
        latest = ahead(2)
        member = latest.staff(last.member["number"])
        assert member.get(f"devices/{old.device['id']}", 200)["department_id"] == last.of["id"]
        member.post(f"usage-entries/{entry['id']}/return", 200, {"storage_location_id": last.place["id"], "locked": True}, match="*")

    def test_it_is_taken_back_before(self, old, new, succeed, operator, ahead, today):
        succeed(old, new, today + 2 * DAY)
        operator.patch(f"departments/{old.of['id']}", 200, {"abolished_on": None}, match="*")
        operator.get(f"departments/{old.of['id']}/succession", 404)
        assert ahead(2).staff(old.head["number"]).get(f"devices/{old.device['id']}", 200)["department_id"] == old.of["id"]

    def test_it_is_replaced_before(self, lending, old, new, succeed, ahead, today):
        other = Station(lending, "2026-10-01")
        first = succeed(old, new, today + 2 * DAY)
        second = succeed(old, other, today + 1 * DAY)
        assert second["id"] == first["id"]
        later = ahead(1)
        assert later.staff(other.head["number"]).get(f"devices/{old.device['id']}", 200)["department_id"] == other.of["id"]


class TestRefusals:
    def test_no_end_without_a_successor(self, old, operator, lending, today):
        lending.out(old.member, old.device, user=old.member)
        answer = operator.patch(f"departments/{old.of['id']}", 409, {"abolished_on": str(today + 30 * DAY)}, match="*")
        assert answer.problem == "department-in-use"
        assert (answer["devices"], answer["open_uses"]) == (1, 1) and answer["open_months"] >= 1

    def test_one_that_has_nothing_ends(self, lending, operator, today):
        bare = lending.department()
        operator.patch(f"departments/{bare['id']}", 200, {"abolished_on": str(today)}, match="*")

    def test_who_comes_after(self, old, new, succeed, operator, lending, today):
        assert succeed(old, old, status=422).faults == {"/to_department_id": "not_found"}
        unit = lending.department(is_shozoku=False, kind="unit")
        body = {"to_department_id": unit["id"], "on": str(today), "order_number": ORDER}
        assert operator.post(f"departments/{old.of['id']}/succession", 422, body).faults == {"/to_department_id": "not_found"}
        assert succeed(old, new, today - DAY, 422).faults == {"/on": "succession_past"}
        succeed(old, new)
        assert succeed(new, old, status=422).faults == {"/to_department_id": "not_found"}
        assert succeed(old, new, status=409).problem == "not-in-this-state"
        assert operator.patch(f"departments/{old.of['id']}", 409, {"abolished_on": None}, match="*").problem == "not-in-this-state"

    def test_a_successor_to_be_stays(self, old, new, succeed, operator, today):
        succeed(old, new, today + 5 * DAY)
        bare = operator.patch(f"departments/{new.of['id']}", 409, {"abolished_on": str(today + 1 * DAY)}, match="*")
        assert bare.problem == "not-in-this-state"

    def test_twenty_at_once(self, old, new, operator, succeed, today, database):
        answers = together(*[lambda: succeed(old, new, today + 1 * DAY, (201, 409, 503)) for _ in range(8)])
        assert any(answer.status == 201 for answer in answers)
        assert database.value("SELECT count(*) FROM department_successions WHERE department_id = %s", old.of["id"]) == 1

    def test_staff_left_behind_are_a_task(self, old, new, succeed, operator):
        succeed(old, new)
        tasks = [task for task in operator.every("me/tasks") if task["kind"] == "staff_left_behind"]
        assert any(task["link"].endswith(old.of["id"]) for task in tasks)
