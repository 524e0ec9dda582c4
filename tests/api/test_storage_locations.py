"""Where a department keeps its devices locked away (art5.1.2)."""


def test_they_belong_to_a_department(usage_manager, other_usage_manager, member, equipment_manager, departments, database):
    department = departments["rinko"]["id"]
    body = {"department_id": department, "name": "試験棚", "lockable": False}
    place = usage_manager.post("storage-locations", 201, body)
    database.on_record(place, "storage_location.added", ("storage_locations", "insert"))
    path = f"storage-locations/{place['id']}"
    assert usage_manager.post("storage-locations", 409, body).problem == "storage-location-name-taken"
    taken = usage_manager.every("storage-locations", department_id=department)[0]
    other = usage_manager.post("storage-locations", 201, body | {"name": "別の試験棚"})
    answer = usage_manager.patch(f"storage-locations/{other['id']}", 409, {"name": taken["name"]}, match=other)
    assert answer.problem == "storage-location-name-taken"
    assert other_usage_manager.get(path, 404).problem == "not-found"
    assert other_usage_manager.patch(path, 404, {"name": "x"}, match="*").problem == "not-found"
    assert other_usage_manager.post("storage-locations", 422, body | {"name": "x"}).faults == {"/department_id": "not_found"}
    assert member.post("storage-locations", 403, body).problem == "forbidden"
    assert member.get(path)["lockable"] is False
    assert equipment_manager.patch(path, 200, {"lockable": True}, match=place)["lockable"] is True
    assert usage_manager.patch(path, 412, {"lockable": True}, match=place).problem == "precondition-failed"
    assert usage_manager.every("storage-locations", department_id=department, lockable="true")
