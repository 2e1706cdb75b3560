"""The requests of the X keyboard extension that typing needs; python-xlib has none of them.

Source: The X Keyboard Extension: Protocol Specification, appendix D; each request carries its name there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from Xlib.protocol import rq

from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.x11.devices import xtest_keyboard
from asrd_clients.injectors.x11.keymap import Key, Keymap, KeyType, State

_EXTENSION: Final = "XKEYBOARD"
_CORE_KEYBOARD: Final = 0x100
_USE, _SELECT, _GET_STATE, _GET_MAP, _SET_MAP = 0, 1, 4, 8, 9
_TYPES, _SYMS, _MODMAP = 1, 2, 4  # parts of the map
_NEW_KEYBOARD, _MAP_CHANGED = 1, 2  # events
_ALL_MAP_PARTS: Final = 0xFF


class _Ask(rq.ReplyRequest):  # type: ignore[misc]
    """A request whose reply is kept as it came."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Card8("minor"), rq.RequestLength(), rq.Binary("body"))
    _reply = rq.Struct(rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength())

    def _parse_response(self, data: bytes) -> None:
        super()._parse_response(data)
        self.raw = bytes(data)


class _Tell(rq.Request):  # type: ignore[misc]
    """A request without a reply."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Card8("minor"), rq.RequestLength(), rq.Binary("body"))


class Xkb:
    """The keyboard that XTest presses keys of.

    It has a map of its own, which can differ from those of the keyboards that the user has; windows get the map of the
    keyboard that was used last. So what is read and changed here is that map, and the user's are left alone. Modifiers
    that are held or locked, and the group, are the same for all.
    """

    def __init__(self, display: Any) -> None:
        """Greets the extension, and asks to be told of changes.

        Raises:
            InjectError: the server has no keyboard extension.
        """
        extension = display.query_extension(_EXTENSION)
        if extension is None:
            raise InjectError("this X server has no XKEYBOARD extension: use --method xdotool or clipboard")
        self._display = display
        self._opcode = extension.major_opcode
        self._ask(_USE, struct.pack("=HH", 1, 0))
        own = xtest_keyboard(display)
        self._device = _CORE_KEYBOARD if own is None else own
        for device in {self._device, _CORE_KEYBOARD}:
            body = (device, _NEW_KEYBOARD | _MAP_CHANGED, 0, _NEW_KEYBOARD, _ALL_MAP_PARTS, _ALL_MAP_PARTS)
            self._tell(_SELECT, struct.pack("=HHHHHH", *body))

    def state(self) -> State:
        """XkbGetState."""
        raw = self._ask(_GET_STATE, struct.pack("=HH", _CORE_KEYBOARD, 0))
        held, latched, locked, group = struct.unpack_from("=BBBB", raw, 9)
        return State(held | latched, locked, group)

    def keymap(self) -> Keymap:
        """XkbGetMap: types, symbols and modifiers."""
        raw = self._ask(_GET_MAP, struct.pack("=HHH18x", self._device, _TYPES | _SYMS | _MODMAP, 0))
        return parse_map(raw)

    def set_keys(self, first: int, keys: Sequence[Key], keycodes: range) -> None:
        """XkbSetMap for keys in a row; what they do beside typing stays."""
        total = sum(len(key.keysyms) for key in keys)
        head = struct.pack("=HHHBB", self._device, _SYMS, 0, keycodes[0], keycodes[-1])
        parts = struct.pack("=BBBBHBBH12BH", 0, 0, first, len(keys), total, *[0] * 16)
        self._tell(_SET_MAP, head + parts + b"".join(map(_key_bytes, keys)))

    def _ask(self, minor: int, body: bytes) -> bytes:
        return _Ask(display=self._display.display, opcode=self._opcode, minor=minor, body=body).raw

    def _tell(self, minor: int, body: bytes) -> None:
        _Tell(display=self._display.display, opcode=self._opcode, minor=minor, body=body)


def _key_bytes(key: Key) -> bytes:
    count = len(key.keysyms)
    return struct.pack(f"=4BBBH{count}I", *key.types, key.group_info, key.width, count, *key.keysyms)


def parse_map(raw: bytes) -> Keymap:
    """The reply of XkbGetMap, for types, symbols and modifiers."""
    low, high = raw[10], raw[11]
    n_types = raw[15]
    first_sym, _total_syms, n_syms = struct.unpack_from("=BHB", raw, 17)
    total_modifiers = raw[33]
    reader = _Reader(raw, 40)
    types = [_key_type(reader) for _ in range(n_types)]
    keys = {first_sym + i: _key(reader) for i in range(n_syms)}
    modifiers: dict[int, int] = {}
    for _ in range(total_modifiers):
        code, bits = reader.take("BB")
        modifiers[code] = bits
    return Keymap(types, keys, modifiers, range(low, high + 1))


class _Reader:
    def __init__(self, raw: bytes, at: int) -> None:
        self._raw = raw
        self._at = at

    def take(self, layout: str) -> tuple[int, ...]:
        values: tuple[int, ...] = struct.unpack_from("=" + layout, self._raw, self._at)
        self._at += struct.calcsize("=" + layout)
        return values


def _key_type(reader: _Reader) -> KeyType:
    mask, _mods, _virtual, _levels, entries, has_kept = reader.take("BBHBBBx")
    levels: dict[int, int] = {}
    active: list[int] = []
    for _ in range(entries):
        is_active, bits, level, _own, _virtual = reader.take("BBBBH2x")
        active.append(bits if is_active else -1)
        if is_active:
            levels[bits] = level
    kept: Mapping[int, int] = {}
    if has_kept:
        masks = [reader.take("BBH")[0] for _ in range(entries)]
        kept = {bits: kept_bits for bits, kept_bits in zip(active, masks, strict=True) if bits >= 0}
    return KeyType(mask, levels, kept)


def _key(reader: _Reader) -> Key:
    *types, group_info, width, count = reader.take("4BBBH")
    return Key(tuple(types), group_info, width, reader.take(f"{count}I"))
