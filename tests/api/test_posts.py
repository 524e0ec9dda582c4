"""Posts, and what they give to whoever holds them (art2)."""

import uuid


class TestPosts:
    def test_everybody_reads_them(self, member, departments, posts):
        head = member.one("posts", code="rinko-head")
        assert (head["department_id"], head["is_head"], head["role"]) == (departments["rinko"]["id"], True, None)
        assert member.get(f"posts/{head['id']}", 200).json == head
        assert [p["code"] for p in member.every("posts", role="general_manager,auditor")] == ["audit", "shirei-head"]
        usage_managers = {p["code"] for p in member.every("posts", role="usage_manager")}
        assert {"rinko-head", "shirei-head"} <= usage_managers and "joho-head" not in usage_managers
        assert member.get(f"posts/{uuid.uuid4()}", 404).problem == "not-found"

    def test_adding_one(self, operator, general_manager, departments, database):
        body = {"code": "p-1", "name": "副署長", "department_id": departments["tama"]["id"]}
        answer = operator.post("posts", 201, body)
        assert (answer["is_head"], answer["role"]) == (False, None)
        database.on_record(answer, "post.created", ("posts", "insert"), ("post_terms", "insert"))
        assert operator.post("posts", 409, body).faults == {"/code": "taken"}
        body |= {"code": "p-2"}
        assert operator.post("posts", 409, body | {"is_head": True}).faults == {"/is_head": "taken"}
        assert operator.post("posts", 409, body | {"role": "general_manager"}).faults == {"/role": "taken"}
        assert operator.post("posts", 422, body | {"department_id": str(uuid.uuid4())}).faults == {"/department_id": "not_found"}
        assert general_manager.post("posts", 403, body).problem == "forbidden"

    def test_changing_one(self, operator, departments, database):
        made = operator.post("posts", 201, {"code": "p-3", "name": "課長", "department_id": departments["keibo"]["id"]})
        path = f"posts/{made['id']}"
        assert operator.patch(path, 428, {"name": "x"}).problem == "precondition-required"
        changed = operator.patch(path, 200, {"name": "部長", "is_head": True}, match=made)
        assert (changed["name"], changed["is_head"]) == ("部長", True)
        database.on_record(changed, "post.changed", ("posts", "update"), ("post_terms", "update"), ("post_terms", "insert"))
        assert operator.patch(path, 412, {"name": "x"}, match=made).problem == "precondition-failed"
        assert operator.patch(path, 422, {"department_id": str(uuid.uuid4())}, match="*").faults == {"/department_id": "not_found"}
        assert operator.patch(path, 409, {"code": "rinko-head"}, match="*").faults == {"/code": "taken"}
        assert operator.patch(path, 409, {"role": "equipment_manager"}, match="*").faults == {"/role": "taken"}
        assert operator.patch(f"posts/{uuid.uuid4()}", 404, {"name": "x"}, match="*").problem == "not-found"

    def test_its_holder_does_not_change_what_it_gives(self, operator, posts):
        path = f"posts/{posts['operation']['id']}"
        answer = operator.patch(path, 403, {"role": "auditor"}, match="*")
        assert answer.problem == "forbidden"
        operator.patch(path, 200, {"name": posts["operation"]["name"]}, match="*")
