"""Fixtures of every test that runs on the real binary and a real PostgreSQL.

Each module has a database of its own, copied from one in which the sample bureau was loaded by the service's own
imports, and a service of its own on it. What a module does is seen by no other."""

import contextlib
import pathlib

import pytest

from contract.conformance import Recorder
from harness.bureau import Bureau
from harness.caller import Caller
from harness.cluster import Cluster, Database
from harness.keys import Keys
from harness.lending import Lending
from harness.meetings import Meetings
from harness.service import RESULTS, Service
from harness.wire import Wire
from sample import load


@pytest.fixture(scope="session")
def cluster():
    cluster = Cluster()
    cluster.drop_leftovers()
    for old in RESULTS.glob("*"):
        old.unlink()
    return cluster


@pytest.fixture(scope="session")
def keys():
    return Keys(pathlib.Path(".local/test/keys"))


@pytest.fixture(scope="session")
def recorder():
    """Holds every answer against the contract."""
    recorder = Recorder()
    Caller.observers.append(recorder.observe)
    Wire.observers.append(recorder.observe_wire)
    yield recorder
    Caller.observers.remove(recorder.observe)
    Wire.observers.remove(recorder.observe_wire)
    recorder.save()


@pytest.fixture(scope="session")
def migrated(cluster, keys, recorder):
    """Name of a database with the schema and nothing in it: a template."""
    name = cluster.create()
    Service(cluster, keys, name).run("migrate")
    yield name
    cluster.drop(name)


@pytest.fixture(scope="session")
def sample(cluster, keys, migrated):
    """Name of a database with the sample bureau, loaded as `make run` loads it: a template."""
    name = cluster.create(migrated)
    service = Service(cluster, keys, name)
    service.run("client", load.CLIENT, "--scopes", " ".join(load.SCOPES))
    service.start()
    try:
        load.load(service.url, keys.token)
    except SystemExit as refused:  # which pytest would not remember, and load again for every test
        raise AssertionError(f"the sample bureau was refused: {refused}") from None
    finally:
        service.stop()
    yield name
    cluster.drop(name)


@pytest.fixture(scope="session")
def template(sample):
    """Name of the database that each module has a copy of."""
    return sample


@pytest.fixture(scope="module")
def database(cluster, template):
    """The module's own database, seen by the superuser."""
    name = cluster.create(template)
    with contextlib.closing(Database(cluster, name)) as database:
        yield database
    cluster.drop(name)


@pytest.fixture(scope="module")
def service(cluster, keys, database):
    """The service on the module's own database."""
    service = Service(cluster, keys, database.name).start()
    yield service
    service.stop()


@pytest.fixture
def start_service(cluster, keys, database):
    """start_service(KIKI_CLOCK_OFFSET_S="86400"): one more service on the module's database, stopped after the test."""
    with contextlib.ExitStack() as stack:

        def start(**settings: str) -> Service:
            service = Service(cluster, keys, database.name, **settings)
            stack.callback(service.stop)
            return service.start()

        yield start


@pytest.fixture
def patient_service(start_service):
    """One whose requests wait for a connection to the database however busy the machine is: for many at once."""
    return start_service(KIKI_POOL_WAIT_MS="20000")


@pytest.fixture(scope="module")
def general_manager(service):
    return service.staff("100001")


@pytest.fixture(scope="module")
def equipment_manager(service):
    return service.staff("100002")


@pytest.fixture(scope="module")
def usage_manager(service):
    """The head of station rinko."""
    return service.staff("210001")


@pytest.fixture(scope="module")
def member(service):
    """A member of station rinko."""
    return service.staff("210002")


@pytest.fixture(scope="module")
def colleague(service):
    """Another member of station rinko."""
    return service.staff("210003")


@pytest.fixture(scope="module")
def other_usage_manager(service):
    """The head of station kawasaki."""
    return service.staff("220001")


@pytest.fixture(scope="module")
def other_member(service):
    """A member of station kawasaki."""
    return service.staff("220002")


@pytest.fixture(scope="module")
def auditor(service):
    return service.staff("900001")


@pytest.fixture(scope="module")
def operator(service):
    return service.staff("900002")


@pytest.fixture(scope="module")
def digital_office(service):
    return service.staff("900003")


@pytest.fixture(scope="module")
def nobody(service):
    return service.nobody()


@pytest.fixture(scope="module")
def lending(service):
    return Lending(service)


@pytest.fixture(scope="module")
def meetings(service):
    return Meetings(service)


# --- What a test makes for itself (harness/bureau.py)


@pytest.fixture(scope="module")
def bureau(service):
    return Bureau(service)


def maker(what: str):
    @pytest.fixture(scope="module", name=f"a_{what}")
    def make(bureau):
        return getattr(bureau, what)

    return make


a_department, a_post, a_member, a_usage_manager, a_place, a_device, a_client = (
    maker(what) for what in ("department", "post", "member", "usage_manager", "place", "device", "client"))


@pytest.fixture(scope="module")
def a_meeting(meetings):
    return meetings.create
