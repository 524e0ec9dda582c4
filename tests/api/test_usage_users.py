"""Who uses a device (art5.1.1): staff outside of any 所属 too, and whether or not a usage manager is there to confirm it."""

from harness.lending import after


class TestOutsideOfAnyShozoku:
    def test_they_borrow_like_another_department(self, lending, member, device):
        chief = lending.member("shobo")  # the bureau itself holds no equipment
        assert lending.check(member, device, user=chief).rules == {"check_out.other_department": "exception"}
        assert lending.out(member, device, 422, user=chief).problem == "exception-reason-required"
        entry = lending.out(member, device, user=chief, exception_reason="災害対策本部会議")
        assert (entry["user_department_id"], entry["user_department_name"]) == (lending.departments["shobo"], "消防局")
        assert entry.rules == {"check_out.other_department": "exception"}
        assert chief.get(f"usage-entries/{entry['id']}")["id"] == entry["id"]

    def test_afterwards_as_of_that_day(self, lending, member, device):
        """Who belongs to the station by now did not then."""
        newcomer = lending.member("shobo")
        lending.operator.post(f"staff/{newcomer['id']}/transfers", 201, {"department_id": lending.departments["rinko"], "from": after()[:10]})
        times = "2026-10-13T09:00:00+09:00", "2026-10-13T10:00:00+09:00"
        entry = lending.used(member, device, *times, user=newcomer)
        assert entry.rules == {"check_out.other_department": "exception"} and entry["user_department_name"] == "消防局"
        assert lending.out(member, device, user=newcomer).rules == {}


class TestVacantHead:
    def test_it_blocks_no_use(self, lending):
        """The post of the head is there, and nobody holds it."""
        station = lending.department()
        lending.post(station, is_head=True)
        person, colleague, place = lending.member(station), lending.member(station), lending.place(station)
        device = lending.device(station)
        assert lending.check(person, device, user=person)["verdict"] == "permitted"
        entry = lending.out(person, device, user=person)
        over = lending.act(person, entry, "handover", 201, {"user_staff_id": colleague["id"], "due_at": after(hours=3)})
        returned = lending.back(colleague, over, department=station, storage_location_id=place["id"])
        assert returned["status"] == "returned" and returned["confirmed_at"] is None
        guest = lending.out(person, device, user="220002", exception_reason="合同訓練")
        assert guest["verdict"] == "permitted_with_exception"
