"""The words of enumerations, as frontends show them."""

import pathlib

import pytest
import yaml
from contract.conformance import Contract

SCHEMAS = Contract().document["components"]["schemas"]
WITH_WORDS = {name for path in pathlib.Path("openapi").rglob("*.yaml") if path.name != "problems.yaml"
              for name, schema in (yaml.safe_load(path.read_text()).get("components") or {}).get("schemas", {}).items()
              if "words" in schema}


def test_every_enumeration_that_people_see(member):
    vocabularies = member.get("vocabularies", 200)
    told = {vocabulary["name"]: vocabulary["words"] for vocabulary in vocabularies["items"]}
    assert list(told) == sorted(WITH_WORDS) and vocabularies["next_cursor"] is None
    for name, words in told.items():
        assert [word["word"] for word in words] == SCHEMAS[name]["enum"]
        assert SCHEMAS[name]["description"].startswith(", ".join(word["ja"] for word in words))
        assert all(word["en"].isascii() for word in words)


def test_one_in_both_languages(member):
    kinds = member.get("vocabularies/device_kind", 200)
    assert kinds["name"] == "device_kind" and kinds["words"][0] == {"word": "terminal", "ja": "端末", "en": "Terminal"}
    assert kinds.json in member.get("vocabularies", 200)["items"]
    assert member.get("vocabularies/device_kind", 200, headers={"Accept-Language": "en"}).json == kinds.json
    assert member.get("vocabularies/device_kind", 304, headers={"If-None-Match": kinds.etag}).status == 304


@pytest.mark.parametrize("name", ["nothing", "scope", "widget", "device_kind.", "DEVICE_KIND", "x" * 65])
def test_what_is_no_vocabulary(member, name):
    assert member.get(f"vocabularies/{name}", 404).problem == "not-found"


IMPORTS = {  # column that has words: (import, who may, vocabulary, one more way to say a word)
    "種別": ("devices/import", "100001", "device_kind", ()), "kind": ("posts/assignments/import", "900002", "assignment_kind", ()),
    "利用目的": ("usage-entries/import", "100002", "purpose", ("総括管理者の承認",))}


@pytest.mark.parametrize("column", IMPORTS)
def test_imports_take_every_word_in_japanese_as_well(service, member, column):
    """The rows lack all else, so that they are refused: but for their words only the last one."""
    path, staff, name, also = IMPORTS[column]
    words = member.get(f"vocabularies/{name}", 200)["words"]
    told = [word["word"] for word in words] + [word["ja"] for word in words] + [*also, "何か"]
    answer = service.staff(staff).upload(path, "\n".join((f"{column},remarks", *(f"{word},x" for word in told), "")), 422)
    unknown = [row for row in answer["rows"] if row["code"] == "enum"]
    assert [row["line"] for row in unknown] == [len(told) + 1]
    assert unknown[0]["detail"].endswith("指定できる値：" + "、".join(word["ja"] for word in words))


def test_any_client_reads_them(service):
    service.run("client", "words-only", "--scopes", "devices:read")
    service.client("words-only", "devices:read").get("vocabularies/role", 200)
