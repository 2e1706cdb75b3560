"""How languages set capitals and marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final

from asrd_clients.rules.small_words import elided, small_words
from asrd_clients.rules.tokens import key_of

_NO_BREAK: Final = "\u00a0"
_FRENCH_MARKS: Final = MappingProxyType({mark: _NO_BREAK + mark for mark in ";:!?»"} | {"«": "«" + _NO_BREAK})


@dataclass(frozen=True)
class Style:
    """One language's habits.

    Attributes:
        marks: spoken marks that are typed with a space of their own.
        small: words that have a capital only where a sentence begins.
        elided: beginnings of words of which the same is true.
        great: words that have a capital anywhere, whatever the former say.
        is_turkic: i and I have their own capital and small letter.
    """

    marks: Mapping[str, str] = field(default_factory=dict)
    small: frozenset[str] = frozenset()
    elided: tuple[str, ...] = ()
    great: frozenset[str] = frozenset()
    is_turkic: bool = False

    def upper(self, text: str) -> str:
        """All capitals."""
        return (text.replace("i", "İ") if self.is_turkic else text).upper()

    def capital(self, word: str) -> str:
        """The word with a first capital, unless it has capitals of its own further on (iPhone)."""
        if not word or word != word.lower():
            return word
        return self.upper(word[0]) + word[1:] if len(word[0].upper()) == 1 else word

    def uncapital(self, word: str) -> str:
        """The word with a small first letter, if its capital is nothing but its sentence's start."""
        if not word or word[0] == word[0].lower() or word[1:] != word[1:].lower() or len(word[0].lower()) != 1:
            return word
        return word[0].lower() + word[1:] if self._is_small(key_of(word)) else word

    def _is_small(self, key: str) -> bool:
        return key not in self.great and (key in self.small or key.startswith(self.elided))


@cache
def style_of(language: str) -> Style:
    """The style of a language, by the model's name for it."""
    return Style(
        marks=_FRENCH_MARKS if language == "French" else {},
        small=small_words(language),
        elided=elided(language),
        is_turkic=language == "Turkish",
    )
