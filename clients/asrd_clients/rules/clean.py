"""Makes a transcript harmless: what a program sent is text to be typed, never a key to be pressed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from asrd_clients.rules.characters import NO_BREAK_SPACES

# Format characters that writing needs: non-joiner and joiner (Persian, Indic scripts, emoji), left-to-right and
# right-to-left mark. Overrides, embeddings and isolates, which can show a text in another order, are none of them.
_KEPT_FORMAT: Final = frozenset("\u200c\u200d\u200e\u200f")
_SPACES: Final = re.compile(r"\s{2,}")


def clean(text: str) -> str:
    """The text without control characters, bidi overrides and broken UTF-16; every run of white space is one space.

    A single no-break space stays, as French sets it before some marks. Linear in the length of `text`.
    """
    table = {ord(character): _replacement(character) for character in set(text)}
    return _SPACES.sub(" ", text.translate(table)).strip()


def harmful(character: str) -> bool:
    """Whether this character is never to be typed; white space is not harmful, though a line feed presses a key."""
    if character.isspace():
        return False
    category = unicodedata.category(character)
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    return category in {"Cc", "Cs"} or (category == "Cf" and character not in _KEPT_FORMAT) or is_noncharacter


def _replacement(character: str) -> str:
    if harmful(character):
        return ""
    if character.isspace() and character not in NO_BREAK_SPACES:
        return " "
    return character
