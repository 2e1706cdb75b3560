"""A hotkey on macOS, through pynput. Not tried on a real Mac."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asrd.errors import ConfigError
from asrd.installing import with_extra
from asrd_clients.typist.hotkey import Keys

_MODIFIERS: Final = {"ctrl": "ctrl", "alt": "alt", "shift": "shift", "super": "cmd"}
_NAMES: Final = {"escape": "esc", "pageup": "page_up", "pagedown": "page_down", "capslock": "caps_lock"}


class MacHotkey:
    """Watches the keyboard; macOS asks the user once whether that is allowed (Input Monitoring)."""

    def __init__(self, keys: Keys) -> None:
        """Find the keys.

        Raises:
            ConfigError: pynput is missing, or knows no such key.
        """
        try:
            from pynput import keyboard
        except ImportError:
            raise ConfigError(f"--hotkey needs the package pynput: {with_extra('dictation')}") from None
        self._keyboard: Any = keyboard
        self._keys = keys
        self._wanted = {self._find(keys, _MODIFIERS[name]) for name in keys.modifiers}
        name = _NAMES.get(keys.key, keys.key)
        self._key = keyboard.KeyCode.from_char(name) if len(name) == 1 else self._find(keys, name)
        self._held: set[Any] = set()
        self._is_down = False
        self._listener: Any = None

    @property
    def keys(self) -> int:
        """See `Hotkey`."""
        return len(self._keys.modifiers) + 1

    def begin(self, pressed: Callable[[], None], released: Callable[[], None]) -> None:
        """See `Hotkey`."""

        def on_press(raw: Any) -> None:
            key = self._listener.canonical(raw)
            self._held.add(key)
            if key == self._key and self._wanted <= self._held and not self._is_down:  # auto-repeat presses again
                self._is_down = True
                pressed()

        def on_release(raw: Any) -> None:
            key = self._listener.canonical(raw)
            self._held.discard(key)
            if self._is_down and key == self._key:
                self._is_down = False
                released()

        self._listener = self._keyboard.Listener(on_press=on_press, on_release=on_release)
        self._listener.start()

    def close(self) -> None:
        """See `Hotkey`."""
        if self._listener is not None:
            self._listener.stop()

    def _find(self, keys: Keys, name: str) -> Any:
        found = getattr(self._keyboard.Key, name, None)
        if found is None:
            raise ConfigError(f"--hotkey {keys}: there is no key {name} here: choose another one")
        return found
