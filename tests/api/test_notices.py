"""What managers are told of, and note (art3.1.1, art3.1.2): posts and their holders, API clients, disposals."""

import uuid

import pytest

from harness.organisation import DAY, assign, name_acting
from harness.together import together


@pytest.fixture
def post(a_post):
    return a_post(role="auditor", name="監査主任")


@pytest.fixture
def deputy(operator, posts, a_member, today):
    """Acts for the general manager."""
    person = a_member(name="試験 代理")
    name_acting(operator, posts["shirei-head"], person, today, today, order_number="令8消人第80号")
    return person


def said(day):
    return f"令和{day.year - 2018}年{day.month}月{day.day}日"


def told(caller, link, **params):
    """What was told about this, newest first."""
    return [notice for notice in caller.every("notices", **params) if notice["link"].startswith(f"/api/v1/{link}")]


def tasks(caller, notice):
    return [task for task in caller.every("me/tasks") if task["link"] == f"/api/v1/notices/{notice['id']}"]


def acknowledge(caller, notice, status=200):
    return caller.post(f"notices/{notice['id']}/acknowledgement", status)


class TestHoldersOfPosts:
    def test_a_new_holder_is_told_once_until_it_is_noted(self, operator, general_manager, auditor, post, a_member, today, database):
        holder = a_member(holds=post, name="試験 前任")
        planned = assign(operator, post, a_member(name="試験 後任"), today + 3 * DAY, order_number="令8消人第81号")
        # That the first one's term ends the day before is told with the second.
        second, first = told(general_manager, f"posts/{post['id']}/assignments")
        assert second["text"] == f"職への発令・指定：監査主任　試験 後任（本務）{said(today + 3 * DAY)}から　令8消人第81号"
        assert first["text"].startswith("職への発令・指定：監査主任　試験 前任（本務）") and f"（{said(today)}登録）" in first["text"]
        assert (second["kind"], second["role"], second["told_by"]["name"]) == ("assignment", "general_manager", operator.get("me")["name"])
        (task,) = tasks(general_manager, second)
        assert second["text"] in task["title"] and task["clause"] == "art3.1.1"
        assert auditor.get(f"notices/{second['id']}", 200).json == second and tasks(auditor, second) == []
        assert tasks(operator, second) == [] and holder.get(f"notices/{second['id']}", 200)
        done = acknowledge(general_manager, second)
        assert done["acknowledged_by"]["name"] == "見本 一郎" and tasks(general_manager, second) == []
        database.on_record(done, "notice.acknowledged", ("notices", "update"))
        assert acknowledge(general_manager, second, 409).problem == "not-in-this-state"
        # A withdrawal is told, and what it gives back with it.
        operator.patch(f"posts/{post['id']}/assignments/{planned['id']}", 200, {"withdrawn": True}, match="*")
        assert [one["text"][:9] for one in told(general_manager, f"posts/{post['id']}/assignments")] == [
            "発令・指定の取消し", "職への発令・指定：", "職への発令・指定："]
        operator.patch(f"posts/{post['id']}/assignments/{first['link'].rsplit('/', 1)[1]}", 200, {"to": str(today)}, match="*")
        assert told(general_manager, f"posts/{post['id']}/assignments")[0]["text"].endswith(f"から{said(today)}まで　1（{said(today)}登録）")

    def test_in_english(self, operator, general_manager, post, a_member, today):
        assign(operator, post, a_member(name="試験 花子"), today, today, order_number="1")
        (notice,) = told(general_manager, f"posts/{post['id']}/assignments")
        day = f"{today.day} {today:%B} {today.year}"
        english = general_manager.get(f"notices/{notice['id']}", headers={"Accept-Language": "en"})
        assert english["text"] == f"Assigned: 監査主任, 試験 花子 (regular) from {day} to {day}, 1"

    def test_of_a_file_each(self, operator, general_manager, a_post, a_member):
        posts = [a_post() for _ in range(2)]
        rows = "".join(f"{post['code']},{a_member()['number']},regular,2026-10-01,1\n" for post in posts)
        operator.upload("posts/assignments/import", "post_code,staff_number,kind,from,order_number\n" + rows, 200)
        for post in posts:
            assert len(told(general_manager, f"posts/{post['id']}/assignments")) == 1

    def test_nobody_is_told_by_himself(self, operator, general_manager, deputy, a_post, a_department, a_member, today):
        """The general manager knows whom he named; who acts for him tells him, and does not note it himself."""
        station = a_department()
        post, person = a_post(station, is_head=True), a_member(station)
        name_acting(general_manager, post, person, today, today)
        assert told(general_manager, f"posts/{post['id']}/assignments") == []
        name_acting(deputy, post, a_member(station), today, today)
        (notice,) = told(general_manager, f"posts/{post['id']}/assignments")
        assert notice["told_by"]["acting"]["holder_name"] == "見本 一郎" and tasks(deputy, notice) == []
        assert acknowledge(deputy, notice, 403).problem == "own-act"
        assert deputy.post("notices/acknowledgements", 403, {"items": [{"notice_id": notice["id"]}]}).problem == "own-act"
        acknowledge(general_manager, notice)

    def test_of_his_own_post_the_one_who_goes_and_the_one_who_comes(self, operator, general_manager, auditor, equipment_manager, posts,
                                                                   a_member, today):
        chief, successor = posts["shirei-head"], a_member(name="試験 後任")
        planned = assign(operator, chief, successor, today + 9 * DAY, order_number="令8消人第82号")
        path = f"posts/{chief['id']}/assignments/{planned['id']}"
        notices = {one["staff_id"]: one for one in told(auditor, path)}
        me = general_manager.get("me")["id"]
        assert set(notices) == {me, successor["id"]} and all(one["role"] is None for one in notices.values())
        for caller, own, other in ((general_manager, me, successor["id"]), (successor, successor["id"], me)):
            assert tasks(caller, notices[own]) and not tasks(caller, notices[other])
            assert acknowledge(caller, notices[own])["acknowledged_by"]["acting"] is None
        assert successor.every("notices") == [successor.get(f"notices/{notices[successor['id']]['id']}").json]
        assert acknowledge(general_manager, notices[successor["id"]], 403).problem == "forbidden"
        assert acknowledge(auditor, notices[me], 403).problem == "forbidden"
        acknowledge(successor, {"id": notices[me]["id"]}, 404)
        operator.patch(path, 200, {"withdrawn": True}, match="*")
        assert {one["staff_id"] for one in told(auditor, path) if one["acknowledged_at"] is None} == {me, successor["id"]}


class TestPostsAndClients:
    def test_what_a_post_gives(self, operator, general_manager, member, a_post, a_department, today):
        post = a_post(name="情報主任")
        assert told(general_manager, f"posts/{post['id']}") == []
        for members, words in (({"role": "auditor"}, "役割：なし→監査"), ({"name": "情報監査主任"}, "旧名称：情報主任"),
                               ({"abolished_on": str(today + 9 * DAY)}, f"廃止日：{said(today + 9 * DAY)}")):
            operator.patch(f"posts/{post['id']}", 200, members, match="*")
            assert words in told(general_manager, f"posts/{post['id']}", kind="post")[0]["text"]
        before = len(told(general_manager, f"posts/{post['id']}"))
        operator.patch(f"posts/{post['id']}", 200, {"code": post["code"] + "x"}, match="*")
        assert len(told(general_manager, f"posts/{post['id']}")) == before

    def test_the_words_of_roles(self, member, database):
        words = {word["word"]: (word["ja"], word["en"]) for word in member.get("vocabularies/post_role")["words"]}
        assert {role: tuple(database.rows("SELECT ja, en FROM api.role_words(%s)", role)[0].values()) for role in words} == words

    def test_a_client_that_is_new_or_may_do_more(self, operator, general_manager, departments):
        made = operator.post("api-clients", 201, {"client_id": f"c-{uuid.uuid4().hex[:8]}", "name": "連携", "scopes": ["devices:read"],
                                                  "department_ids": [departments["rinko"]["id"]]})
        path = f"api-clients/{made['id']}"

        def after(**members):
            operator.patch(path, 200, members, match="*")
            return [one["text"] for one in told(general_manager, path)]

        assert told(general_manager, path)[0]["text"].endswith("権限：devices:read　範囲：臨港消防署")
        assert len(after(name="改称")) == len(after(active=False)) == 1
        assert after(active=True)[0].startswith("連携システムの権限拡大：改称")
        assert after(scopes=["organisation:write", "devices:read"])[0].endswith("権限：organisation:write、devices:read　範囲：臨港消防署")
        assert after(department_ids=None)[0].endswith("範囲：全所属")
        assert len(after(scopes=["devices:read"])) == len(after(department_ids=[departments["rinko"]["id"]])) == 4
        assert {one["told_by_id"] for one in told(general_manager, path)} == {operator.get("me")["id"]}


class TestDisposals:
    def dispose(self, caller, device, today):
        caller.post(f"devices/{device['id']}/disposal", 200, {
            "disposed_on": str(today), "reason": "故障", "erasure_method": "初期化", "erased_on": str(today)}, match="*")

    def test_the_equipment_manager_is_told(self, general_manager, equipment_manager, a_device, today):
        device = a_device()
        self.dispose(general_manager, device, today)
        (notice,) = told(equipment_manager, f"devices/{device['id']}")
        assert notice["text"] == f"機器の廃棄：{device['code']}　試験用機器（{said(today)}廃棄）　理由：故障"
        assert (notice["role"], notice["clause"]) == ("equipment_manager", "art3.1.2") and tasks(general_manager, notice) == []
        assert tasks(equipment_manager, notice) and acknowledge(general_manager, notice, 403).problem == "forbidden"
        acknowledge(equipment_manager, notice)

    def test_but_not_by_himself(self, operator, equipment_manager, posts, a_device, people, today):
        """He acts for the general manager."""
        name_acting(operator, posts["shirei-head"], people["100002"], today, today, order_number="1")
        device = a_device()
        self.dispose(equipment_manager, device, today)
        assert told(equipment_manager, f"devices/{device['id']}") == []


class TestManyAtOnce:
    def notices(self, a_client, general_manager, many):
        for _ in range(many):
            a_client("devices:read")
        return general_manager.get("notices", params={"kind": "api_client", "acknowledged": "false", "limit": many})["items"]

    def post(self, caller, status, *notices):
        return caller.post("notices/acknowledgements", status, {"items": [{"notice_id": one["id"]} for one in notices]})

    def test_all_or_nothing(self, general_manager, auditor, member, a_client, database):
        first, second, third = self.notices(a_client, general_manager, 3)
        acknowledge(general_manager, third)
        before = database.fingerprint()
        assert self.post(general_manager, 409, first, third).faults == {"/items/1/notice_id": "acknowledged"}
        assert self.post(general_manager, 422, first, {"id": str(uuid.uuid4())}).faults == {"/items/1/notice_id": "not_found"}
        assert self.post(member, 422, first).faults == {"/items/0/notice_id": "not_found"}
        assert self.post(auditor, 403, first).problem == "forbidden"
        assert database.fingerprint() == before
        answer = self.post(general_manager, 200, second, first)
        assert [one["id"] for one in answer["items"]] == [second["id"], first["id"]]

    def test_at_once(self, general_manager, a_client):
        notices = self.notices(a_client, general_manager, 5)
        answers = together(*[lambda n=n: self.post(general_manager, (200, 409), *(notices if n % 2 else notices[::-1])) for n in range(8)])
        assert sorted(answer.status for answer in answers) == [200] + 7 * [409]
