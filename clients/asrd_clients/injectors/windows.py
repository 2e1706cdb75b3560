"""Types on Windows with SendInput, whose events carry UTF-16 units, whatever the keyboard's layout.

Source: winuser.h (INPUT, KEYBDINPUT, SendInput, GetAsyncKeyState, GetForegroundWindow).
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator, Sequence
from typing import Any, Final

from asrd_clients.graphemes import clusters
from asrd_clients.injectors.interface import HeldKeyError, InjectError, Method
from asrd_clients.injectors.options import DEFAULTS, SYSTEM_CLOCK, Clock, InjectorOptions
from asrd_clients.injectors.text import harmless

_KEYBOARD: Final = 1  # INPUT_KEYBOARD
_KEY_UP, _UNICODE = 2, 4  # KEYEVENTF_...
_BACK, _TAB, _RETURN = 0x08, 0x09, 0x0D  # VK_...
_KEYS: Final = {"\n": _RETURN, "\t": _TAB}
_MODIFIERS: Final = {0x10: "Shift", 0x11: "Control", 0x12: "Alt", 0x5B: "Windows", 0x5C: "Windows"}
_CHUNK: Final = 32  # events that are handed over at once, or what belongs together if that is more
_POLL_S: Final = 0.01
Press = tuple[int, int, int]  # virtual key, UTF-16 unit, flags


class _KeyboardInput(ctypes.Structure):
    _fields_ = (
        ("wVk", ctypes.c_uint16),
        ("wScan", ctypes.c_uint16),
        ("dwFlags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("dwExtraInfo", ctypes.c_void_p),
    )


class _MouseInput(ctypes.Structure):
    """The largest member of the union, which gives it its size."""

    _fields_ = (
        ("dx", ctypes.c_int32),
        ("dy", ctypes.c_int32),
        ("mouseData", ctypes.c_uint32),
        ("dwFlags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("dwExtraInfo", ctypes.c_void_p),
    )


class _Union(ctypes.Union):
    _fields_ = (("ki", _KeyboardInput), ("mi", _MouseInput))


class Input(ctypes.Structure):
    """INPUT."""

    _fields_ = (("type", ctypes.c_uint32), ("u", _Union))


class WindowsInjector:
    """Hands events to the focused window's input queue."""

    method: Final = Method.WINDOWS
    can_erase: Final = True

    def __init__(self, options: InjectorOptions = DEFAULTS, clock: Clock = SYSTEM_CLOCK, user32: Any = None) -> None:
        """`user32`: instead of the system's.

        Raises:
            InjectError: this is no Windows.
        """
        self._user32 = user32 or load_user32()
        self._options = options
        self._clock = clock

    def type(self, text: str) -> None:
        """See `Injector`.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: the window takes no keys from this program.
        """
        handed_over = typed = 0
        presses: list[Press] = []
        for cluster in clusters(harmless(text)):
            presses += [press for character in cluster for press in _presses(character)]
            typed += len(cluster)
            if len(presses) >= _CHUNK:
                self._send(presses, handed_over)
                handed_over, presses = typed, []
        self._send(presses, handed_over)

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: the window takes no keys from this program.
        """
        for done in range(0, count, _CHUNK):
            self._send([(_BACK, 0, 0), (_BACK, 0, _KEY_UP)] * min(_CHUNK, count - done), done)

    def close(self) -> None:
        """See `Injector`; nothing is held."""

    def _send(self, presses: Sequence[Press], typed: int) -> None:
        if not presses:
            return
        self._wait(typed)
        array = (Input * len(presses))()
        for one, (key, unit, flags) in zip(array, presses, strict=True):
            one.type = _KEYBOARD
            one.u.ki.wVk, one.u.ki.wScan, one.u.ki.dwFlags = key, unit, flags
        if self._user32.SendInput(len(presses), array, ctypes.sizeof(Input)) != len(presses):
            raise InjectError(
                "Windows did not take the keys: the window belongs to a program with more rights (run asrd as "
                "administrator, too), or the screen is locked"
            )
        self._clock.sleep(self._options.pause_ms / 1000)

    def _wait(self, typed: int) -> None:
        until_s = self._clock.monotonic_s() + self._options.modifier_wait_s
        while held := self._held():
            if self._clock.monotonic_s() >= until_s:
                raise HeldKeyError(
                    f"{held} is held for {self._options.modifier_wait_s:g} s, and text typed now would be shortcuts: "
                    "let go",
                    typed,
                )
            self._clock.sleep(_POLL_S)

    def _held(self) -> str:
        """A modifier key that is down, or ""; the high bit of the answer says so."""
        down = (name for key, name in _MODIFIERS.items() if self._user32.GetAsyncKeyState(key) & 0x8000)
        return next(down, "")


class WindowsDesktop:
    """The focused window; what the user presses cannot be told from what programs do."""

    def __init__(self, user32: Any = None) -> None:
        """`user32`: instead of the system's.

        Raises:
            InjectError: this is no Windows.
        """
        self._user32 = user32 or load_user32()

    def focus(self) -> str:
        """See `Desktop`."""
        window = self._user32.GetForegroundWindow()
        return f"windows:{window:#x}" if window else ""

    def user_acts(self) -> int:
        """See `Desktop`."""
        return -1

    def close(self) -> None:
        """See `Desktop`; nothing is held."""


def load_user32() -> Any:
    """The system's library, its functions declared.

    Raises:
        InjectError: this is no Windows.
    """
    loader = getattr(ctypes, "WinDLL", None)
    if loader is None:
        raise InjectError("--method windows works on Windows alone")
    user32 = loader("user32", use_last_error=True)
    user32.SendInput.argtypes = (ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
    user32.SendInput.restype = ctypes.c_uint
    user32.GetAsyncKeyState.argtypes = (ctypes.c_int,)
    user32.GetAsyncKeyState.restype = ctypes.c_int16
    user32.GetForegroundWindow.restype = ctypes.c_void_p
    return user32


def _presses(character: str) -> Iterator[Press]:
    if character in _KEYS:
        yield _KEYS[character], 0, 0
        yield _KEYS[character], 0, _KEY_UP
        return
    for (unit,) in struct.iter_unpack("<H", character.encode("utf-16-le")):
        yield 0, unit, _UNICODE
        yield 0, unit, _UNICODE | _KEY_UP
