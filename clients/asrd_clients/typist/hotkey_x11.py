"""A hotkey under X11: the key is grabbed on the root window, so that no other program gets it."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from asrd.errors import ConfigError
from asrd_clients.injectors.interface import InjectError
from asrd_clients.typist.hotkey import Keys

_MASKS: Final = {"shift": 1 << 0, "ctrl": 1 << 2, "alt": 1 << 3, "super": 1 << 6}
_LOCKS: Final = (1 << 1, 1 << 4)  # CapsLock; NumLock, which is Mod2 nearly everywhere
_KEYSYMS: Final = {
    "space": "space", "tab": "Tab", "enter": "Return", "escape": "Escape", "backspace": "BackSpace",
    "delete": "Delete", "insert": "Insert", "home": "Home", "end": "End", "pageup": "Prior", "pagedown": "Next",
    "up": "Up", "down": "Down", "left": "Left", "right": "Right", "pause": "Pause", "menu": "Menu",
    "scrolllock": "Scroll_Lock", "capslock": "Caps_Lock",
}  # fmt: skip
_IDLE_S: Final = 0.2  # how soon `close` is noticed
_POLL_S: Final = 0.02  # how soon a release is believed, while the key is down


class X11Hotkey:
    """Owns its connection to the X server; one thread reads it."""

    def __init__(self, keys: Keys, display: str | None = None) -> None:
        """Take the keys.

        Raises:
            ConfigError: another program has them, the keyboard lacks the key, or there is no X server.
        """
        try:
            from Xlib import XK
            from Xlib.error import BadAccess, CatchError

            from asrd_clients.injectors.x11.connection import connect
        except ImportError:
            raise ConfigError("--hotkey needs the package python-xlib: pip install python-xlib brings it") from None
        try:
            self._display: Any = connect(display)
        except InjectError:
            raise ConfigError("--hotkey: the X server cannot be reached: check DISPLAY and XAUTHORITY") from None
        self._keys = keys
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._code = self._display.keysym_to_keycode(_keysym(XK, keys.key))
        if not self._code:
            self._display.close()
            raise ConfigError(f"--hotkey {keys}: this keyboard has no key {keys.key}: choose another one")
        refused = CatchError(BadAccess)
        self._grab(refused)
        if refused.get_error():
            self._display.close()
            raise ConfigError(
                f"--hotkey {keys}: another program has taken these keys: choose others, or free them in your desktop's "
                "shortcut settings"
            )

    @property
    def keys(self) -> int:
        """See `Hotkey`."""
        return len(self._keys.modifiers) + 1

    def begin(self, pressed: Callable[[], None], released: Callable[[], None]) -> None:
        """See `Hotkey`."""
        self._thread = threading.Thread(target=self._run, args=(pressed, released), name="asrd-hotkey", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """See `Hotkey`. The server frees the keys when the connection ends."""
        from Xlib.error import ConnectionClosedError

        self._is_closed = True
        if self._thread is not None:
            self._thread.join(1.0)
        with suppress(ConnectionClosedError):  # also where the server has gone
            self._display.close()

    def _grab(self, on_error: Any) -> None:
        from Xlib import X

        root = self._display.screen().root
        mask = sum(_MASKS[name] for name in self._keys.modifiers)
        for locks in (0, *_LOCKS, sum(_LOCKS)):
            root.grab_key(self._code, mask | locks, True, X.GrabModeAsync, X.GrabModeAsync, onerror=on_error)
        self._display.sync()

    def _run(self, pressed: Callable[[], None], released: Callable[[], None]) -> None:
        from Xlib.error import ConnectionClosedError

        with suppress(ConnectionClosedError, OSError, ValueError):  # the server has gone, and the keys with it
            self._listen(pressed, released)

    def _listen(self, pressed: Callable[[], None], released: Callable[[], None]) -> None:
        """Auto-repeat sends releases that are none: the key counts as down while the keyboard says so."""
        from Xlib import X

        is_down = False
        while not self._is_closed:
            if not self._display.pending_events():
                select.select([self._display.fileno()], [], [], _POLL_S if is_down else _IDLE_S)
            while not self._is_closed and self._display.pending_events():
                event = self._display.next_event()
                if event.type == X.KeyPress and event.detail == self._code and not is_down:
                    is_down = True
                    pressed()
            if is_down and not self._is_held():
                is_down = False
                released()

    def _is_held(self) -> bool:
        keymap = self._display.query_keymap()
        return bool(keymap[self._code // 8] & 1 << self._code % 8)


def _keysym(names: Any, key: str) -> int:
    if key in _KEYSYMS:
        return int(names.string_to_keysym(_KEYSYMS[key]))
    if len(key) > 1:
        return int(names.string_to_keysym(key.upper()))
    code = ord(key)
    return code if code < 0x100 else 0x1000000 + code
