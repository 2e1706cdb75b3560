"""What a place in the text means for the next word: a capital, a small letter, a space."""

from __future__ import annotations

from enum import Enum
from typing import Final

from asrd_clients.rules.characters import CLAUSE_MARKS, CLOSING, DASHES, ELLIPSES, OPENING, SENTENCE_ENDS, is_wide

_QUOTES: Final = "\"'’"
_BLANKS: Final = " \u00a0\u202f"
_BULLETS: Final = "-–—•*"
_JOINERS: Final = "/\\_@"
_SIGNS_BEFORE: Final = "#$£"
_NO_SPACE_BEFORE: Final = frozenset(CLAUSE_MARKS + SENTENCE_ENDS + ELLIPSES + CLOSING + "%°’")
_LOOK_BACK: Final = 200  # characters; a sentence's last words are enough


class Place(Enum):
    """Where the next word would stand."""

    SENTENCE = "at the start of a sentence"
    LINE = "at the start of a line"
    WITHIN = "within a sentence"
    UNCLEAR = "after a colon, dash or ellipsis: either"


def place_after(text: str) -> Place:
    """Where the word after `text` stands; nothing before it counts as the start of a sentence."""
    rest = text[-_LOOK_BACK:].rstrip(_BLANKS)
    is_opened = False
    while _opens(rest):
        is_opened = is_opened or rest[-1] not in "¿¡"
        rest = rest[:-1].rstrip(_BLANKS)
    place = _place_behind(rest)
    return Place.UNCLEAR if is_opened and place is Place.WITHIN else place


def _place_behind(rest: str) -> Place:
    if not rest:
        return Place.SENTENCE
    line = rest[rest.rfind("\n") + 1 :]
    if "\n" in rest and line.strip(_BLANKS + _BULLETS + "\t") == "":
        return Place.LINE
    core = rest.rstrip(CLOSING + _QUOTES + _BLANKS + "“")
    if core and core[-1] in SENTENCE_ENDS:
        return Place.SENTENCE
    if rest[-1] == "-" and _glues(rest):
        return Place.WITHIN
    if rest[-1] in ELLIPSES + DASHES + ":：\t":
        return Place.UNCLEAR
    return Place.WITHIN


def space_between(left: str, right: str) -> str:
    """The space that belongs between two neighbouring pieces of text, "" or " "; "" at the start of a text."""
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return ""
    if right[0] in _NO_SPACE_BEFORE or is_wide(left[-1]) or is_wide(right[0]):
        return ""
    return "" if _glues(left[-_LOOK_BACK:]) else " "


def space_after(left: str) -> str:
    """The space before something that stands apart, whatever it begins with: "" after another space or a bracket."""
    return "" if not left or left[-1].isspace() or is_wide(left[-1]) or _glues(left[-_LOOK_BACK:]) else " "


def _glues(left: str) -> bool:
    """Whether nothing but the next word may follow `left`."""
    last, rest = left[-1], left[:-1]
    if last in _JOINERS or _opens(left):
        return True
    if last in _SIGNS_BEFORE:
        return _stands_free(rest)
    return last == "-" and not _stands_free(rest)


def _opens(text: str) -> bool:
    """Whether `text` ends with an opening quote or bracket; “ closes what „ has opened, " and ' open after a space."""
    last = text[-1:]
    if last in ('"', "'"):
        return _stands_free(text[:-1])
    is_german_end = last == "“" and text.rfind("„") > text.rfind("“", 0, -1)
    return last != "" and last in OPENING and not is_german_end


def _stands_free(before: str) -> bool:
    return not before or before[-1].isspace() or _opens(before)
