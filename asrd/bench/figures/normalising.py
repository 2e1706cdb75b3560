"""Texts as they are compared: METRICS' "lower-casing, stripping punctuation, normalising numbers the same way on both
sides".

Letters of every script: NFKC and case folding; punctuation and symbols part words. An apostrophe within a word belongs
to it ("don't" is one word, and another than "dont"); hyphens part words. Contractions are not spelled out, as Whisper's
normaliser does: who writes "it's" for "it is" has heard other words.

Numbers: English number words become figures by the library text2num, release 3 (the extra `bench`). What is added makes
the ways of writing one number the same: thousands separators go, "2 million" is 2000000, digits that are read one by
one are one number ("oh" is a word), a year in two halves is one, and "%", "$", "£" and "€" are the words that they are
read as. Other languages must write their numbers alike on both sides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from importlib import metadata
from typing import Final

from asrd.errors import ConfigError
from asrd.installing import with_extra

_APOSTROPHES: Final = re.compile("[\u2018\u2019\u02bc\uff07`\u00b4]")
_GROUPED: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CURRENCIES: Final = {"$": "dollars", "£": "pounds", "€": "euros"}
_AMOUNT: Final = re.compile(r"([$£€])\s?(\d+(?:\.\d+)?)(?![\d.]*\d)")
_KEPT_MARKS: Final = re.compile(r"(?<=\w)'(?=\w)|(?<=\d)\.(?=\d)")
_KEPT_CATEGORIES: Final = frozenset("LMN")
_SCALED: Final = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?) (100|1000(?:000)*)(?![\d.])")
_DIGITS: Final = re.compile(r"(?<![\w.'])(?:\d|0\d+)(?: (?:\d|0\d+))+(?![\w.'])")
_YEAR: Final = re.compile(r"(?<![\w.'])(1[1-9]|20) ([1-9]\d)(?![\w.'])")
_LEAST_TEXT2NUM: Final = 3


def check_installed() -> None:
    """Make sure that number words can be written as figures.

    Raises:
        ConfigError: text2num is not installed, or too old.
    """
    _figures()


def plain(text: str) -> str:
    """Lower case, no punctuation, single spaces; numbers as they are written."""
    text = _APOSTROPHES.sub("'", unicodedata.normalize("NFKC", text)).casefold()
    text = _AMOUNT.sub(lambda found: f"{found[2]} {_CURRENCIES[found[1]]}", _GROUPED.sub("", text))
    text = unicodedata.normalize("NFKC", text.replace("%", " percent ").replace("&", " and "))
    kept = {found.start() for found in _KEPT_MARKS.finditer(text)}
    letters = (letter if at in kept else _kept(letter) for at, letter in enumerate(text))
    return " ".join("".join(letters).split())


def plain_words(text: str) -> list[str]:
    """Its words, plain."""
    return plain(text).split()


def normalised(text: str) -> str:
    """The same with numbers as figures: what error rates compare.

    Raises:
        ConfigError: text2num is not installed, or too old.
    """
    text = _figures()(plain(text))
    while (scaled := _SCALED.sub(_multiplied, text)) != text:
        text = scaled
    text = _DIGITS.sub(lambda found: found[0].replace(" ", ""), text)
    return _YEAR.sub(r"\1\2", text)


def _kept(letter: str) -> str:
    """A letter, mark or figure stays; a format character goes; all else parts words."""
    category = unicodedata.category(letter)
    if category == "Cf":
        return ""
    return letter if category[0] in _KEPT_CATEGORIES else " "


def _multiplied(found: re.Match[str]) -> str:
    """ "2 million", of which the library makes "2 1000000"; a number that is not below its scale stands beside it."""
    number, scale = Decimal(found[1]), Decimal(found[2])
    if number >= scale:
        return found[0]
    return f"{(number * scale).normalize():f}"


@cache
def _figures() -> Callable[[str], str]:
    try:
        release = metadata.version("text2num")
    except metadata.PackageNotFoundError:
        release = "0"
    if int(release.partition(".")[0]) < _LEAST_TEXT2NUM:
        raise ConfigError(
            f"error rates need the package text2num {_LEAST_TEXT2NUM}, which writes number words as figures: "
            f"{with_extra('bench')}, with Python 3.11 or later on macOS"
        )
    from text_to_num import alpha2digit

    return lambda text: str(alpha2digit(text, "en", threshold=0.0))
