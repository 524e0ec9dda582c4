"""Time in tests: a machine that does something else at that moment makes things slower, never faster. So what takes too
long is tried again, and one good round is enough; any other failure is one at once."""

import functools
import time

ROUNDS = 4


class TooSlow(AssertionError):
    pass


def soon(seconds: float, limit: float) -> None:
    """`seconds` is less than `limit`; only in a test that is tried `patiently`."""
    if seconds >= limit:
        raise TooSlow(f"{seconds:.3f} s, and not less than {limit}")


def until(condition, seconds: float = 10, steadily: float = 0) -> None:
    """`steadily`: for so long without a break, so that what is so in passing does not count."""
    end = time.monotonic() + seconds
    since = None
    while True:
        now = time.monotonic()
        since = (now if since is None else since) if condition() else None
        if since is not None and now - since >= steadily:
            return
        if now >= end:
            raise TooSlow(f"it did not come about within {seconds} s")
        time.sleep(0.01)


def patiently(test):
    @functools.wraps(test)
    def tried(*args, **kwargs):
        for left in reversed(range(ROUNDS)):
            try:
                return test(*args, **kwargs)
            except TooSlow as slow:
                if not left:
                    raise
                print(f"tried again: {slow}")
    return tried
