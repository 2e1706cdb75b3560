"""Keys, levels and modifiers, on a small keyboard."""

from __future__ import annotations

import ctypes
import ctypes.util
import os

import pytest

from asrd_clients.injectors.x11.keymap import ALPHABETIC, EMPTY, Key, Keymap, KeyType, State, Stroke
from asrd_clients.injectors.x11.keysyms import BACKSPACE, RETURN, character_of, keysym_of, upper

SHIFT, LOCK, CONTROL, LEVEL3 = 1, 2, 4, 128
ONE, TWO, ALPHA, FOUR = 0, 1, ALPHABETIC, 3
TYPES = [
    KeyType(0, {}),
    KeyType(SHIFT, {SHIFT: 1}),
    KeyType(SHIFT | LOCK, {SHIFT: 1, LOCK: 1}),
    KeyType(SHIFT | LEVEL3, {SHIFT: 1, LEVEL3: 2, SHIFT | LEVEL3: 3}),
]


def key(kind: int, *keysyms: int, groups: int = 1) -> Key:
    return Key((kind,) * 4, groups, len(keysyms) // groups, keysyms)


KEYS = {
    10: key(TWO, ord("1"), ord("!")),
    24: key(FOUR, ord("q"), ord("Q"), ord("@"), 0x07D9),
    36: key(ONE, RETURN),
    22: key(TWO, BACKSPACE, BACKSPACE),
    38: key(ALPHA, ord("a"), ord("A"), 0x06C1, 0x06E1, groups=2),
    50: key(ONE, 0xFFE1),
    66: key(ONE, 0xFFE5),
    37: key(ONE, 0xFFE3),
    108: key(ONE, 0xFE03),
    200: EMPTY,
}
MODIFIERS = {50: SHIFT, 66: LOCK, 37: CONTROL, 108: LEVEL3}
KEYMAP = Keymap(TYPES, KEYS, MODIFIERS, range(8, 256))


def strokes(locked: int = 0, group: int = 0) -> dict[str, Stroke]:
    return KEYMAP.strokes(State(0, locked, group))


def test_keys_that_may_be_held() -> None:
    assert dict(KEYMAP.holders()) == {SHIFT: 50, LEVEL3: 108}  # neither Control nor Caps Lock


def test_levels() -> None:
    found = strokes()
    assert found["1"] == Stroke(10, 0)
    assert found["!"] == Stroke(10, SHIFT)
    assert found["@"] == Stroke(24, LEVEL3)
    assert found["Ω"] == Stroke(24, LEVEL3 | SHIFT)
    assert found["\n"] == Stroke(36, 0)
    assert "\t" not in found


def test_caps_lock_turns_shift_round_where_the_key_heeds_it() -> None:
    found = strokes(LOCK)
    assert (found["a"], found["A"]) == (Stroke(38, SHIFT), Stroke(38, 0))
    assert found["1"] == Stroke(10, 0)
    assert found["Q"] == Stroke(24, 0)  # programs capitalise what the key leaves small
    assert "q" not in found


def test_groups() -> None:
    assert strokes(group=1)["а"] == Stroke(38, 0)
    assert "a" not in strokes(group=1)
    assert strokes(group=1)["1"] == Stroke(10, 0)  # one group: the others wrap
    assert strokes(group=2)["a"] == Stroke(38, 0)


@pytest.mark.parametrize(
    ("info", "expected"), [(2, "a"), (0x40 | 2, "а"), (0x80 | 0x10 | 2, "а"), (0x80 | 0x30 | 2, "a")]
)
def test_a_group_that_a_key_does_not_have(info: int, expected: str) -> None:
    keys = {38: Key((ALPHA,) * 4, info, 2, (ord("a"), ord("A"), 0x06C1, 0x06E1))}
    assert Keymap(TYPES, keys, {}, range(8, 256)).strokes(State(0, 0, 2)).keys() >= {expected}


def test_free_keys_type_nothing_and_are_no_modifiers() -> None:
    free = KEYMAP.free()
    assert free[0] == 255
    assert 200 in free
    assert not {10, 50, 66} & set(free)


def test_the_key_of_a_keysym() -> None:
    assert KEYMAP.key_of({BACKSPACE}, 0) == 22
    assert KEYMAP.key_of({0xFF63}, 0) is None


def test_upper() -> None:
    assert upper(ord("a")) == ord("A")
    assert upper(keysym_of("ş")) == keysym_of("Ş")
    assert upper(keysym_of("日")) == keysym_of("日")
    assert upper(ord("ß")) == ord("ß")
    assert upper(RETURN) == RETURN


def test_characters_and_keysyms_are_each_others_inverse() -> None:
    for code in (*range(0x20, 0x7F), *range(0xA0, 0x2000), *range(0x4E00, 0x5000), *range(0x1F600, 0x1F650), 0x10FFFF):
        assert character_of(keysym_of(chr(code))) == chr(code)
    assert character_of(0xFFB1) == ""  # a 1 of the number block
    assert character_of(0xFE51) == ""  # a dead accent
    assert character_of(0x0100D800) == ""


def test_keysyms_as_the_library_of_all_programs_has_them() -> None:
    name = ctypes.util.find_library("xkbcommon")
    if name is None:
        if "CI" in os.environ:
            pytest.fail("libxkbcommon is not installed: tests/desktop/install.sh as root")
        pytest.skip("libxkbcommon is not installed")
    utf32 = ctypes.CDLL(name).xkb_keysym_to_utf32
    utf32.restype = ctypes.c_uint32
    for keysym in range(0x20, 0x2100):
        character, code = character_of(keysym), utf32(keysym)
        assert not code or character in ("", chr(code)), f"{keysym:#x}"
