"""What the tests of ledgers do again and again: a station that has held a device for some months, uses of past days, and the
closing of a month."""

import csv
import io

from harness.bureau import BEGAN
from harness.caller import Answer


def path(lending, month, department="rinko") -> str:
    return f"departments/{lending.id_of(department)}/ledgers/{month}"


def read_csv(answer, charset="utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode(charset), newline="")))


def late(lending, caller, device, day, begin="09:00", end="10:00", department="rinko", locked=True, **members) -> Answer:
    """A use of a past day, returned and not confirmed."""
    return lending.used(caller, device, f"{day}T{begin}:00+09:00", f"{day}T{end}:00+09:00", department=department,
                        returned={"locked": locked}, **members)


def close(lending, caller, month, status=200, department="rinko", match="", **body) -> Answer:
    """With the ETag of the ledger as it is, if no other is given."""
    target = path(lending, month, department)
    tag = caller.get(target, (200, 404)).etag if match == "" else match
    return caller.post(f"{target}/closure", status, body, match=tag)


def correct(caller, entry, field, value, status=201, reason="記入誤り", **members) -> Answer:
    return caller.post(f"usage-entries/{entry['id']}/corrections", status, {"field": field, "new_value": value, "reason": reason} | members)


class Station:
    """A station of its own with its head, a member, a shelf that can be locked, and a device held since a day."""

    def __init__(self, lending, since="2026-10-01") -> None:
        self.lending, self.of = lending, lending.department(**{"from": min(since, BEGAN)})
        self.post = lending.post(self.of, is_head=True, name="試験署長")
        self.head = lending.member(self.of, holds=self.post, name="試験 桜子", title="署長")
        self.member = lending.member(self.of, name="試験 梅子", title="係員")
        self.place = lending.place(self.of)
        self.device = self.held(since)

    def held(self, since) -> Answer:
        return self.lending.device(self.of, since)

    def path(self, month, rest="") -> str:
        return path(self.lending, month, self.of) + rest

    def late(self, day, begin="09:00", end="10:00", caller=None, user=None, device=None, **members) -> Answer:
        return late(self.lending, caller or self.member, device or self.device, day, begin, end, self.of, user=user or self.member, **members)

    def confirmed(self, day, *hours, **members) -> Answer:
        entry = self.late(day, *hours, **members)
        return self.lending.act(self.head, entry, "confirmation")

    def close(self, month, status=200, caller=None, **rest) -> Answer:
        return close(self.lending, caller or self.head, month, status, self.of, **rest)
