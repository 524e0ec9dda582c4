"""A service that lives at noon of 20 October 2026, so that hours before and after lie in one month; and one device of station
rinko that is used by hours of that day."""

import contextlib
import datetime

from harness.lending import JAPAN, Lending, now
from harness.service import Service

NOON = datetime.datetime(2026, 10, 20, 12, tzinfo=JAPAN)
MONTH = "2026-10"


@contextlib.contextmanager
def at_noon(cluster, keys, database):
    offset = round((NOON - now()).total_seconds())
    service = Service(cluster, keys, database.name, KIKI_CLOCK_OFFSET_S=str(offset)).start()
    try:
        yield service
    finally:
        service.stop()


def at(hour: int, minute: int = 0, **later: int) -> str:
    return (NOON.replace(hour=hour, minute=minute) + datetime.timedelta(**later)).isoformat()


class Ledger:
    """One device at station rinko, used by hours of the day. What is recorded is late, so that it may lie in the past."""

    def __init__(self, lending: Lending, member, device) -> None:
        self.lending, self.member, self.device = lending, member, device

    def out(self, begin: str, due: str, status: int = 201, **members):
        return self.lending.out(self.member, self.device, status, out_at=begin, due_at=due, late_reason="記入漏れ", **members)

    def used(self, begin: str, end: str, **members):
        """A use that has ended."""
        return self.lending.used(self.member, self.device, begin, end, **members)

    def back(self, entry, status: int = 200, **members):
        return self.lending.back(self.member, entry, status, **members)

    def act(self, entry, what: str, status: int = 200, body=None, caller=None):
        return self.lending.act(caller or self.member, entry, what, status, body)

    def correct(self, entry, field: str, value, status: int = 201, caller=None):
        return (caller or self.member).post(f"usage-entries/{entry['id']}/corrections", status,
                                            {"field": field, "new_value": value, "reason": "誤記"})
