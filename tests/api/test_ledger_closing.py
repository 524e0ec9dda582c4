"""The closing of a month (art5.1.3): when it may be closed, in which order, and that nothing slips in meanwhile."""

import pytest

from harness.ledgers import Station, close, correct, late, path
from harness.lending import after, on_that_day
from harness.together import together


@pytest.fixture
def station(lending):
    return Station(lending)


class TestClosing:
    def test_closed_once_and_then_shut(self, lending, station, database):
        entry = station.confirmed("2026-10-05")
        state = station.head.get(station.path("2026-10", "/closure"))
        assert (state["closed"], state["kept"], state["entries"], state["not_returned"], state["not_locked"], state["not_confirmed"],
                state["earliest_open_month"], state["closer_own_uses"]) == (False, False, 1, 0, 0, 0, None, None)
        answer = station.close("2026-10", remarks="点検済み")
        assert (answer["closed"], answer["kept"], answer["closed_by_id"], answer["acting_for_id"], answer["remarks"]) == (
            True, True, station.head["id"], None, "点検済み")
        assert answer["closed_by"] == {"kind": "staff", "id": station.head["id"], "name": "試験 桜子", "title": "署長", "acting": None}
        assert answer.json == station.head.get(station.path("2026-10", "/closure")).json
        assert answer.etag == station.head.get(station.path("2026-10", "/closure")).etag
        assert [e["type"] for e in database.events(answer)] == ["ledger.closed"]
        assert [a["subject_type"] for a in database.audit(answer)] == ["ledger_closures"]
        assert station.close("2026-10", 409).problem == "month-closed"
        assert correct(station.member, entry, "remarks", "訂正", 409).problem == "month-closed"
        assert correct(station.member, entry, "remarks", "訂正", in_closed_month=True)["in_closed_month"] is True

    def test_what_was_read_is_what_is_closed(self, station):
        read = station.head.get(station.path("2026-10"))
        station.late("2026-10-20")
        assert station.close("2026-10", 412, match=read).problem == "precondition-failed"
        assert station.close("2026-10", 428, match=None).problem == "precondition-required"

    def test_not_with_entries_left(self, lending, station, start_service):
        def missing():
            answer = station.close("2026-10", 409)
            assert answer.problem == "month-not-settled"
            return answer["not_returned"], answer["not_locked"], answer["not_confirmed"]

        then = on_that_day(start_service, station.member, "2026-10-21T09:00:00+09:00")
        entry = lending.out(then, station.device, user=station.member, due_at="2026-10-21T10:00:00+09:00")
        assert missing() == (1, 0, 1)
        lending.back(station.member, entry, department=station.of, returned_at="2026-10-21T10:00:00+09:00", locked=False)
        assert missing() == (0, 1, 1)
        lending.act(station.head, entry, "confirmation")
        assert missing() == (0, 1, 0)
        lending.act(station.member, entry, "storage-confirmation")
        assert station.close("2026-10")["closed"]

    def test_not_before_the_month_is_over(self, station):
        station.close("2026-10")
        assert station.close(after()[:7], 409).problem == "month-not-over"
        assert station.close("2031-01", 409).problem == "month-not-over"

    def test_a_month_ends_at_midnight_in_japan(self, lending, start_service, database):
        """One second before and after, with the clock moved to the end of next January."""
        year = database.value("SELECT extract(year FROM now())::int + 1")
        station = Station(lending, f"{year - 1}-11-20")
        for seconds, status in ((-1, 409), (1, 200)):
            offset = database.value("SELECT extract(epoch FROM %s::timestamptz - now())::bigint", f"{year}-02-01T00:00:00+09:00") + seconds
            head = start_service(KIKI_CLOCK_OFFSET_S=str(offset)).staff(station.head["number"])
            for month in (f"{year - 1}-11", f"{year - 1}-12") if status == 409 else ():
                station.close(month, caller=head)
            assert station.close(f"{year}-01", status, caller=head).problem == (None if status == 200 else "month-not-over")

    def test_earlier_months_first(self, lending):
        station = Station(lending, "2026-07-31")
        answer = station.close("2026-10", 409)
        assert (answer.problem, answer["earliest_open_month"]) == ("earlier-month-open", "2026-07")
        read = station.head.get(station.path("2026-10", "/closure"))
        assert read["earliest_open_month"] == "2026-07"
        station.close("2026-07")
        now = station.head.get(station.path("2026-10", "/closure"))
        assert now["earliest_open_month"] == "2026-08" and now.etag != read.etag
        for month in ("2026-08", "2026-09", "2026-10"):
            assert station.close(month)["entries"] == 0

    def test_not_before_the_department_held_anything(self, lending, station):
        assert station.close("2026-09", 409).problem == "month-without-ledger"
        nothing = lending.department()
        assert close(lending, lending.usage_manager(nothing), "2026-10", 409, nothing).problem == "month-without-ledger"

    def test_not_before_the_regulation(self, lending):
        """A device may have been placed before there was one, in a month that so has no ledger."""
        station = Station(lending, "2020-05-01")
        assert station.close("2021-02", 409).problem == "month-without-ledger"
        assert station.close("2021-03")["closed"]
        assert station.head.get(station.path("2026-10", "/closure"))["earliest_open_month"] == "2021-04"

    def test_months_without_any_device_are_no_gap(self, lending, database):
        station = Station(lending, "2026-06-10")
        database.run("SELECT set_config('kiki.operation', 'test', false); UPDATE placements SET during = '[2026-06-10T00:00+09,2026-07-05T00:00+09)'"
                     " WHERE device_id = %s",
                     station.device["id"])
        station.held("2026-10-01")
        assert self.tasks(station) == ["2026-06", "2026-07", "2026-10"]
        for month in ("2026-06", "2026-07", "2026-10"):
            station.close(month)
        assert self.tasks(station) == []

    @staticmethod
    def tasks(station):
        return sorted(task["link"].rsplit("/", 1)[1] for task in station.head.every("me/tasks") if task["kind"] == "ledger_closure")

    def test_unclosed_months_stay_tasks_however_old(self, lending):
        station = Station(lending, "2021-05-20")
        months = self.tasks(station)
        assert (months[0], months[-1], len(months)) == ("2021-05", "2026-10", 66)
        station.close("2021-05")
        assert self.tasks(station)[0] == "2021-06"

    def test_only_its_own_usage_manager(self, lending, station, general_manager, usage_manager, auditor):
        for caller in (station.member, auditor, general_manager):
            assert station.close("2026-10", 403, caller=caller).problem == "forbidden"
        assert station.close("2026-10", 404, caller=usage_manager, match='"1.ja"').problem == "not-found"

    def test_separated_duties_are_counted(self, lending, station):
        station.confirmed("2026-10-05")
        station.confirmed("2026-10-06", user=station.head)
        assert station.head.get(station.path("2026-10", "/closure"))["own_uses_confirmed"] == 1
        answer = station.close("2026-10")
        assert (answer["own_uses_confirmed"], answer["closer_own_uses"]) == (1, 1)


class TestRaces:
    def test_late_entries_race_with_the_closing(self, lending, station, service, database):
        """An entry is in the month before it closes, or is refused: never in a closed month without having been seen."""
        devices = [station.held("2026-10-01") for _ in range(8)]

        def take(n):
            caller = service.staff(station.member["number"])
            return lending.used(caller, devices[n], "2026-10-22T09:00:00+09:00", "2026-10-22T10:00:00+09:00", (201, 409),
                                department=station.of, user=station.member)

        def shut():
            return service.staff(station.head["number"]).post(station.path("2026-10", "/closure"), (200, 409), {}, match="*")

        closed, *taken = together(shut, *[lambda n=n: take(n) for n in range(8)])
        made = [answer for answer in taken if answer.status == 201]
        if closed.status == 200:
            assert not made and all(answer.problem == "month-closed" for answer in taken)
        else:
            assert closed.problem == "month-not-settled" and made
        assert database.value("""SELECT count(*) FROM usage_states s JOIN ledger_closures c USING (department_id, month)
                                  WHERE s.confirmed_at IS NULL AND s.department_id = %s""", station.of["id"]) == 0

    def test_corrections_race_with_the_closing(self, station, service):
        """A correction is in the form that is kept, or is told that the month is closed."""
        entries = [station.confirmed("2026-10-05", f"{hour:02}:00", f"{hour:02}:30") for hour in range(8, 16)]
        head = service.staff(station.head["number"])
        answers = together(lambda: head.post(station.path("2026-10", "/closure"), (200, 409), {}, match="*"),
                           *[lambda entry=entry: correct(service.staff(station.member["number"]), entry, "purpose_note", "訂正", (201, 409))
                             for entry in entries])
        closed, *corrected = answers
        if closed.status == 409:
            assert closed.problem == "month-not-settled"
            return
        lines = {line["usage_entry_id"]: line for line in station.member.get(station.path("2026-10"))["lines"]}
        for entry, answer in zip(entries, corrected):
            assert (lines[entry["id"]]["purpose_note"] == "訂正") == (answer.status == 201)
            assert answer.status == 201 or answer.problem == "month-closed"
        assert station.member.get(station.path("2026-10", "/verification"))["intact"] is True

    def test_a_return_under_way_is_waited_for(self, lending, station, start_service, database):
        then = on_that_day(start_service, station.member, "2026-10-21T09:00:00+09:00")
        entry = lending.out(then, station.device, user=station.member, due_at="2026-10-21T10:00:00+09:00")
        with database.meanwhile("SELECT api.hold_uses(ARRAY[%s::uuid])", entry["id"]) as submit:
            later = submit(station.close, "2026-10", 409)
        assert later.result()["not_returned"] == 1

    def test_twenty_at_once_close_it_once(self, station, patient_service):
        head = patient_service.staff(station.head["number"])
        read = head.get(station.path("2026-10"))
        answers = together(*20 * [lambda: head.post(station.path("2026-10", "/closure"), (200, 409), {}, match=read)])
        assert sorted(a.status for a in answers) == [200] + [409] * 19
        assert {a.problem for a in answers} == {None, "month-closed"}

    def test_a_closing_that_is_sent_again_is_answered_as_before(self, station):
        station.confirmed("2026-10-05")
        tag = station.head.get(station.path("2026-10")).etag
        first = station.head.post(station.path("2026-10", "/closure"), 200, {}, match=tag, key="a-closing")
        again = station.head.post(station.path("2026-10", "/closure"), 200, {}, match=tag, key="a-closing")
        assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"


def test_the_loader_closed_every_month_in_its_order(member, lending):
    months = member.get(path(lending, "2024-05", "rinko") + "/closure")
    assert months["closed"] and months["kept"]
    assert member.get(path(lending, "2026-08", "rinko") + "/closure")["earliest_open_month"] is None


def test_late_entries_of_an_open_month_are_no_addenda(lending, station):
    refused = lending.used(station.member, station.device, "2026-10-21T09:00:00+09:00", "2026-10-21T10:00:00+09:00", 422,
                           department=station.of, user=station.member, addendum_reason="判明")
    assert refused.faults == {"/addendum_reason": "month_still_open"}
    refused = lending.out(station.member, station.device, 422, user=station.member, addendum_reason="判明")
    assert refused.problem == "validation-failed"
    assert late(lending, station.member, station.device, "2026-10-21", department=station.of, user=station.member)["addendum_reason"] is None
