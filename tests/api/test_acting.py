"""Who stands in for whom (art2): terms that others cut short, both names on record, and powers that are added."""

import datetime

import pytest

from harness.organisation import DAY, assign, name_acting, roles_of

CSV_POSTS = "post_code,staff_number,kind,from,to,order_number\r\n"


@pytest.fixture
def station(a_department):
    return a_department()


@pytest.fixture
def post(a_post, station):
    """That of the station's head."""
    return a_post(station, is_head=True, name="試験署長")


@pytest.fixture
def head(a_member, station, post):
    return a_member(station, holds=post, name="試験 署長", title="署長")


@pytest.fixture
def deputy(a_member, station):
    return a_member(station, name="試験 代理", title="副署長")


def asks(caller, station):
    return caller.post("placement-requests", 201, {"department_id": station["id"], "device_kind": "camera", "quantity": 1,
                                                   "reason": "訓練"})


class TestTermsThatWereCutShort:
    def lasts(self, operator, post):
        """The last day of each holder that was not withdrawn, oldest first."""
        return [holder["to"] for holder in operator.every(f"posts/{post['id']}/assignments", sort="from", kind="regular")
                if not holder["withdrawn"]]

    def withdraw(self, operator, post, planned):
        return operator.patch(f"posts/{post['id']}/assignments/{planned['id']}", 200, {"withdrawn": True}, match="*")

    def test_each_withdrawal_gives_the_days_back_to_who_held_them(self, operator, post, head, a_member, today):
        first, second = (assign(operator, post, a_member(), today + n * DAY) for n in (10, 20))
        before = [str(today + 9 * DAY), str(today + 19 * DAY), None]
        assert self.lasts(operator, post) == before
        self.withdraw(operator, post, first)
        assert self.lasts(operator, post) == [str(today + 19 * DAY), None]
        self.withdraw(operator, post, second)
        assert self.lasts(operator, post) == [None]
        second = assign(operator, post, a_member(), today + 20 * DAY)
        assign(operator, post, a_member(), today + 30 * DAY)
        self.withdraw(operator, post, second)
        assert self.lasts(operator, post) == [str(today + 29 * DAY), None]

    def test_one_that_ended_before_the_next_known_goes_on_when_that_one_is_withdrawn(self, operator, post, a_member, today):
        later = assign(operator, post, a_member(), today + 20 * DAY)
        assert assign(operator, post, a_member(), today)["to"] == str(today + 19 * DAY)
        self.withdraw(operator, post, later)
        assert self.lasts(operator, post) == [None]

    def test_a_last_day_that_somebody_gave_stays(self, operator, post, head, a_member, today):
        (incumbent,) = operator.every(f"posts/{post['id']}/assignments")
        planned = assign(operator, post, a_member(), today + 10 * DAY)
        operator.patch(f"posts/{post['id']}/assignments/{incumbent['id']}", 200, {"to": str(today + 9 * DAY)}, match="*")
        self.withdraw(operator, post, planned)
        assert self.lasts(operator, post) == [str(today + 9 * DAY)]

    def test_of_a_file_as_well(self, operator, post, head, a_member, today):
        first, second = a_member(), a_member()
        operator.upload("posts/assignments/import", CSV_POSTS + f"{post['code']},{second['number']},regular,{today + 20 * DAY},,2\r\n", 200)
        operator.upload("posts/assignments/import", CSV_POSTS + f"{post['code']},{first['number']},regular,{today + 10 * DAY},,1\r\n", 200)
        assert self.lasts(operator, post) == [str(today + 9 * DAY), str(today + 19 * DAY), None]
        later = [one for one in operator.every(f"posts/{post['id']}/assignments") if one["staff_id"] == second["id"]]
        self.withdraw(operator, post, later[0])
        assert self.lasts(operator, post) == [str(today + 9 * DAY), None]

    def test_one_entered_after_its_first_day_says_when(self, operator, post, a_member, today):
        assert assign(operator, post, a_member(), today - 9 * DAY, today - DAY)["entered_on"] == str(today)
        assert assign(operator, post, a_member(), today)["entered_on"] is None


class TestBothNames:
    def test_of_who_named_whom(self, operator, general_manager, people, post, head, deputy, a_member, today):
        named = name_acting(head, post, deputy, today, today)
        assert named["named_by"] == {"kind": "staff", "id": head["id"], "name": "試験 署長", "title": "署長", "acting": None}
        by_order = assign(operator, post, a_member(), today + 5 * DAY)
        assert by_order["named_by"]["id"] == by_order["named_by_id"] == people["900002"]["id"]

    def test_of_a_system_its_own(self, client, post, a_member, today):
        made = assign(client, post, a_member(), today)
        assert made["named_by_id"] is None and (made["named_by"]["kind"], made["named_by"]["name"]) == ("client", "personnel")

    def test_head_of_one_and_acting_for_another(self, auditor, a_department, a_post, a_member, station, post, head, today):
        """What he does for each is told apart, in the audit and on the record."""
        other = a_department()
        neighbour = a_member(other, holds=a_post(other, is_head=True))
        name_acting(head, post, neighbour, today, today)
        managed = {("usage_manager", station["id"]), ("usage_manager", other["id"])}
        assert managed <= roles_of(neighbour)
        for place, holder in ((other, None), (station, head)):
            made = asks(neighbour, place)
            (record,) = auditor.every("audit-log", subject=made["id"])
            assert (record["acting_as"] and record["acting_as"]["holder_id"]) == (holder and holder["id"])
            assert (record["acting_for"] and record["acting_for"]["name"]) == (holder and "試験 署長")

    @pytest.mark.parametrize("gone", ["never there", "left", "term over"])
    def test_a_vacant_post_says_so(self, operator, general_manager, auditor, gone, a_post, a_member, station, post, deputy, today):
        """Also that of somebody who has left: he holds nothing. The general manager names who acts."""
        if gone != "never there":
            holder = a_member(station, holds=post)
            (held,) = operator.every(f"posts/{post['id']}/assignments")
            if gone == "left":
                operator.patch(f"staff/{holder['id']}", 200, {"left_on": str(today)}, match="*")
            else:
                operator.patch(f"posts/{post['id']}/assignments/{held['id']}", 200, {"to": str(today - DAY)}, match="*")
        name_acting(general_manager, post, deputy, today, today)
        made = asks(deputy, station)
        (record,) = auditor.every("audit-log", subject=made["id"])
        assert record["acting_for"] is None
        assert record["acting_as"] == {"post_id": post["id"], "post_name": "試験署長", "holder_id": None, "holder_name": None}

    def test_the_task_says_since_when_and_who_acts(self, general_manager, operator, a_device, a_member, station, post, deputy, today):
        a_device(of=station)
        link = f"/api/v1/posts/{post['id']}"
        (manager,) = [one for one in operator.get("management-structure")["usage_managers"] if one["department"]["id"] == station["id"]]
        since = datetime.date.fromisoformat(manager["vacant_since"])
        said = f"令和{since.year - 2018}年{since.month}月{since.day}日"

        def titles():
            return [task["title"] for task in general_manager.every("me/tasks") if task["link"] == link]

        assert titles() == [f"欠員となっている職があります：試験署長（{said}から、代理：なし）"]
        name_acting(general_manager, post, deputy, today, today)
        assert titles() == [f"欠員となっている職があります：試験署長（{said}から、代理：試験 代理）"]

    def test_two_who_act_at_once(self, general_manager, auditor, a_member, station, post, head, deputy, today):
        second = a_member(station)
        for person in (deputy, second):
            name_acting(head, post, person, today, today)
        for person in (deputy, second):
            (record,) = auditor.every("audit-log", subject=asks(person, station)["id"])
            assert (record["actor"]["id"], record["acting_as"]["holder_id"]) == (person["id"], head["id"])


class TestPowersAreAdded:
    def test_a_usage_manager_who_acts_for_the_general_manager_is_both(self, operator, posts, head, station, a_device, today):
        mine, elsewhere = a_device(of=station), a_device(of="rinko")
        head.get(f"devices/{elsewhere['id']}", 404)
        name_acting(operator, posts["shirei-head"], head, today, today, order_number="令8消人第61号")
        assert {("general_manager", None), ("usage_manager", station["id"])} <= roles_of(head)
        for device in (mine, elsewhere):
            head.get(f"devices/{device['id']}", 200)
        assert station["id"] in {one["id"] for one in head.get("me")["departments"]}
        asks(head, station)

    def test_a_vacant_head_post_keeps_nobody_from_a_check_out(self, lending, a_department, a_member, a_device):
        station = a_department()
        person = a_member(station)
        entry = lending.out(person, a_device(of=station), user=person)
        assert entry["verdict"] == "permitted"

    def test_nobody_acts_beyond_his_days(self, start_service, post, head, deputy, station, today):
        name_acting(head, post, deputy, today, today)
        assert ("usage_manager", station["id"]) in roles_of(deputy)
        assert ("usage_manager", station["id"]) not in roles_of(start_service(KIKI_CLOCK_OFFSET_S="86400").staff(deputy["number"]))


class TestOnEveryRecord:
    """Who asked, decided, wrote, recorded and changed, with name and title of that day."""

    def named(self, actor, caller, acting=None):
        return (actor["id"], actor["acting"] and actor["acting"]["holder_id"]) == (caller.get("me")["id"], acting and acting["id"])

    def test_requests_their_comments_and_decisions(self, equipment_manager, auditor, station, post, head, deputy, today):
        name_acting(head, post, deputy, today, today)
        asked = asks(deputy, station)
        path = f"placement-requests/{asked['id']}"
        assert self.named(asked["requested_by"], deputy, head) and asked["decided_by"] is None and not asked["own_decision"]
        for caller, holder in ((deputy, head), (equipment_manager, None)):
            assert self.named(caller.post(f"{path}/comments", 201, {"comment": "急ぐ"})["written_by"], caller, holder)
        decided = equipment_manager.post(f"{path}/decision", 200, {"decision": "approved"}, match=asked)
        assert self.named(decided["decided_by"], equipment_manager) and not decided["own_decision"]
        assert auditor.get(path)["requested_by"] == asked["requested_by"]

    def test_an_own_request_that_was_decided_is_counted(self, operator, equipment_manager, auditor, posts, station, head, today):
        """The usage manager acts for the equipment manager, and decides what he asked for."""
        name_acting(equipment_manager, posts["joho-head"], head, today, today)
        asked = asks(head, station)
        own = head.post(f"placement-requests/{asked['id']}/decision", 200, {"decision": "approved"}, match=asked)
        assert own["own_decision"] and self.named(own["decided_by"], head, equipment_manager.get("me"))
        params = {"own_decision": "true", "department_id": station["id"], "include_total": "true"}
        for caller in (auditor, head):
            found = caller.get("placement-requests", 200, params=params)
            assert (found["total"], found["items"][0]["id"]) == (1, asked["id"])
        assert auditor.get("placement-requests", params=params | {"own_decision": "false"})["total"] == 0
        (finding,) = [one for one in auditor.every("compliance/findings", department_id=station["id"]) if one["kind"] == "own_request_decided"]
        assert finding["link"] == f"/api/v1/placement-requests/{asked['id']}" and finding["clauses"] == ["art4.1.1"]

    def test_placements_and_the_history_of_a_device(self, general_manager, equipment_manager, station, a_device, today):
        device = a_device(of=station)
        (placement,) = equipment_manager.every("placements", device_id=device["id"])
        assert self.named(placement["decided_by"], equipment_manager)
        general_manager.post(f"devices/{device['id']}/disposal", 200, {
            "disposed_on": str(today), "reason": "故障", "erasure_method": "初期化", "erased_on": str(today)}, match="*")
        history = general_manager.every(f"devices/{device['id']}/history", sort="occurred_at")
        # The disposal of a day comes after the placement of that day, which it ended.
        assert [(line["kind"], line["recorded_by"]["name"]) for line in history] == [
            ("introduction", "見本 一郎"), ("placement", "例田 花子"), ("disposal", "見本 一郎")]
        assert history[::-1] == general_manager.every(f"devices/{device['id']}/history")

    def test_what_a_device_is_changes_as_the_general_manager(self, operator, equipment_manager, general_manager, a_device, a_post,
                                                             a_member, posts, today):
        """Whoever has a role of his own besides acts for the general manager in what is his alone, or of a device in stock."""
        station = a_post(is_head=True)
        head = a_member({"id": station["department_id"]}, holds=station)
        name_acting(operator, posts["shirei-head"], head, today, today, order_number="令8消人第62号")
        mine, elsewhere, stock = a_device(of={"id": station["department_id"]}), a_device(of="rinko"), a_device()
        for device, members, acts in ((mine, {"remarks": "棚の上"}, False), (mine, {"name": "改称"}, True),
                                      (elsewhere, {"remarks": "棚の上"}, True), (stock, {"remarks": "棚の上"}, True)):
            head.patch(f"devices/{device['id']}", 200, members | {"reason": "確認のため"}, match="*")
            line = head.every(f"devices/{device['id']}/history", sort="occurred_at")[-1]
            assert line["kind"] == "change" and self.named(line["recorded_by"], head, general_manager.get("me") if acts else None), members

    def test_settings(self, general_manager, member):
        general_manager.patch("settings", 200, {"longest_loan_days": 29, "reason": "試行"}, match="*")
        changed = member.every("settings/history")[0]
        assert self.named(changed["changed_by"], general_manager) and changed["changed_by"]["title"] == "指令課長"

    def test_identity_changes(self, operator, general_manager, a_member, a_post):
        holder = a_member(holds=a_post(role="auditor"))
        answer = operator.patch(f"staff/{holder['id']}", 202, {"subject": f"i-{holder['number']}"}, match="*")
        asked = operator.request("GET", answer.headers["Location"], 200)
        path = f"identity-changes/{asked['id']}"
        assert self.named(asked["requested_by"], operator) and asked["decided_by"] is asked["acknowledged_by"] is None
        second = a_member(holds=a_post(role="operator"))
        assert self.named(second.post(f"{path}/confirmation", 200, match=asked)["decided_by"], second)
        assert self.named(general_manager.post(f"{path}/acknowledgement", 200)["acknowledged_by"], general_manager)

    def test_an_acting_general_manager_does_not_note_what_he_confirmed(self, operator, general_manager, posts, a_member, a_post, today):
        """The one for whom he acted is told of it."""
        deputy, holder = a_member(), a_member(holds=a_post(role="auditor"))
        name_acting(operator, posts["shirei-head"], deputy, today, today, order_number="令8消人第63号")
        answer = operator.patch(f"staff/{holder['id']}", 202, {"subject": f"i-{holder['number']}"}, match="*")
        asked = operator.request("GET", answer.headers["Location"], 200)
        path = f"identity-changes/{asked['id']}"
        done = deputy.post(f"{path}/confirmation", 200, match=asked)
        assert self.named(done["decided_by"], deputy, general_manager.get("me")) and done["acknowledged_at"] is None
        assert deputy.post(f"{path}/acknowledgement", 403).problem == "own-act"
        link = f"/api/v1/{path}"
        assert link not in {task["link"] for task in deputy.every("me/tasks")}
        assert link in {task["link"] for task in general_manager.every("me/tasks")}
        general_manager.post(f"{path}/acknowledgement", 200)


def test_whoever_confirms_a_use_as_head_of_one_and_for_the_head_of_another(lending, a_department, a_post, a_member, station, post, head,
                                                                          database, today):
    """The ledger says for whom, by the department whose line it is."""
    other = a_department()
    neighbour = a_member(other, holds=a_post(other, is_head=True))
    name_acting(head, post, neighbour, today, today)
    for place, holder in ((other, None), (station, head["id"])):
        user = a_member(place)
        entry = lending.out(user, lending.device(place, since=None), user=user)
        lending.back(user, entry, storage_location_id=lending.place(place)["id"])
        neighbour.post(f"usage-entries/{entry['id']}/confirmation", 200, {}, match="*")
        stood_in = database.value("SELECT acting_for_id FROM usage_confirmations WHERE usage_entry_id = %s", entry["id"])
        assert (stood_in and str(stood_in)) == holder
