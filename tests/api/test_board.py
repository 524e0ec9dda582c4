"""The board of a department: where each of its devices is."""

import pytest

from harness.lending import after


def board(caller, station):
    return {item["device_code"]: item for item in caller.get(f"departments/{station['id']}/board", 200)["items"]}


@pytest.fixture(scope="module")
def station(lending):
    return lending.department(name="掲示消防署")


@pytest.fixture(scope="module")
def head(lending, station):
    return lending.usage_manager(station)


@pytest.fixture(scope="module")
def clerk(lending, station):
    return lending.member(station)


@pytest.fixture(scope="module")
def shelf(lending, station):
    return lending.place(station)


@pytest.fixture
def kept(lending, station, head, shelf):
    device = lending.device(station)
    head.patch(f"devices/{device['id']}", 200, {"storage_location_id": shelf["id"]}, match="*")
    return device


def out(clerk, device, **members):
    return clerk.post("usage-entries", 201, {"device_code": device["code"], "purpose": "training"} | members)


def back(clerk, entry, **members):
    return clerk.post("usage-entries/returns", 200, {"items": [{"usage_entry_id": entry["id"]}], "locked": True} | members)["items"][0]


def test_a_day_of_a_device(station, head, clerk, shelf, kept):
    read = clerk.get(f"departments/{station['id']}/board", 200)
    assert read["department_name"] == "掲示消防署"
    item = board(clerk, station)[kept["code"]]
    assert item == {"device_id": kept["id"], "device_code": kept["code"], "device_name": kept["name"], "kind": kept["kind"],
                    "state": "in_cabinet", "storage_location_id": shelf["id"], "storage_location_name": shelf["name"], "out": None,
                    "not_locked_away": None, "defect": None, "next_reservation": None}
    assert clerk.get(f"departments/{station['id']}/board", 304, headers={"If-None-Match": read.etag}).content == b""
    entry = out(clerk, kept)
    item = board(head, station)[kept["code"]]
    assert item["state"] == "out" and item["out"] == {
        "usage_entry_id": entry["id"], "user_staff_id": clerk["id"], "user_name": entry["user_name"],
        "user_department_id": station["id"], "user_department_name": "掲示消防署", "at_another_department": False,
        "purpose": "training", "out_at": entry["out_at"], "due_at": entry["due_at"]}
    returned = back(clerk, entry, locked=False)
    item = board(head, station)[kept["code"]]
    assert item["state"] == "not_locked_away" and item["not_locked_away"] == {
        "usage_entry_id": entry["id"], "user_name": entry["user_name"], "returned_at": returned["returned_at"],
        "returned_by_id": clerk["id"], "returned_by_name": clerk["name"]}
    clerk.post(f"usage-entries/{entry['id']}/storage-confirmation", 200, {}, match="*")
    assert board(head, station)[kept["code"]]["state"] == "in_cabinet"


def test_what_came_back_broken_waits_to_be_looked_at(station, head, clerk, kept):
    entry = out(clerk, kept)
    returned = back(clerk, entry, abnormality="画面に傷")
    item = board(clerk, station)[kept["code"]]
    assert item["state"] == "defective" and item["defect"] == {
        "usage_entry_id": entry["id"], "abnormality": "画面に傷", "reported_at": returned["returned_at"]}
    (task,) = [task for task in head.every("me/tasks") if task["kind"] == "defect_report"]
    assert "画面に傷" in task["title"]
    head.post("usage-entries/confirmations", 200, {"items": [{"usage_entry_id": entry["id"]}]})
    assert board(clerk, station)[kept["code"]]["state"] == "in_cabinet"
    assert not [task for task in head.every("me/tasks") if task["kind"] == "defect_report"]


def test_overdue(station, clerk, kept, start_service):
    out(clerk, kept, due_at=after(hours=1))
    later = start_service(KIKI_CLOCK_OFFSET_S="7200")
    item = board(type(clerk)(later, clerk.record), station)[kept["code"]]
    assert item["state"] == "overdue" and item["out"]["user_staff_id"] == clerk["id"]


def test_at_another_department(station, clerk, kept, lending):
    borrower = lending.member("kawasaki")
    out(clerk, kept, user_staff_number=borrower["number"], exception_reason="合同訓練")
    item = board(clerk, station)[kept["code"]]
    assert item["out"]["at_another_department"] and item["out"]["user_department_id"] == lending.departments["kawasaki"]


def test_who_sees_it(station, clerk, general_manager, equipment_manager, auditor, member, a_client):
    for caller in (general_manager, equipment_manager, auditor, a_client("usage:read", of=[station]), a_client("usage:read")):
        assert board(caller, station).keys() == board(clerk, station).keys()
    for caller in (member, a_client("usage:read", of=["rinko"])):
        assert caller.get(f"departments/{station['id']}/board", 404).problem == "not-found"
