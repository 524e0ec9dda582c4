"""What a usage manager agrees to for a period: the bounds, what cites it, and that it needs no confirmation then."""

import datetime

import pytest

from harness.lending import after, on_that_day
from harness.meetings import PERSONAL
from harness.together import together


def year_end(day):
    return datetime.date(day.year + (day.month > 3), 3, 31)


class Two:
    """A department with devices, and one that borrows them."""

    def __init__(self, lending, today) -> None:
        self.lending, self.today = lending, today
        self.here, self.there = lending.department(), lending.department()
        self.head, self.member = lending.usage_manager(self.here), lending.member(self.here)
        self.borrower, self.numbers = lending.member(self.there), iter(range(1, 1000))

    def agree(self, caller=None, status=201, **members):
        body = {"number": f"第{next(self.numbers)}号", "department_id": self.here["id"], "kind": "loan", "description": "合同訓練のため",
                "valid_from": str(self.today), "valid_until": str(year_end(self.today)), "to_department_id": self.there["id"]} | members
        return (caller or self.head).post("standing-agreements", status,
                                          {name: value for name, value in body.items() if value is not None})

    def meeting(self, **members):
        return self.agree(**{"kind": "meeting", "to_department_id": None, "rules": ["meeting.city_account"]} | members)

    def lend(self, agreement, status=201, device=None, **members):
        device = device or self.lending.device(self.here, since=None)
        return self.lending.out(self.member, device, status, user=members.pop("user", self.borrower), exception_reason="合同訓練",
                                standing_agreement_id=agreement["id"] if agreement else None, **members)


@pytest.fixture(scope="module")
def two(lending, today):
    return Two(lending, today)


def findings(caller, thing):
    return {f["kind"] for f in caller.every("compliance/findings") if f["link"].endswith(thing["id"])}


class TestAgreements:
    def test_given_read_and_revoked(self, two, general_manager, other_member, database):
        agreed = two.agree(device_kinds=["camera"])
        assert agreed["agreed_by"]["id"] == two.head["id"] and agreed["revoked_at"] is None
        assert agreed["to_department_name"] == "試験消防署" and agreed["device_kinds"] == ["camera"] and agreed["rules"] is None
        database.on_record(agreed, "standing_agreement.created", ("standing_agreements", "insert"))
        path = f"standing-agreements/{agreed['id']}"
        for caller in (two.member, two.borrower, general_manager):
            assert caller.get(path, 200).json == agreed.json
        assert other_member.get(path, 404).problem == "not-found"
        assert two.member.post(f"{path}/revocation", 403, {"reason": "終了"}, match=agreed).problem == "forbidden"
        assert general_manager.post(f"{path}/revocation", 403, {"reason": "終了"}, match=agreed).problem == "forbidden"
        revoked = two.head.post(f"{path}/revocation", 200, {"reason": "終了"}, match=agreed)
        assert revoked["revoked_by"]["id"] == two.head["id"] and revoked["revocation_reason"] == "終了"
        database.on_record(revoked, "standing_agreement.revoked", ("standing_agreements", "update"))
        assert two.head.post(f"{path}/revocation", 412, {"reason": "終了"}, match=agreed).problem == "precondition-failed"
        assert two.head.post(f"{path}/revocation", 409, {"reason": "終了"}, match=revoked).problem == "not-in-this-state"

    def test_what_cannot_be(self, two, today):
        def refused(**members):
            answer = two.agree(status=422, **members)
            return answer.problem, answer.faults
        day = datetime.timedelta(days=1)
        assert refused(valid_until=str(year_end(today) + day)) == ("value-not-accepted", {"/valid_until": "after_fiscal_year"})
        assert refused(valid_from=str(today + 2 * day), valid_until=str(today + day)) == ("value-not-accepted", {"/valid_until": "before_from"})
        assert refused(valid_from=str(today - day)) == ("value-not-accepted", {"/valid_from": "begins_in_past"})
        assert refused(to_department_id=two.here["id"]) == ("value-not-accepted", {"/to_department_id": "own_department"})
        assert refused(to_department_id=None) == refused(rules=["meeting.venue"]) == ("value-not-accepted", {"/kind": "not_of_this_kind"})
        assert refused(kind="meeting", rules=["meeting.venue"]) == ("value-not-accepted", {"/kind": "not_of_this_kind"})
        assert refused(department_id=two.there["id"]) == ("reference-not-found", {"/department_id": "not_found"})
        number = two.agree()["number"]
        assert two.agree(status=409, number=number).problem == "conflict"
        assert two.agree(two.member, 403).problem == "forbidden"

    def test_filters(self, two, today, general_manager):
        loan, meeting = two.agree(), two.meeting()
        ids = {a["id"] for a in two.head.every("standing-agreements", kind="loan", valid_on=str(today))}
        assert loan["id"] in ids and meeting["id"] not in ids
        assert loan["id"] in {a["id"] for a in general_manager.every("standing-agreements", to_department_id=two.there["id"])}
        assert general_manager.every("standing-agreements", department_id=two.here["id"],
                                     valid_on=str(year_end(today) + datetime.timedelta(days=1))) == []

    def test_revoked_by_one_of_twenty_at_once(self, two):
        agreed = two.agree()
        answers = together(*20 * [lambda: two.head.post(f"standing-agreements/{agreed['id']}/revocation", (200, 412),
                                                        {"reason": "終了"}, match=agreed)])
        assert [answer.status for answer in answers].count(200) == 1


class TestLoans:
    def test_what_cites_it_awaits_no_confirmation(self, two):
        agreed = two.agree()
        entry, other = two.lend(agreed), two.lend(None)
        assert entry["verdict"] == "permitted_with_exception"
        assert entry["standing_agreement"] == {"id": agreed["id"], "number": agreed["number"], "agreed_by": agreed["agreed_by"],
                                               "to_department_id": two.there["id"]}
        assert "usage_exception" not in findings(two.head, entry) and "usage_exception" in findings(two.head, other)
        assert other["standing_agreement"] is None
        # The line of the ledger is confirmed like any other.
        two.lending.back(two.member, entry, storage_location_id=two.lending.place(two.here)["id"])
        assert two.head.post(f"usage-entries/{entry['id']}/confirmation", 200, {}, match="*")["status"] == "confirmed"

    def test_outside_its_bounds(self, two, lending, today):
        def refused(agreement, **members):
            answer = two.lend(agreement, 422, **members)
            return answer.problem, answer.faults
        fault = "value-not-accepted", {"/standing_agreement_id": "not_covered"}
        tomorrow = str(today + datetime.timedelta(days=1))
        assert refused(two.agree(device_kinds=["display"])) == fault
        assert refused(two.agree(to_department_id=lending.department()["id"])) == fault
        assert refused(two.agree(valid_from=tomorrow)) == fault
        assert refused(two.agree(valid_until=str(today)), due_at=after(hours=30)) == fault
        assert refused(two.agree(), user=two.member) == fault
        assert refused(two.meeting()) == fault
        revoked = two.agree()
        two.head.post(f"standing-agreements/{revoked['id']}/revocation", 200, {"reason": "終了"}, match=revoked)
        assert refused(revoked) == fault
        unseen = lending.department()
        theirs = lending.usage_manager(unseen).post("standing-agreements", 201, {
            "number": "1", "department_id": unseen["id"], "kind": "meeting", "description": "試験", "valid_from": str(today),
            "valid_until": str(today), "rules": ["meeting.venue"]})
        assert refused(theirs) == ("reference-not-found", {"/standing_agreement_id": "not_found"})
        device = lending.device(two.here, since=None)
        check = lending.check(two.member, device, 422, user=two.member, standing_agreement_id=two.agree()["id"])
        assert check.faults == {"/standing_agreement_id": "not_covered"}

    def test_a_user_put_right_is_not_agreed_to(self, two, lending):
        entry = two.lend(two.agree())
        assert "usage_exception" not in findings(two.head, entry)
        two.member.post(f"usage-entries/{entry['id']}/corrections", 201, {
            "field": "user_staff_id", "new_value": lending.member()["id"], "reason": "誤記"})
        assert "usage_exception" in findings(two.head, entry)

    def test_a_day_put_right_is_not_agreed_to(self, two, lending, start_service):
        head, place = on_that_day(start_service, two.head, "2026-10-07T08:00:00+09:00"), lending.place(two.here)
        agreement = two.agree(head, valid_from="2026-10-07", valid_until="2027-03-31")
        entry = lending.used(two.member, lending.device(two.here), "2026-10-08T09:00:00+09:00", "2026-10-08T10:00:00+09:00", department=two.here,
                             returned={"storage_location_id": place["id"]}, user=two.borrower, standing_agreement_id=agreement["id"])
        assert findings(two.head, entry) == set()
        two.member.post(f"usage-entries/{entry['id']}/corrections", 201, {
            "field": "out_at", "new_value": "2026-10-06T09:00:00+09:00", "reason": "誤記"})
        assert findings(two.head, entry) == {"usage_exception"}


class TestMeetings:
    def plan(self, meetings, two, status=201, **members):
        return meetings.create(two.member, status, department=two.here, exception_reason="回線の都合", **PERSONAL | members)

    def test_what_cites_it_awaits_no_confirmation(self, meetings, two):
        agreed = two.meeting(confidentialities=["II"], services=["webex"])
        meeting = self.plan(meetings, two, standing_agreement_id=agreed["id"])
        assert meeting["open_findings"] == [] and meeting["standing_agreement"]["number"] == agreed["number"]
        assert findings(two.head, meeting) == set()
        assert f"/api/v1/meetings/{meeting['id']}" not in {task["link"] for task in two.head.every("me/tasks")}
        assert meetings.act(two.head, meeting, "confirmation", 409).problem == "not-in-this-state"
        # A change beyond the bounds is to be confirmed; one within them is not.
        same = meetings.change(two.member, meeting, title="改題")
        assert same["standing_agreement"]["id"] == agreed["id"]
        wider = meetings.change(two.member, meeting, venue="open")
        assert wider["standing_agreement"] is None and wider["open_findings"] == ["exception_unconfirmed"]
        assert findings(two.head, meeting) == {"meeting_exception"}
        again = meetings.change(two.member, meeting, 422, standing_agreement_id=agreed["id"])
        assert again.faults == {"/standing_agreement_id": "not_covered"}
        agreed = two.meeting(rules=["meeting.city_account", "meeting.venue"])
        assert meetings.change(two.member, meeting, standing_agreement_id=agreed["id"])["open_findings"] == []

    def test_outside_its_bounds(self, meetings, two, today):
        def refused(agreement, **members):
            answer = self.plan(meetings, two, 422, standing_agreement_id=agreement["id"], **members)
            return answer.problem, answer.faults
        fault = "value-not-accepted", {"/standing_agreement_id": "not_covered"}
        assert refused(two.meeting(rules=["meeting.venue"])) == fault
        assert refused(two.meeting(confidentialities=["I"])) == fault
        assert refused(two.meeting(services=["zoom"])) == fault
        assert refused(two.meeting(valid_until=str(today))) == fault
        assert refused(two.agree()) == fault
        check = meetings.check(two.member, 422, department=two.here, standing_agreement_id=two.meeting(services=["zoom"])["id"])
        assert check.faults == {"/standing_agreement_id": "not_covered"}
        assert meetings.check(two.member, department=two.here, standing_agreement_id=two.meeting()["id"], **PERSONAL)["findings"]
