"""Characters as a user sees them, and what one press of Backspace takes away, where that can be known. Pure.

Editors agree about a character that stands alone: it is one code point, and one Backspace deletes it. They disagree
about everything that is made of several (a vowel sign on its letter, a flag, a family of emoji): some delete all of it,
some its last code point. Nothing of that kind is ever erased; who wants to erase comes to a `border` there.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ZWNJ: Final = "\u200c"
ZWJ: Final = "\u200d"
_VIRAMA: Final = 9  # canonical combining class; it joins the next letter
# Hangul parts, which join each other, and signs that join what follows (Prepended_Concatenation_Mark).
_JOINING: Final = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\U000110bd\U000110cd]"
)
_FLAG_LETTER: Final = re.compile("[\U0001f1e6-\U0001f1ff]")
_SKIN: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
_TAG: Final = re.compile("[\U000e0020-\U000e007f]")
_HALF_WIDTH_MARKS: Final = "\uff9e\uff9f"


def is_mark(character: str) -> bool:
    """Whether it stands upon, under or beside the character before it."""
    return unicodedata.category(character) in ("Mn", "Mc", "Me") or character in _HALF_WIDTH_MARKS


def clusters(text: str) -> list[str]:
    """The text as characters that a user sees, after Unicode's annex 29; joined again they are `text`.

    Where it is unsure whether two code points are one character, they are: that only makes it more careful.
    """
    found: list[str] = []
    for character in text:
        if found and _joins(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def erasable(text: str) -> int:
    """How many code points at the end of `text` one Backspace each takes away, in any editor.

    A tab is never among them: it may have led to another field. A line feed is.
    """
    count = 0
    for cluster in reversed(clusters(text)):
        if not _is_plain(cluster):
            break
        count += 1
    return count


def careful_end(text: str, start: int) -> int:
    """Where, from `start` on, the first thing begins that could not be erased, or that acts (Return, Tab)."""
    position = 0
    for cluster in clusters(text):
        if position + len(cluster) > start and (not _is_plain(cluster) or cluster == "\n"):
            return max(position, start)
        position += len(cluster)
    return len(text)


def common_start(old: str, new: str) -> int:
    """How many code points both begin with, without cutting through a character of the old text."""
    same = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        same += 1
    if same == len(old):
        return same
    position = 0
    for cluster in clusters(old):
        if position + len(cluster) > same:
            break
        position += len(cluster)
    return position


def _is_plain(cluster: str) -> bool:
    if cluster == "\t" or len(cluster) > 1:
        return False
    return not (is_mark(cluster) or _JOINING.match(cluster) or _FLAG_LETTER.match(cluster) or cluster in (ZWJ, ZWNJ))


def _joins(cluster: str, character: str) -> bool:
    """Whether a character belongs to the cluster before it."""
    if cluster in ("\n", "\t"):
        return False
    last = cluster[-1]
    if is_mark(character) or character in (ZWJ, ZWNJ) or _SKIN.match(character) or _TAG.match(character):
        return True
    if last == ZWJ or (unicodedata.combining(last) == _VIRAMA and character.isalpha()):
        return True
    if _JOINING.match(last) and not character.isspace():
        return True
    return bool(_FLAG_LETTER.match(character)) and bool(_FLAG_LETTER.match(cluster)) and len(cluster) == 1
