"""Types on macOS with events that carry Unicode text, whatever the keyboard's layout."""

from __future__ import annotations

import re
from typing import Any, Final

from asrd_clients.injectors.interface import HeldKeyError, InjectError, Method
from asrd_clients.injectors.macos.api import MacApi, load
from asrd_clients.injectors.options import DEFAULTS, SYSTEM_CLOCK, Clock, InjectorOptions, PasteKeys
from asrd_clients.injectors.text import harmless, utf16_pieces

# An event takes no more UTF-16 units than this; what is above is dropped without a word.
_UNITS: Final = 20
_RETURN, _TAB, _V, _DELETE = 36, 48, 9, 51  # kVK_... of HIToolbox/Events.h
_KEYS: Final = {"\n": _RETURN, "\t": _TAB}
_HID_STATE: Final = 1  # kCGEventSourceStateHIDSystemState: of the keyboards themselves
_PRIVATE: Final = -1  # kCGEventSourceStatePrivate: held keys do not mix in, and ours are not counted as the user's
_SESSION_TAP: Final = 1  # kCGSessionEventTap
_MODIFIERS: Final = {1 << 17: "Shift", 1 << 18: "Control", 1 << 19: "Option", 1 << 20: "Command"}
_COMMAND: Final = 1 << 20
_POLL_S: Final = 0.01
_SETTINGS: Final = "System Settings > Privacy & Security > Accessibility"


class MacInjector:
    """Posts keyboard events into the user's session."""

    method: Final = Method.MACOS
    can_erase: Final = True

    def __init__(
        self, options: InjectorOptions = DEFAULTS, clock: Clock = SYSTEM_CLOCK, api: MacApi | None = None
    ) -> None:
        """Check the permission; macOS shows its own question the first time.

        Raises:
            InjectError: it is not granted, or this is no macOS.
        """
        self._api = api or load()
        self._options = options
        self._clock = clock
        services = self._api.services
        if not services.AXIsProcessTrustedWithOptions({services.kAXTrustedCheckOptionPrompt: True}):
            raise InjectError(
                f"macOS does not let this program type: allow it (or the terminal it runs in) in {_SETTINGS}, then "
                "start it again"
            )
        self._source = self._api.quartz.CGEventSourceCreate(_PRIVATE)

    def type(self, text: str) -> None:
        """See `Injector`.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: a password field has the keyboard to itself.
        """
        typed = 0
        for part in re.split("([\n\t])", harmless(text)):
            for piece in utf16_pieces(part, _UNITS):
                self._wait(typed)
                if piece in _KEYS:
                    self._press(_KEYS[piece])
                else:
                    self._press(0, piece)
                typed += len(piece)

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: a password field has the keyboard to itself.
        """
        for done in range(count):
            self._wait(done)
            self._press(_DELETE)

    def paste(self, keys: PasteKeys) -> None:
        """Press Command+V, which every program of macOS pastes with.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: a password field has the keyboard to itself.
        """
        del keys
        self._wait(0)
        self._press(_V, flags=_COMMAND)

    def close(self) -> None:
        """See `Injector`; nothing is held."""

    def _wait(self, typed: int) -> None:
        if self._api.carbon.IsSecureEventInputEnabled() & 0xFF:  # a Boolean of one byte
            raise InjectError(
                "a password field has the keyboard to itself (secure input), so nothing is typed: leave the field, "
                "or quit the program that keeps it"
            )
        until_s = self._clock.monotonic_s() + self._options.modifier_wait_s
        while held := self._held():
            if self._clock.monotonic_s() >= until_s:
                verb = "is" if len(held) == 1 else "are"
                raise HeldKeyError(
                    f"{' and '.join(held)} {verb} held for {self._options.modifier_wait_s:g} s, and text typed now "
                    "would be shortcuts: let go",
                    typed,
                )
            self._clock.sleep(_POLL_S)

    def _held(self) -> list[str]:
        flags = self._api.quartz.CGEventSourceFlagsState(_HID_STATE)
        return [name for bit, name in _MODIFIERS.items() if flags & bit]

    def _press(self, keycode: int, text: str = "", flags: int = 0) -> None:
        quartz = self._api.quartz
        for is_down in (True, False):
            event: Any = quartz.CGEventCreateKeyboardEvent(self._source, keycode, is_down)
            if event is None:
                raise InjectError("macOS made no keyboard event: log in again")
            if text:
                units = len(text.encode("utf-16-le")) // 2
                quartz.CGEventKeyboardSetUnicodeString(event, units, text)
            quartz.CGEventSetFlags(event, flags)
            quartz.CGEventPost(_SESSION_TAP, event)
        self._clock.sleep(self._options.pause_ms / 1000)
