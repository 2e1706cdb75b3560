from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd_clients.graphemes import careful_end, clusters, common_start, erasable
from asrd_clients.typist.rest import rest_after, steady_start, steady_words


@pytest.mark.parametrize(
    "whole",
    ["a", "é", "日", "😀", "e\u0301", "👨‍👩‍👧", "👍🏽", "🇫🇷", "❤️", "1️⃣", "ที่", "नि", "क्ष", "ᄒ", "\u0600", "ｶﾞ"],
)
def test_clusters(whole: str) -> None:
    assert clusters(f"x{whole}") == ["x", whole]
    assert clusters(f"{whole} y") == [whole, " ", "y"]


def test_pairs_of_flag_letters() -> None:
    assert clusters("🇫🇷🇩🇪") == ["🇫🇷", "🇩🇪"]


@given(st.text(max_size=30))
def test_clusters_make_up_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text
    assert 0 <= erasable(text) <= len(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語", 3),
        ("a😀", 2),
        ("a👍🏽bc", 2),
        ("क्षab", 2),
        ("abनि", 0),
        ("a\tb", 1),
        ("a\nb", 3),
        ("e\u0301", 0),
        ("abᄒ", 0),  # the parts of a syllable join each other; whether this one has, nobody knows
    ],
)
def test_erasable(text: str, count: int) -> None:
    assert erasable(text) == count


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [("", "a", 0), ("abc", "abd", 2), ("abc", "abcd", 3), ("क", "कि", 1), ("कि", "का", 0), ("x👨‍👩", "x👨‍👧", 1)],
)
def test_common_start(old: str, new: str, same: int) -> None:
    assert common_start(old, new) == same


def test_careful_end() -> None:
    assert careful_end("plain", 0) == 5
    assert careful_end("ab👍🏽c", 0) == 2
    assert careful_end("ab👍🏽c", 4) == 5
    assert careful_end("ab\nc", 0) == 2
    assert careful_end("ab\nc", 3) == 4
    assert careful_end("ab\tc", 0) == 2


@pytest.mark.parametrize(
    ("typed", "whole", "rest"),
    [
        ("", "one two", "one two"),
        ("one", "one two", " two"),
        ("one tw", "one two three", "o three"),
        ("won two", "one two three", " three"),
        ("one two three", "one two", ""),
        ("one too", "one", ""),
        ("日木", "日本語", "語"),
    ],
)
def test_rest_after(typed: str, whole: str, rest: str) -> None:
    assert rest_after(typed, whole) == rest


def test_steady() -> None:
    assert steady_start(["ab", "abc", "abd"]) == "ab"
    assert steady_words(["at 23 o'clock", "at 23", "at 20"]) == "at"
    assert steady_words(["all\nwe", "all"]) == "all"
    assert steady_words(["all 20", "all"]) == "all"
