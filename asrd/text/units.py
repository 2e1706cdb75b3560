"""Words, or characters where a script writes none: the units in which text is committed and timed."""

from __future__ import annotations

import re
from typing import Final

# Scripts written without spaces: kana, CJK ideographs (with extensions), Thai, Lao, Khmer, Burmese. Combining marks
# stay with their base character.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
_MARKS: Final = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
_PUNCTUATION: Final = "\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20"
_UNIT: Final = re.compile(rf"\s*(?:[{_UNSPACED}][{_MARKS}{_PUNCTUATION}]*|[^\s{_UNSPACED}]+)|\s+$")

_LETTER: Final = re.compile(rf"[{_UNSPACED}]")
_NEEDS_NO_SPACE: Final = re.compile(rf"[{_UNSPACED}{_PUNCTUATION}]")


def split_units(text: str) -> list[str]:
    """Cut `text` into units, each with the white space before it; joined again they are `text`."""
    return _UNIT.findall(text)


def is_unspaced(letter: str) -> bool:
    """Whether a letter belongs to a script that writes no spaces."""
    return _LETTER.fullmatch(letter) is not None


def join_texts(left: str, right: str) -> str:
    """Two neighbouring pieces of transcript as one: with a space between them unless the script writes none."""
    if not left or not right:
        return left or right
    if _NEEDS_NO_SPACE.match(left[-1]) or _NEEDS_NO_SPACE.match(right[0]):
        return left + right
    return f"{left} {right}"
