"""How a word sounds, roughly, and how far two spellings are apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

# Spellings of one sound, in the order in which they are replaced; for languages in Latin letters, none in particular.
_SOUNDS: Final = tuple(
    (re.compile(spelling), sound)
    for spelling, sound in (
        ("ß", "s"),
        ("sch|sh|tch|ch", "x"),
        ("ph", "f"),
        ("th", "t"),
        ("ck|cc|qu|q", "k"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("x(?=.)", "x"),
        ("z", "s"),
        ("[wv]", "v"),
        ("[gj](?=[eiy])", "j"),
        ("dt", "t"),
        (r"(.)\1+", r"\1"),
    )
)
_VOWELS: Final = frozenset("aeiouyäöüåøæ")
_SILENT: Final = _VOWELS | {"h"}


def letters_of(text: str) -> str:
    """Letters and digits alone, small."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFC", text.casefold())))


@lru_cache(maxsize=8192)
def sound_of(letters: str) -> str:
    """The consonants in order, those that sound alike as one; and a vowel at the start."""
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFD", letters)))
    for spelling, sound in _SOUNDS:
        plain = spelling.sub(sound, plain)
    return plain[:1] + "".join(letter for letter in plain[1:] if letter not in _SILENT)


def distance(left: str, right: str, limit: int) -> int:
    """Edits (insert, drop, change, swap of neighbours) from one to the other, `limit` + 1 if there are more.

    Source: optimal string alignment, V. Levenshtein 1966 with F. Damerau's transpositions 1964.
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: Sequence[int] = ()
    last = list(range(len(right) + 1))
    for row, letter in enumerate(left, start=1):
        current = [row]
        for column, other in enumerate(right, start=1):
            cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, last = last, current
    return min(last[-1], limit + 1)


def bag_of(letters: str) -> int:
    """A set of letters as bits: words with few edits between them differ in few bits, which is quick to see."""
    bits = 0
    for letter in letters:
        bits |= 1 << (ord(letter) % 61)
    return bits
