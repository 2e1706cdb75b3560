from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asrd_clients.injectors.text import harmless as last_filter
from asrd_clients.typist.harmless import MOST_CHARACTERS, MOST_MARKS, harmless, typeable

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
HIDDEN = "".join(chr(0xE0000 + ord(c)) for c in "rm -rf")

nasty = st.text(
    st.sampled_from(
        "\x00\x07\x08\t\n\r\x1b\x7f\x85\x90\x9b\x9d\xad[]Pm;0aé\u0301\u0323\u200b\u200c\u200d\u200e\u2028\u202a\u202e\u2060\u2066"
        "\u2069\ufe0f\ufeff\uffff\ufffc❤👩🇫🇷🏽क्षدی漢\U000e0067\U000e007f\U000e0100\U0010ffff\ud800 "
    )
    | st.characters(),
    max_size=30,
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain text, as it is.", "plain text, as it is."),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hcleared", "cleared"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://example.invalid\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;cm0gLXJm\x9ctext", "text"),
        ("\x1bPq#0;2;0;0;0\x1b\\text", "text"),
        ("\x9d0;title\x07text", "text"),
        ("\x1b]never closed", "never closed"),
        ("\x1b(Btext", "text"),
        ("\x1bctext", "text"),
        ("end\x1b", "end"),
        ("a\x1b[", "a"),
        ("a\x08\x08b\x7f", "ab"),
        ("\x03\x04\x16", ""),
        ("one\ntwo\r\nthree\tfour", "one two  three four"),
        ("one\u2028two\u2029three\x85four\x0bfive", "one two three four five"),
        ("abc\u202edcba\u202c", "abcdcba"),
        ("\u2066hidden\u2069 \u200fmark\u200e", "hidden mark"),
        ("zero\u200bwidth\u2060s\ufeff", "zerowidths"),
        ("soft\xadhyphen", "softhyphen"),
        (f"text{HIDDEN}", "text"),
        (f"\U0001f3f4{HIDDEN}", "\U0001f3f4"),
        (f"go {SCOTLAND}!", f"go {SCOTLAND}!"),
        ("\U0001f3f4\u200d☠\ufe0f", "\U0001f3f4\u200d☠\ufe0f"),
        ("👨‍👩‍👧 👍🏽 ❤️ 1️⃣ 🇫🇷", "👨‍👩‍👧 👍🏽 ❤️ 1️⃣ 🇫🇷"),
        ("❤️‍🔥 🏳️‍🌈 👩🏽‍💻", "❤️‍🔥 🏳️‍🌈 👩🏽‍💻"),
        ("🇫", ""),
        ("🇫🇷🇩", "🇫🇷"),
        ("a\u200db", "ab"),
        ("a\u200cb", "ab"),
        ("a\ufe0fb", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष श्री", "क्\u200dष श्री"),
        ("\u200dstart and end\u200d", "start and end"),
        ("e\u0301", "é"),
        ("\u0301first", "first"),
        ("a \u0301b", "a b"),
        ("\u0130stanbul ﬁ", "\u0130stanbul ﬁ"),
        ("葛\U000e0100", "葛\U000e0100"),
        ("x\U000e0100", "x"),
        ("\ue000private\U0010fffd", "private"),
        ("non\ufffe\uffffcharacters\ufdd0", "noncharacters"),
        ("sur\ud800rogate\udfff", "surrogate"),
        ("object\ufffc filler\u3164\u115f blank\u2800", "object filler blank"),
        ("« été »", "« été »"),
        ("«\u00a0été\u00a0»", "«\u00a0été\u00a0»"),
        ("thin\u2009space", "thin space"),
        ("日本語　です", "日本語　です"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("ที่นี่", "ที่นี่"),
        ("𠮷野家", "𠮷野家"),
    ],
)
def test_leaves_what_can_be_seen(text: str, left: str) -> None:
    assert harmless(text) == left


def test_a_letter_keeps_few_marks() -> None:
    assert harmless("x" + "\u0334" * 1000) == "x" + "\u0334" * 8
    assert MOST_MARKS == 8


def is_harmless(text: str) -> bool:
    bad = ("Cc", "Cs", "Co", "Zl", "Zp")
    bidi = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    return not any(unicodedata.category(c) in bad or c in bidi or c in "\u200b\u2060\ufeff" for c in text)


@given(nasty)
@example("\U0001f3f4\U000e0067\U000e0062")
@settings(max_examples=1500, deadline=None)
def test_for_any_text(text: str) -> None:
    left = harmless(text)
    assert is_harmless(left)
    assert harmless(left) == left, "the same again changes nothing"
    assert unicodedata.normalize("NFC", left) == left
    assert last_filter(left) == left, "the injectors' own filter agrees"


@given(text=nasty, enter=st.booleans())
@settings(max_examples=500, deadline=None)
def test_the_last_filter_lets_line_feeds_and_tabs_through_and_nothing_more(text: str, *, enter: bool) -> None:
    left = typeable(text, enter=enter)
    assert is_harmless(left.replace("\n", "").replace("\t", ""))
    assert enter or "\n" not in left
    assert typeable(left, enter=enter) == left


def test_commands_stay_commands() -> None:
    assert typeable(" one\n\ntwo\tthree\x1b[2J", enter=True) == " one\n\ntwo\tthree"
    assert typeable("one \n\n two", enter=False) == "one two"


def test_a_megabyte_without_spaces_is_cut_in_no_time() -> None:
    began_s = time.perf_counter()
    for text in (
        "a" * 1_000_000,
        "\x1b[" * 500_000,
        "\x1b]" * 500_000,
        "\u0301" * 1_000_000,
        "👨\u200d" * 500_000,
        "🇫" * 1_000_000,
    ):
        assert len(harmless(text)) <= MOST_CHARACTERS
        assert len(typeable(text, enter=True)) <= MOST_CHARACTERS
    assert time.perf_counter() - began_s < 20.0
    assert harmless("a" * 1_000_000) == "a" * MOST_CHARACTERS


def test_is_not_cut_within_a_character() -> None:
    assert harmless("ab" + "x\u0334", most=3) == "ab"
    assert harmless("a👨\u200d👩", most=3) == "a"
