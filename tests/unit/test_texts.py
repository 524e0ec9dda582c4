"""CP932 beside Python's codec, and the form of texts beside Python's reading of it (harness/written.py)."""

import os
import pathlib
import random
import subprocess
import unicodedata

import pytest

from harness.written import folded, form, settled

DRIVER = pathlib.Path(os.environ.get("KIKI_BUILD", "build/default")) / "tests/unit/text_driver"
LEADS = [*range(0x81, 0xa0), *range(0xe0, 0xfd)]
PIECES = ["a", " ", "　", "\u00a0", "\r", "\n", "\r\n", "\u2028", "\t", "か", "\u3099", "ﾊ", "ﾟ", "\ufa1b", "\U0002f81a", "\u0301", "\u0323",
          "e", "Å", "\u212b", "〜", "−", "—", "¥", "葛\U000e0100", "\u200b", "\u2060", "\u200d", "가", "\u1100", "\u1161", "𠮷", "ϲ", "･", "ゝ", "É", "Ω", "Ё", "‐", "‖", "ﾞ"]


def ask(what, texts):
    done = subprocess.run([DRIVER, what], input=b"".join(text + b"\0" for text in texts), capture_output=True, check=True)
    answers = done.stdout.split(b"\0")[:-1]
    assert len(answers) == len(texts)
    return answers


def python(code):
    try:
        return code.decode("cp932")
    except UnicodeDecodeError:
        return ""


def test_every_code_of_cp932_is_read_as_by_python():
    """But for the five single bytes that are nobody's, which Python reads as control and private-use characters."""
    codes = [bytes([first]) for first in range(1, 256) if first not in (0x80, 0xa0, 0xfd, 0xfe, 0xff)]
    codes += [bytes([first, second]) for first in LEADS for second in range(0x40, 0xfd)]
    wanted = [python(code).encode() if len(python(code)) == 1 or len(code) == 2 else b"" for code in codes]
    assert [(code, got) for code, got, want in zip(codes, ask("decode", codes), wanted, strict=True) if got != want] == []


def test_every_character_of_cp932_is_written_as_one_that_python_reads():
    """One of several codes that mean the same; Å is the unit of length, as letters with a ring are not there."""
    characters = [chr(c) for c in range(1, 0x30000) if not 0xd800 <= c < 0xe000 and 0x80 != c and not 0xf8f0 <= c <= 0xf8f3]
    known = [character for character in characters if python(character.encode("cp932", "ignore")) == character]
    assert len(known) > 9300
    written = ask("encode", [character.encode() for character in known])
    assert [(character, code) for character, code in zip(known, written, strict=True) if python(code) != character] == []


@pytest.mark.parametrize("what, oracle", [("form", form), ("settle", settled), ("fold", folded)])
def test_texts_become_what_python_says(what, oracle):
    source = random.Random(7)
    texts = ["".join(source.choices(PIECES, k=source.randint(0, 8))) for _ in range(50_000)]
    texts += [f"か{chr(c)}\u3099\u0301" for c in range(1, 0x30000) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
    answers = ask(what, [text.encode() for text in texts])
    assert [(text, got) for text, got in zip(texts, answers, strict=True) if got != oracle(text).encode()] == []
