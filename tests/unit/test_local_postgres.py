"""The private cluster of a checkout: started twice it is the same one, and of a deleted checkout nothing is in the way."""

import pathlib
import shutil
import subprocess

import pytest


@pytest.fixture
def folder():
    """Beside the others of this checkout, as PostgreSQL's user must be able to get there."""
    folder = pathlib.Path(".local/trial")
    command("forget", folder)
    yield folder
    command("forget", folder)


def command(what, folder, *settings):
    subprocess.run(["deploy/local/postgres", what, folder, *settings], check=True, timeout=90)


def ask(folder, statement):
    script = f'. {folder}/postgres.env; export PGHOST PGPORT PGUSER PGPASSFILE; exec psql -XAtq -d postgres -c "$1"'
    return subprocess.run(["bash", "-c", script, "ask", statement], check=True, capture_output=True, text=True).stdout.strip()


def test_it_is_kept_until_its_folder_is_gone(folder):
    command("start", folder, "fsync=off")
    ask(folder, "CREATE TABLE kept ()")
    command("stop", folder)
    command("start", folder)
    assert ask(folder, "SELECT to_regclass('kept'), current_setting('fsync')") == "kept|off"
    shutil.rmtree(folder)  # with its server running
    command("start", folder)
    assert ask(folder, "SELECT to_regclass('kept') IS NULL AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'kiki_service')") == "t"
