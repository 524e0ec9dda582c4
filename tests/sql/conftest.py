"""A .sql file here is a test: psql runs it on a migrated database of its own, and any error fails it.
It says what it expects with ASSERT in a DO block."""

import subprocess

import pytest


@pytest.fixture
def empty(cluster, migrated):
    """Name of a migrated database of the test's own."""
    name = cluster.create(migrated)
    yield name
    cluster.drop(name)


class SqlTest(pytest.Function):
    def reportinfo(self):
        return self.path, None, self.path.name


class SqlFile(pytest.File):
    def collect(self):
        def run(cluster, empty):
            done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", self.path, cluster.conninfo(empty, "postgres")],
                                  env={"PATH": "/usr/bin:/bin", "PGPASSFILE": str(cluster.password_file("postgres").parents[1] / "pgpass")},
                                  capture_output=True, text=True)
            if done.returncode != 0:
                pytest.fail(done.stdout + done.stderr, pytrace=False)

        yield SqlTest.from_parent(self, name=self.path.stem, callobj=run)


def pytest_collect_file(parent, file_path):
    return SqlFile.from_parent(parent, path=file_path) if file_path.suffix == ".sql" else None
