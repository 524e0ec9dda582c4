"""The PostgreSQL cluster of the tests: the private one of deploy/local/postgres, in .local/test.

Every run and every module that asks for one has a database of its own; the roles are shared."""

import concurrent.futures
import contextlib
import fcntl
import itertools
import os
import pathlib
import re
import subprocess

import psycopg2
import psycopg2.extras
from psycopg2.extensions import quote_ident

from harness.patience import until

FOLDER = pathlib.Path(".local/test")
# What is lost in a crash of the machine is only tests' data; the service is killed often, the machine is not.
SETTINGS = ["fsync=off", "full_page_writes=off", "max_connections=200"]


@contextlib.contextmanager
def alone(name: str):
    """Several processes run tests at once; what they share is made by one of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / f"{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Cluster:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.start()

    def start(self) -> None:
        with alone("cluster"):
            subprocess.run(["deploy/local/postgres", "start", str(FOLDER), *SETTINGS], check=True)
        lines = (FOLDER / "postgres.env").read_text().split()
        environment = dict(line.split("=", 1) for line in lines)
        self.host, self.port = environment["PGHOST"], int(environment["PGPORT"])

    def stop(self) -> None:
        subprocess.run(["deploy/local/postgres", "stop", str(FOLDER)], check=True)

    def password_file(self, role: str) -> pathlib.Path:
        return (FOLDER / "passwords" / role).resolve()

    def conninfo(self, database: str, role: str) -> str:
        return f"host={self.host} port={self.port} dbname={database} user={role}"

    def connect(self, database: str, role: str = "postgres"):
        """A psycopg2 connection that commits each statement."""
        connection = psycopg2.connect(self.conninfo(database, role), password=self.password_file(role).read_text().strip())
        connection.autocommit = True
        return connection

    def _admin(self, *statements: str) -> None:
        with contextlib.closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def create(self, template: str = "template0") -> str:
        """A new database, owned by kiki_owner. Nobody may be connected to the template."""
        name = f"kiki_test_{os.getpid()}_{next(self._numbers)}"
        self._admin(f'CREATE DATABASE "{name}" OWNER kiki_owner TEMPLATE "{template}"',
                    f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC',
                    f'GRANT CONNECT ON DATABASE "{name}" TO kiki_migrator, kiki_service, kiki_worker')
        return name

    def drop(self, name: str) -> None:
        self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def drop_leftovers(self) -> None:
        """Databases of runs that ended without dropping them."""
        with contextlib.closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'kiki\_test\_%'")
            for (name,) in cursor.fetchall():
                pid = int(re.match(r"kiki_test_(\d+)_", name)[1])
                if not pathlib.Path(f"/proc/{pid}").exists():
                    cursor.execute(f"DROP DATABASE IF EXISTS {quote_ident(name, cursor)} WITH (FORCE)")


class Database:
    """One database as its superuser: row-level security hides nothing."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name
        self.connection = cluster.connect(name)
        with self.connection.cursor() as cursor:
            cursor.execute("SET search_path = kiki, api; SET timezone = 'Etc/GMT-9'")

    def worked(self) -> float:
        """Seconds of processor time that the connections of others to this database have used so far."""
        pids = self.rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        ticks = 0
        for row in pids:
            with contextlib.suppress(FileNotFoundError):
                used = pathlib.Path(f"/proc/{row['pid']}/stat").read_text().rpartition(")")[2].split()
                ticks += int(used[11]) + int(used[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self.connection.close()

    def run(self, statement: str, *values) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    def rows(self, statement: str, *values) -> list[dict]:
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, values or None)
            return [dict(row) for row in cursor.fetchall()]

    def value(self, statement: str, *values):
        rows = self.rows(statement, *values)
        assert len(rows) == 1 and len(rows[0]) == 1, f"one value expected: {rows[:3]}"
        return next(iter(rows[0].values()))

    @contextlib.contextmanager
    def meanwhile(self, statement: str, *values, **named):
        """Writes this in another transaction, which commits when a request waits for it: `with …meanwhile(…) as submit:
        later = submit(caller.post, …)`."""
        with contextlib.closing(self.cluster.connect(self.name)) as other, other.cursor() as cursor, \
                concurrent.futures.ThreadPoolExecutor(1) as pool:
            other.autocommit = False
            cursor.execute("SET search_path = kiki, api; SELECT set_config('kiki.operation', 'test', true)")
            cursor.execute(statement, named or values or None)
            yield pool.submit
            waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid)))"
            until(lambda: self.value(waits, other.get_backend_pid()))
            other.commit()

    @contextlib.contextmanager
    def upon_insert(self, table: str, statement: str, constraint: str = "", deferrable: str = ""):
        """While this lasts, a row that comes into the table has this statement of PL/pgSQL run."""
        self.run(f"""CREATE FUNCTION upon_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
                     $$ BEGIN {statement}; RETURN NULL; END $$;
                     CREATE {constraint} TRIGGER upon_insert AFTER INSERT ON {table} {deferrable}
                     FOR EACH ROW EXECUTE FUNCTION upon_insert()""")
        try:
            yield
        finally:
            self.run(f"DROP TRIGGER upon_insert ON {table}; DROP FUNCTION upon_insert()")

    def before_commit_of_insert(self, table: str, statement: str):
        """The same when the transaction commits."""
        return self.upon_insert(table, statement, "CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED")

    def audit(self, answer) -> list[dict]:
        """What the request of this answer left in the audit log, oldest first."""
        return self.rows("SELECT * FROM audit_log WHERE request_id = %s ORDER BY id", answer.request_id)

    def events(self, answer) -> list[dict]:
        """The events that the request of this answer emitted, oldest first."""
        return self.rows("SELECT * FROM events WHERE request_id = %s ORDER BY id", answer.request_id)

    def on_record(self, answer, event: str, *changes: tuple[str, str]) -> None:
        """The one event and the audited changes, (table, action) each, that the request of this answer left."""
        assert [row["type"] for row in self.events(answer)] == [event]
        assert sorted((row["subject_type"], row["action"]) for row in self.audit(answer)) == sorted(changes)

    def fingerprint(self) -> str:
        """Changes when any row of the records changes; idempotency keys are not records."""
        tables = self.rows("""SELECT c.oid::regclass::text AS name FROM pg_class c
                               WHERE c.relnamespace = 'kiki'::regnamespace AND c.relkind = 'r'
                                 AND c.relname <> 'idempotency_keys' ORDER BY 1""")
        sums = (f"(SELECT coalesce(sum(hashtextextended(t::text, 0)), 0) || ':' || count(*) FROM {table['name']} t)"
                for table in tables)
        return self.value("SELECT concat_ws(' ', " + ", ".join(sums) + ")")
