"""Text for a screen: without what a player or a terminal would obey, and how wide it is.

Width: Unicode Standard Annex 11 (East Asian Width) as `unicodedata` has it; marks and joiners take no room.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_JOINERS: Final = "\u200c\u200d"  # some scripts, and emoji made of several, are wrong without them
_MAX_MARKS: Final = 8  # a row of so many takes no room; more are a prank, and count
_REPLACEMENT: Final = "\ufffd"


def harmless(text: str) -> str:
    """The text in one line, without control characters, bidirectional overrides and other invisible ones.

    Joiners within words stay. What UTF-8 cannot carry becomes U+FFFD.
    """
    return " ".join(harmless_part(text).split())


def harmless_part(text: str) -> str:
    """The same for a part of a line: its spaces stay, each as it is."""
    return "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp" | "Zs":
            return " "
        case "Cf":
            return character if character in _JOINERS else ""
        case "Cs":
            return _REPLACEMENT
    return "" if ord(character) & 0xFFFE == 0xFFFE else character  # of each plane the last two are no characters


def is_mark(character: str) -> bool:
    """Whether it belongs to the character before it and takes no room of its own."""
    return not character.isascii() and unicodedata.category(character) in ("Mn", "Me", "Cf")


def columns(text: str) -> int:
    """How wide the text is: wide (Chinese, Japanese, Korean) characters and emoji take two columns, most others one."""
    if text.isascii():
        return len(text)
    width, marks = 0, 0
    for character in text:
        marks = marks + 1 if is_mark(character) else 0
        if marks == 0 or marks > _MAX_MARKS:
            width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return width


def cut_to_columns(text: str, most: int) -> list[str]:
    """The text in parts of at most `most` columns each, at least 2; no mark is parted from its character."""
    parts: list[str] = []
    begin, width, marks, base = 0, 0, 0, 0
    for index, character in enumerate(text):
        marks = marks + 1 if is_mark(character) else 0
        if 0 < marks <= _MAX_MARKS:
            continue
        if marks == 0 and not (index and text[index - 1] == "\u200d"):  # what a joiner ties on is part of its base
            base = index
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > most:
            if base <= begin or columns(text[base : index + 1]) > most:
                base = index
            parts.append(text[begin:base])
            begin, width, marks = base, columns(text[base : index + 1]), 0
    parts.append(text[begin:])
    return parts
