"""Times: cut to microseconds however they come, and those of +09:00 on every day."""

import datetime
import pathlib
import subprocess

import pytest

from harness.lending import after

# Japan had summer time in these years, and a time of its own before 1888.
DAYS = ["1900-01-01", "1948-05-02", "1949-09-10", "1950-07-01", "1951-09-07", "1951-12-31", "2026-07-01", "2199-12-31"]


def last_month():
    """Its last day."""
    return (datetime.date.today().replace(day=1) - datetime.timedelta(days=1)).isoformat()


class TestMicroseconds:
    @pytest.mark.parametrize("fraction", [".9999999", ".999999999", ".9999995", ".999999"])
    def test_json_and_query(self, lending, member, fraction):
        day, device = last_month(), lending.device()
        end = f"{day}T23:59:59{fraction}+09:00"
        entry = lending.used(member, device, f"{day}T23:50:00{fraction}+09:00", end)
        assert (entry["out_at"], entry["due_at"]) == (f"{day}T23:50:00.999999+09:00", f"{day}T23:59:59.999999+09:00")
        assert entry["returned_at"] == f"{day}T23:59:59.999999+09:00"
        params = {"device_id": device["id"], "out_at_from": f"{day}T23:50:00{fraction}+09:00"}
        assert len(member.every("usage-entries", **params)) == 1

    def test_a_month_does_not_end_early(self, lending, member):
        day, device = last_month(), lending.device()
        entry = lending.used(member, device, f"{day}T23:59:59.9999999+09:00", after(), due_at=None)
        assert entry["out_at"] == f"{day}T23:59:59.999999+09:00"
        assert len(member.every("usage-entries", device_id=device["id"], month=day[:7])) == 1

    def test_files(self, equipment_manager, member):
        day, device = last_month(), member.one("devices", code="WT-001")
        file = ("device_code,user_staff_number,purpose,out_at,due_at,returned_at,returned_by_staff_number,storage_location,locked\r\n"
                f"{device['code']},210002,training,{day}T23:50:00.9999999+09:00,{day}T23:59:59.9999999+09:00,"
                f"{day}T23:59:59.9999999+09:00,210002,事務室 鍵付きキャビネット,true\r\n")
        equipment_manager.upload("usage-entries/import", file, 200)
        (entry,) = member.every("usage-entries", device_id=device["id"], out_at_from=f"{day}T23:50:00+09:00")
        assert (entry["out_at"], entry["due_at"], entry["returned_at"]) == (
            f"{day}T23:50:00.999999+09:00", *[f"{day}T23:59:59.999999+09:00"] * 2)

    def test_every_offset_is_the_same_time(self, lending, member):
        for written in ("T10:00:00Z", "t10:00:00z", "T19:00:00+09:00", "T05:30:00.000000-04:30", "T09:59:60Z"):
            due = f"{datetime.date.today() + datetime.timedelta(days=1)}{written}"
            status = 422 if ":60" in written else 200
            lending.check(member, member.every("devices", kind="terminal")[0], status, due_at=due)


class TestZone:
    @pytest.mark.parametrize("day", DAYS)
    def test_a_day_begins_at_nine_hours_from_utc(self, general_manager, day):
        if day > datetime.date.today().isoformat():
            return
        file = f"code,name,kind,introduced_on\r\nZ-{day},端末,terminal,{day}\r\n"
        general_manager.upload("devices/import", file, 200)
        device = general_manager.one("devices", code=f"Z-{day}")
        (record,) = general_manager.every(f"devices/{device['id']}/history")
        assert record["occurred_at"] == f"{day}T00:00:00+09:00"

    @pytest.mark.parametrize("day", DAYS)
    def test_in_the_database_too(self, database, day):
        begin = datetime.datetime.fromisoformat(f"{day}T00:00:00+09:00")
        with database.connection.cursor() as cursor:
            cursor.execute("""SELECT api.day_begins(%s) = %s, api.day_of(%s), api.day_of(%s - interval '1 microsecond'),
                                     api.month_begins(date_trunc('month', %s::date)::date), to_json(%s::timestamptz)::text""",
                           (day, begin, begin, begin, day, begin))
            same, first, before, month, text = cursor.fetchone()
        assert same and first == begin.date() and before == begin.date() - datetime.timedelta(days=1)
        assert month == begin.replace(day=1) and text == f'"{day}T00:00:00+09:00"'

    def test_one_place_says_what_a_day_is(self):
        done = subprocess.run(["grep", "-rlE", "Asia/Tokyo|AT TIME ZONE", "service", "migrations", "deploy"], capture_output=True, text=True)
        named = set(done.stdout.split())
        assert named == {"migrations/code/ground.sql", "service/core/clock.h", "service/usage/lending.sql"}
        assert "AT TIME ZONE 'UTC'" in pathlib.Path("service/usage/lending.sql").read_text(encoding="utf-8")
