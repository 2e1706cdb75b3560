"""The clipboard of an X11 session."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from asrd_clients.injectors.clipboard.contents import Contents, Data
from asrd_clients.injectors.clipboard.keeper import start_keeper
from asrd_clients.injectors.clipboard.owner import Owner
from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.options import SYSTEM_CLOCK, Clock
from asrd_clients.injectors.x11.connection import talking

CLIPBOARD: Final = ("CLIPBOARD",)
# Shift+Insert pastes the primary selection in terminals, and the clipboard elsewhere.
BOTH: Final = ("CLIPBOARD", "PRIMARY")
_TEXT_TARGETS: Final = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING")
_SENSITIVE: Final = ("x-kde-passwordManagerHint", b"secret")  # what KDE's Klipper and others leave out of their history
# Browsers fetch the text when it is new, and again when they paste: until nobody has asked for so long.
_QUIET_S: Final = 0.4
_OTHERS_S: Final = 0.5  # somebody has fetched it, perhaps a clipboard manager
_POLL_S: Final = 0.01
_KEEPER_S: Final = 5.0


class X11Clipboard:
    """Lends selections to a text, and gives them back."""

    def __init__(
        self, selections: Sequence[str] = CLIPBOARD, display: str | None = None, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        """Connect to a display; None: that of DISPLAY.

        Raises:
            InjectError: there is no X server.
        """
        self._clock = clock
        self._owner = Owner(display, clock)
        with self._owner.lock, talking():
            self._selections = [self._owner.atom(name) for name in selections]
            self._owner.watched = frozenset(self._owner.atom(name) for name in _TEXT_TARGETS)
        self._before: dict[int, Contents] = {}

    def lend(self, text: str) -> None:
        """See `Clipboard`.

        Raises:
            InjectError: the server is gone, or somebody else takes the selection at the same time.
        """
        with self._owner.lock, talking():
            self._owner.pump()
            self._before = {one: self._owner.contents(one) for one in self._selections}
            self._owner.takers.clear()
            offered = self._offer(text)
            for selection in self._selections:
                self._owner.own(selection, offered)

    def wait_until_taken(self, limit_s: float) -> bool:
        """See `Clipboard`: by the program of the focused window if that can be told from others."""
        owner = self._owner
        with owner.lock, talking():
            focused = owner.client_of(getattr(owner.display.get_input_focus().focus, "id", 0))
            begun_s = self._clock.monotonic_s()
            while not any(owner.client_of(taker) == focused for taker in owner.takers):
                patience_s = min(_OTHERS_S, limit_s) if owner.takers else limit_s
                left_s = begun_s + patience_s - self._clock.monotonic_s()
                if left_s <= 0:
                    return bool(owner.takers)
                owner.pump(min(left_s, _POLL_S))
            while (left_s := owner.asked_s + _QUIET_S - self._clock.monotonic_s()) > 0:
                owner.pump(left_s)
            return True

    def restore(self) -> None:
        """See `Clipboard`."""
        with self._owner.lock, talking():
            self._owner.pump()
            for selection, contents in self._before.items():
                if not self._owner.holds(selection):
                    continue  # somebody has copied something meanwhile: that stays
                if contents:
                    self._owner.own(selection, contents)
                else:
                    self._owner.release(selection)
            self._before.clear()
            self._owner.pump()

    def close(self) -> None:
        """See `Clipboard`; what was restored is handed to the clipboard manager, or to a process of its own."""
        with self._owner.lock:
            if self._owner.display is None:
                return
            with suppress(InjectError), talking():  # if the server went first, its selections went with it
                self._hand_over()
        self._owner.close()

    def _hand_over(self) -> None:
        owner = self._owner
        owner.pump()
        clipboard, manager = owner.atom(CLIPBOARD[0]), owner.atom("CLIPBOARD_MANAGER")
        if not owner.holds(clipboard):
            return
        if owner.owner_of(manager):
            owner.ask(manager, owner.atom("SAVE_TARGETS"))
            return
        since = owner.owned_since(clipboard)
        start_keeper(owner.contents(clipboard), since, owner.display.get_display_name())
        until_s = self._clock.monotonic_s() + _KEEPER_S
        while owner.holds(clipboard) and self._clock.monotonic_s() < until_s:
            owner.pump(_POLL_S)

    def _offer(self, text: str) -> Contents:
        atom, encoded = self._owner.atom, text.encode()
        utf8 = atom("UTF8_STRING")
        offered = {
            utf8: Data(utf8, 8, encoded),
            atom("TEXT"): Data(utf8, 8, encoded),
            **{atom(name): Data(atom(name), 8, encoded) for name in ("text/plain;charset=utf-8", "text/plain")},
            atom(_SENSITIVE[0]): Data(utf8, 8, _SENSITIVE[1]),
        }
        with suppress(UnicodeEncodeError):  # that kind of data has no other characters
            offered[atom("STRING")] = Data(atom("STRING"), 8, text.encode("latin-1"))
        return offered
