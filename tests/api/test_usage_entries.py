"""Reading entries (art5.1.3): lists and filters, and what another station does not see."""

import uuid

import pytest

from harness.lending import after

STATION = "rinko"


class TestList:
    def test_newest_first_page_by_page(self, lending, member):
        mine = lending.departments[STATION]
        every = member.every("usage-entries", department_id=mine)
        assert [e["out_at"] for e in every] == sorted((e["out_at"] for e in every), reverse=True)
        paged, cursor = [], None
        while True:
            params = {"department_id": mine, "limit": 7} | ({"cursor": cursor} if cursor else {})
            page = member.get("usage-entries", 200, params=params)
            paged += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert [e["id"] for e in paged] == [e["id"] for e in every]
        oldest = member.every("usage-entries", department_id=mine, sort="out_at")
        assert [e["id"] for e in oldest] == [e["id"] for e in every][::-1]
        assert member.get("usage-entries", params={"department_id": mine, "include_total": "true"})["total"] == len(every)

    def test_filters(self, lending, member, usage_manager, device):
        first = lending.out(member, device, purpose="document_work")
        only = {"device_id": device["id"]}
        assert [e["id"] for e in member.every("usage-entries", status="out", **only)] == [first["id"]]
        assert member.every("usage-entries", status="overdue,returned,confirmed", **only) == []
        lending.back(member, first)
        assert [e["status"] for e in member.every("usage-entries", status="returned", **only)] == ["returned"]
        lending.act(usage_manager, first, "confirmation")
        second = lending.out(member, device, user="210003")
        assert [e["id"] for e in member.every("usage-entries", status="confirmed", **only)] == [first["id"]]
        assert [e["id"] for e in member.every("usage-entries", purpose="document_work,other", **only)] == [first["id"]]
        assert [e["id"] for e in member.every("usage-entries", user_staff_id=lending.staff["210003"], **only)] == [second["id"]]
        assert [e["id"] for e in member.every("usage-entries", out_at_from=second["out_at"], **only)] == [second["id"]]
        assert [e["id"] for e in member.every("usage-entries", out_at_to=first["out_at"], **only)] == [first["id"]]
        ours = member.every("usage-entries", department_id=lending.departments[STATION], status="out,overdue")
        assert second["id"] in [e["id"] for e in ours] and first["id"] not in [e["id"] for e in ours]

    def test_departments_one_or_several(self, lending, equipment_manager):
        ids = [lending.departments[code] for code in ("rinko", "kawasaki")]
        counts = [len(equipment_manager.every("usage-entries", department_id=one)) for one in ids]
        both = equipment_manager.every("usage-entries", department_id=",".join(ids))
        assert len(both) == sum(counts) and all(counts)
        assert {e["department_id"] for e in both} == set(ids)

    def test_bad_parameters(self, member):
        for name, value in (("status", "lost"), ("month", "2026-13"), ("sort", "purpose"), ("department_id", "x"), ("out_at_from", "now"),
                            ("device", str(uuid.uuid4()))):
            answer = member.get("usage-entries", 400, params={name: value})
            assert answer.problem == "invalid-parameter" and list(answer.faults) == [name]


class TestHiddenFromAnotherStation:
    @pytest.fixture
    def stranger(self, service):
        """The head of station saiwai, whose staff borrow nothing here."""
        return service.staff("230001")

    def test_every_entry_by_every_path(self, lending, stranger, member, device, database):
        """The same answer as for an id that does not exist, and no row changes."""
        lending.out(member, device)
        entries = [str(row["id"]) for row in database.rows(
            "SELECT id FROM usage_entries WHERE department_id = %s", lending.departments[STATION])]
        assert len(entries) > 20
        bodies = {"return": {"storage_location_id": lending.shelf("saiwai"), "locked": True},
                  "extension": {"due_at": after(hours=9), "reason": "x"},
                  "handover": {"user_staff_id": lending.staff["230002"], "due_at": after(hours=9)},
                  "storage-confirmation": {}, "confirmation": {}, "corrections": {"field": "purpose_note", "new_value": "x", "reason": "x"}}
        nothing = str(uuid.uuid4())
        before = database.fingerprint()

        def seen(answer):
            return {name: value for name, value in answer.json.items() if name not in ("instance", "request_id")}

        for entry in [*entries, nothing]:
            answers = [stranger.get(f"usage-entries/{entry}", 404), stranger.get(f"usage-entries/{entry}/corrections", 404)]
            answers += [stranger.post(f"usage-entries/{entry}/{what}", 404, body, match='"1.ja"') for what, body in bodies.items()]
            assert len({str(seen(answer)) for answer in answers}) == 1, answers
        assert database.fingerprint() == before

    def test_lists_and_ledgers(self, lending, stranger, device):
        theirs = lending.departments[STATION]
        assert stranger.every("usage-entries", department_id=theirs) == []
        assert stranger.every("usage-entries", device_id=device["id"]) == []
        assert {e["department_id"] for e in stranger.every("usage-entries")} == {lending.departments["saiwai"]}
        for path in (f"departments/{theirs}/ledgers/2026-09", f"departments/{theirs}/ledgers/2026-09/closure",
                     f"departments/{uuid.uuid4()}/ledgers/2026-09"):
            for form in ({}, {"Accept": "text/csv"}):
                assert stranger.get(path, 404 if "closure" not in path or not form else 406, headers=form).problem
        answer = stranger.post(f"departments/{theirs}/ledgers/2026-09/closure", 404, match='"1.ja"')
        assert answer.problem == "not-found"

    def test_rows_stay_hidden_without_any_condition(self, cluster, database, lending):
        """The second lock: what a statement without its WHERE would see and write as the head of saiwai."""
        connection = cluster.connect(database.name, "kiki_service")
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("SELECT api.enter('', %s, NULL, '', '{user,usage_manager}', 'test', 'test')", ["230001"])
            for table in ("usage_entries", "usage_states", "usage_returns", "usage_confirmations", "device_occupations",
                          "ledger_closures"):
                cursor.execute(f"SELECT DISTINCT department_id::text FROM {table}")
                assert cursor.fetchall() == [(lending.departments["saiwai"],)], table
        connection.rollback()
        connection.close()
