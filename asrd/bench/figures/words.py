"""Word and character error rates, by jiwer (the extra `bench`), with intervals over clips.

Texts are compared as they are given: `asrd.bench.figures.normalising` makes both sides alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.util import find_spec
from typing import Final

from asrd.bench.figures.spread import Estimate, share
from asrd.errors import ConfigError
from asrd.installing import with_extra
from asrd.text.units import is_unspaced

_LETTER: Final = re.compile(r"[^\W\d_]")
_MANY: Final = 0.5


@dataclass(frozen=True)
class Errors:
    """The edits of the best alignment of a text with its reference, which has `length` words (or characters)."""

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    length: int = 0

    def __add__(self, other: Errors) -> Errors:
        return Errors(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def edits(self) -> int:
        """All of them."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def percent(self) -> float:
        """Edits for each hundred words of the reference; where that has none, a hundred for each edit."""
        return 100.0 * self.edits / max(1, self.length)


def check_installed() -> None:
    """Make sure that error rates can be computed.

    Raises:
        ConfigError: jiwer is not installed.
    """
    if find_spec("jiwer") is None:
        raise ConfigError(f"error rates need the package jiwer: {with_extra('bench')}")


def counts_characters(references: Sequence[str]) -> bool:
    """Whether most letters are of scripts that write no spaces, so that characters are to be counted instead."""
    letters = [letter for text in references for letter in _LETTER.findall(text)]
    return sum(map(is_unspaced, letters)) > _MANY * len(letters)


def errors_of(reference: str, text: str, *, by_character: bool = False) -> Errors:
    """The edits between two texts in words, parted by single spaces, or in characters, where spaces do not count.

    Raises:
        ConfigError: jiwer is not installed.
    """
    check_installed()
    import jiwer

    process = jiwer.process_characters if by_character else jiwer.process_words
    sides = (side.replace(" ", "") if by_character else side for side in (reference, text))
    found = process(*sides)
    return Errors(
        found.substitutions, found.deletions, found.insertions, found.hits + found.substitutions + found.deletions
    )


def error_rate(errors: Sequence[Errors]) -> Estimate:
    """All edits over all words of at least one clip, in percent; the interval is a bootstrap over clips."""
    return share([one.edits for one in errors], [one.length for one in errors]).times(100.0)


def rate_difference(before: Sequence[Errors], after: Sequence[Errors]) -> Estimate:
    """By how many points the rate rises from one way to another over the same clips, which are drawn in pairs."""
    edits = [new.edits - old.edits for old, new in zip(before, after, strict=True)]
    return share(edits, [one.length for one in before]).times(100.0)
