"""Lending for a web meeting: the use that names it (rule check_out.meeting), and the ledger that shows it."""

from harness.lending import after


class TestLendingForMeetings:
    def take(self, lending, caller, device, meeting, status=201, **members):
        return lending.out(caller, device, status, purpose="web_meeting", meeting_id=meeting["id"], **members)

    def test_a_use_names_its_meeting(self, meetings, lending, member, device):
        planned = meetings.create(member, title="救急の打合せ", **meetings.soon())
        assert lending.check(member, device, purpose="web_meeting", meeting_id=planned["id"]).rules == {}
        entry = self.take(lending, member, device, planned)
        assert (entry["meeting_id"], entry["meeting_title"], entry["meeting_confidentiality"]) == (planned["id"], "救急の打合せ", "II")
        assert [e["id"] for e in member.every("usage-entries", meeting_id=planned["id"])] == [entry["id"]]
        meetings.change(member, planned, title="改めた題")
        assert member.get(f"usage-entries/{entry['id']}")["meeting_title"] == "救急の打合せ"
        ledger = f"departments/{meetings.departments['rinko']}/ledgers/{entry['month']}"
        (line,) = [line for line in member.get(ledger, params={"device_id": device["id"]})["lines"]]
        assert (line["meeting_title"], line["meeting_confidentiality"]) == ("救急の打合せ", "II")
        row = member.get(ledger, params={"device_id": device["id"]}, headers={"Accept": "text/csv"}).content.decode("utf-8-sig").splitlines()[1]
        assert ",救急の打合せ,Ⅱ," in row

    def test_only_for_a_meeting_that_stands(self, meetings, lending, member, device, database):
        draft = meetings.create(member, save_as="draft")
        cancelled = meetings.act(member, meetings.create(member), "cancellation", 200, {"reason": "中止"})
        refused = meetings.create(member)
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE meetings SET verdict = 'refused' WHERE id = %s", refused["id"])
        details = set()
        for meeting in (draft, cancelled, refused, meetings.create(member)):  # the last one is tomorrow
            answer = self.take(lending, member, device, meeting, 409)
            assert answer.rules == {"check_out.meeting": "violation"}
            details.add(answer["findings"][0]["detail"])
        assert len(details) == 4
        times = {"starts_at": after(hours=-3), "ends_at": after(hours=-1)}  # somebody puts away what was there
        self.take(lending, member, device, meetings.act(member, meetings.create(member, **times), "held"))

    def test_one_of_another_station_names_nothing(self, meetings, lending, member, other_member, device):
        theirs = meetings.create(other_member, department="kawasaki")
        assert self.take(lending, member, device, theirs, 422).faults == {"/meeting_id": "not_found"}

    def test_a_set_and_the_next_shift(self, meetings, lending, member, device):
        planned = meetings.create(member, **meetings.soon())
        both = member.post("usage-entries/batch", 201, {
            "device_ids": [device["id"], lending.device()["id"]], "user_staff_id": lending.staff["210002"], "purpose": "web_meeting",
            "meeting_id": planned["id"], "due_at": after(hours=2)})
        assert {entry["meeting_id"] for entry in both["items"]} == {planned["id"]}
        entry = both["items"][0]
        over = lending.act(member, entry, "handover", 201, {"user_staff_id": lending.staff["210003"], "due_at": after(hours=3)})
        assert over["meeting_id"] == planned["id"] and over["meeting_title"] == planned["title"]

    def test_a_handover_for_one_that_was_cancelled(self, meetings, lending, member, device):
        """The device has changed hands when it is recorded; what the rules say of it stays with the entry."""
        planned = meetings.create(member, **meetings.soon())
        entry = self.take(lending, member, device, planned)
        meetings.act(member, planned, "cancellation", 200, {"reason": "中止"})
        over = lending.act(member, entry, "handover", 201, {"user_staff_id": lending.staff["210003"], "due_at": after(hours=3)})
        assert over["verdict"] == "refused" and over.rules == {"check_out.meeting": "violation"}
        assert member.get(f"usage-entries/{over['id']}")["verdict"] == "refused"

    def test_a_cancellation_under_way_is_waited_for(self, meetings, lending, member, device, database):
        planned = meetings.create(member, **meetings.soon())
        with database.meanwhile("UPDATE meetings SET status = 'cancelled', cancelled_at = now(), cancelled_by = '{}' WHERE id = %s", planned["id"]) as submit:
            waiting = submit(self.take, lending, member, device, planned, 409)
        assert waiting.result().rules == {"check_out.meeting": "violation"}
