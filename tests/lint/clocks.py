"""Who waits, waits by the clock that nobody sets: the wall clock is for what people and tokens say."""

import pathlib
import re
import sys

WALL = re.compile(r"\b(?:clock_now\(|CLOCK_REALTIME\b|gettimeofday\(|time\((?:NULL|0|&))")
MAY = {"service/core/clock.c", "service/core/log.c", "service/auth/authenticate.c", "service/token.c"}
WAITS = re.compile(r"\b(?:pthread_cond_timedwait|pthread_mutex_timedlock|sem_timedwait)\(")
SET = re.compile(r"pthread_condattr_setclock\(&\w+, CLOCK_MONOTONIC\)")


def faults(path: str, text: str):
    if path not in MAY and WALL.search(text):
        yield f"{path}: asks the wall clock"
    if WAITS.search(text) and not (SET.search(text) and "timedlock" not in text and "sem_timedwait" not in text):
        yield f"{path}: waits by the wall clock"


def main() -> int:
    # What the check must see.
    assert list(faults("service/a.c", "until = clock_now() + 1;")) and list(faults("service/a.c", "clock_gettime(CLOCK_REALTIME, &t)"))
    assert list(faults("service/a.c", "pthread_cond_timedwait(&c, &l, &t)")) and not list(faults("service/a.c", "clock_monotonic_ms()"))
    paths = sorted(pathlib.Path("service").rglob("*.c"))
    found = [fault for path in paths for fault in faults(str(path), path.read_text(encoding="utf-8"))]
    print("\n".join(found) or f"{len(paths)} files wait by the clock that nobody sets")
    return 1 if found else 0


sys.exit(main())
