"""HTTP itself needs no bureau: a database with the schema and nothing in it, and one API client."""

import pytest


@pytest.fixture(scope="session")
def template(migrated):
    return migrated


@pytest.fixture(scope="module")
def client(service):
    """An API client that may read and write devices."""
    return service.enrolled("edge")
