"""Keysyms and the characters that they stand for.

Source: X Window System protocol, appendix A (keysym encoding). Pure.
"""

from __future__ import annotations

from typing import Final

RETURN: Final = 0xFF0D
TAB: Final = 0xFF09
BACKSPACE: Final = 0xFF08
INSERT: Final = 0xFF63
SHIFT: Final = frozenset({0xFFE1, 0xFFE2})
CONTROL: Final = frozenset({0xFFE3, 0xFFE4})
# ISO_Level3_Shift and ISO_Level5_Shift: held, they give a key's third to eighth character.
LEVEL_SHIFTS: Final = frozenset({0xFE03, 0xFE11})
_UNICODE: Final = 0x01000000
_KEYS: Final = {"\n": RETURN, "\t": TAB}
# The older keysyms repeat 8-bit character sets: the byte of each is the keysym's second, the set its first.
_SETS: Final = {
    0x01: "iso8859-2",
    0x02: "iso8859-3",
    0x03: "iso8859-4",
    0x05: "iso8859-6",
    0x06: "koi8-r",
    0x0C: "iso8859-8",
    0x0D: "iso8859-11",
    0x13: "iso8859-15",
}
# Those that keep to no set, as far as keyboard layouts have them.
_OTHERS: Final = {
    0x04A1: "。", 0x04A2: "「", 0x04A3: "」", 0x04A4: "、", 0x04A5: "・",
    0x06A1: "ђ", 0x06A2: "ѓ", 0x06A3: "ё", 0x06A4: "є", 0x06A5: "ѕ", 0x06A6: "і", 0x06A7: "ї", 0x06A8: "ј",
    0x06A9: "љ", 0x06AA: "њ", 0x06AB: "ћ", 0x06AC: "ќ", 0x06AD: "ґ", 0x06AE: "ў", 0x06AF: "џ", 0x06B0: "№",
    0x06B1: "Ђ", 0x06B2: "Ѓ", 0x06B3: "Ё", 0x06B4: "Є", 0x06B5: "Ѕ", 0x06B6: "І", 0x06B7: "Ї", 0x06B8: "Ј",
    0x06B9: "Љ", 0x06BA: "Њ", 0x06BB: "Ћ", 0x06BC: "Ќ", 0x06BD: "Ґ", 0x06BE: "Ў", 0x06BF: "Џ",
    0x07A1: "Ά", 0x07A2: "Έ", 0x07A3: "Ή", 0x07A4: "Ί", 0x07A5: "Ϊ", 0x07A7: "Ό", 0x07A8: "Ύ", 0x07A9: "Ϋ",
    0x07AB: "Ώ", 0x07B1: "ά", 0x07B2: "έ", 0x07B3: "ή", 0x07B4: "ί", 0x07B5: "ϊ", 0x07B6: "ΐ", 0x07B7: "ό",
    0x07B8: "ύ", 0x07B9: "ϋ", 0x07BA: "ΰ", 0x07BB: "ώ", 0x07F3: "ς",
    0x0AA9: "—", 0x0AAA: "–", 0x0AAE: "…", 0x0AC9: "™", 0x0AD0: "‘", 0x0AD1: "’", 0x0AD2: "“", 0x0AD3: "”",
    0x0AFD: "‚", 0x0AFE: "„", 0x0AF1: "†", 0x0AF2: "‡", 0x0AE6: "•",
    0x08FB: "←", 0x08FC: "↑", 0x08FD: "→", 0x08FE: "↓", 0x08BD: "≠", 0x08BC: "≤", 0x08BE: "≥", 0x08C2: "∞",
    0x20AC: "€", 0x13BC: "Œ", 0x13BD: "œ", 0x13BE: "Ÿ",
}  # fmt: skip
_GREEK: Final = {0x07C1 + i: c for i, c in enumerate("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣ")} | {
    0x07D4 + i: c for i, c in enumerate("ΤΥΦΧΨΩ")
}
_GREEK_LOWER: Final = {
    keysym + 0x20: character.lower() for keysym, character in _GREEK.items() if keysym + 0x20 != 0x07F3
}
_NAMED: Final = _OTHERS | _GREEK | _GREEK_LOWER


def keysym_of(character: str) -> int:
    r"""The keysym of a character; of "\n" and "\t" those of the Return and the Tab key."""
    code = ord(character)
    if character in _KEYS:
        return _KEYS[character]
    return code if _is_latin1(code) else _UNICODE + code


def character_of(keysym: int) -> str:
    """What a keysym types, or "" where that is no character, or a dead key, or one of the number block."""
    if keysym in (RETURN, TAB):
        return "\n" if keysym == RETURN else "\t"
    if _is_latin1(keysym):
        return chr(keysym)
    if _UNICODE + 0x100 <= keysym <= _UNICODE + 0x10FFFF:
        code = keysym - _UNICODE
        return "" if 0xD800 <= code < 0xE000 else chr(code)
    return _NAMED.get(keysym) or _of_set(keysym)


def upper(keysym: int) -> int:
    """What programs make of a keysym while Caps Lock is on and the key itself does not heed it."""
    character = character_of(keysym)
    capital = character.upper()
    return keysym if len(capital) != 1 or capital == character or character in _KEYS else keysym_of(capital)


def _is_latin1(code: int) -> bool:
    return 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFF


def _of_set(keysym: int) -> str:
    name = _SETS.get(keysym >> 8)
    byte = keysym & 0xFF
    if name is None or byte < 0xA1 or (name == "koi8-r" and byte < 0xC0):
        return ""
    return bytes([byte]).decode(name, "ignore")
