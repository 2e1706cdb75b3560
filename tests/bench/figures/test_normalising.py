"""What counts as the same text, and what does not."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.bench.figures import normalising
from asrd.bench.figures.normalising import check_installed, normalised, plain
from asrd.errors import ConfigError
from tests.bench.needs import NEEDS_TEXT2NUM

pytestmark = NEEDS_TEXT2NUM
ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = f" {'and ' if size == 100 else ''}{spelled(number % size)}" if number % size else ""
    return f"{spelled(number // size)} {name}{rest}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  Good   morning,\nWorld!  ", "good morning world"),
        ("Don\u2019t say `dont`; it's the dogs' -- 'cause", "don't say dont it's the dogs cause"),
        ("light-roast (iced) coffee\u2026", "light roast iced coffee"),
        ("snake_case a/b", "snake case a b"),
        ("STRASSE Straße", "strasse strasse"),
        ("\uff21\uff22 \ufb01ne Cafe\u0301", "ab fine café"),
        ("co\u00adopt a\u200bb", "coopt ab"),
        ("今日は、晴れ。", "今日は 晴れ"),
        ("नमस्ते दुनिया!", "नमस्ते दुनिया"),
        ("50% of A&B", "50 percent of a and b"),
        ("$5 and £3.50, €1,000", "5 dollars and 3.50 pounds 1000 euros"),
        ("1,000,000 at 3.5, or 1,2 v. 7.", "1000000 at 3.5 or 1 2 v 7"),
        ("$1.2.3", "1.2.3"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a twelve ounce coffee", "A 12-ounce coffee."),
        ("zero three five one", "0351"),
        ("nine one one", "9-1-1"),
        ("nineteen eighty-four", "1984"),
        ("twenty twenty five", "2025"),
        ("two million", "2 million"),
        ("three and a half million", "3 and a half million"),
        ("three point five million", "3.5 million"),
        ("five hundred", "5 hundred"),
        ("two thousand six hundred", "2,600"),
        ("three point one four", "3.14"),
        ("the twenty-first", "the 21st"),
        ("five percent", "5%"),
        ("twenty dollars", "$20"),
        ("no one", "no 1"),
        ("\u0390", "\u0399\u0308\u0301"),  # one letter, or with its marks beside it
    ],
)
def test_ways_of_writing_one_number(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("don't", "dont"),
        ("it's", "it is"),
        ("twenty five", "twenty six"),
        ("3.5", "35"),
        ("60", "16"),
        ("2 100", "200 1"),
        ("200 100", "20000"),
    ],
)
def test_what_stays_different(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@given(st.integers(0, 999_999))
def test_number_words_are_figures(number: int) -> None:
    assert normalised(f"I said {spelled(number)} times") == f"i said {number} times"
    assert normalised(f"{number:,}") == str(number)


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_any_text(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert once == once.casefold().strip()
    assert "  " not in once
    assert "  " not in normalised(text)
    assert plain(f"  {text}!? ") == once


@given(
    st.lists(st.sampled_from([*ONES, *TENS, "hundred", "million", "and", "point", "tea", "7", "40", "1.5"]), max_size=8)
)
def test_what_is_normalised_is_normal(words: list[str]) -> None:
    once = normalised(" ".join(words))
    assert plain(once) == once


@pytest.fixture
def forgotten() -> Iterator[None]:
    normalising._figures.cache_clear()
    yield
    normalising._figures.cache_clear()


@pytest.mark.parametrize("release", ["2.5.1", None])
@pytest.mark.usefixtures("forgotten")
def test_without_the_library(release: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(_name: str) -> str:
        if release is None:
            raise importlib.metadata.PackageNotFoundError
        return release

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setitem(sys.modules, "text_to_num", None)
    with pytest.raises(ConfigError, match=r"text2num 3.*the extra `bench`"):
        check_installed()
