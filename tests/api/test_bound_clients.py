"""What a client that is bound to departments may write: what stays within them. And who gives a reason with a change."""

import pytest


@pytest.fixture
def bound(a_client):
    """bound("rinko", "kawasaki"): a client bound to these stations."""
    return lambda *codes: a_client("devices:read", "devices:write", "usage:read", "usage:write", of=codes)


class TestDevices:
    def test_it_introduces_none(self, bound, database):
        client = bound("rinko")
        before = database.fingerprint()
        body = {"code": "B-1", "name": "端末", "kind": "terminal", "introduced_on": "2026-10-01", "reason": "試験"}
        assert client.post("devices", 403, body).problem == "forbidden"
        assert database.fingerprint() == before

    @pytest.mark.parametrize("dry_run", ["true", "false"])
    def test_an_import_brings_its_own_up_to_date_and_introduces_none(self, bound, lending, device, database, dry_run):
        head, client, foreign = "code,name,kind,introduced_on\n", bound("rinko"), lending.device("kawasaki")
        before = database.fingerprint()
        for code in ("B-2", foreign["code"]):
            refused = client.upload("devices/import", f"{head}{code},端末,camera,2026-10-01\n", 422, params={"dry_run": dry_run})
            assert [(row["line"], row["column"], row["code"]) for row in refused["rows"]] == [(2, "code", "not_found")]
        assert database.fingerprint() == before
        done = client.upload("devices/import", f"{head}{device['code']},新しい名,camera,2026-04-01\n", 200, params={"dry_run": dry_run})
        assert [item["action"] for item in done["items"]] == ["update"]

    def test_it_disposes_of_none(self, bound, device, database):
        own, other = bound("rinko"), bound("kawasaki")
        before = database.fingerprint()
        body = {"disposed_on": "2026-11-01", "reason": "故障", "erasure_method": "なし", "erased_on": "2026-11-01"}
        assert own.post(f"devices/{device['id']}/disposal", 403, body, match="*").problem == "forbidden"
        other.post(f"devices/{device['id']}/disposal", 404, body, match="*")
        assert database.fingerprint() == before

    def test_it_changes_its_own_with_a_reason(self, bound, device):
        client = bound("rinko")
        client.patch(f"devices/{device['id']}", 200, {"name": "新しい名", "reason": "改称"}, match="*")
        assert "改称" in [record["reason"] for record in client.every(f"devices/{device['id']}/history")]


class TestPlacements:
    def place(self, client, lending, device, code, status):
        target = lending.departments[code] if code else None
        return client.post("placements", status, {"device_id": device["id"], "department_id": target, "reason": "試験"})

    def test_not_elsewhere_and_not_into_stock(self, bound, lending, device, database):
        client, stock = bound("rinko"), lending.device(None)
        before = database.fingerprint()
        assert self.place(client, lending, device, "kawasaki", 422).faults == {"/department_id": "not_found"}
        assert self.place(client, lending, device, None, 403).problem == "forbidden"
        assert self.place(client, lending, stock, "rinko", 422).faults == {"/device_id": "not_found"}
        assert database.fingerprint() == before

    def test_between_its_own(self, bound, lending, device, general_manager):
        placed = self.place(bound("rinko", "kawasaki"), lending, device, "kawasaki", 201)
        assert placed["department_id"] == lending.departments["kawasaki"]
        report = general_manager.every("placement-reports", device_id=device["id"])[0]
        assert (report["kind"], report["to_department_id"]) == ("change", lending.departments["kawasaki"])


def test_it_adds_storage_to_its_own_departments(bound, lending):
    body = {"name": "新しい棚", "lockable": True}
    client = bound("rinko")
    client.post("storage-locations", 201, body | {"department_id": lending.departments["rinko"]})
    refused = client.post("storage-locations", 422, body | {"department_id": lending.departments["kawasaki"]})
    assert refused.faults == {"/department_id": "not_found"}


def test_it_loads_confirmed_entries_of_its_own_departments(bound, lending, equipment_manager, device, database):
    database.run("SELECT set_config('kiki.operation', 'test', false)")
    database.run("UPDATE placements SET during = tstzrange('2026-04-01', NULL) WHERE device_id = %s", device["id"])
    place = equipment_manager.get(f"storage-locations/{lending.shelf()}")["name"]
    head = ("device_code,user_staff_number,purpose,out_at,due_at,returned_at,storage_location,locked,confirmed_at,"
            "confirmed_by_staff_number\n")
    out, due, back, confirmed = (f"2026-11-02T{hour}:00:00+09:00" for hour in ("09", "11", "10", "12"))
    row = f"{device['code']},210002,training,{out},{due},{back},{place},true,{confirmed},210001\n"
    assert bound("kawasaki").upload("usage-entries/import", head + row, 422).problem == "import-refused"
    assert bound("rinko").upload("usage-entries/import", head + row, 200)["rows"] == 1


class TestReasons:
    """Whoever may change a device may say why."""

    @pytest.mark.parametrize("number", ["100001", "100002", "210001"])
    def test_it_is_kept_in_the_history(self, service, device, lending, number):
        caller = service.staff(number)
        body = {"remarks": "棚を替えた", "storage_location_id": lending.shelf(), "reason": "棚の入替え"}
        caller.patch(f"devices/{device['id']}", 200, body, match=caller.get(f"devices/{device['id']}"))
        record = next(r for r in caller.every(f"devices/{device['id']}/history") if r["kind"] == "change")
        assert (record["reason"], record["recorded_by_id"]) == ("棚の入替え", lending.staff[number])
        assert record["changes"] == {"remarks": [None, "棚を替えた"], "storage_location_id": [None, lending.shelf()]}

    def test_what_it_is_stays_the_general_managers(self, usage_manager, equipment_manager, device, database):
        before = database.fingerprint()
        for caller in (usage_manager, equipment_manager):
            refused = caller.patch(f"devices/{device['id']}", 403, {"name": "新しい名", "reason": "改称"}, match="*")
            assert refused.problem == "forbidden"
        assert database.fingerprint() == before

    def test_a_usage_manager_of_another_department_sees_it_only(self, a_department, a_post, a_member, a_device, device):
        """A member of the holding department who is head elsewhere."""
        elsewhere = a_department()
        both = a_member("rinko", holds=a_post(elsewhere, is_head=True))
        both.get(f"devices/{device['id']}", 200)
        assert both.patch(f"devices/{device['id']}", 403, {"remarks": "x"}, match="*").problem == "forbidden"
        both.patch(f"devices/{a_device(elsewhere)['id']}", 200, {"remarks": "x"}, match="*")
