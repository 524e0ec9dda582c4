"""HTTP itself needs no bureau: a database with the schema and nothing in it, and one API client."""

import contextlib

import pytest
from harness.cluster import Database


@pytest.fixture(scope="module")
def database(cluster, migrated):
    name = cluster.create(migrated)
    with contextlib.closing(Database(cluster, name)) as database:
        yield database
    cluster.drop(name)


@pytest.fixture(scope="module")
def client(service):
    """An API client that may read and write devices."""
    return service.enrolled("edge")
