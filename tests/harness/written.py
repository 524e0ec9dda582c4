"""What people write, read a second time by Python's own tables: the form in which a text is kept (service/core/characters.h)
and the folding by which texts are compared (api.folded)."""

import re
import unicodedata

TWINS = dict(zip("¢£¥¬—‖‾−〜", "￠￡￥￢―∥￣－～", strict=True))
COMPATIBLE = "[\uf900-\ufaff\U0002f800-\U0002fa1f]"
# Default_Ignorable_Code_Point of the Unicode character database.
IGNORABLE = ("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
             "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff")
BLANK = " \t\n\v\f\r\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000"
REFUSED = ("\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ufdd0-\ufdef\ufeff"
           + "".join(chr(plane << 16 | 0xfffe) + chr(plane << 16 | 0xffff) for plane in range(17)) + "\U000f0000-\U0010ffff")
DASHES = "‐‑‒–—―−－"


def form(text: str) -> str:
    """NFC, but for CJK compatibility ideographs; of two characters that CP932 has one code for, the one that it reads."""
    parts = re.split(f"({COMPATIBLE})", text)
    normal = "".join(part if re.fullmatch(COMPATIBLE, part) else unicodedata.normalize("NFC", part) for part in parts)
    return "".join(TWINS.get(character, character) for character in normal)


def settled(value):
    """A text as it is kept, or a value of JSON with every text in it so."""
    if isinstance(value, dict):
        return {name: settled(member) for name, member in value.items()}
    if isinstance(value, list):
        return [settled(item) for item in value]
    if not isinstance(value, str):
        return value
    return re.sub(f"^[{BLANK}]+|[{BLANK}]+\\Z", "", re.sub("\r\n|[\r\u2028\u2029]", "\n", form(value)))


def is_written(text: str, *, lines: bool) -> bool:
    """Whether it is a text: something is to be seen, and no character is one that no text has."""
    visible = re.sub(f"[{BLANK}{IGNORABLE}\u2800]", "", text)
    return bool(visible) and not re.search(f"[{REFUSED}{'' if lines else chr(9) + chr(10)}]", text)


def folded(text: str) -> str:
    """Width, kana, case, blanks, dashes, and characters without a shape of their own make no difference."""
    text = unicodedata.normalize("NFKC", re.sub(f"[{IGNORABLE}]", "", text))
    return unicodedata.normalize("NFC", "".join(map(fold_one, text)))


def fold_one(character: str) -> str:
    if re.fullmatch("[A-ZÀ-ÖØ-ÞΑ-ΡΣ-ΩЁА-Я]", character):
        return character.lower()
    if re.fullmatch("[ぁ-ゖゝゞ]", character):
        return chr(ord(character) + 0x60)
    if re.fullmatch(f"[{BLANK}\x85]", character):
        return ""
    return "-" if character in DASHES else {"〜": "~", "‖": "∥"}.get(character, character)
