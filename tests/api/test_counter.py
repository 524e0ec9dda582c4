"""At the counter: codes, numbers and names in place of ids, and what need not be said."""

import datetime

import pytest

from harness.lending import JAPAN, after, now
from harness.together import together


class Counter:
    """A station with a head, two members, a place that can be locked, and devices that are kept there."""

    def __init__(self, lending) -> None:
        self.lending, self.station = lending, lending.department()
        self.head = lending.usage_manager(self.station)
        self.member, self.colleague = lending.member(self.station), lending.member(self.station)
        self.place = lending.place(self.station)

    def device(self, kept=True):
        device = self.lending.device(self.station)
        if kept:
            self.head.patch(f"devices/{device['id']}", 200, {"storage_location_id": self.place["id"]}, match="*")
        return device

    def codes(self, count):
        return [self.device()["code"] for _ in range(count)]

    def out(self, *codes, **members):
        return self.member.post("usage-entries/batch", 201, {"purpose": "training", "device_codes": codes} | members)["items"]


@pytest.fixture
def counter(lending):
    return Counter(lending)


def named(codes):
    return [{"device_code": code} for code in codes]


def shift_end(hour, minute=0, since=None):
    """The next time of the day after now, or after that moment."""
    since = since or now()
    moment = since.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (moment if moment > since else moment + datetime.timedelta(days=1)).isoformat()


def next_shift_end(hour, minute=0):
    """Of what is handed over within twelve hours before a shift ends: when the next one does."""
    return shift_end(hour, minute, now() + datetime.timedelta(hours=12))


class TestOne:
    def test_a_check_out_says_no_more_than_what_and_what_for(self, counter):
        device = counter.device()
        body = {"device_code": f" {device['code'].upper()}", "purpose": "training"}
        assert counter.member.post("usage-entries/check", 200, body)["verdict"] == "permitted"
        entry = counter.member.post("usage-entries", 201, body)
        assert (entry["device_id"], entry["user_staff_id"]) == (device["id"], counter.member["id"])
        assert entry["due_at"] == shift_end(8, 30)
        back = counter.colleague.post(f"usage-entries/{entry['id']}/return", 200, {"locked": True}, match=entry)
        assert (back["storage_location_id"], back["locked"]) == (counter.place["id"], True)

    def test_the_shift_is_that_of_the_department(self, counter):
        end = (now() + datetime.timedelta(hours=3)).astimezone(JAPAN)
        counter.head.patch(f"departments/{counter.station['id']}/settings", 200, {"shift_ends_at": f"{end:%H:%M}"}, match="*")
        (entry,) = counter.out(counter.device()["code"])
        assert entry["due_at"] == shift_end(end.hour, end.minute)
        ended = (now() - datetime.timedelta(hours=1)).astimezone(JAPAN)
        counter.head.patch(f"departments/{counter.station['id']}/settings", 200, {"shift_ends_at": f"{ended:%H:%M}"}, match="*")
        (entry,) = counter.out(counter.device()["code"])
        assert entry["due_at"] == shift_end(ended.hour, ended.minute)

    def test_the_user_by_number_and_the_place_by_name(self, counter):
        device = counter.device(kept=False)
        entry = counter.member.post("usage-entries", 201, {
            "device_code": device["code"], "user_staff_number": counter.colleague["number"].upper(), "purpose": "training"})
        assert entry["user_staff_id"] == counter.colleague["id"]
        back = counter.member.post(f"usage-entries/{entry['id']}/return", 200, {
            "storage_location": f"{counter.place['name']} ", "locked": False}, match=entry)
        assert back["storage_location_id"] == counter.place["id"]
        other = counter.lending.place(counter.station)
        counter.member.post(f"usage-entries/{entry['id']}/storage-confirmation", 422, {"storage_location": "無い棚"}, match=back)
        counter.member.post(f"usage-entries/{entry['id']}/storage-confirmation", 200, {"storage_location": other["name"]}, match=back)

    def test_what_is_wrong_is_named(self, counter, database, other_usage_manager):
        device, theirs = counter.device(kept=False), other_usage_manager.every("devices")[0]
        good = {"device_code": device["code"], "purpose": "training"}
        before = database.fingerprint()
        for change, faults in (
                ({"device_id": device["id"]}, {"/device_code": "named_twice"}), ({"device_code": "無い"}, {"/device_code": "not_found"}),
                ({"device_code": theirs["code"]}, {"/device_code": "not_found"}),
                ({"user_staff_number": "0", "user_staff_id": counter.member["id"]}, {"/user_staff_number": "named_twice"}),
                ({"user_staff_number": "0"}, {"/user_staff_number": "not_found"})):
            assert counter.member.post("usage-entries", 422, good | change).faults == faults
        assert counter.member.post("usage-entries", 422, {"purpose": "training"}).faults == {"/device_id": "not_named"}
        assert counter.member.post("usage-entries", 422, {"device_code": device["code"]}).faults == {"/purpose": "required"}
        assert database.fingerprint() == before
        entry = counter.member.post("usage-entries", 201, good)
        for body, faults in (
                ({"locked": True}, {"/storage_location": "no_place_of_its_own"}),
                ({"locked": True, "storage_location": "無い棚"}, {"/storage_location": "not_found"}),
                ({"locked": True, "storage_location": counter.place["name"], "storage_location_id": counter.place["id"]},
                 {"/storage_location_id": "named_twice"}),
                ({"storage_location": counter.place["name"]}, {"/locked": "required"})):
            assert counter.member.post(f"usage-entries/{entry['id']}/return", 422, body, match=entry).faults == faults

    def test_a_client_names_the_user(self, counter, a_client):
        kiosk, device = a_client("usage:read", "usage:write", of=[counter.station]), counter.device()
        body = {"device_code": device["code"], "purpose": "training"}
        assert kiosk.post("usage-entries", 422, body).faults == {"/user_staff_id": "not_named"}
        kiosk.post("usage-entries", 201, body | {"user_staff_number": counter.member["number"]})

    def test_minutes_and_seconds_of_other_clocks(self, counter):
        (entry,) = counter.out(counter.device()["code"])
        minute = datetime.datetime.fromisoformat(entry["out_at"]).replace(second=0, microsecond=0).isoformat()
        back = counter.member.post("usage-entries/returns", 200, {
            "items": [{"usage_entry_id": entry["id"], "returned_at": minute}], "locked": True})["items"][0]
        assert back["returned_at"] == entry["out_at"]
        (entry,) = counter.out(counter.device()["code"])
        counter.member.post("usage-entries/returns", 200, {
            "items": [{"usage_entry_id": entry["id"], "returned_at": after(seconds=2)}], "locked": True})

    def test_a_refusal_says_who_has_it(self, counter, general_manager):
        (entry,) = counter.out(counter.device()["code"])
        body = {"device_code": entry["device_code"], "purpose": "training"}
        refused = counter.colleague.post("usage-entries", 409, body)
        told = {name: entry[name] for name in ("user_staff_id", "user_name", "user_department_name", "out_at", "due_at")}
        assert [finding["out"] for finding in refused["findings"]] == [{"usage_entry_id": entry["id"]} | told]
        assert "pointer" not in refused["findings"][0]
        assert counter.colleague.post("usage-entries/check", 200, body)["findings"][0]["out"] == refused["findings"][0]["out"]


def test_as_the_readme_has_it(member, lending):
    codes = ["CA-001", "SP-001"]
    member.post("usage-entries/batch", 201, {"device_codes": codes, "purpose": "training"})
    board = member.get(f"departments/{lending.departments['rinko']}/board", 200)["items"]
    assert {item["device_code"]: item["state"] for item in board if item["device_code"] in codes} == dict.fromkeys(codes, "out")
    member.post("usage-entries/returns", 200, {"items": named(codes), "locked": True})


class TestSets:
    def test_four_out_and_back_in_two_requests(self, counter, database):
        codes = counter.codes(4)
        out = counter.member.post("usage-entries/batch", 201, {"device_codes": codes, "purpose": "training"})
        assert [entry["device_code"] for entry in out["items"]] == codes
        found = counter.member.get("/" + out.headers["Location"].lstrip("/"), 200)
        assert {entry["id"] for entry in found["items"]} == {entry["id"] for entry in out["items"]}
        back = counter.member.post("usage-entries/returns", 200, {"items": named(codes[::-1]), "locked": True})
        assert [entry["device_code"] for entry in back["items"]] == codes[::-1]
        assert {(e["status"], e["locked"], e["storage_location_id"]) for e in back["items"]} == {("returned", True, counter.place["id"])}
        assert [e["type"] for e in database.events(back)] == ["usage_entry.returned"] * 4 and len(database.audit(back)) == 4

    def test_items_differ_from_what_is_said_of_all(self, counter):
        one, two = counter.codes(2)
        entries = counter.member.post("usage-entries/batch", 201, {
            "purpose": "training", "purpose_note": "新任研修", "items": [
                {"device_code": one, "accessories": ["三脚"]},
                {"device_code": two, "purpose": "document_work", "user_staff_number": counter.colleague["number"]}]})["items"]
        assert [(e["purpose"], e["purpose_note"], e["accessories"], e["user_staff_id"]) for e in entries] == [
            ("training", "新任研修", ["三脚"], counter.member["id"]), ("document_work", "新任研修", [], counter.colleague["id"])]
        back = counter.member.post("usage-entries/returns", 200, {
            "locked": True, "items": [{"device_code": one, "locked": False, "remarks": "受付"},
                                      {"usage_entry_id": entries[1]["id"], "abnormality": "画面に傷"}]})["items"]
        assert [(e["locked"], e["remarks"], e["abnormality"]) for e in back] == [(False, "受付", None), (True, None, "画面に傷")]

    def test_a_refusal_names_its_item_and_nothing_stays(self, counter, database, other_member):
        codes = counter.codes(3)
        counter.out(codes[1])
        before = database.fingerprint()
        refused = counter.colleague.post("usage-entries/batch", 409, {"items": named(codes), "purpose": "training"})
        (finding,) = refused["findings"]
        assert (finding["pointer"], finding["device_code"]) == ("/items/1/device_code", codes[1])
        assert finding["out"]["user_staff_id"] == counter.member["id"]
        refused = counter.colleague.post("usage-entries/batch", 409, {"device_codes": codes, "purpose": "training"})
        assert refused["findings"][0]["pointer"] == "/device_codes/1"
        for body, faults in (
                ({"items": [*named(codes[1:2]), {"device_code": "無い"}]}, {"/items/1/device_code": "not_out"}),
                ({"items": named(codes[1:])}, {"/items/1/device_code": "not_out"}),
                ({"items": named([codes[1], codes[1].upper()])}, {"/items/1/device_code": "item_twice"}),
                ({"items": [{}]}, {"/items/0/device_id": "not_named"}),
                ({"items": [{"device_code": codes[1], "returned_at": after(minutes=9)}]}, {"/items/0/returned_at": "future"})):
            assert counter.member.post("usage-entries/returns", 422, {"locked": True} | body).faults == faults
        assert other_member.post("usage-entries/returns", 422, {"locked": True, "items": named(codes[1:2])}).faults == {
            "/items/0/device_code": "not_out"}
        answer = counter.member.post("usage-entries/batch", 422, {"purpose": "training", "items": [
            {"device_code": codes[0]}, {"device_code": codes[2], "due_at": after(hours=-1)}]})
        assert answer.faults == {"/items/1/due_at": "not_after_out"}
        for lists in ({"items": named(codes), "device_codes": codes}, {}):
            assert counter.member.post("usage-entries/batch", 422, {"purpose": "training"} | lists).faults == {"/items": "one_list"}
        assert database.fingerprint() == before

    def test_who_sees_all_does_not_lend(self, counter, general_manager):
        (code,) = counter.codes(1)
        counter.out(code)
        answer = general_manager.post("usage-entries/returns", 403, {"locked": True, "items": named([code])})
        assert answer.problem == "forbidden" and answer.faults == {"/items/0/device_code": "not_served"}
        answer = general_manager.post("usage-entries/handovers", 403, {"items": named([code])})
        assert answer.faults == {"/items/0/device_code": "not_served"}

    def test_a_key_replays(self, counter, database):
        codes = counter.codes(2)
        for path, status, body in (("usage-entries/batch", 201, {"device_codes": codes, "purpose": "training"}),
                                   ("usage-entries/handovers", 201, {"items": named(codes)}),
                                   ("usage-entries/returns", 200, {"items": named(codes), "locked": True})):
            first = counter.member.post(path, status, body, key=(key := counter.lending.name()))
            before = database.fingerprint()
            again = counter.member.post(path, status, body, key=key)
            assert again.text == first.text and again.headers["Idempotency-Replayed"] == "true"
            assert database.fingerprint() == before


class TestManyAtOnce:
    def test_twenty_sets_that_overlap(self, counter, patient_service, database):
        """Each device goes out once, whole sets only, and nobody waits in a circle."""
        codes = counter.codes(8)
        callers = [type(counter.member)(patient_service, person.record) for person in (counter.member, counter.colleague, counter.head)]
        sets = [[codes[(n * 3 + step * (1 if n % 2 else -1)) % 8] for step in range(4)] for n in range(20)]
        answers = together(*[lambda n=n: callers[n % 3].post("usage-entries/batch", (201, 409), {
            "device_codes": sets[n], "purpose": "training"}) for n in range(20)])
        taken = [entry["device_code"] for answer in answers if answer.status == 201 for entry in answer["items"]]
        assert taken and len(taken) % 4 == 0 and len(set(taken)) == len(taken)
        for answer in answers:
            assert answer.status == 201 or answer.rules == {"check_out.device_available": "violation"}, answer
        assert database.value("SELECT count(*) FROM usage_entries WHERE device_code = ANY (%s)", codes) == len(taken)

    @pytest.mark.parametrize("path, many, body", [("returns", 20, {"locked": True}), ("handovers", 6, {})])
    def test_what_overlaps_is_brought_back_or_handed_over(self, counter, patient_service, database, path, many, body):
        """Of returns the first win; hand-overs follow each other, and who waited for too long on a busy machine is told so."""
        codes = counter.codes(6)
        counter.out(*codes)
        callers = [type(counter.member)(patient_service, person.record) for person in (counter.member, counter.colleague, counter.head)]
        sets = [[codes[(n + step * (1 if n % 2 else -1)) % 6] for step in range(3)] for n in range(many)]
        answers = together(*[lambda n=n: callers[n % 3].post(f"usage-entries/{path}", (200, 201, 422, 503), body | {
            "items": named(sets[n])}) for n in range(many)])
        done = [answer for answer in answers if answer.status < 300]
        assert done and all(answer.problem == "busy" or set(answer.faults.values()) == {"not_out"} for answer in answers
                            if answer not in done)
        back = database.value("SELECT count(*) FROM usage_returns r JOIN usage_entries e ON e.id = r.usage_entry_id"
                              " WHERE e.device_code = ANY (%s)", codes)
        assert back == 3 * len(done)
        if path == "returns":
            assert len(done) <= 2


class TestConfirmations:
    def test_sixty_lines_in_one_request(self, counter, database):
        entries = []
        for _ in range(6):
            codes = counter.codes(10)
            entries += counter.out(*codes)
            counter.member.post("usage-entries/returns", 200, {"items": named(codes), "locked": True})
        lines = counter.head.every("usage-entries", department_id=counter.station["id"], status="returned")
        assert len(lines) == 60
        items = [{"usage_entry_id": line["id"], "version": line["version"]} for line in lines]
        items[7]["remarks"] = "台数確認済み"
        answer = counter.head.post("usage-entries/confirmations", 200, {"items": items})
        assert [line["id"] for line in answer["items"]] == [line["id"] for line in lines]
        assert {(line["status"], line["own_use_confirmed"]) for line in answer["items"]} == {("confirmed", False)}
        assert [e["type"] for e in database.events(answer)] == ["usage_entry.confirmed"] * 60
        assert counter.head.every("usage-entries", department_id=counter.station["id"], status="returned") == []

    def test_by_device_and_own_uses_shown_as_such(self, counter):
        one, two = counter.codes(2)
        counter.out(one)
        counter.out(two, user_staff_number=counter.head["number"])
        counter.member.post("usage-entries/returns", 200, {"items": named([one, two]), "locked": True})
        answer = counter.head.post("usage-entries/confirmations", 200, {"items": named([one, two])})
        assert [line["own_use_confirmed"] for line in answer["items"]] == [False, True]

    def test_what_cannot_be(self, counter, database, usage_manager):
        code, never = counter.codes(2)
        (entry,) = counter.out(code)
        item = {"usage_entry_id": entry["id"], "version": entry["version"]}
        refuse = lambda *items: counter.head.post("usage-entries/confirmations", 422, {"items": list(items)})
        assert refuse(item).faults == {"/items/0/usage_entry_id": "none_to_confirm"}
        counter.member.post("usage-entries/returns", 200, {"items": named([code]), "locked": True})
        before = database.fingerprint()
        assert refuse(item).faults == {"/items/0/version": "changed_since"}
        assert refuse({"device_code": code}, {"device_code": never}).faults == {"/items/1/device_code": "none_to_confirm"}
        assert refuse({"device_code": code}, {"usage_entry_id": entry["id"]}).faults == {"/items/1/usage_entry_id": "item_twice"}
        answer = usage_manager.post("usage-entries/confirmations", 422, {"items": [{"usage_entry_id": entry["id"]}]})
        assert answer.problem == "reference-not-found"
        assert counter.member.post("usage-entries/confirmations", 403, {"items": [item]}).problem == "forbidden"
        assert database.fingerprint() == before
        counter.out(code)
        counter.member.post("usage-entries/returns", 200, {"items": named([code]), "locked": True})
        assert refuse({"device_code": code}).faults == {"/items/0/device_code": "none_to_confirm"}  # which of the two


class TestHandOver:
    def test_the_whole_set_to_the_next_shift(self, counter, database):
        codes = counter.codes(3)
        out = counter.out(*codes, purpose_note="当番", accessories=["三脚"])
        answer = counter.colleague.post("usage-entries/handovers", 201, {"items": [
            {"device_code": codes[0]},
            {"device_code": codes[1], "purpose": "document_work", "accessories": []},
            {"usage_entry_id": out[2]["id"], "abnormality": "画面に傷", "accessories_missing": ["ケーブル"],
             "user_staff_number": counter.head["number"]}]})
        entries = answer["items"]
        assert [(e["previous_entry_id"], e["source"], e["due_at"]) for e in entries] == [
            (entry["id"], "handover", next_shift_end(8, 30)) for entry in out]
        assert [(e["purpose"], e["purpose_note"], e["accessories"], e["user_staff_id"]) for e in entries] == [
            ("training", "当番", ["三脚"], counter.colleague["id"]), ("document_work", None, [], counter.colleague["id"]),
            ("training", "当番", ["三脚"], counter.head["id"])]
        old = counter.member.get(f"usage-entries/{out[2]['id']}")
        assert (old["returned_at"], old["handed_over"], old["abnormality"], old["accessories_missing"]) == (
            entries[2]["out_at"], True, "画面に傷", ["ケーブル"])
        types = [e["type"] for e in database.events(answer)]
        assert types.count("usage_entry.handed_over") == types.count("usage_entry.checked_out") == 3
        event = next(e for e in database.events(answer) if e["subject"] == f"usage-entries/{out[2]['id']}")
        assert event["data"] == old.json
        found = counter.member.get("/" + answer.headers["Location"].lstrip("/"), 200)
        assert {entry["id"] for entry in found["items"]} == {entry["id"] for entry in entries}

    def test_one_alone_needs_no_more_than_its_etag(self, counter):
        (entry,) = counter.out(counter.device()["code"])
        answer = counter.colleague.post(f"usage-entries/{entry['id']}/handover", 201, {}, match='"1.ja"')
        assert (answer["user_staff_id"], answer["due_at"]) == (counter.colleague["id"], next_shift_end(8, 30))

    def test_it_is_due_when_the_next_shift_ends(self, counter):
        soon = (now() + datetime.timedelta(minutes=5)).replace(second=0, microsecond=0)
        counter.head.patch(f"departments/{counter.station['id']}/settings", 200, {"shift_ends_at": f"{soon:%H:%M}"}, match="*")
        (entry,) = counter.out(counter.device()["code"])
        assert entry["due_at"] == shift_end(soon.hour, soon.minute)
        answer = counter.colleague.post(f"usage-entries/{entry['id']}/handover", 201, {}, match="*")
        assert answer["due_at"] == (soon + datetime.timedelta(days=1)).isoformat()

    def test_a_refusal_names_its_item_and_nothing_stays(self, counter, database):
        codes = counter.codes(2)
        (entry,) = counter.out(codes[0])
        before = database.fingerprint()
        for item, faults in (({"device_code": codes[1]}, {"/items/1/device_code": "not_out"}),
                             ({"device_code": codes[0]}, {"/items/1/device_code": "item_twice"}),
                             ({"device_code": codes[0], "device_id": entry["device_id"]}, {"/items/1/device_code": "named_twice"})):
            answer = counter.colleague.post("usage-entries/handovers", 422, {"items": [{"device_code": codes[0]}, item]})
            assert answer.faults == faults
        answer = counter.colleague.post("usage-entries/handovers", 422, {"items": [{"device_code": codes[0], "user_staff_number": "0"}]})
        assert answer.faults == {"/items/0/user_staff_number": "not_found"}
        assert database.fingerprint() == before


class TestTransferred:
    """On the day of a transfer, until the shift ends of the department that somebody comes from."""

    @pytest.fixture
    def moved(self, counter, operator, today):
        """moved(shift_ends_at): a member who has two devices out and belongs to another station since today."""
        def moved(shift_ends_at):
            counter.head.patch(f"departments/{counter.station['id']}/settings", 200, {"shift_ends_at": shift_ends_at}, match="*")
            codes = counter.codes(2)
            entries = counter.out(*codes, due_at=after(hours=2))
            operator.post(f"staff/{counter.member['id']}/transfers", 201, {
                "department_id": counter.lending.department()["id"], "from": str(today)})
            return codes, entries

        return moved

    def test_what_is_out_is_handed_over_and_brought_back(self, counter, moved):
        codes, entries = moved("23:59")
        answer = counter.member.post("usage-entries/handovers", 201, {
            "items": named(codes[:1]), "user_staff_number": counter.colleague["number"], "due_at": after(hours=2)})
        assert answer["items"][0]["department_id"] == counter.station["id"]
        back = counter.member.post("usage-entries/returns", 200, {"items": named(codes[1:]), "locked": True})
        assert back["items"][0]["storage_location_id"] == counter.place["id"]
        entry = counter.colleague.get(f"usage-entries/{answer['items'][0]['id']}")
        assert counter.member.post(f"usage-entries/{entry['id']}/handover", (403, 404), {}, match=entry)

    def test_but_nothing_of_others(self, counter, moved, database):
        codes, entries = moved("23:59")
        (theirs,) = counter.codes(1)
        other = counter.colleague.post("usage-entries", 201, {"device_code": theirs, "purpose": "training", "due_at": after(hours=2)})
        before = database.fingerprint()
        for items in (named([codes[0], theirs]), named([theirs]), [{"usage_entry_id": other["id"]}]):
            answer = counter.member.post("usage-entries/handovers", (403, 422), {"items": items, "user_staff_number": counter.head["number"]})
            assert set(answer.faults.values()) <= {"not_out", "not_served"}
        assert counter.member.post("usage-entries", 422, {"device_code": theirs, "purpose": "training"}).faults == {
            "/device_code": "not_found"}
        assert database.fingerprint() == before

    def test_nor_after_the_shift(self, counter, moved):
        codes, entries = moved("00:00")
        answer = counter.member.post(f"usage-entries/{entries[0]['id']}/handover", 403, {"user_staff_id": counter.head["id"]}, match="*")
        assert answer.problem == "forbidden"
