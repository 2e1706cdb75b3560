"""What each key types: keys, their types and levels, and the modifiers that reach a character.

Source: The X Keyboard Extension: Protocol Specification, chapters 7 (key types, groups) and 15 (symbols). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from asrd_clients.injectors.x11.keysyms import LEVEL_SHIFTS, SHIFT, character_of, upper

SHIFT_BIT: Final = 1
LOCK_BIT: Final = 2
ALPHABETIC: Final = 2  # the third of the four types that every map has: Shift and Caps Lock choose the second level
_CLAMP: Final = 0x40
_REDIRECT: Final = 0x80


@dataclass(frozen=True)
class KeyType:
    """How modifiers choose a key's level.

    Attributes:
        mask: the modifiers that it looks at.
        levels: modifiers of these to level; others give level 0.
        kept: modifiers to those of them that the type looks at, but leaves to programs as well.
    """

    mask: int
    levels: Mapping[int, int]
    kept: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        types: index of the type of each of four groups.
        group_info: number of groups, and what is done with a group that it does not have, as in the protocol.
        width: levels that are stored for each group.
        keysyms: width for the first group, then for the next.
    """

    types: tuple[int, ...]
    group_info: int
    width: int
    keysyms: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it types nothing at all."""
        return not any(self.keysyms)


EMPTY: Final = Key((0, 0, 0, 0), 0, 0, ())


@dataclass(frozen=True)
class Stroke:
    """A key and the modifiers to be held with it, as bits."""

    keycode: int
    modifiers: int


@dataclass(frozen=True)
class State:
    """The keyboard's state.

    Attributes:
        held: modifiers that are held down, or latched for the next key.
        locked: such as Caps Lock and Num Lock.
        group: the layout in effect, from 0.
    """

    held: int
    locked: int
    group: int


@dataclass(frozen=True)
class Keymap:
    """A whole keyboard.

    Attributes:
        keys: by keycode.
        modifiers: by keycode, the modifiers that it sets.
        keycodes: those that the server takes.
    """

    types: Sequence[KeyType]
    keys: Mapping[int, Key]
    modifiers: Mapping[int, int]
    keycodes: range

    def keysym(self, keycode: int, group: int, modifiers: int) -> int:
        """What a program gets when the key is pressed; 0 if nothing."""
        key = self.keys.get(keycode)
        count = key.group_info & 0x0F if key else 0
        if key is None or count == 0:
            return 0
        group = _group(group, count, key.group_info)
        type_ = self.types[key.types[group]]
        used = modifiers & type_.mask
        level = type_.levels.get(used, 0)
        keysym = key.keysyms[group * key.width + level] if level < key.width else 0
        consumed = type_.mask & ~type_.kept.get(used, 0)
        return upper(keysym) if modifiers & LOCK_BIT and not consumed & LOCK_BIT else keysym

    def holders(self) -> Mapping[int, int]:
        """By modifier, the key that may be held for it: Shift and AltGr and their kind, none that locks or commands."""
        found: dict[int, int] = {}
        for keycode, bits in sorted(self.modifiers.items()):
            key = self.keys.get(keycode)
            keysym = key.keysyms[0] if key and key.keysyms else 0
            is_holder = (bits == SHIFT_BIT and keysym in SHIFT) or keysym in LEVEL_SHIFTS
            if is_holder and bits and bits & (bits - 1) == 0:
                found.setdefault(bits, keycode)
        return found

    def strokes(self, state: State) -> dict[str, Stroke]:
        """By character, how it is typed: with as few modifiers as can be."""
        found: dict[str, Stroke] = {}
        for extra in _combinations(self.holders()):
            for keycode in sorted(self.keys):
                character = character_of(self.keysym(keycode, state.group, state.locked | extra))
                if character:
                    found.setdefault(character, Stroke(keycode, extra))
        return found

    def key_of(self, keysyms: Collection[int], group: int) -> int | None:
        """The first key that gives one of the keysyms when it is pressed alone, such as Backspace."""
        return next((code for code in sorted(self.keys) if self.keysym(code, group, 0) in keysyms), None)

    def free(self) -> list[int]:
        """Keycodes that type nothing and are no modifiers, the highest first: real keyboards seldom have those."""
        return [
            code
            for code in reversed(self.keycodes)
            if (code not in self.keys or self.keys[code].is_empty) and not self.modifiers.get(code)
        ]


def _group(group: int, count: int, info: int) -> int:
    """The group of a key that has `count` of them; section 7.2.1."""
    if group < count:
        return group
    if info & 0xC0 == _CLAMP:
        return count - 1
    if info & 0xC0 == _REDIRECT:
        target = (info >> 4) & 0x03
        return target if target < count else 0
    return group % count


def _combinations(modifiers: Iterable[int]) -> Iterator[int]:
    """All sets of modifiers, the smaller first."""
    sets = [0]
    for modifier in sorted(modifiers):
        sets += [one | modifier for one in sets]
    return iter(sorted(sets, key=lambda bits: (bits.bit_count(), bits)))
