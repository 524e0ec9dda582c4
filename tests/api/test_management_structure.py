"""Who answers for what, on any day (art2)."""

from harness.organisation import DAY


class TestManagementStructure:
    def test_names_who_answers(self, member):
        structure = member.get("management-structure", 200, params={"as_of": "2026-08-01"})
        assert structure["as_of"] == "2026-08-01"
        assert structure["general_manager"]["holder"]["number"] == "100001" and structure["general_manager"]["clause"] == "art2.2"
        assert structure["equipment_manager"]["post"]["code"] == "joho-head"
        usage = {m["department"]["code"]: m for m in structure["usage_managers"]}
        assert usage["rinko"]["holder"]["number"] == "210001" and usage["rinko"]["held_equipment"] is True
        assert "joho" not in usage and usage["rinko"]["clause"] == "art2.4"

    def test_on_any_day(self, member):
        early = member.get("management-structure", 200, params={"as_of": "2024-04-20"})
        assert early["general_manager"]["holder"]["from"] == "2024-04-01"
        assert not any(m["held_equipment"] for m in early["usage_managers"])
        before = member.get("management-structure", 200, params={"as_of": "2024-03-31"})
        assert before["general_manager"]["holder"] is None and before["general_manager"]["vacant_since"] is not None
        assert member.get("management-structure", 400, params={"as_of": "2026-13-01"}).faults == {"as_of": "invalid"}

    def test_a_vacant_head_post_is_a_task(self, operator, general_manager, member, a_department, a_post, a_member, a_device, today):
        station = a_department()
        post = a_post(station, is_head=True)
        head = a_member(station, holds=post)
        a_device(station)
        assignment = operator.one(f"posts/{post['id']}/assignments", kind="regular")
        path = f"posts/{post['id']}/assignments/{assignment['id']}"

        def answerable():
            (found,) = [m for m in member.get("management-structure", 200)["usage_managers"] if m["department"]["id"] == station["id"]]
            return found

        operator.patch(path, 200, {"to": str(today - DAY)}, match="*")
        vacant = answerable()
        assert vacant["holder"] is None and vacant["vacant_since"] == str(today) and vacant["held_equipment"] is True
        link = f"/api/v1/posts/{post['id']}"
        for caller, told in ((operator, True), (general_manager, True), (member, False)):
            tasks = {task["link"]: task for task in caller.every("me/tasks")}
            assert (link in tasks) == told
            assert not told or tasks[link]["clause"] == "art2.4"
        operator.patch(path, 200, {"to": None}, match="*")
        assert answerable()["holder"]["staff_id"] == head["id"]
        # One who has left holds nothing.
        operator.patch(f"staff/{head['id']}", 200, {"left_on": str(today)}, match="*")
        vacant = answerable()
        assert vacant["holder"] is None and vacant["vacant_since"] == str(today)

    def test_a_manager_without_a_post_is_told_by_the_role(self, operator, posts, today):
        def titles(language):
            tasks = operator.get("me/tasks", 200, headers={"Accept-Language": language})["items"]
            return [task["title"] for task in tasks if task["kind"] == "vacant_post"]

        path = f"posts/{posts['joho-head']['id']}"
        before = {language: titles(language) for language in ("ja", "en")}
        gone = operator.patch(path, 200, {"abolished_on": str(today)}, match="*")
        said = f"令和{today.year - 2018}年{today.month}月{today.day}日"
        for language, told in (("ja", f"欠員となっている職があります：管理責任者（{said}から、代理：なし）"),
                               ("en", f"A post is vacant: Equipment manager (since {today.day} {today:%B} {today.year}; acting: nobody)")):
            assert sorted(titles(language)) == sorted([told, *before[language]])
        operator.patch(path, 200, {"abolished_on": None}, match=gone)
        assert titles("ja") == before["ja"]

    def test_a_role_that_its_post_has_no_more_is_vacant_since_then(self, operator, member, posts, a_department, a_post, a_member, today):
        station = a_department()
        post = a_post(station, is_head=True)
        a_member(station, holds=post)
        operator.patch(f"posts/{post['id']}", 200, {"is_head": False, "from": str(today + 10 * DAY)}, match="*")

        def answerable(day):
            structure = member.get("management-structure", 200, params={"as_of": str(day)})
            (found,) = [m for m in structure["usage_managers"] if m["department"]["id"] == station["id"]]
            return found

        assert answerable(today + 9 * DAY)["holder"] is not None
        for later in (10, 20):
            vacant = answerable(today + later * DAY)
            assert (vacant["holder"], vacant["vacant_since"]) == (None, str(today + 10 * DAY))
        other = a_post(station)
        operator.patch(f"posts/{other['id']}", 200, {"is_head": True, "from": str(today + 15 * DAY)}, match="*")
        assert answerable(today + 20 * DAY)["vacant_since"] == str(today + 15 * DAY)
