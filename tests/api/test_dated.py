"""What is entered ahead of its day, or from today on: names, places in the tree, posts, titles."""

from harness.organisation import DAY, assign, roles_of

SECTION = {"name": "試験課", "kind": "section", "is_shozoku": True}


def names(caller, path):
    return [(term["from"], term["to"], term["name"]) for term in caller.every(path)]


class TestDepartments:
    def test_a_rename_ahead_of_its_day(self, operator, member, a_department, today):
        made = a_department(name="旧名")
        path, day = f"departments/{made['id']}", today + 30 * DAY
        changed = operator.patch(path, 200, {"name": "新名", "code": made["code"] + "-new", "from": str(day)}, match=made)
        assert (changed["name"], changed["code"]) == ("旧名", made["code"])
        read = member.get(path)
        for asked, name in ((today, "旧名"), (day - DAY, "旧名"), (day, "新名")):
            then = member.get(path, 200, params={"as_of": str(asked)})
            assert then["name"] == name and (then.etag == read.etag) == (asked == today)
            assert member.one("departments", as_of=str(asked), q=name, code=then["code"])["id"] == made["id"]
        assert names(member, f"{path}/terms") == [(None, str(day - DAY), "旧名"), (str(day), None, "新名")]
        # What is corrected today goes on beneath what begins later, and the values of before take that back.
        operator.patch(path, 200, {"kind": "section"}, match=changed)
        assert member.get(path, 200, params={"as_of": str(day)})["kind"] == "section"
        back = operator.patch(path, 200, {"name": "旧名", "code": made["code"], "from": str(day)}, match="*")
        assert [term["name"] for term in member.every(f"{path}/terms") if term["from"] == str(day)] == []
        assert operator.patch(path, 422, {"name": "x", "from": str(today - DAY)}, match=back).faults == {"/from": "begins_in_the_past"}
        assert member.get("departments/00000000-0000-7000-8000-000000000000/terms", 404).problem == "not-found"

    def test_a_new_one_is_not_there_before(self, operator, member, today):
        def structure(day):
            managers = member.get("management-structure", 200, params={"as_of": str(day)})["usage_managers"]
            return {manager["department"]["code"] for manager in managers}

        for code, first in (("nb-1", None), ("nb-2", today + 9 * DAY), ("nb-3", today - 9 * DAY)):
            made = operator.post("departments", 201, SECTION | {"code": code} | ({"from": str(first)} if first else {}))
            first = first or today
            assert made["established_on"] == str(first) and made["created_at"][:10] == str(today)
            assert code in structure(first) and code not in structure(first - DAY)
            assert member.every("departments", code=code, active="true", as_of=str(first - DAY)) == []
        # Nobody belongs where there is nothing yet, and what was never there is taken back.
        ahead = operator.one("departments", code="nb-2")
        person = {"number": "nb-p", "name": "早い", "department_id": ahead["id"]}
        assert operator.post("staff", 422, person).faults == {"/department_id": "not_found"}
        operator.patch(f"departments/{ahead['id']}", 200, {"abolished_on": ahead["established_on"]}, match="*")
        assert "nb-2" not in structure(today + 9 * DAY)
        fault = operator.patch(f"departments/{ahead['id']}", 422, {"abolished_on": str(today)}, match="*")
        assert fault.faults == {"/abolished_on": "before_from"}

    def test_a_code_is_one_departments_on_each_day(self, operator, a_department, today):
        old, day = a_department(), today + 10 * DAY
        operator.patch(f"departments/{old['id']}", 200, {"abolished_on": str(day)}, match=old)
        body = SECTION | {"code": old["code"]}
        assert operator.post("departments", 409, body | {"from": str(day - DAY)}).faults == {"/code": "taken"}
        operator.post("departments", 201, body | {"from": str(day)})
        assert operator.patch(f"departments/{old['id']}", 409, {"abolished_on": None}, match="*").faults == {"/code": "taken"}

    def test_the_tree_turns_at_midnight(self, operator, a_department, a_member, start_service, today):
        one, other = a_department(), a_department()
        unit = a_department(kind="unit", is_shozoku=False, parent_id=one["id"])
        person = a_member(unit)
        operator.patch(f"departments/{unit['id']}", 200, {"parent_id": other["id"], "from": str(today + DAY)}, match=unit)
        assert [d["id"] for d in person.get("me")["departments"]] == [one["id"]]
        later = start_service(KIKI_CLOCK_OFFSET_S="86400")
        assert [d["id"] for d in later.staff(person["number"]).get("me")["departments"]] == [other["id"]]
        assert later.staff("900002").get(f"departments/{unit['id']}")["shozoku_id"] == other["id"]

    def test_no_day_has_a_ring(self, operator, a_department, today):
        one, other = a_department(), a_department()
        path, back = (f"departments/{department['id']}" for department in (one, other))
        operator.patch(path, 200, {"parent_id": other["id"], "from": str(today + 5 * DAY)}, match="*")
        operator.patch(path, 200, {"parent_id": None, "from": str(today + 9 * DAY)}, match="*")
        for day, status in ((9, 200), (5, 422), (8, 422), (0, 422)):
            answer = operator.patch(back, status, {"parent_id": one["id"], "from": str(today + day * DAY)}, match="*")
            assert status == 200 or answer.faults == {"/parent_id": "ring"}


class TestPosts:
    def test_what_it_gives_turns_at_midnight(self, operator, member, a_department, a_post, a_member, start_service, today):
        station = a_department()
        post = a_post(station)
        holder = a_member(station, holds=post)
        path = f"posts/{post['id']}"
        operator.patch(path, 200, {"is_head": True, "name": "署長", "from": str(today + DAY)}, match=post)
        assert names(member, f"{path}/terms") == [(None, str(today), "試験職"), (str(today + DAY), None, "署長")]
        usage_manager = ("usage_manager", station["id"])
        assert usage_manager not in roles_of(holder)
        assert usage_manager in roles_of(start_service(KIKI_CLOCK_OFFSET_S="86400").staff(holder["number"]))
        assert member.get(path, 200, params={"as_of": str(today + DAY)})["is_head"] is True
        assert member.every("posts", as_of=str(today + DAY), role="usage_manager", department_id=station["id"])[0]["name"] == "署長"
        assert operator.patch(path, 422, {"name": "x", "from": str(today - DAY)}, match="*").faults == {"/from": "begins_in_the_past"}

    def test_there_is_one_head_on_each_day(self, operator, a_department, a_post, today):
        station, day = a_department(), today + 10 * DAY
        old = a_post(station, is_head=True)
        operator.patch(f"posts/{old['id']}", 200, {"abolished_on": str(day)}, match=old)
        body = {"name": "新署長", "department_id": station["id"], "is_head": True}
        assert operator.post("posts", 409, body | {"code": "oh-1", "from": str(day - DAY)}).faults == {"/is_head": "taken"}
        new = operator.post("posts", 201, body | {"code": "oh-1", "from": str(day)})
        fault = operator.patch(f"posts/{new['id']}", 422, {"abolished_on": str(today)}, match="*")
        assert fault.faults == {"/abolished_on": "before_from"}
        assert operator.patch(f"posts/{old['id']}", 409, {"abolished_on": None}, match="*").faults == {"/is_head": "taken"}


class TestStaff:
    def test_a_title_ahead_of_its_day(self, operator, member, a_member, today):
        person = a_member(title="主任")
        path, day = f"staff/{person['id']}", today + 20 * DAY
        changed = operator.patch(path, 200, {"title": "係長", "name": "改姓 花子", "from": str(day)}, match=person)
        assert (changed["title"], changed["name"]) == ("主任", "試験 花子")
        for asked, told in ((day - DAY, ("主任", "試験 花子")), (day, ("係長", "改姓 花子"))):
            then = member.get(path, 200, params={"as_of": str(asked)})
            assert (then["title"], then["name"]) == told
        assert [(t["from"], t["title"]) for t in member.every(f"{path}/transfers")][-1] == (str(day), "係長")
        operator.patch(path, 200, {"title": "主任", "name": "試験 花子", "from": str(day)}, match="*")
        assert member.get(path, 200, params={"as_of": str(day)})["title"] == "主任"
        assert operator.patch(path, 422, {"name": "x", "from": str(today - DAY)}, match="*").faults == {"/from": "begins_in_the_past"}
        assert member.get("staff/00000000-0000-7000-8000-000000000000/names", 404).problem == "not-found"

    def test_a_title_goes_on_with_the_transfers_that_kept_it(self, operator, departments, a_member, today):
        person = a_member("tama", title="主任")
        path = f"staff/{person['id']}"
        for days, more in ((10, {}), (20, {"title": "課長"})):
            operator.post(f"{path}/transfers", 201, {"department_id": departments["asao"]["id"], "from": str(today + days * DAY)} | more)
        operator.patch(path, 200, {"title": "係長"}, match="*")
        assert [t["title"] for t in operator.every(f"{path}/transfers")] == ["主任", "係長", "係長", "課長"]

    def test_what_was_entered_late_says_so(self, operator, departments, a_member, a_post, member, today):
        person = a_member("tama")
        path, early = f"staff/{person['id']}/transfers", str(today - 9 * DAY)
        late = operator.post(path, 201, {"department_id": departments["asao"]["id"], "from": early})
        assert late["entered_on"] == str(today)
        assert operator.post(path, 201, {"department_id": departments["tama"]["id"], "from": str(today)})["entered_on"] is None
        post = a_post("shobo")
        assert assign(operator, post, person, today - 5 * DAY)["entered_on"] == str(today)


def test_who_stands_outside_of_any_shozoku(operator, lending, member, departments, database, today, a_member):
    """The head of a division uses equipment, as of another department."""
    chief = a_member("keibo", title="部長")
    told = database.rows("SELECT * FROM api.user_on(%s, %s)", chief["id"], today)[0]
    assert (told["department_id"], told["in_shozoku"], told["title"]) == (departments["keibo"]["id"], False, "部長")
    device = lending.device("rinko")
    entry = lending.out(member, device, user=chief, exception_reason="警防部長の視察")
    assert entry["user_department_id"] == departments["keibo"]["id"]
    assert "check_out.other_department" in [finding["rule"] for finding in entry["findings"]]
    assert chief.get(f"usage-entries/{entry['id']}", 200)["user_title"] == "部長"
    assert chief.get("me")["departments"] == []


def test_a_vacancy_is_never_later_than_the_day(operator, member, a_department, a_post, today):
    station = a_department()
    a_post(station, is_head=True)
    for days in (0, 1, 100):
        structure = member.get("management-structure", 200, params={"as_of": str(today - days * DAY)})
        (found,) = [m for m in structure["usage_managers"] if m["department"]["id"] == station["id"]]
        assert found["vacant_since"] == "2026-04-01" and found["vacant_since"] <= structure["as_of"]
    for asked in ("2021-03-01", "2025-01-01"):
        structure = member.get("management-structure", 200, params={"as_of": asked})
        assert all(m["vacant_since"] is None or m["vacant_since"] <= asked
                   for m in [structure["general_manager"], structure["equipment_manager"], *structure["usage_managers"]])
