"""Entries by file (art5.1.3): what stood in the ledger on paper."""

import pytest

STATION = "rinko"
HEADER = ("device_code,user_staff_number,purpose,purpose_note,out_at,due_at,returned_at,storage_location,locked,"
          "storage_confirmed_at,storage_confirmed_by_staff_number,confirmed_at,confirmed_by_staff_number,remarks")


class TestImport:
    place = "事務室 鍵付きキャビネット"

    def row(self, device, day="2026-10-07", **members):
        row = {"device_code": device["code"], "user_staff_number": "210002", "purpose": "training", "purpose_note": "研修",
               "out_at": f"{day}T09:00:00+09:00", "due_at": f"{day}T12:00:00+09:00", "returned_at": f"{day}T11:30:00+09:00",
               "storage_location": self.place, "locked": "true", "confirmed_at": f"{day}T17:00:00+09:00",
               "confirmed_by_staff_number": "210001"} | members
        return ",".join(row.get(name, "") for name in HEADER.split(","))

    def load(self, caller, *rows, status=200, **rest):
        return caller.upload("usage-entries/import", "\r\n".join([HEADER, *rows]) + "\r\n", status, **rest)

    def long_held(self, lending, database, of):
        device = lending.device(of)
        database.run("SELECT set_config('kiki.operation', 'test', false)")
        database.run("UPDATE placements SET during = tstzrange('2026-04-01', NULL) WHERE device_id = %s", device["id"])
        return device

    @pytest.fixture
    def device(self, lending, database):
        return self.long_held(lending, database, STATION)

    def test_past_entries_are_written_settled_and_not_judged(self, lending, equipment_manager, member, device, database):
        answer = self.load(equipment_manager, self.row(device), self.row(
            device, "2026-10-08", locked="いいえ", storage_confirmed_at="R8.10.9 8:30", storage_confirmed_by_staff_number="210003",
            confirmed_at="", confirmed_by_staff_number="", remarks="机上に返却", purpose="WEB会議"))
        assert answer.json == {"dry_run": False, "rows": 2, "items": [{"line": 2, "action": "create"}, {"line": 3, "action": "create"}]}
        second, first = member.every("usage-entries", device_id=device["id"])
        assert (first["status"], first["source"], first["verdict"], first["confirmed_by_id"], first["month"]) == (
            "confirmed", "imported", None, lending.staff["210001"], "2026-10")
        assert first["user_name"] and first["department_id"] == lending.departments[STATION] and first["confirmed_at"].startswith("2026-10-07T17")
        assert (second["status"], second["purpose"], second["remarks"], second["storage_confirmed_at"]) == (
            "returned", "web_meeting", "机上に返却", "2026-10-09T08:30:00+09:00")
        assert [e["type"] for e in database.events(answer)] == ["usage_entries.imported"]
        assert {a["subject_type"] for a in database.audit(answer)} == {
            "usage_entries", "usage_returns", "usage_storage_confirmations", "usage_confirmations"}
        assert lending.check(member, device)["verdict"] == "permitted"

    def test_a_moment_lies_beside_other_uses_and_not_within(self, equipment_manager, device):
        """A use of a minute, on paper."""
        def used(begin, end):
            return self.row(device, out_at=f"2026-10-07T{begin}:00+09:00", due_at="2026-10-07T18:00:00+09:00", returned_at=f"2026-10-07T{end}:00+09:00")
        self.load(equipment_manager, used("09:30", "10:00"), used("09:30", "09:30"), used("09:00", "09:30"), used("11:00", "11:00"))
        for begin, end in (("09:45", "09:45"), ("10:30", "11:30")):
            answer = self.load(equipment_manager, used(begin, end), status=422)
            assert [(row["line"], row["code"]) for row in answer["rows"]] == [(2, "occupied")]
        answer = self.load(equipment_manager, used("12:00", "13:00"), used("12:30", "12:30"), status=422)
        assert [(row["line"], row["code"]) for row in answer["rows"]] == [(3, "occupied_by_row")]

    def test_a_dry_run_writes_nothing(self, equipment_manager, device, database):
        before = database.fingerprint()
        assert self.load(equipment_manager, self.row(device), params={"dry_run": "true"})["dry_run"] is True
        assert database.fingerprint() == before

    def test_cp932(self, equipment_manager, member, device):
        self.load(equipment_manager, self.row(device, purpose_note="髙橋研修"), charset="cp932")
        assert member.every("usage-entries", device_id=device["id"])[0]["purpose_note"] == "髙橋研修"

    def test_every_bad_row_is_named_and_none_is_written(self, lending, equipment_manager, device, database):
        in_stock = lending.device(of=None)
        before = database.fingerprint()
        answer = self.load(
            equipment_manager,
            self.row(device),                                                                          # 2, fine
            self.row(device, out_at="2026-10-07T11:00:00+09:00"),                                      # 3
            self.row({"code": "NONE-1"}), self.row(in_stock),                                          # 4, 5
            self.row(device, "2026-10-01", user_staff_number="999999"),                                # 6
            self.row(device, "2026-10-02", storage_location="どこか"),                                  # 7
            self.row(device, "2026-10-03", due_at="2026-10-03T08:00:00+09:00"),                        # 8
            self.row(device, "2026-10-04", returned_at="2026-10-04T08:00:00+09:00"),                   # 9
            self.row(device, "2026-08-05"),                                                            # 10
            self.row(device, "2026-10-06", purpose="other", purpose_note=""),                          # 11
            self.row(device, "2026-10-10", confirmed_by_staff_number=""),                              # 12
            self.row(device, "2026-10-11", confirmed_at="2026-10-11T10:00:00+09:00"),                  # 13
            self.row(device, "2026-10-12", storage_confirmed_at="2026-10-12T13:00:00+09:00",
                     storage_confirmed_by_staff_number="210003"),                                      # 14
            self.row(device, "2026-10-13", purpose="遊び"),                                            # 15
            status=422)
        assert answer.problem == "import-refused"
        found = {(row["line"], row["column"], row["code"]) for row in answer["rows"]}
        assert found >= {(3, "out_at", "occupied_by_row"), (4, "device_code", "not_found"), (5, "device_code", "not_placed"),
                         (6, "user_staff_number", "not_found"), (7, "storage_location", "not_found"), (8, "due_at", "not_after_out"),
                         (9, "returned_at", "before_out"), (10, "out_at", "month_closed"), (11, "purpose_note", "required"),
                         (12, "confirmed_by_staff_number", "not_found"), (13, "confirmed_at", "before_return"),
                         (14, "storage_confirmed_at", "was_locked"), (15, "purpose", "enum")}
        assert {line for line, _, _ in found} == set(range(3, 16))
        assert database.fingerprint() == before

    def test_what_is_there_already_is_in_the_way(self, equipment_manager, device):
        self.load(equipment_manager, self.row(device))
        answer = self.load(equipment_manager, self.row(device), status=422)
        assert [(row["line"], row["code"]) for row in answer["rows"]] == [(2, "occupied")]

    def test_only_the_equipment_manager(self, usage_manager, general_manager, device):
        for caller in (usage_manager, general_manager):
            assert self.load(caller, self.row(device), status=403).problem == "forbidden"

    OCCUPY = """INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
                SELECT api.new_id(), id, department_id, 'reservation', true, '[2026-10-07T10:00+09,2026-10-07T11:00+09)'
                  FROM devices WHERE id = %(device)s"""
    CLOSE = """INSERT INTO ledger_closures (department_id, month, closed_by_id)
               SELECT %(department)s, '2026-10-01', id FROM staff LIMIT 1"""

    @pytest.mark.parametrize("lock, statement, problem, fault", [
        # Under the month's lock, as everybody: it is judged afterwards.
        ("SELECT api.hold_ledger(%(department)s, '2026-10-01', true)", OCCUPY, "import-refused", "occupied"),
        ("SELECT api.hold_ledger(%(department)s, '2026-10-01', true)", CLOSE, "import-refused", "month_closed"),
        # Without it, between the judging and the writing: the database decides.
        ("LOCK TABLE usage_entries IN SHARE MODE", OCCUPY, "device-occupied", None),
        ("LOCK TABLE usage_entries IN SHARE MODE", CLOSE, "month-closed", None),
    ])
    def test_what_others_do_meanwhile(self, lending, equipment_manager, database, a_department, a_usage_manager, a_place,
                                      lock, statement, problem, fault):
        station = a_department()
        device, head = self.long_held(lending, database, station), a_usage_manager(station)
        row = self.row(device, user_staff_number=head["number"], confirmed_by_staff_number=head["number"],
                       storage_location=a_place(station)["name"])
        with database.meanwhile(f"{lock}; {statement}", device=device["id"], department=station["id"]) as submit:
            later = submit(self.load, equipment_manager, row, status=422 if fault else 409)
        answer = later.result()
        assert answer.problem == problem and (not fault or [row["code"] for row in answer["rows"]] == [fault])
