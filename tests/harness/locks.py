"""In which order a request locks what others decide by. Every anchor is locked by a session of its own, so that the request
stops at each that it wants; there it is seen what it holds by then, and it is let go on to the next."""

import concurrent.futures
import contextlib
import dataclasses
import time

from harness.patience import until


@dataclasses.dataclass(frozen=True)
class Anchor:
    name: str
    table: str = ""  # whose rows it is
    names: str = ""  # or a query for the names that api.hold knows it by

    @property
    def take(self) -> str:
        """Locks all of it that is free."""
        if self.table:
            return f"SELECT FROM {self.table} FOR UPDATE SKIP LOCKED"
        return f"SELECT pg_try_advisory_xact_lock(hashtextextended(name, 0)) FROM ({self.names}) n (name)"

    @property
    def held(self) -> str:
        """True where the process %(pid)s has some of it."""
        if self.table:
            return f"""SELECT EXISTS (SELECT FROM public.pgrowlocks('kiki.{self.table}') r, unnest(r.xids) x (id)
                                        JOIN pg_locks l ON l.transactionid = x.id AND l.pid = %(pid)s AND l.granted)"""
        return f"""SELECT EXISTS (SELECT FROM pg_locks l, ({self.names}) n (name)
                                   WHERE l.locktype = 'advisory' AND l.pid = %(pid)s AND l.granted
                                     AND l.classid::bigint << 32 | l.objid::bigint = hashtextextended(n.name, 0))"""


# The order in which everybody locks them, and within each by id.
ORDER = (
    Anchor("ledger month", names="""SELECT concat_ws(' ', 'ledger', d.id, m::date) FROM department_records d,
                                    generate_series('2026-04-01'::timestamp, '2027-06-01', '1 month') m"""),
    Anchor("device", "devices"),
    Anchor("meeting services", names="SELECT 'meeting services'"),
    Anchor("meeting", "meetings"),
    Anchor("tree of departments", names="SELECT 'departments'"),
    Anchor("post", "post_records"),
    Anchor("department", "department_records"),
    Anchor("staff", "staff_records"),
    Anchor("storage place", "storage_locations"),
)
RANK = {anchor.name: rank for rank, anchor in enumerate(ORDER)}


def comes_before(one: str, other: str) -> bool:
    return RANK[one] < RANK[other]


class Session:
    """Has one anchor, until it lets it go."""

    def __init__(self, database, anchor: Anchor) -> None:
        self.anchor, self.connection = anchor, database.cluster.connect(database.name)
        self.pid = self.connection.get_backend_pid()
        self.connection.autocommit = False
        self.take()

    def take(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = kiki, api")
            cursor.execute(self.anchor.take)

    def let_go(self) -> None:
        self.connection.rollback()


BLOCKED = """SELECT a.pid, a.backend_start, a.xact_start, h.pid AS holder
               FROM pg_stat_activity a, unnest(%s) h (pid)
              WHERE a.wait_event_type = 'Lock' AND h.pid = ANY (pg_blocking_pids(a.pid))"""


class Observation:
    """What a request stopped at, in order: (the anchor, the names of those that it held there)."""

    def __init__(self, database, request, most: float = 20) -> None:
        self.stops: list[tuple[str, frozenset[str]]] = []
        self.database, self.sessions = database, {}
        with contextlib.ExitStack() as stack:
            for anchor in ORDER:
                session = Session(database, anchor)
                stack.callback(session.connection.close)
                self.sessions[session.pid] = session
            pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1))
            stack.callback(self.let_all_go)
            self.watch(pool.submit(request), time.monotonic() + most)

    def let_all_go(self) -> None:
        for session in self.sessions.values():
            session.let_go()

    def watch(self, answer: concurrent.futures.Future, end: float) -> None:
        let_go = None
        while not answer.done():
            assert time.monotonic() < end, f"still on its way after {self.stops}"
            stop = self.stop()
            if not stop:
                time.sleep(0.003)
                continue
            # What was let go before is taken again, but for what the request has of it by now.
            if let_go and let_go is not stop:
                let_go.take()
            if self.stop() is stop:
                stop.let_go()
                let_go = stop
        answer.result()

    def stop(self) -> Session | None:
        """The session that the request waits for; what it has is noted when it still waits afterwards."""
        waiting = self.database.rows(BLOCKED, list(self.sessions))
        if not waiting:
            return None
        (first, *_) = waiting
        held = frozenset(anchor.name for anchor in ORDER if self.has(first["pid"], anchor))
        if waiting != self.database.rows(BLOCKED, list(self.sessions)):
            return None
        session = self.sessions[first["holder"]]
        if (session.anchor.name, held) not in self.stops:
            self.stops.append((session.anchor.name, held))
        return session

    def has(self, pid: int, anchor: Anchor) -> bool:
        with self.database.connection.cursor() as cursor:
            cursor.execute(anchor.held, {"pid": pid})
            return cursor.fetchone()[0]


def blocked_at(database, table: str, row, request, look):
    """What look() returns while the request waits for this row, which it then gets."""
    with contextlib.closing(database.cluster.connect(database.name)) as other, other.cursor() as cursor, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        other.autocommit = False
        cursor.execute(f"SELECT FROM kiki.{table} WHERE id = %s FOR UPDATE", (row,))
        answer, seen = pool.submit(request), []

        def looked() -> bool:
            waiting = database.rows(BLOCKED, [other.get_backend_pid()])
            seen[:] = [look()]
            return waiting and waiting == database.rows(BLOCKED, [other.get_backend_pid()])

        until(looked)
        other.rollback()
        answer.result()
    return seen[0]
