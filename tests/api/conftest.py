"""What the tests of operations look up in the sample bureau."""

import datetime

import pytest


@pytest.fixture(scope="module")
def today(member):
    return datetime.date.fromisoformat(member.get("management-structure")["as_of"])


@pytest.fixture(scope="module")
def departments(member):
    """code -> department"""
    return {department["code"]: department for department in member.every("departments")}


@pytest.fixture(scope="module")
def people(operator):
    """number -> member of staff"""
    return {person["number"]: person for person in operator.every("staff")}


@pytest.fixture(scope="module")
def posts(member):
    """code -> post"""
    return {post["code"]: post for post in member.every("posts")}


@pytest.fixture(scope="module")
def client(service):
    """The personnel system."""
    return service.enrolled("personnel", "organisation:read organisation:write")


@pytest.fixture
def device(lending):
    """A camera at station rinko."""
    return lending.device()
