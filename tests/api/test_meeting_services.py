"""The service tables of Annex 2 by version."""

import uuid

import pytest
from harness.together import together


@pytest.fixture
def tables(member):
    """The services in force, as a new version takes them."""
    return member.get("meeting-services", 200)["items"]


def version(tables, day, **cells):
    """A version with the cells of some services changed: webex={"recording": False}."""
    services = [row | cells.get(row["code"], {}) for row in tables]
    return {"effective_on": day, "title": "利用手順", "document_number": "試験第1号", "services": services}


class TestCatalogue:
    def test_the_tables_of_the_regulation(self, member):
        answer = member.get("meeting-services", 200)
        assert answer["annex2_version"] == "2024-06-24" and answer["document_number"] == "6川総デ第912号"
        columns = ("usable_up_to", "ismap", "end_to_end_encryption", "domestic_servers", "invitation", "waiting_room", "removal",
                   "screen_sharing", "chat", "recording", "file_transfer", "application")
        assert {row["code"]: tuple(row[column] for column in columns) for row in answer["items"]} == {
            "webex": ("I", True, "available", True, True, True, True, True, True, True, False, True),
            "zoom_jgp": ("I", True, "available", True, True, True, True, True, True, True, False, True),
            "zoom": ("II", False, "available", False, True, True, True, True, True, False, False, True),
            "microsoft_teams": ("I", True, "one_to_one", True, True, True, True, True, True, True, False, True),
            "google_meet": ("III", True, "unavailable", False, True, True, True, False, False, False, False, False)}
        assert [row["code"] for row in answer["items"]] == ["webex", "zoom_jgp", "zoom", "microsoft_teams", "google_meet"]
        assert all(row["note"] for row in answer["items"] if row["code"] in ("zoom_jgp", "microsoft_teams"))

    def test_as_of_a_day(self, member):
        assert member.get("meeting-services", 200, params={"as_of": "2024-06-24"})["annex2_version"] == "2024-06-24"
        assert member.get("meeting-services", 404, params={"as_of": "2024-06-23"}).problem == "not-found"
        assert member.get("meeting-services", 400, params={"as_of": "today"}).faults == {"as_of": "invalid"}

    def test_versions(self, member):
        versions = member.every("meeting-services/versions")
        assert [v["effective_on"] for v in versions] == ["2024-06-24"] and len(versions[0]["services"]) == 5
        one = member.get(f"meeting-services/versions/{versions[0]['id']}", 200)
        assert one.json == versions[0]
        regulation = member.every("regulation-versions", document="regulation")[0]
        for id in (regulation["id"], str(uuid.uuid4())):
            assert member.get(f"meeting-services/versions/{id}", 404).problem == "not-found"


class TestNewVersion:
    @pytest.mark.parametrize("who, day", [("digital_office", "2030-04-01"), ("general_manager", "2031-04-01")])
    def test_is_added(self, request, member, tables, database, who, day):
        caller = request.getfixturevalue(who)
        answer = caller.post("meeting-services/versions", 201, version(tables, day, webex={"name": "Webex 2"}))
        assert answer["effective_on"] == day and answer["services"][0]["name"] == "Webex 2"
        assert member.get(answer.headers["Location"], 200).json == answer.json
        assert member.get("meeting-services", 200, params={"as_of": day})["annex2_version"] == day
        assert member.get("meeting-services", 200)["annex2_version"] == "2024-06-24"
        assert day in {v["effective_on"] for v in member.every("regulation-versions", document="annex2")}
        assert [row["type"] for row in database.events(answer)] == ["meeting_services.version_created"]
        assert {row["subject_type"] for row in database.audit(answer)} == {"regulation_versions", "meeting_services"}

    def test_only_by_those_two(self, member, usage_manager, equipment_manager, auditor, operator, tables):
        for caller in (member, usage_manager, equipment_manager, auditor, operator):
            assert caller.post("meeting-services/versions", 403, version(tables, "2032-04-01")).problem == "forbidden"

    def test_a_day_has_one_version(self, digital_office, tables):
        refused = digital_office.post("meeting-services/versions", 409, version(tables, "2024-06-24"))
        assert refused.problem == "conflict" and refused.faults == {"/effective_on": "taken"}

    def test_a_hole_in_its_table(self, digital_office, tables, database):
        before = database.fingerprint()

        def refused(services):
            return digital_office.post("meeting-services/versions", 422, version(tables, "2033-04-01") | {"services": services})

        assert refused(tables[:4]).faults == {"/services": "too_few_items"}
        assert refused([*tables[:4], tables[0] | {"name": "Webex 2"}]).faults == {"/services": "service_missing"}
        for cell in set(tables[0]) - {"note"}:
            rows = [*tables[:4], {name: value for name, value in tables[4].items() if name != cell}]
            assert refused(rows).faults == {f"/services/4/{cell}": "required"}
        for cell, value in (("ismap", None), ("usable_up_to", "IV"), ("end_to_end_encryption", "△"), ("code", "Skype"), ("code", "other")):
            assert f"/services/2/{cell}" in refused([*tables[:2], tables[2] | {cell: value}, *tables[3:]]).faults
        assert refused([*tables, tables[0] | {"name": "Webex 2"}]).faults == {"/services": "service_twice"}
        assert database.fingerprint() == before

    def test_annex_2_is_not_recorded_without_its_tables(self, general_manager):
        body = {"document": "annex2", "effective_on": "2034-04-01", "title": "利用手順"}
        assert general_manager.post("regulation-versions", 422, body).faults == {"/document": "enum"}

    def test_the_database_takes_no_hole(self, database):
        with pytest.raises(Exception, match="hole in its tables"):
            database.run("""SELECT set_config('kiki.operation', 'test', false);
                            INSERT INTO regulation_versions (document, effective_on, title) VALUES ('annex2', '2035-04-01', '空')""")


class TestFurtherServices:
    """A version with a sixth and a seventh service needs nothing but itself."""
    DAY, LATER, GONE = "2043-04-01", "2043-05-01T10:00:00+09:00", "2043-06-01"

    @pytest.fixture(scope="class")
    def added(self, digital_office, service):
        tables = digital_office.get("meeting-services", 200, params={"as_of": "2026-04-01"})["items"]
        webex = tables[0]
        return digital_office.post("meeting-services/versions", 201, version([
            webex | {"code": "nova", "name": "Nova", "end_to_end_encryption": "one_to_one", "note": None}, *tables,
            webex | {"code": "bare_2", "name": "Bare", "waiting_room": False, "removal": False, "application": False,
                     "invitation": False, "screen_sharing": False, "usable_up_to": "II", "note": None}], self.DAY))

    def check(self, meetings, caller, status=200, **members):
        return meetings.check(caller, status, starts_at=self.LATER, ends_at=self.LATER.replace("T10", "T11"), **members)

    def test_they_are_listed_in_the_order_given(self, member, added):
        assert [row["code"] for row in added["services"]] == [
            "nova", "webex", "zoom_jgp", "zoom", "microsoft_teams", "google_meet", "bare_2"]
        assert member.get("meeting-services", 200, params={"as_of": self.DAY})["items"] == added["services"]

    def test_each_capability_is_judged(self, meetings, member, added):
        assert self.check(meetings, member, service="nova", participants=2).rules == {}
        assert self.check(meetings, member, service="nova").rules == {"meeting.end_to_end_impossible": "violation"}
        assert self.check(meetings, member, service="nova", teams_premium=True).rules == {}
        assert self.check(meetings, member, service="nova", end_to_end_encryption=False).rules == {
            "meeting.end_to_end_encryption": "advice"}
        assert self.check(meetings, member, service="bare_2", client="web_browser").rules == {
            "meeting.screen_sharing_allowed": "violation", "meeting.uninvited_kept_out": "violation", "meeting.native_app": "advice"}
        assert self.check(meetings, member, service="bare_2", confidentiality="I", screen_sharing=False,
                          other_admission_measure="名簿で確かめる").rules == {"meeting.service_allowed": "violation"}

    def test_alternatives_name_them(self, meetings, member, added):
        answer = self.check(meetings, member, service="google_meet", screen_sharing=False, other_admission_measure="名簿で確かめる")
        assert answer["alternatives"] == [
            {"service": service, "changes": changes} for service, changes in (
                ("webex", {}), ("zoom_jgp", {}), ("zoom", {}), ("bare_2", {}), ("nova", {"teams_premium": True}),
                ("microsoft_teams", {"teams_premium": True}))]

    def test_only_from_its_day_on(self, meetings, member, added, digital_office):
        other = {"starts_at": "2043-03-31T10:00:00+09:00", "ends_at": "2043-03-31T11:00:00+09:00"}
        assert meetings.check(member, 422, service="nova", **other).faults == {"/service": "service_unknown"}
        planned = meetings.create(member, service="nova", participants=2, starts_at=self.LATER, ends_at="2043-07-01T00:00:00+09:00")
        assert meetings.change(member, planned, 422, starts_at=other["starts_at"]).faults == {"/service": "service_unknown"}
        assert planned.json in member.every("meetings", service="nova")
        # Dropped by a later version, it is a service that table 1 does not list; and one of the first version is not dropped.
        ahead = {"starts_at": "2043-06-02T10:00:00+09:00", "ends_at": "2043-06-02T11:00:00+09:00"}
        dropped = meetings.create(member, service="nova", participants=2, **ahead)
        without = [row for row in added["services"] if row["code"] not in ("nova", "bare_2")]
        digital_office.post("meeting-services/versions", 201, version(without, self.GONE))
        again = member.get(f"meetings/{dropped['id']}")
        assert again.rules == {"meeting.service_consultation": "violation"} and again["annex2_version"] == self.GONE
        assert meetings.change(member, again, 409, title="題").rules == again.rules
        assert meetings.change(member, again, service="webex")["verdict"] == "permitted"
        refused = digital_office.post("meeting-services/versions", 422, version(without[1:] + [without[1] | {"code": "new"}], "2043-07-01"))
        assert refused.faults == {"/services": "service_missing"}


class TestJudgedAgain:
    DAY, LATER = "2040-04-01", "2040-05-01T10:00:00+09:00"

    def times(self, start):
        return {"starts_at": start, "ends_at": start.replace("T10", "T11")}

    def test_plans_and_drafts_of_its_days_are(self, meetings, member, usage_manager, digital_office, tables, database):
        kept = meetings.create(member, **self.times("2040-03-31T10:00:00+09:00"))
        planned = meetings.create(member, **self.times(self.LATER))
        other_service = meetings.create(member, service="zoom_jgp", **self.times(self.LATER))
        draft = meetings.create(member, save_as="draft", **self.times(self.LATER))
        answer = digital_office.post("meeting-services/versions", 201, version(tables, self.DAY, webex={"usable_up_to": "III"}))

        now = {id: member.get(f"meetings/{id}", 200) for id in (m["id"] for m in (kept, planned, other_service, draft))}
        assert now[kept["id"]].json == kept.json
        again = now[planned["id"]]
        assert (again["status"], again["verdict"], again["annex2_version"]) == ("planned", "refused", self.DAY)
        assert again.rules == {"meeting.service_allowed": "violation"} and again["open_findings"] == ["planned_and_refused"]
        assert again.etag != planned.etag
        assert now[other_service["id"]]["verdict"] == "permitted" and now[other_service["id"]]["annex2_version"] == self.DAY

        still = now[draft["id"]]
        assert (still["status"], still["verdict"], still["annex2_version"]) == ("draft", "refused", self.DAY)
        assert still["open_findings"] == []

        events = database.events(answer)
        assert {(row["type"], row["subject"]) for row in events} == {
            ("meeting.judged_again", f"meetings/{planned['id']}"), ("meeting.judged_again", f"meetings/{draft['id']}"),
            ("meeting_services.version_created", f"meeting-services/versions/{answer['id']}")}
        assert {str(row["subject_id"]) for row in database.audit(answer) if row["subject_type"] == "meetings"} == {
            planned["id"], other_service["id"], draft["id"]}
        assert [m["id"] for m in usage_manager.every("meetings", open_finding="planned_and_refused")] == [planned["id"]]
        for caller in (usage_manager, member):
            links = {task["link"] for task in caller.every("me/tasks") if task["kind"] == "meeting_refused"}
            assert links == {f"/api/v1/meetings/{planned['id']}"}

        meetings.change(member, again, service="zoom_jgp")
        assert usage_manager.every("meetings", open_finding="planned_and_refused") == []

    def test_held_ones_keep_what_they_had(self, meetings, member, digital_office, tables, start_service):
        planned = meetings.create(member, **self.times("2039-05-01T10:00:00+09:00"))
        later = start_service(KIKI_CLOCK_OFFSET_S=str(15 * 366 * 86400)).staff("210002")
        held = meetings.act(later, planned, "held")
        digital_office.post("meeting-services/versions", 201, version(tables, "2039-04-01", webex={"usable_up_to": None}))
        assert member.get(f"meetings/{planned['id']}", 200)["annex2_version"] == held["annex2_version"] < "2039"

    def test_a_confirmation_is_kept_while_the_findings_are(self, meetings, member, usage_manager, digital_office, tables):
        start = "2038-05-01T10:00:00+09:00"
        same = meetings.create(member, account={"kind": "personal"}, exception_reason="市の契約の更新中", **self.times(start))
        other = meetings.create(member, account={"kind": "personal"}, exception_reason="市の契約の更新中", recording="local",
                                recording_consent="notified", end_to_end_encryption=False, **self.times(start))
        for meeting in (same, other):
            meetings.act(usage_manager, meeting, "confirmation")
        digital_office.post("meeting-services/versions", 201, version(tables, "2038-04-01", webex={"recording": False}))
        assert member.get(f"meetings/{same['id']}")["confirmed_at"] is not None
        assert member.get(f"meetings/{other['id']}")["confirmed_at"] is None

    def test_none_slips_between_a_plan_and_a_version(self, meetings, patient_service, tables):
        """Plans and a version at once: each plan is judged by the version in the end."""
        member, office = patient_service.staff("210002"), patient_service.staff("900003")
        *plans, _ = together(
            *12 * [lambda: meetings.create(member, (201, 409), **self.times("2037-05-01T10:00:00+09:00"))],
            lambda: office.post("meeting-services/versions", 201, version(tables, "2037-04-01", webex={"usable_up_to": None})))
        found = member.every("meetings", starts_at_from="2037-05-01T00:00:00+09:00", starts_at_to="2037-05-02T00:00:00+09:00")
        assert {(m["annex2_version"], m["verdict"]) for m in found} <= {("2037-04-01", "refused")}
        assert len(found) == sum(plan.status == 201 for plan in plans)
