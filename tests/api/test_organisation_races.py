"""What is decided by the state of a department, a post or a member of staff, while somebody else changes it: no two that
exclude each other both succeed, and no order of arrival makes writers wait for each other in a circle."""

import collections
import concurrent.futures
import itertools
import os
import random
import time
import uuid

import pytest

from harness.organisation import DAY, assign, wrong_callers
from harness.patience import patiently, soon
from harness.together import together

PAIRS = 60
ANY = range(200, 600)


def deadlocks(database):
    time.sleep(1.1)  # backends report what they counted at most once a second
    return database.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


class TestAbolitionBesidePlacement:
    """art2.4: a department that holds equipment has a usage manager."""

    ENDS = {"today": lambda today: {"abolished_on": str(today)}, "tomorrow": lambda today: {"abolished_on": str(today + DAY)},
            "no_shozoku": lambda today: {"is_shozoku": False}}

    @pytest.mark.parametrize("end", ENDS)
    def test_never_both(self, patient_service, lending, today, database, end, a_department):
        operators, managers = patient_service.staff("900002"), patient_service.staff("100002")
        change, outcomes = self.ENDS[end](today), collections.Counter()
        for n in range(PAIRS):
            department, device = a_department(), lending.device(None)
            where = {"device_id": device["id"], "department_id": department["id"], "reason": "競合"}
            file = f"device_code,department_code,from,reason\r\n{device['code']},{department['code']},2026-10-01,競合\r\n"
            ended, placed = together(
                lambda: operators.patch(f"departments/{department['id']}", (200, 409), change, match=department),
                (lambda: managers.post("placements", (201, 422), where)) if n % 2 else
                (lambda: managers.upload("placements/import", file, (200, 422))))
            outcomes[ended.status == 200, placed.status < 300] += 1
        assert outcomes[True, True] == 0 and outcomes[False, False] == 0, outcomes
        assert outcomes[True, False] > 0, outcomes
        assert database.value("""SELECT count(*) FROM devices v JOIN departments d ON d.id = v.department_id
                                  WHERE d.abolished_on IS NOT NULL OR NOT d.is_shozoku""") == 0

    def test_a_day_ahead_is_judged_as_of_that_day(self, operator, lending, today, a_department):
        department, device = a_department(), lending.device(None)
        path = f"departments/{department['id']}"
        where = {"device_id": device["id"], "department_id": department["id"], "reason": "試験"}
        ahead = operator.patch(path, 200, {"abolished_on": str(today + 30 * DAY)}, match=department)
        refused = lending.equipment_manager.post("placements", 422, where)
        assert refused.faults == {"/department_id": "not_found"}
        back = operator.patch(path, 200, {"abolished_on": None}, match=ahead)
        lending.equipment_manager.post("placements", 201, where)
        for day in (today - 30 * DAY, today, today + DAY, today + 400 * DAY):
            answer = operator.patch(path, 409, {"abolished_on": str(day)}, match=back)
            assert answer.problem == "department-in-use" and answer["devices"] == 1
        assert operator.patch(path, 409, {"is_shozoku": False}, match=back).problem == "not-in-this-state"
        lending.equipment_manager.post("placements", 201, where | {"department_id": None})
        # It held equipment until today, so it was there until today, and its month is still to be closed by somebody.
        for day, left in ((today - DAY, {"devices", "open_months"}), (today + DAY, {"open_months"})):
            answer = operator.patch(path, 409, {"abolished_on": str(day)}, match=back)
            assert answer.problem == "department-in-use" and left <= set(answer.json)


class TestAPlaceBesideWhatIsKeptThere:
    """art5.1.2: a place goes out of use only when it is empty."""

    def test_never_both(self, patient_service, lending, departments, today, a_place):
        managers, heads = patient_service.staff("100002"), patient_service.staff("210001")
        outcomes = collections.Counter()
        for n in range(PAIRS):
            place, device = a_place("rinko"), lending.device("rinko" if n % 2 else None)
            if n % 2:
                seen = heads.get(f"devices/{device['id']}")
                keep = lambda: heads.patch(f"devices/{device['id']}", (200, 422), {"storage_location_id": place["id"]}, match=seen)
            else:
                keep = lambda: managers.post("placements", (201, 422), {
                    "device_id": device["id"], "department_id": departments["rinko"]["id"], "storage_location_id": place["id"],
                    "reason": "競合"})
            ended, kept = together(
                lambda: heads.patch(f"storage-locations/{place['id']}", (200, 409), {"abolished_on": str(today)}, match=place), keep)
            outcomes[ended.status == 200, kept.status < 300] += 1
        assert outcomes[True, True] == 0 and outcomes[False, False] == 0, outcomes

    def test_one_that_is_not_empty(self, usage_manager, lending, today, a_place):
        place = a_place("rinko")
        device = lending.device("rinko")
        path, where = f"storage-locations/{place['id']}", f"devices/{device['id']}"
        kept = usage_manager.patch(where, 200, {"storage_location_id": place["id"]}, match="*")
        answer = usage_manager.patch(path, 409, {"abolished_on": str(today + DAY)}, match=place)
        assert answer.problem == "not-in-this-state"
        usage_manager.patch(path, 200, {"remarks": "鍵は署長席"}, match=place)
        usage_manager.patch(where, 200, {"storage_location_id": None}, match=kept)
        usage_manager.patch(path, 200, {"abolished_on": str(today)}, match="*")
        answer = usage_manager.patch(where, 422, {"storage_location_id": place["id"]}, match="*")
        assert answer.problem == "reference-not-found" and answer.faults == {"/storage_location_id": "not_found"}


    def test_serves_until_its_day(self, usage_manager, member, lending, today, a_place):
        """What comes back today is put where there is a place today."""
        for days, status in ((1, 200), (0, 422)):
            place, device = a_place("rinko"), lending.device("rinko")
            usage_manager.patch(f"storage-locations/{place['id']}", 200, {"abolished_on": str(today + days * DAY)}, match=place)
            entry = lending.out(member, device)
            answer = lending.back(member, entry, status, storage_location_id=place["id"], locked=False)
            kept = usage_manager.patch(f"devices/{device['id']}", status, {"storage_location_id": place["id"]}, match="*")
            assert status == 200 or kept.faults == {"/storage_location_id": "not_found"}
            if status == 200:
                lending.act(member, entry, "storage-confirmation", 200, {"storage_location_id": place["id"]})
            else:
                assert answer.faults == {"/storage_location_id": "not_found"}


class TestDisposalBesidePlacement:
    """art3.1.2: a disposed device never returns."""

    def test_never_both(self, patient_service, lending, today):
        managers, generals = patient_service.staff("100002"), patient_service.staff("100001")
        outcomes = collections.Counter()
        for n in range(PAIRS // 2):
            device = lending.device(None)
            file = f"device_code,department_code,from,reason\r\n{device['code']},rinko,2026-10-01,競合\r\n"
            gone, placed = together(
                lambda: generals.post(f"devices/{device['id']}/disposal", 200, {
                    "disposed_on": str(today), "reason": "故障", "erasure_method": "初期化", "erased_on": str(today)}, match="*"),
                lambda: managers.upload("placements/import", file, (200, 422)))
            assert generals.get(f"devices/{device['id']}")["status"] == "disposed"
            assert managers.every("placements", device_id=device["id"], current="true") == []
            outcomes[placed.status] += 1
        assert outcomes[422] > 0, outcomes


class TestTheTreeBesideItself:
    def test_nothing_is_put_below_what_is_abolished(self, operator, today, a_department):
        top = a_department(is_shozoku=False)
        low = a_department(is_shozoku=False, parent_id=top["id"])
        path = f"departments/{top['id']}"
        assert operator.patch(path, 409, {"abolished_on": str(today + DAY)}, match="*").problem == "not-in-this-state"
        operator.patch(f"departments/{low['id']}", 200, {"abolished_on": str(today + DAY)}, match="*")
        operator.patch(path, 200, {"abolished_on": str(today + DAY)}, match="*")
        other = a_department(is_shozoku=False)
        for answer in (operator.post("departments", 422, {"code": "r-below", "name": "下", "kind": "unit", "is_shozoku": False,
                                                          "parent_id": top["id"]}),
                       operator.patch(f"departments/{other['id']}", 422, {"parent_id": top["id"]}, match=other)):
            assert answer.problem == "reference-not-found" and answer.faults == {"/parent_id": "not_found"}
        assert operator.patch(f"departments/{low['id']}", 409, {"abolished_on": None}, match="*").problem == "not-in-this-state"

    def test_never_both(self, patient_service, today, a_department):
        operators = [patient_service.staff("900002") for _ in range(2)]
        for n in range(PAIRS // 2):
            top, other = (a_department(is_shozoku=False) for _ in range(2))
            ended, moved = together(
                lambda: operators[0].patch(f"departments/{top['id']}", (200, 409), {"abolished_on": str(today)}, match=top),
                lambda: operators[1].patch(f"departments/{other['id']}", (200, 422), {"parent_id": top["id"]}, match=other) if n % 2 else
                operators[1].post("departments", (201, 422), {"code": f"r-{uuid.uuid4().hex[:12]}", "name": "下", "kind": "unit",
                                                              "is_shozoku": False, "parent_id": top["id"]}))
            assert (ended.status == 200) + (moved.status < 300) == 1, (ended, moved)


class TestImportsBesideImports:
    ROWS = 300

    def test_files_sorted_otherwise(self, start_service, database):
        """The same rows upwards and downwards, at once."""
        service = start_service(KIKI_POOL_WAIT_MS="20000")
        kinds = {
            "staff/import": ("900002", "number,name,title,department_code,from", "ri-{n},競合,{word},tama,2026-04-01"),
            "devices/import": ("100001", "code,name,kind,introduced_on,remarks,reason", "ri-{n},端末,terminal,2026-04-01,{word},試験"),
        }

        def rows(line, word, order=1):
            return "".join(f"{line.format(n=n, word=word)}\r\n" for n in range(self.ROWS)[::order])

        before = deadlocks(database)
        for path, (number, head, line) in kinds.items():
            service.staff(number).upload(path, f"{head}\r\n{rows(line, '初')}", 200)
            for n in range(6):
                together(*[
                    lambda order=order: service.staff(number).upload(path, f"{head}\r\n{rows(line, f'{n}{order}', order)}", 200)
                    for order in (1, -1, 1, -1)])
        assert deadlocks(database) == before


class TestWritersOfTheOrganisation:
    CLIENTS, SECONDS = 14, int(os.environ.get("KIKI_HUNT_S", "10"))

    @patiently
    def test_a_rename_beside_a_leaving(self, service, operator, database, a_department, a_member):
        """Two clients who write unrelated rows never stop each other."""
        department, person = a_department(), a_member()
        for _ in range(3):
            a_member(department)
        before = deadlocks(database)
        until, other = time.monotonic() + 2.5, service.staff("900002")

        def write(caller, path, member, values):
            slowest = 0
            for value in itertools.cycle(values):
                if time.monotonic() > until:
                    return slowest
                began = time.monotonic()
                caller.patch(path, 200, {member: value}, match="*")
                slowest = max(slowest, time.monotonic() - began)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            writers = [pool.submit(write, operator, f"departments/{department['id']}", "name", ["多摩消防署", "多摩署"]),
                       pool.submit(write, other, f"staff/{person['id']}", "title", ["主査", "係員"])]
            soon(max(writer.result() for writer in writers), 0.9)  # PostgreSQL looks for a circle after a second
        assert deadlocks(database) == before

    def test_no_circle_of_waits(self, start_service, operator, lending, today, database, a_department, a_member, a_post):
        """Everything that writes the organisation, by many at once, all on the same few rows."""
        service = start_service(KIKI_POOL_WAIT_MS="20000")
        before = deadlocks(database)
        top = a_department(is_shozoku=False)
        tree = [a_department(parent_id=top["id"], is_shozoku=n % 2 == 0) for n in range(4)]
        tree += [a_department(parent_id=tree[n % 4]["id"], is_shozoku=False, kind="unit") for n in range(8)]
        posts = [a_post(tree[n], is_head=n < 4) for n in range(8)]
        staff = [a_member(tree[n]) for n in range(12)]
        devices = [lending.device(None) for _ in range(4)]
        held = [assign(operator, post, staff[n], today) for n, post in enumerate(posts)]
        until, slips = time.monotonic() + self.SECONDS, []

        def work(seed):
            dice, caller, manager = random.Random(seed), service.staff("900002"), service.staff("100002")

            def day(last=60):
                return str(today + dice.randrange(last) * DAY)

            def department():
                return dice.choice(tree)

            moves = [
                lambda: caller.patch(f"departments/{department()['id']}", ANY, {"name": f"名{dice.random()}"}, match="*"),
                lambda: caller.patch(f"departments/{department()['id']}", ANY, {"parent_id": department()["id"]}, match="*"),
                lambda: caller.patch(f"departments/{department()['id']}", ANY, {"is_shozoku": dice.random() < 0.5}, match="*"),
                lambda: caller.patch(f"departments/{department()['id']}", ANY, {"abolished_on": dice.choice([None, day()])}, match="*"),
                lambda: caller.patch(f"departments/{department()['id']}", ANY, {"code": f"r-{uuid.uuid4().hex[:12]}"}, match="*"),
                lambda: caller.post("departments", ANY, {"code": f"r-{uuid.uuid4().hex[:12]}", "name": "新", "kind": "unit",
                                                          "is_shozoku": False, "parent_id": department()["id"]}),
                lambda: caller.patch(f"staff/{dice.choice(staff)['id']}", ANY, {"title": f"職{dice.random()}"}, match="*"),
                lambda: caller.patch(f"staff/{dice.choice(staff)['id']}", ANY, {"left_on": dice.choice([None, day()])}, match="*"),
                lambda: caller.post(f"staff/{dice.choice(staff)['id']}/transfers", ANY, {"department_id": department()["id"], "from": day()}),
                lambda: caller.patch(f"posts/{dice.choice(posts)['id']}", ANY, {"name": f"職{dice.random()}"}, match="*"),
                lambda: caller.patch(f"posts/{dice.choice(posts)['id']}", ANY, {
                    "department_id": department()["id"], "is_head": dice.random() < 0.5, "role": dice.choice([None, "auditor"])}, match="*"),
                lambda: caller.post(f"posts/{dice.choice(posts)['id']}/assignments", ANY, {
                    "staff_id": dice.choice(staff)["id"], "kind": "regular", "from": day(), "order_number": "1"}),
                lambda: caller.patch(f"staff/{dice.choice(staff)['id']}", ANY, {"number": f"r-{uuid.uuid4().hex[:12]}"}, match="*"),
                lambda: caller.patch(f"staff/{dice.choice(staff)['id']}", ANY, {"subject": f"r-{uuid.uuid4().hex[:12]}"}, match="*"),
                lambda: caller.patch("posts/{post_id}/assignments/{id}".format(**dice.choice(held).json), ANY, {"to": day(400)}, match="*"),
                lambda: caller.post("posts", ANY, {"code": f"r-{uuid.uuid4().hex[:12]}", "name": "職", "department_id": department()["id"]}),
                lambda: manager.post("placements", ANY, {"device_id": dice.choice(devices)["id"], "reason": "競合",
                                                         "department_id": dice.choice([None, department()["id"]])}),
                lambda: caller.upload("staff/import", "number,name,title,department_code,from\r\n" + "".join(
                    f"{person['number']},{person['name']},職{dice.random()},{dice.choice(['tama', 'asao', 'rinko'])},{day()}\r\n"
                    for person in dice.sample(staff, 4)), ANY),
                lambda: caller.upload("posts/assignments/import", "post_code,staff_number,kind,from,order_number\r\n" + "".join(
                    f"{post['code']},{dice.choice(staff)['number']},regular,{day(400)},1\r\n" for post in dice.sample(posts, 3)), ANY),
            ]
            while time.monotonic() < until:
                began = time.monotonic()
                answer = dice.choice(moves)()
                if answer.status >= 500 or time.monotonic() - began > 5:
                    slips.append((answer, f"{time.monotonic() - began:.1f} s"))

        with concurrent.futures.ThreadPoolExecutor(self.CLIENTS) as pool:
            list(pool.map(work, range(self.CLIENTS)))
        assert slips == [], (len(slips), slips[:3])
        assert deadlocks(database) == before
        for days in range(-1, 70):
            assert wrong_callers(database, today + days * DAY) == []
