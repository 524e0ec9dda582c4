"""What was decided about placements is reported to the general manager (art4.2), who acknowledges it, also many at once; and
nobody acknowledges what he reported himself."""

import uuid

import pytest

from harness.organisation import DAY, name_acting
from harness.together import together


@pytest.fixture
def report(a_device, general_manager):
    """Makes a report that nobody has acknowledged."""
    def make():
        return general_manager.one("placement-reports", device_id=a_device(of="rinko")["id"])
    return make


@pytest.fixture
def deputy(operator, posts, a_member, today):
    """Acts for the general manager."""
    person = a_member(name="試験 代理")
    name_acting(operator, posts["shirei-head"], person, today, today, order_number="令8消人第70号")
    return person


@pytest.fixture
def acting_for_both(operator, equipment_manager, posts, a_member, today):
    """Acts for the equipment manager and for the general manager."""
    person = a_member(name="試験 両職")
    name_acting(operator, posts["shirei-head"], person, today, today, order_number="令8消人第71号")
    name_acting(equipment_manager, posts["joho-head"], person, today, today)
    return person


def acknowledge(caller, status, *reports, **more):
    return caller.post("placement-reports/acknowledgements", status, {"items": [{"placement_report_id": one["id"]} for one in reports]},
                       **more)


def disposed(caller, device, today):
    caller.post(f"devices/{device['id']}/disposal", 200, {
        "disposed_on": str(today), "reason": "故障", "erasure_method": "初期化", "erased_on": str(today)}, match="*")
    return caller.one("placement-reports", device_id=device["id"], own_report="true")


class TestManyAtOnce:
    def test_in_the_order_that_was_asked_for(self, general_manager, auditor, report, database):
        reports = [report() for _ in range(4)]
        answer = acknowledge(general_manager, 200, *reports[::-1])
        assert [one["id"] for one in answer["items"]] == [one["id"] for one in reports[::-1]]
        assert all(one["acknowledged_by"]["name"] == "見本 一郎" and one["acknowledged_at"] for one in answer["items"])
        assert [event["type"] for event in database.events(answer)] == 4 * ["placement_report.acknowledged"]
        assert {(row["subject_type"], row["action"]) for row in database.audit(answer)} == {("placement_reports", "update")}
        assert auditor.get(f"placement-reports/{reports[0]['id']}").json == answer["items"][3]

    def test_all_or_nothing_and_the_one_is_named(self, general_manager, report, database, today, a_device):
        open_one, done = report(), report()
        acknowledge(general_manager, 200, done)
        own = disposed(general_manager, a_device(of="rinko"), today)
        before = database.fingerprint()
        for other, status, problem, code in ((done, 409, "not-in-this-state", "acknowledged"), (own, 403, "own-act", "own_act"),
                                             ({"id": str(uuid.uuid4())}, 422, "reference-not-found", "not_found")):
            answer = acknowledge(general_manager, status, open_one, other)
            assert answer.problem == problem and answer.faults == {"/items/1/placement_report_id": code}
        assert database.fingerprint() == before

    def test_its_bounds(self, general_manager, report):
        one = report()
        assert acknowledge(general_manager, 422).faults == {"/items": "too_few_items"}
        assert acknowledge(general_manager, 422, *[{"id": str(uuid.uuid4())} for _ in range(201)]).faults == {"/items": "too_many_items"}
        assert acknowledge(general_manager, 422, one, one).faults == {"/items/1": "duplicate_item"}

    def test_again_under_the_same_key_and_at_once(self, general_manager, report):
        reports, key = [report() for _ in range(3)], str(uuid.uuid4())
        first = acknowledge(general_manager, 200, *reports, key=key)
        assert acknowledge(general_manager, 200, *reports, key=key).content == first.content
        more = [report() for _ in range(6)]
        answers = together(*[lambda n=n: acknowledge(general_manager, (200, 409), *(more if n % 2 else more[::-1])) for n in range(8)])
        assert sorted(answer.status for answer in answers) == [200] + 7 * [409]

    def test_only_the_general_manager_may(self, equipment_manager, auditor, member, report, deputy):
        one = report()
        for caller in (equipment_manager, auditor, member):
            assert acknowledge(caller, 403, one).problem == "forbidden"
        (done,) = acknowledge(deputy, 200, one)["items"]
        assert (done["acknowledged_by"]["name"], done["acknowledged_by"]["acting"]["holder_name"]) == ("試験 代理", "見本 一郎")


class TestOnesOwn:
    """Never acknowledged by who reported it: it stands, and is counted."""

    def test_a_disposal_reported_by_the_general_manager(self, general_manager, auditor, deputy, a_device, today):
        own = disposed(general_manager, a_device(of="rinko"), today)
        path = f"placement-reports/{own['id']}"
        assert general_manager.post(f"{path}/acknowledgement", 403).problem == "own-act"
        total = auditor.get("placement-reports", 200, params={"own_report": "true", "acknowledged": "false", "include_total": "true"})
        assert total["total"] >= 1 and own["id"] in {one["id"] for one in auditor.every("placement-reports", own_report="true")}
        tasks = {task["link"]: task["kind"] for task in general_manager.every("me/tasks")}
        assert tasks[f"/api/v1/{path}"] == "own_placement_report"
        assert {task["kind"] for task in deputy.every("me/tasks") if task["link"] == f"/api/v1/{path}"} == {"placement_report"}
        def found():
            return {one["kind"] for one in auditor.every("compliance/findings") if one["link"] == f"/api/v1/{path}"}

        assert found() == {"own_placement_report"}
        done = deputy.post(f"{path}/acknowledgement", 200)
        assert found() == set() and done["own_report"] and done["acknowledged_by"]["id"] == deputy["id"]
        assert own["id"] not in {one["id"] for one in auditor.every("placement-reports", own_report="true", acknowledged="false")}

    def test_who_acts_for_both_reports_to_himself(self, acting_for_both, general_manager, equipment_manager, a_device, departments):
        device = a_device()
        made = acting_for_both.post("placements", 201, {"device_id": device["id"], "department_id": departments["rinko"]["id"], "reason": "配置"})
        assert made["decided_by"]["acting"]["post_name"] == "情報係長"
        report = general_manager.one("placement-reports", device_id=device["id"])
        assert report["own_report"] and report["reported_by"]["acting"]["holder_name"] == "例田 花子"
        assert acting_for_both.post(f"placement-reports/{report['id']}/acknowledgement", 403).problem == "own-act"
        general_manager.post(f"placement-reports/{report['id']}/acknowledgement", 200)

    def test_whoever_comes_to_act_later_does_not_acknowledge_what_he_reported(self, operator, equipment_manager, posts, report, today):
        """A report to somebody else is no own one; he leaves it to the other all the same."""
        one = report()
        named = name_acting(operator, posts["shirei-head"], {"id": equipment_manager.get("me")["id"]}, today, today, order_number="1")
        assert not one["own_report"]
        assert equipment_manager.post(f"placement-reports/{one['id']}/acknowledgement", 403).problem == "own-act"
        tasks = {task["link"]: task["kind"] for task in equipment_manager.every("me/tasks")}
        assert tasks[f"/api/v1/placement-reports/{one['id']}"] == "own_placement_report"
        operator.patch(f"posts/{posts['shirei-head']['id']}/assignments/{named['id']}", 200, {"reason": "試験"}, match="*")

    def test_the_tables_refuse_it_too(self, database, report):
        one = report()
        with pytest.raises(Exception, match="placement_reports_second_person"):
            database.run("""UPDATE placement_reports SET acknowledged_by_id = reported_by_id, acknowledged_by = reported_by,
                                   acknowledged_at = now() WHERE id = %s""", one["id"])


def test_one_that_is_late_has_its_own_word(general_manager, report, start_service, today):
    one, days = report(), general_manager.get("settings")["report_acknowledgement_days"]
    for after, kind, day in ((0, "placement_report", today), (days, "placement_report", today),
                             (days + 1, "overdue_placement_report", today + days * DAY)):
        later = start_service(KIKI_CLOCK_OFFSET_S=str(86400 * after)).staff("100001")
        (task,) = [task for task in later.every("me/tasks") if task["link"].endswith(one["id"])]
        assert task["kind"] == kind and f"令和{day.year - 2018}年{day.month}月{day.day}日" in task["title"]
        english = later.get("me/tasks", params={"limit": 200}, headers={"Accept-Language": "en"})["items"]
        titles = [task["title"] for task in english if task["link"].endswith(one["id"])]
        assert all(f"{day.day} {day:%B} {day.year}" in title for title in titles)
