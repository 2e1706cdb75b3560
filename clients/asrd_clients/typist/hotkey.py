"""A key of our own, pressed and let go wherever the focus is: for push-to-talk."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from asrd.errors import ConfigError

MODIFIERS: Final = ("ctrl", "alt", "shift", "super")
_OTHER_NAMES: Final = {"control": "ctrl", "option": "alt", "cmd": "super", "command": "super", "win": "super"}
NAMED_KEYS: Final = (
    "space", "tab", "enter", "escape", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", "pause", "menu", "scrolllock", "capslock",
)  # fmt: skip
_MOST_FUNCTION_KEYS: Final = 24


@dataclass(frozen=True)
class Keys:
    """A key and the modifiers to be held with it.

    Attributes:
        modifiers: of `MODIFIERS`, in that order.
        key: one character, of `NAMED_KEYS`, or f1 to f24.
    """

    modifiers: tuple[str, ...]
    key: str

    def __str__(self) -> str:
        return "+".join((*self.modifiers, self.key))


class Hotkey(Protocol):
    """Tells when the keys go down and up, from a thread of its own."""

    @property
    def keys(self) -> int:
        """How many keys it consists of."""

    def begin(self, pressed: Callable[[], None], released: Callable[[], None]) -> None:
        """Begin to tell. Once."""

    def close(self) -> None:
        """Let go of the keys; twice does no harm."""


def parse_keys(text: str) -> Keys:
    """Keys as a user writes them, such as `ctrl+alt+space`.

    Raises:
        ConfigError: there is no such key, or none but modifiers.
    """
    names = [_OTHER_NAMES.get(name, name) for name in text.strip().lower().split("+")]
    *modifiers, key = names
    unknown = [name for name in modifiers if name not in MODIFIERS]
    if unknown or not _is_key(key):
        raise ConfigError(
            f"--hotkey {text!r} is no combination of keys: write modifiers ({', '.join(MODIFIERS)}) and one key, "
            "joined by +, such as ctrl+alt+space or f9"
        )
    if not modifiers and (len(key) == 1 or key in ("space", "tab", "enter", "backspace")):
        raise ConfigError(f"--hotkey {text!r} would take that key from all windows: put a modifier before it, as ctrl+")
    return Keys(tuple(name for name in MODIFIERS if name in modifiers), key)


def open_hotkey(keys: Keys, environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Hotkey:
    """Take the keys, where the platform allows that.

    Raises:
        ConfigError: it does not, another program has them, or a package is missing.
    """
    environ = os.environ if environ is None else environ
    if platform == "darwin":
        from asrd_clients.typist.hotkey_macos import MacHotkey

        return MacHotkey(keys)
    if environ.get("WAYLAND_DISPLAY") or environ.get("XDG_SESSION_TYPE") == "wayland":
        raise ConfigError(
            "under Wayland no program may take keys for itself: bind `asrd toggle` to a key in your desktop's shortcut "
            "settings"
        )
    if not environ.get("DISPLAY"):
        raise ConfigError("--hotkey needs X11 or macOS, and DISPLAY is not set: bind `asrd toggle` to a key instead")
    from asrd_clients.typist.hotkey_x11 import X11Hotkey

    return X11Hotkey(keys)


def _is_key(name: str) -> bool:
    if name in NAMED_KEYS or (len(name) == 1 and name.isprintable() and not name.isspace()):
        return True
    return name[:1] == "f" and name[1:].isdecimal() and name.isascii() and 1 <= int(name[1:]) <= _MOST_FUNCTION_KEYS
