"""What people write: one form by whichever door it comes, no text that is blank or that nobody sees, one folding for what is
the same and for what is found."""

import json
import random
import urllib.parse

import pytest

from contract.conformance import Contract
from contract.example import Example
from harness.written import folded, is_written, settled

CONTRACT = Contract()
OPERATIONS = [(path, method.upper(), operation) for path, methods in CONTRACT.document["paths"].items()
              for method, operation in methods.items() if isinstance(operation, dict) and "operationId" in operation]
IVS = "\U000e0100"
# Pieces that the doors might treat in ways of their own.
PIECES = ["山", "田", "\ufa1b", "\ufa11", "か\u3099", "ﾊﾟ", "ハ\u309a", "葛" + IVS, "〜", "～", "−", "－", "—", "‖", "¢", "¥", "‾", "Å",
          "Ａ", "a", "㋿", "é", "e\u0301", "𠮷", "\u200d", "👨\u200d👩", " ", "　", "\u00a0", "。", "Ⅱ", "①", "\\", "'", "%", "=", "ﾏｲﾅｽ"]
NEVER = ["\x01", "\x7f", "\u0085", "\ue000", "\U0010fffd", "\u202e", "\u2066", "\ufeff", "\uffff"]
TODAY = "2026-04-01"


def texts():
    """Every text that people write, at the top of a body."""
    for path, method, operation in OPERATIONS:
        example = Example(CONTRACT, operation, path)
        for member, schema in example.members(example.schema).items() if example.takes_json else ():
            given = {keyword: value for part in CONTRACT.members(schema) for keyword, value in part.items()}
            if given.get("format") in ("line", "text"):
                yield pytest.param(path, method, operation, member, given["format"], id=f"{operation['operationId']}-{member}")


class TestRefused:
    @pytest.mark.parametrize("path, method, operation, member, kind", texts())
    def test_a_body_with_what_is_no_text(self, operator, path, method, operation, member, kind):
        example = Example(CONTRACT, operation, path)
        body = example.body() | ({"field": "remarks"} if member == "new_value" else {})

        def fault(text):
            answer = operator.request(method, example.path, 422, body | {member: text}, headers=example.headers)
            return answer.faults[f"/{member}"]

        source = random.Random(member)  # each of them somewhere
        assert {fault(text) for text in source.sample(["　", "\u00a0\n", "\u200b\u2060", IVS], 2)} == {"too_short"}
        assert {fault(f"a{character}b") for character in source.sample(NEVER, 3)} == {"character"}
        if kind == "line":
            assert fault(source.choice(["a\nb", "a\tb", "a\r\nb", "a\u2028b"])) == "character"

    def test_there_are_texts(self):
        assert len(list(texts())) > 80

    @pytest.mark.parametrize("path", [path for path, method, operation in OPERATIONS
                                      if any(CONTRACT.resolve(p)["name"] == "q" for p in operation.get("parameters", []))])
    def test_a_query_with_what_is_no_text(self, operator, path):
        for q in ("　", "a\u202eb", "\ue000", "a\tb", "\u200d"):
            assert operator.get(f"{path}?q={urllib.parse.quote(q)}", 400).problem == "invalid-parameter", q
        assert operator.get(f"{path}?q=%E3%80%80a%0A", range(200, 404)).status in (200, 403)  # the blanks around it are cut

    def test_a_row_with_what_is_no_text(self, operator):
        names = [*("　", IVS), *(f"a{character}b" for character in NEVER), '"a\nb"', "a\tb"]
        rows = "".join(f"W{n},{name},rinko\n" for n, name in enumerate(names))
        answer = operator.upload("staff/import", "number,name,department_code\n" + rows, 422)
        assert [row["code"] for row in answer["rows"]] == ["required"] * 2 + ["character"] * (len(names) - 2)


class TestOneForm:
    def test_a_text_is_the_same_by_every_door(self, operator):
        """JSON, UTF-8 and, where it has the characters, CP932."""
        source, names = random.Random(11), []
        while len(names) < 60:
            name = "".join(source.choices(PIECES, k=source.randint(1, 8)))
            if is_written(name, lines=False):
                names.append(name)
        place = operator.one("departments", code="rinko")["id"]
        for n, name in enumerate(names):
            operator.post("staff", 201, {"number": f"J{n}", "name": name, "department_id": place, "from": TODAY})
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        operator.upload("staff/import", "number,name,department_code\n" + "".join(f"U{n},{name},rinko\n" for n, name in enumerate(quoted)))
        kept = {staff["number"]: staff["name"] for staff in operator.every("staff")}
        assert [kept[f"J{n}"] for n in range(len(names))] == [settled(name) for name in names]
        assert [kept[f"U{n}"] for n in range(len(names))] == [settled(name) for name in names]
        told = {n: name for n, name in enumerate(quoted) if self.in_cp932(settled(name))}
        assert len(told) > 10
        rows = "".join(f"S{n},{settled(name)},rinko\n" for n, name in told.items())
        operator.upload("staff/import", "number,name,department_code\n" + rows, charset="cp932")
        kept = {staff["number"]: staff["name"] for staff in operator.every("staff")}
        assert [kept[f"S{n}"] for n in told] == [settled(names[n]) for n in told]

    @staticmethod
    def in_cp932(text):
        try:
            return bool(text.encode("cp932"))
        except UnicodeEncodeError:
            return False

    def test_line_ends_are_one(self, general_manager):
        device = general_manager.post("devices", 201, {"code": "LF-1", "name": "a", "kind": "camera", "introduced_on": TODAY,
                                                       "reason": "増設", "remarks": "　一\r\n二\r三\u2028四\n"})
        assert device["remarks"] == "一\n二\n三\n四"

    def test_a_place_is_found_however_it_is_written(self, usage_manager, general_manager, equipment_manager):
        places = ["第２書庫－Ａ", "車庫〜東", "ﾊﾟﾈﾙ裏　棚", "か\u3099れーじ", "葛" + IVS + "城倉庫", "\ufa1b祉棚"]
        written = ["第2書庫－a", "車庫～東", "パネル裏棚", "ガレージ", "葛城倉庫", "福祉 棚"]
        station = usage_manager.one("departments", code="rinko")["id"]
        ids = [usage_manager.post("storage-locations", 201, {"department_id": station, "name": name, "lockable": True})["id"]
               for name in places]
        for n in range(len(places)):
            general_manager.post("devices", 201, {"code": f"PL-{n}", "name": "a", "kind": "camera", "introduced_on": TODAY,
                                                  "reason": "増設"})
        head = "device_code,department_code,from,storage_location\n"
        rows = [f"pl-{n},ＲＩＮＫＯ,{TODAY},{name}\n" for n, name in enumerate(written)]
        equipment_manager.upload("placements/import", head + "".join(rows[:3]), charset="cp932")
        equipment_manager.upload("placements/import", head + "".join(rows[3:]))
        assert [equipment_manager.one("devices", code=f"PL-{n}")["storage_location_id"] for n in range(len(places))] == ids
        for name in written:
            body = {"department_id": station, "name": name, "lockable": False}
            assert usage_manager.post("storage-locations", 409, body).faults == {"/name": "taken"}

    def test_a_token_names_its_subject_in_either_form(self, service, operator):
        place = operator.one("departments", code="rinko")["id"]
        operator.post("staff", 201, {"number": "T1", "name": "a", "department_id": place, "from": TODAY, "subject": "か\u3099−x"})
        for subject in ("が－x", "か\u3099−x"):
            assert service.staff(subject).get("me")["name"] == "a"


class TestFiles:
    def test_half_width_kana_are_no_letters(self, operator):
        file = "number,name,department_code\nHK1,ﾏｲﾅｽ,rinko\n".encode("cp932")
        headers = {"Content-Type": "text/csv"}
        (row,) = operator.request("POST", "staff/import", 422, data=file, headers=headers)["rows"]
        assert (row["line"], row["code"]) == (2, "charset_needed") and "charset=" in row["detail"]
        operator.upload("staff/import", file, charset="cp932")
        assert operator.one("staff", number="HK1")["name"] == "ﾏｲﾅｽ"


class TestFound:
    @pytest.mark.parametrize("q", ["山田太郎", "山田　太郎", "山 田 太 郎", "ヤマダタロウ", "やまだ たろう", "ﾔﾏﾀﾞﾀﾛｳ", "ＱＮ－１", "qn-1", "ｑｎ‐１"])
    def test_staff(self, operator, q):
        if not operator.every("staff", number="QN-1"):
            operator.post("staff", 201, {"number": "QN-1", "name": "山" + IVS + "田　太郎", "kana": "やまだ　たろう", "from": TODAY,
                                         "department_id": operator.one("departments", code="rinko")["id"]})
        assert [staff["number"] for staff in operator.every("staff", q=q)] == ["QN-1"]

    @pytest.mark.parametrize("path, q, item", [
        ("devices", "ｗｔ－００１", "WT-001"), ("devices", "ＷＥＢ会議用端末１号", "WT-001"), ("devices", "mb14a00001", "WT-001"),
        ("devices", "もばいるwi-fiるーた 1号", "MR-001"), ("departments", "りんこ", None), ("departments", "臨 港", "rinko"),
        ("departments", "ＲＩＮＫＯ", "rinko")])
    def test_devices_and_departments(self, general_manager, path, q, item):
        assert [found["code"] for found in general_manager.every(path, q=q)][:1] == ([item] if item else [])

    @pytest.mark.parametrize("path, member, q", [
        ("meetings", "title", "見本市消防局 との連絡会"), ("meetings", "title", "見本市　消防局"),
        ("service-consultations", "service_name", "ｗｈｅｒｅｂｙ"), ("service-consultations", "service_name", "見本会議クン")])
    def test_meetings_and_services(self, auditor, path, member, q):
        found = auditor.every(path, q=q)
        assert found and all(folded(q) in folded(one[member]) for one in found)

    def test_a_code_is_found_in_any_case(self, operator, general_manager):
        for path, name, code in (("devices", "code", "WT-001"), ("departments", "code", "rinko"), ("posts", "code", "rinko-head"),
                                 ("staff", "number", "QN-2")):
            if path == "staff":
                operator.post("staff", 201, {"number": code, "name": "a", "from": TODAY,
                                             "department_id": operator.one("departments", code="rinko")["id"]})
            reader = general_manager if path == "devices" else operator
            for written in (code.lower(), code.upper(), f"none,{code.swapcase()}"):
                assert reader.one(path, **{name: written})[name] == code

    def test_signs_of_patterns_stand_for_themselves(self, general_manager):
        for q in ("%", "％", "_", "\\", "＼"):
            assert all(folded(q) in folded(json.dumps(device, ensure_ascii=False)) for device in general_manager.every("devices", q=q))


class TestUnique:
    @staticmethod
    def introduce(general_manager, code, status=201, **members):
        return general_manager.post("devices", status, {"code": code, "name": "a", "kind": "camera", "introduced_on": TODAY,
                                                        "reason": "増設"} | members)

    def test_codes_differ_by_more_than_case(self, operator, general_manager):
        self.introduce(general_manager, "Uq-1")
        assert self.introduce(general_manager, "UQ-1", 409).faults == {"/code": "taken"}
        root = operator.one("departments", code="shobo")["id"]
        for path, member, body in (("departments", "code", {"name": "a", "kind": "unit", "is_shozoku": False, "parent_id": root}),
                                   ("posts", "code", {"name": "a", "department_id": root, "is_head": False}),
                                   ("staff", "number", {"name": "a", "department_id": root, "from": TODAY})):
            operator.post(path, 201, body | {member: "uq-1"})
            assert operator.post(path, 409, body | {member: "UQ-1", "subject": "x"} if path == "staff" else body | {member: "UQ-1"}
                                 ).faults == {f"/{member}": "taken"}

    def test_a_file_finds_a_code_in_any_case_and_leaves_it(self, general_manager):
        device = self.introduce(general_manager, "Case-1", remarks="b")
        head = "code,name,kind,introduced_on\n"
        same = general_manager.upload("devices/import", head + f"ＣＡＳＥ－１,a,camera,{TODAY}\n")
        assert [item["action"] for item in same["items"]] == ["keep"]
        general_manager.upload("devices/import", head + f"case-1,b,camera,{TODAY}\n")
        now = general_manager.get(f"devices/{device['id']}")
        assert (now["code"], now["name"]) == ("Case-1", "b")
        twice = general_manager.upload("devices/import", head + f"case-2,b,camera,{TODAY}\nCASE-2,b,camera,{TODAY}\n", 422)
        assert [(row["line"], row["code"]) for row in twice["rows"]] == [(3, "repeated")]

    @pytest.mark.parametrize("maker", [{"manufacturer": "見本 電機"}, {}])
    def test_a_serial_number_is_unique_by_manufacturer(self, general_manager, maker):
        number = f"ＳＮ－{len(maker)}"
        self.introduce(general_manager, f"SN-A{len(maker)}", serial_number=number, **maker)
        again = {name: value.replace(" ", "") for name, value in maker.items()} | {"serial_number": f"sn-{len(maker)}"}
        assert self.introduce(general_manager, f"SN-B{len(maker)}", 409, **again).faults == {"/serial_number": "taken"}
        self.introduce(general_manager, f"SN-C{len(maker)}", serial_number=number, manufacturer="別の会社")
        file = f"code,name,kind,introduced_on,manufacturer,serial_number\nSN-D,a,camera,{TODAY},{again.get('manufacturer', '')},"
        answer = general_manager.upload("devices/import", f"{file}sn－{len(maker)}\n", 422)
        assert [(row["column"], row["code"]) for row in answer["rows"]] == [("serial_number", "taken")]
        twice = general_manager.upload("devices/import", f"{file}q1\n" + file.split("\n")[1].replace("SN-D", "SN-E") + "Ｑ１\n", 422)
        assert [(row["line"], row["code"]) for row in twice["rows"]] == [(3, "repeated")]

    def test_two_serial_numbers_are_swapped_in_one_file(self, general_manager):
        for code, number in (("SW-1", "a1"), ("SW-2", "b1")):
            self.introduce(general_manager, code, serial_number=number)
        head = "code,name,kind,introduced_on,serial_number\n"
        general_manager.upload("devices/import", head + f"SW-1,a,camera,{TODAY},Ｂ1\nSW-2,a,camera,{TODAY},A1\n")
        assert [general_manager.one("devices", code=code)["serial_number"] for code in ("SW-1", "SW-2")] == ["Ｂ1", "A1"]
        # one that is only written in another way is not let go
        answer = general_manager.upload("devices/import", head + f"SW-1,a,camera,{TODAY},b1\nSW-3,a,camera,{TODAY},ｂ1\n", 422)
        assert {(row["line"], row["code"]) for row in answer["rows"]} == {(3, "repeated"), (3, "taken")}
