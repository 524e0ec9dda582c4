"""What browsers, Excel and simple programs send, right or not quite."""

import json
import re

import pytest
from harness.wire import Wire, request

MARK = b"\xef\xbb\xbf"
CSV = "code,name,kind,introduced_on\r\n{},カメラ,camera,2026-10-01\r\n"
# RFC 3986 appendix A: a relative reference with an absolute path.
PATH = r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*)*"
QUERY = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*"


def ask(service, caller, target, *lines):
    """No client library between that would put the target right."""
    with Wire(service) as wire:
        return wire.ask(request(target, f"Authorization: Bearer {caller.token}", *lines))


class TestQueries:
    @pytest.mark.parametrize("target", ["usage-entries?out_at_from=2026-04-01T00:00:00+09:00",
                                        "usage-entries?out_at_from=2026-04-01T00:00:00%2009:00"])
    def test_a_plus_of_a_time_is_told_of(self, service, member, target):
        for language, wanted in (("ja", "%2B"), ("en", "%2B")):
            answer = ask(service, member, f"/api/v1/{target}", f"Accept-Language: {language}")
            told = json.loads(answer.body)
            assert answer.status == 400 and told["errors"][0]["parameter"] == "out_at_from"
            assert wanted in told["detail"] and "Z" in told["detail"]
        assert ask(service, member, f"/api/v1/{target.replace('+', '%2B').replace('%20', '%2B')}").status == 200
        assert "%2B" not in json.loads(ask(service, member, "/api/v1/usage-entries?out_at_from=x+y").body)["detail"]

    @pytest.mark.parametrize("name", ["[a]", "a#b", "|{}^`<>", 'a"b', "a\\b", "カメラ", "'()*!$;:@,/?", "a=b"])
    def test_a_link_is_a_uri_whatever_was_sent(self, service, general_manager, name):
        for number in range(2):
            general_manager.post("devices", 201, {"code": f"LINK-{name.encode().hex()[:20]}-{number}", "kind": "camera", "name": name,
                                                  "introduced_on": "2026-04-01", "reason": "試験"})
        answer = ask(service, general_manager, f"/api/v1/devices?limit=1&q={name}&kind=camera")
        assert len(json.loads(answer.body)["items"]) == 1
        target = re.fullmatch(f'<({PATH}[?]{QUERY})>; rel="next"', answer.headers["link"])[1]
        second = json.loads(ask(service, general_manager, target).body)["items"]
        assert len(second) == 1 and second != json.loads(answer.body)["items"]

    @pytest.mark.parametrize("target", ["/api/v1/devices?q=%", "/api/v1/devices?q=%zz", "/api/v1/devices?limit=1&q=%4"])
    def test_half_an_escape_is_refused(self, service, general_manager, target):
        assert ask(service, general_manager, target).status == 400


class TestBodies:
    def test_json_may_begin_with_a_byte_order_mark(self, general_manager):
        device = {"code": "BOM-1", "kind": "camera", "name": "カメラ", "introduced_on": "2026-04-01", "reason": "試験"}
        made = general_manager.request("POST", "devices", 201, data=MARK + json.dumps(device).encode(),
                                       headers={"Content-Type": "application/json"})
        general_manager.request("PATCH", f"devices/{made['id']}", 200, data=MARK + b'{"name":"x","reason":"y"}', match=made,
                                headers={"Content-Type": "application/merge-patch+json"})
        for data in (MARK, MARK + MARK + b"{}"):
            assert general_manager.request("POST", "devices", 400, data=data,
                                           headers={"Content-Type": "application/json"}).problem == "malformed-json"

    @pytest.mark.parametrize("media", ["application/vnd.ms-excel", "application/csv", "Application/VND.ms-excel; charset=utf-8",
                                       "application/csv;charset=\"Shift_JIS\""])
    def test_csv_has_many_names(self, general_manager, media):
        code = f"CSV-{abs(hash(media)) % 100000}"
        charset = "cp932" if "JIS" in media else "utf-8"
        general_manager.request("POST", "devices/import", 200, data=CSV.format(code).encode(charset), headers={"Content-Type": media})
        assert general_manager.one("devices", code=code)["name"] == "カメラ"

    def test_a_workbook_is_no_csv(self, general_manager):
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        answer = general_manager.request("POST", "devices/import", 415, data=b"PK", headers={"Content-Type": sheet})
        assert answer.headers["Accept-Post"] == "text/csv, application/vnd.ms-excel, application/csv"


@pytest.mark.parametrize("charset", ["Shift_JIS", "shift_jis", '"SHIFT_JIS"', "windows-31j", "Windows-31J", "cp932", "MS932"])
def test_a_charset_has_the_same_names_in_accept_as_in_uploads(lending, member, charset):
    answer = member.get(f"departments/{lending.departments['rinko']}/ledgers/2026-09", 200, headers={"Accept": f"text/csv; charset={charset}"})
    assert answer.headers["Content-Type"] == "text/csv; charset=cp932" and answer.content.decode("cp932")


def test_java_asks_for_anything(member):
    """The Accept of its own client: half of it is no media range, and its weights lack their 0."""
    answer = member.get("devices", 200, headers={"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"})
    assert answer.headers["Content-Type"] == "application/json"
