"""Text that is safe to show on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.text.columns import harmless, harmless_part

STEERING = [
    *map(chr, (*range(32), *range(0x7F, 0xA0))),
    *"\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff\ud800",
]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\x1b]0;title\x07b\x9b2Jc\r\nd\u2028e\x7ff\u202eg", "a ]0;title b 2Jc d e fg"),
        ("\n a \t b ", "a b"),
        ("م\u200cی 👩\u200d💻", "م\u200cی 👩\u200d💻"),  # joiners are part of the writing
        ("\u200fשלום\u061c", "שלום"),
        ("a\ud800b", "a\ufffdb"),
        ("天气\u3000很好", "天气 很好"),
        ("", ""),
    ],
)
def test_a_harmless_line(text: str, line: str) -> None:
    assert harmless(text) == line


def test_a_part_of_a_line_keeps_its_spaces() -> None:
    assert harmless_part(" hello  \x1b[1m") == " hello   [1m"
    assert harmless_part("hello ") + harmless_part(" world") == "hello  world"


@pytest.mark.parametrize("character", STEERING)
def test_nothing_that_steers_is_left(character: str) -> None:
    for clean in (harmless, harmless_part):
        assert character not in clean(f"a{character}b")
        assert len(clean(f"a{character}b").splitlines()) == 1


@given(st.text(st.characters() | st.sampled_from(STEERING)))
def test_cleaning_again_changes_nothing_and_utf_8_carries_it(text: str) -> None:
    line = harmless(text)
    assert harmless(line) == line
    assert line.encode().decode() == line
    assert harmless(harmless_part(text)) == line
