"""On which sides a text that a command types has a space."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.characters import CLOSING, OPENING, PAUSE_MARKS
from asrd_clients.rules.commands import Side, Typed

_GLUED: Final = frozenset("-/\\_@’'")
_UNITS: Final = frozenset("%°")
_SIGNS: Final = frozenset("#$£")


def side_of(typed: Typed) -> Side:
    """Where a typed text has a space: as its rule says, else as its characters have it."""
    text = typed.text
    if typed.space is not None:
        return typed.space
    if not text or text.isspace() or text in _GLUED:
        return Side.NONE
    if text[0].isspace() or is_punctuation(text) or closes(typed) or text in _UNITS:
        return Side.AFTER
    return Side.BEFORE if opens(typed) or text in _SIGNS else Side.BOTH


def is_punctuation(text: str) -> bool:
    """Whether it ends a clause or a sentence, as "," or "?!" or ".\\n" do."""
    return text[:1] in PAUSE_MARKS and all(one in PAUSE_MARKS or one.isspace() for one in text)


def opens(typed: Typed) -> bool:
    """Whether it is an opening quote or bracket. (German closes with the sign that opens in English.)"""
    return len(typed.text) == 1 and typed.text in OPENING and typed.space in (None, Side.BEFORE)


def closes(typed: Typed) -> bool:
    """Whether it is a closing quote or bracket."""
    is_quote = len(typed.text) == 1 and typed.text in CLOSING + OPENING
    return is_quote and (typed.text in CLOSING or typed.space is Side.AFTER)
