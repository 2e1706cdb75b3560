"""What may reach a keyboard: text to be seen, and nothing that steers a terminal or the order of reading. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from asrd_clients.graphemes import clusters

# Joiners and non-joiners are invisible, but emoji ("family") and Persian or Hindi words need them between letters.
_JOINERS: Final = frozenset("\u200c\u200d")
_STEERED: Final = frozenset("\n\t")  # the Return and the Tab key: a spoken command asked for them
_BAD: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
# Emoji of later years are not in the tables of an older Python.
_EMOJI: Final = range(0x1F000, 0x1FB00)
# A flag of a region: a black flag, its letters as tags, the end tag. Tags anywhere else are hidden text.
_REGION_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")


def harmless(text: str) -> str:
    r"""The text without control characters (but "\n" and "\t"), bidirectional overrides and other invisible ones.

    Kept: every letter, mark, number, sign and space of Unicode, joiners between visible characters, and the flags of
    regions with the tags that they consist of. Of an escape sequence, what remains is its visible part.
    """
    pieces: list[str] = []
    end = 0
    for flag in _REGION_FLAG.finditer(text):
        pieces += [_visible(text[end : flag.start()]), flag.group()]
        end = flag.end()
    pieces.append(_visible(text[end:]))
    return "".join(pieces)


def utf16_pieces(text: str, units: int) -> list[str]:
    """Cut text into pieces of at most so many UTF-16 code units (2 or more), and between what belongs together.

    A character outside the first plane (two units) is never cut; a mark or a joined emoji only if it is longer than a
    whole piece.
    """
    pieces, piece, size = [], "", 0
    for cluster in clusters(text):
        for part in [cluster] if _units(cluster) <= units else list(cluster):
            if size + _units(part) > units:
                pieces.append(piece)
                piece, size = "", 0
            piece += part
            size += _units(part)
    return [*pieces, piece] if piece else pieces


def _visible(text: str) -> str:
    kept: list[str] = []
    for position, character in enumerate(text):
        if character in _JOINERS:
            after = text[position + 1 : position + 2]
            if kept and _is_seen(kept[-1]) and after and _is_seen(after):
                kept.append(character)
        elif (
            character in _STEERED or character == " " or _is_seen(character) or unicodedata.category(character) == "Zs"
        ):
            kept.append(character)
    return "".join(kept)


def _is_seen(character: str) -> bool:
    """Whether it is a character with ink, or a mark upon one."""
    category = unicodedata.category(character)
    return category != "Zs" and (category not in _BAD or (category == "Cn" and ord(character) in _EMOJI))


def _units(text: str) -> int:
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)
