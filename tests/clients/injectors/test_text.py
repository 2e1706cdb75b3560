from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd_clients.graphemes import clusters
from asrd_clients.injectors.text import harmless, utf16_pieces
from tests.desktop import texts


@pytest.mark.parametrize("name", texts.ALL)
def test_every_script_stays(name: str) -> None:
    assert harmless(texts.ALL[name]) == texts.ALL[name]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x1b[31mb\x1b]0;title\x07c", "a[31mb]0;titlec"),
        ("\x00\x01\x03\x04\x08\x7f\x80\x9b\x9fx", "x"),
        ("a\r\nb\tc\vd\fe\x85f\u2028g\u2029h", "a\nb\tcdefgh"),
        ("\u202aa\u202eb\u202c\u2066c\u2069\u200e\u200f\u061c", "abc"),
        ("soft\u00adhyphen\u200b\u2060\ufeff\ufffe", "softhyphen"),
        ("hidden\U000e0041\U000e0042\U000e0001", "hidden"),
        ("private\ue000\U000f0000", "private"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("\u200d a\u200d b\u200c", " a b"),  # joiners that join nothing
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!", None),
        ("\U0001f3f4" + "\U000e0061" * 50 + "\U000e007f", "\U0001f3f4"),  # no flag: hidden text
        ("a\u00a0b\u3000c\u202fd", None),
        ("\U0001fae8\U0001fadf", None),  # emoji that an older Python does not know
    ],
)
def test_what_is_kept(text: str, kept: str | None) -> None:
    assert harmless(text) == (text if kept is None else kept)


@given(st.text(st.characters(codec=None)))
def test_nothing_that_steers_is_left(text: str) -> None:
    for character in harmless(text):
        assert character in "\n\t\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cs", "Co", "Zl", "Zp")
        assert not 0x202A <= ord(character) <= 0x202E
        assert not 0x2066 <= ord(character) <= 0x2069
    assert harmless(harmless(text)) == harmless(text)


def test_every_printable_character_stays() -> None:
    printable = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isprintable()]
    assert harmless("".join(printable)) == "".join(printable)


def test_a_megabyte_without_a_space_takes_no_time() -> None:
    text = "a\x1b" * 500_000
    assert harmless(text) == "a" * 500_000


@given(st.text(), st.integers(2, 30))
def test_pieces_are_the_text_and_not_too_long(text: str, units: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    pieces = utf16_pieces(text, units)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode("utf-16-le")) // 2 <= units for piece in pieces)


def test_pieces_do_not_cut_what_belongs_together() -> None:
    family = "👩‍👩‍👧‍👦"  # 11 units
    assert utf16_pieces("a" * 15 + family, 20) == ["a" * 15, family]
    assert utf16_pieces("x" * 19 + "e\u0301", 20) == ["x" * 19, "e\u0301"]
    assert utf16_pieces("x" * 19 + "🇩🇪", 20) == ["x" * 19, "🇩🇪"]
    assert utf16_pieces(family * 3, 20) == [family] * 3
    assert "".join(utf16_pieces(family + "\u0301" * 40, 20)) == family + "\u0301" * 40


def test_clusters() -> None:
    assert clusters("e\u0301🇩🇪🇯🇵👍🏽❤️‍🔥\n\u0301") == ["e\u0301", "🇩🇪", "🇯🇵", "👍🏽", "❤️‍🔥", "\n", "\u0301"]
