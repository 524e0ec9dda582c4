"""Dates, times and months that nobody means: refused the same in paths, queries, bodies and files."""

import datetime

import pytest

OUTSIDE = ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"]


@pytest.mark.parametrize("day", OUTSIDE)
def test_a_year_that_nobody_means(member, usage_manager, general_manager, day):
    place = usage_manager.every("storage-locations")[0]
    answer = usage_manager.patch(f"storage-locations/{place['id']}", 422, {"abolished_on": day}, match="*")
    assert answer.faults == {"/abolished_on": "pattern"}
    assert member.get(f"management-structure?as_of={day}", 400).faults == {"as_of": "invalid"}
    assert member.get(f"departments/{place['department_id']}/ledgers/{day[:7]}", 404).problem == "not-found"
    for written in (day, day.replace("-", "/")):
        file = f"code,name,kind,introduced_on\r\nD-1,端末,terminal,{written}\r\n"
        rows = general_manager.upload("devices/import", file, 422)["rows"]
        assert [(row["line"], row["column"], row["code"]) for row in rows] == [(2, "introduced_on", "date")]


@pytest.mark.parametrize("hours, minutes, taken", [(14, 0, True), (-14, 0, True), (14, 1, False), (-15, 0, False), (23, 59, False)])
def test_an_offset_is_one_of_the_earths(lending, member, hours, minutes, taken):
    there = datetime.timezone(datetime.timedelta(hours=hours, minutes=minutes))
    due_at = (datetime.datetime.now(there) + datetime.timedelta(hours=2)).isoformat(timespec="seconds")
    answer = lending.check(member, member.every("devices", kind="terminal")[0], 200 if taken else 422, due_at=due_at)
    assert taken or answer.faults == {"/due_at": "format"}
