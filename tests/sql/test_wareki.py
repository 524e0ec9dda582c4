"""Dates as Japanese offices write them, and that what is written is read again as it was (api.wareki_day)."""

import datetime

import pytest

ERAS = (("令和", datetime.date(2019, 5, 1)), ("平成", datetime.date(1989, 1, 8)), ("昭和", datetime.date(1926, 12, 25)))


@pytest.mark.parametrize("day, text", [
    ("2025-10-16", "令和7年10月16日"), ("2019-05-01", "令和元年5月1日"), ("2019-04-30", "平成31年4月30日"), ("1989-01-08", "平成元年1月8日"),
    ("1989-01-07", "昭和64年1月7日"), ("1926-12-24", "1926年12月24日"), ("2118-01-01", "令和100年1月1日")])
def test_days_are_written(database, day, text):
    assert database.value("SELECT api.wareki_day(%s)", day) == text


@pytest.mark.parametrize("month, text", [
    ("2025-10", "令和7年10月"), ("1989-01", "平成元年1月"), ("2019-04", "平成31年4月"), ("2019-05", "令和元年5月"), ("2020-01", "令和2年1月")])
def test_months_are_written(database, month, text):
    """That in which the era changed by its last day."""
    assert database.value("SELECT api.wareki_month(%s)", f"{month}-01") == text


def test_each_day_comes_back(database):
    for row in database.rows("SELECT day::date, api.wareki_day(day::date) AS said FROM generate_series(date '1926-12-25', '2031-12-31',"
                             " interval '1 day') day"):
        name, first = next(era for era in ERAS if row["said"].startswith(era[0]))
        year, rest = row["said"].removeprefix(name).split("年")
        month, day = rest.removesuffix("日").split("月")
        assert datetime.date(first.year - 1 + (1 if year == "元" else int(year)), int(month), int(day)) == row["day"] >= first
