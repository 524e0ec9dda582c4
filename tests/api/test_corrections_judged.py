"""A correction judges the use anew, as a late entry of it would be (art5.1.3): with the present values, as things stood when it
began. What the rules say of it follows everywhere, and it refuses nothing, as the use has happened."""

import datetime

import pytest

from harness import ledgers
from harness.caller import Caller
from harness.lending import after


class Station:
    """A department of its own, with a device whose uses are written down afterwards."""

    def __init__(self, lending) -> None:
        self.lending, self.here = lending, lending.department()
        self.head, self.member = lending.usage_manager(self.here), lending.member(self.here)
        self.shelf = lending.place(self.here)

    def used(self, **members):
        times = {"out_at": after(minutes=-50), "due_at": after(minutes=-20), "late_reason": "通信の障害",
                 "returned": {"returned_at": after(minutes=-30), "storage_location_id": self.shelf["id"], "locked": True}}
        return self.out(**times | members)

    def out(self, status=201, **members):
        device = members.pop("device", None) or self.lending.device(self.here, since=None)
        user = members.pop("user", self.member)
        return self.lending.out(self.member, device, status, user=user, **members)

    def correct(self, entry, field, value, status=201, caller=None, **members):
        return (caller or self.member).post(f"usage-entries/{entry['id']}/corrections", status, {
            "field": field, "new_value": value, "reason": "記入誤り"} | members)

    def read(self, entry, **headers):
        return self.member.get(f"usage-entries/{entry['id']}", 200, **headers)

    def confirm(self, entry):
        return self.lending.act(self.head, entry, "confirmation")


@pytest.fixture(scope="module")
def station(lending):
    return Station(lending)


def of(caller, thing, **params):
    return {finding["kind"]: finding for finding in caller.every("compliance/findings", **params) if finding["link"].endswith(thing["id"])}


def first_judged(database, entry):
    return database.value("SELECT verdict FROM usage_entries WHERE id = %s", entry["id"])


class TestWhatArises:
    def test_a_purpose_that_needed_an_approval(self, station, general_manager, database):
        entry = station.used()
        station.confirm(entry)
        station.correct(entry, "purpose", "approved_other")
        read = station.read(entry)
        assert (read["verdict"], read.rules) == ("refused", {"check_out.purpose_approval": "violation"})
        assert read["status"] == "returned" and read["regulation_version"] and read["rules_of"] and read["not_judged"]
        english = station.read(entry, headers={"Accept-Language": "en"})
        assert english.rules == read.rules and english["findings"][0]["title"] != read["findings"][0]["title"]
        assert first_judged(database, entry) == "permitted"
        finding = of(general_manager, entry)["late_entry_violation"]
        assert finding["must_act"] == ["usage_manager", "general_manager"] and finding["to_be_noted"]
        assert finding["since"] > entry["created_at"]
        station.confirm(entry)
        for caller in (station.head, general_manager):
            assert "late_entry_violation" in of(caller, entry), "whoever confirms it has not noted it"
            caller.post(f"compliance/findings/{finding['id']}/notes", 201)
        assert of(general_manager, entry) == {}

    def test_another_purpose_is_an_exception(self, station, general_manager):
        entry = station.used(purpose_note="展示")
        station.confirm(entry)
        station.correct(entry, "purpose", "other")
        read = station.read(entry)
        assert (read["verdict"], read.rules) == ("permitted_with_exception", {"check_out.purpose": "exception"})
        assert of(general_manager, entry).keys() == {"usage_exception", "corrected_entry_unconfirmed"}
        station.confirm(entry)
        assert of(general_manager, entry) == {} and station.read(entry)["verdict"] == "permitted_with_exception"

    def test_a_user_of_another_department(self, lending, general_manager, operator):
        """Of the day of use: she was transferred since."""
        station, elsewhere = ledgers.Station(lending), lending.department(name="派遣元消防署")
        entry, borrower = station.late("2026-10-05"), lending.member(elsewhere)
        operator.post(f"staff/{borrower['id']}/transfers", 201, {"department_id": station.of["id"], "from": "2026-10-07"})
        ledgers.correct(station.member, entry, "user_staff_id", borrower["id"])
        read = station.member.get(f"usage-entries/{entry['id']}")
        assert (read["verdict"], read.rules) == ("permitted_with_exception", {"check_out.other_department": "exception"})
        (line,) = station.member.get(station.path("2026-10"))["lines"]
        assert line["user_department_name"] == "派遣元消防署" and line["verdict"] == "permitted_with_exception"
        assert [finding["rule"] for finding in line["findings"]] == ["check_out.other_department"]
        assert of(general_manager, entry)["usage_exception"]["rule"] == "check_out.other_department"
        rule = "例外　機器が配置されている所属の職員が使用すること（第5条第1号、第5条第3号）／"
        for said in ("例外（利用管理者の確認待ち）／", "例外（同意：署長　試験 桜子）／"):
            remarks = ledgers.read_csv(station.member.get(station.path("2026-10"), params={"format": "csv"}))[1][-1]
            assert remarks.startswith(rule + said)
            lending.act(station.head, entry, "confirmation", (200, 409))
        assert of(general_manager, entry) == {}

    def test_a_use_that_was_recorded_at_its_time(self, station, general_manager):
        entry = station.out()
        station.correct(entry, "purpose", "approved_other")
        assert station.read(entry)["verdict"] == "refused" and station.read(entry)["status"] == "out"
        finding = of(station.head, entry)["corrected_use_violation"]
        assert finding["rule"] == "check_out.purpose_approval" and finding["must_act"] == ["usage_manager", "general_manager"]
        station.correct(entry, "purpose", "training")
        assert of(general_manager, entry) == {}

    def test_a_hand_over(self, station, general_manager):
        entry = station.out()
        handed = station.member.post(f"usage-entries/{entry['id']}/handover", 201, {
            "user_staff_id": station.head["id"], "due_at": after(hours=3)}, match="*")
        assert handed["verdict"] == "permitted"
        station.correct(handed, "purpose", "approved_other")
        assert of(general_manager, handed)["handover_violation"]["rule"] == "check_out.purpose_approval"
        station.correct(handed, "purpose", "training")
        assert of(general_manager, handed) == {}


class TestWhatIsGone:
    def test_a_violation(self, station, general_manager, database):
        entry = station.used(purpose="approved_other")
        assert "late_entry_violation" in of(general_manager, entry)
        station.correct(entry, "purpose", "training")
        read = station.read(entry)
        assert (read["verdict"], read["findings"]) == ("permitted", []) and of(general_manager, entry) == {}
        assert first_judged(database, entry) == "refused"

    def test_an_exception(self, station, general_manager):
        entry = station.used(user=station.lending.member(), exception_reason="急ぎ")
        assert of(general_manager, entry)["usage_exception"]["rule"] == "check_out.other_department"
        station.correct(entry, "user_staff_id", station.member["id"])
        read = station.read(entry)
        assert (read["verdict"], read["exception_reason"]) == ("permitted", "急ぎ") and of(general_manager, entry) == {}
        rows = ledgers.read_csv(station.member.get(f"departments/{station.here['id']}/ledgers/{read['month']}", params={
            "format": "csv", "device_id": entry["device_id"]}))
        assert "例外" not in rows[1][-1]

    def test_files_of_a_training_that_is_named(self, station):
        entry = station.used(purpose="document_work")
        rules = station.read(entry).rules
        assert "check_out.document_work" in rules
        station.correct(entry, "purpose_note", "救急訓練の資料")
        assert "check_out.document_work" not in station.read(entry).rules

    def test_one_that_comes_again_is_the_same(self, station, general_manager):
        """What was noted of it stays noted."""
        entry = station.used(purpose="approved_other")
        finding = of(general_manager, entry)["late_entry_violation"]
        for caller in (station.head, general_manager):
            caller.post(f"compliance/findings/{finding['id']}/notes", 201)
        station.correct(entry, "purpose", "training")
        station.correct(entry, "purpose", "approved_other")
        assert station.read(entry)["verdict"] == "refused" and of(general_manager, entry) == {}


class TestAsThingsStood:
    def test_its_own_return_is_no_last_one(self, station):
        """Nor does its own time take the device from it."""
        entry = station.used(returned={"returned_at": after(minutes=-30), "storage_location_id": station.shelf["id"], "locked": False})
        station.correct(entry, "out_at", station.read(entry)["returned_at"])
        station.correct(entry, "purpose_note", "二回目")
        assert station.read(entry).rules == {}

    def test_the_one_before_was_not_locked_away(self, station):
        device = station.lending.device(station.here, since=None)
        station.used(device=device, returned={"returned_at": after(minutes=-30), "storage_location_id": station.shelf["id"], "locked": False})
        entry = station.out(device=device)
        assert entry.rules == {"check_out.storage_confirmed": "advice"}
        station.correct(entry, "purpose_note", "訓練")
        assert station.read(entry).rules == {"check_out.storage_confirmed": "advice"}

    def test_the_device_is_elsewhere_by_now(self, station, equipment_manager):
        """What is corrected by who does not see it any more is judged all the same."""
        entry = station.used()
        equipment_manager.post("placements", 201, {
            "device_id": entry["device_id"], "department_id": station.lending.departments["kawasaki"], "reason": "移管"})
        station.member.get(f"devices/{entry['device_id']}", 404)
        station.correct(entry, "purpose", "approved_other")
        assert station.read(entry).rules == {"check_out.purpose_approval": "violation"}

    def test_what_the_rules_do_not_ask_about(self, station, database):
        entry = station.used(purpose="approved_other")
        station.correct(entry, "remarks", "備考")
        assert station.read(entry)["verdict"] == "refused"
        assert database.value("SELECT count(*) FROM usage_corrections WHERE usage_entry_id = %s AND new_judgement IS NULL", entry["id"]) == 1

    def test_no_version_of_the_regulation_was_in_force(self, lending):
        """Nothing can be judged by, so that such a time is no time of a use."""
        here = lending.department(**{"from": "2021-01-01"})
        device, user, place = lending.device(here, "2021-03-01"), lending.member(here, **{"from": "2021-01-01"}), lending.place(here)
        entry = lending.used(user, device, "2021-03-12T09:00:00+09:00", "2021-03-12T10:00:00+09:00", department=here,
                             returned={"storage_location_id": place["id"]}, user=user)
        answer = user.post(f"usage-entries/{entry['id']}/corrections", 422, {
            "field": "out_at", "new_value": "2021-03-10T09:00:00+09:00", "reason": "誤記"})
        assert answer.faults == {"/new_value": "before_regulation"}

    def test_an_imported_entry_is_not_judged(self, lending, member):
        (entry, *_) = [e for e in member.every("usage-entries", month="2026-08") if e["source"] == "imported"]
        body = {"field": "purpose", "new_value": "approved_other", "reason": "誤記", "in_closed_month": True}
        if entry["purpose"] == "approved_other":
            body["new_value"] = "training"
        member.post(f"usage-entries/{entry['id']}/corrections", 201, body)
        read = member.get(f"usage-entries/{entry['id']}")
        assert read["verdict"] is None and read["findings"] == []


class TestAfterwards:
    def test_a_past_day_says_what_was_found_then(self, station, start_service):
        entry = station.used()
        later = start_service(KIKI_CLOCK_OFFSET_S=str(3 * 86400))
        station.correct(entry, "purpose", "approved_other", caller=Caller(later.url, station.member.token))
        general_manager = later.staff("100001")
        assert "late_entry_violation" in of(general_manager, entry)
        for days in (0, 1, 2):
            day = (datetime.date.fromisoformat(entry["created_at"][:10]) + datetime.timedelta(days=days)).isoformat()
            assert "late_entry_violation" not in of(general_manager, entry, as_of=day)

    def test_the_form_stays_as_it_was_kept(self, lending):
        """And its verification knows what it was judged by then."""
        closed = ledgers.Station(lending)
        entry = closed.confirmed("2026-10-05", purpose_note="合同訓練")
        closed.close("2026-10")
        before = closed.member.get(closed.path("2026-10"))["lines"]
        ledgers.correct(closed.member, entry, "purpose", "approved_other", in_closed_month=True)
        ledgers.correct(closed.member, entry, "purpose", "other", in_closed_month=True)
        assert closed.member.get(f"usage-entries/{entry['id']}").rules == {"check_out.purpose": "exception"}
        assert closed.member.get(closed.path("2026-10"))["lines"] == before
        answer = closed.member.get(closed.path("2026-10", "/verification"))
        assert answer["intact"] is True and len(answer["corrections"]) == 2
