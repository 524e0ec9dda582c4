"""What people read, in the words of the regulation and of the office. The whole is in build/spoken.txt, to be read through."""

import itertools
import os
import pathlib
import re

import pytest

from contract.spoken import LETTER, ROOT, gather

SPOKEN = gather()
# What a Japanese text does not say: what it says.
UNSAID = {
    "規則": "規定",
    "空席": "欠員",
    "(?<!他の所属の職員への)(貸|借り)": "使用; 他の所属の職員への貸出",
    "契約(?!内容|した)": "API仕様",
    "あなた|こちら": "no person",
    "(?<!総括管理者の)(?<!別紙2の)(?<!該当する)定め(?!られ|る)": "総括管理者の定め（第9条）",
    "(?<![A-Za-z0-9_])I{1,3}(?![A-Za-z0-9_])": "Ⅰ Ⅱ Ⅲ",
    "(サーバ|ルータ|パラメータ|ヘッダ|ポインタ|ブラウザ|ユーザ|フォルダ)ー": "no ー at the end, as サーバ and ルータ of the regulation",
    "運用の担当|システム運用(?!担当)": "システム運用担当",
    "待合室": "待機室",
    "または|および|もしくは": "又は 及び 若しくは",
    "片付け": "削除又は移動",
    "希望|申請": "要望, 相談",
    "(?<![是修訂])正され": "是正",
    "認められた用途|文書の作成": "第6条各号に掲げる用途, 電子ファイルの作成・閲覧",
    "system_update|approved_other|（other）": "the words of the vocabulary",
    "話す|話さ": "発言",
    "勧め|できれば": "推奨します, 望ましい",
    "決められた|設定された日数": "所定の",
    "知らせ": "通知, 連絡",
    "事後記録|の代理）": "事後入力, 代決",
    f"{LETTER}[:(]|[:)]{LETTER}": "full width beside Japanese",
}
# What an English text does not say.
UNSAID_IN_ENGLISH = {
    r"\b(he|him|his|himself)\b": "they",
    r"\bours?\b": "the service",
}


def test_write_the_page():
    page = ROOT / "build/spoken.txt"
    page.parent.mkdir(exist_ok=True)
    lines = []
    for place, spoken in itertools.groupby(SPOKEN, key=lambda one: one[0]):
        lines += [f"== {place}"] + [line for _, *texts in spoken for line in (*filter(None, texts), "")]
    page.write_text("\n".join(lines))
    assert len(SPOKEN) > 800


def test_the_page_has_all_that_the_program_can_say():
    """Whatever Japanese stands in the program was gathered, so that nothing is said elsewhere and unread."""
    program = pathlib.Path(os.environ.get("KIKI", ROOT / "build/default/kiki")).read_bytes().decode(errors="replace")
    gathered = "\n".join(text for _, *texts in SPOKEN for text in texts)
    gathered += "\n".join(path.read_text() for folder in ("migrations", "service") for path in ROOT.glob(f"{folder}/**/*.sql"))
    runs = set(re.findall(f"{LETTER}{{2,}}", program))
    assert len(runs) > 500 and not [run for run in runs if run not in gathered]


@pytest.mark.parametrize("unsaid", UNSAID)
def test_in_the_words_of_the_office(unsaid):
    found = [f"{place}: {japanese}" for place, japanese, _ in SPOKEN if re.search(unsaid, japanese)]
    assert not found, f"say {UNSAID[unsaid]}:\n" + "\n".join(found)


@pytest.mark.parametrize("unsaid", UNSAID_IN_ENGLISH)
def test_in_plain_english(unsaid):
    found = [f"{place}: {english}" for place, _, english in SPOKEN if re.search(unsaid, english)]
    assert not found, f"say {UNSAID_IN_ENGLISH[unsaid]}:\n" + "\n".join(found)


def test_every_message_is_there_in_both_languages():
    """Where both stand side by side."""
    rooms = ("openapi/", "service/contract/", "service/documents/", "service/rules/")
    assert not [f"{place}: {japanese}" for place, japanese, english in SPOKEN
                if japanese.endswith("。") and not english and place.startswith(rooms)]
