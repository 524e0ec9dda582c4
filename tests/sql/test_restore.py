"""A database that went through a dump is the one it was: to the migrator nobody has changed its code."""

import os
import subprocess

from harness.service import Service


def test_a_restored_database_is_current(cluster, keys, migrated):
    environment = {"PATH": os.environ["PATH"], "PGPASSFILE": str(cluster.password_file("postgres").parents[1] / "pgpass")}
    dump = subprocess.run(["pg_dump", "-Fc", "-d", cluster.conninfo(migrated, "postgres")], capture_output=True, env=environment,
                          check=True).stdout
    name = cluster.create()
    try:
        subprocess.run(["pg_restore", "-d", cluster.conninfo(name, "postgres"), "--exit-on-error", "--single-transaction"], input=dump,
                       env=environment, check=True)
        log = Service(cluster, keys, name).run("migrate").stderr
    finally:
        cluster.drop(name)
    assert "schema-current" in log and "code-run" not in log
