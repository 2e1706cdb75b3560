"""Types under X11 with XTest."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

from Xlib import X

from asrd_clients.injectors.interface import HeldKeyError, InjectError, Method
from asrd_clients.injectors.options import DEFAULTS, SYSTEM_CLOCK, Clock, InjectorOptions, PasteKeys
from asrd_clients.injectors.text import harmless
from asrd_clients.injectors.x11.answering import Asker
from asrd_clients.injectors.x11.borrowed import BorrowedKeys
from asrd_clients.injectors.x11.connection import close, connect, talking
from asrd_clients.injectors.x11.keymap import State, Stroke
from asrd_clients.injectors.x11.keysyms import BACKSPACE, CONTROL, INSERT, SHIFT
from asrd_clients.injectors.x11.modifiers import wait_for_release
from asrd_clients.injectors.x11.own_keys import OWN_KEYS
from asrd_clients.injectors.x11.xkb import Xkb

_XTEST: Final = "XTEST"
_PASTE: Final = {
    PasteKeys.CTRL_V: ((CONTROL,), ord("v")),
    PasteKeys.CTRL_SHIFT_V: ((CONTROL, SHIFT), ord("v")),
    PasteKeys.SHIFT_INSERT: ((SHIFT,), INSERT),
}
_PIECE: Final = 4096  # characters that are looked through at once for those that the layout lacks


class X11Injector:
    """Presses the keys that have the characters, and lends characters to free keys where none has them.

    One thread at a time. A text is typed piece by piece: a piece has as many new characters as there are free keys.
    """

    method: Final = Method.X11
    can_erase: Final = True

    def __init__(
        self, options: InjectorOptions = DEFAULTS, clock: Clock = SYSTEM_CLOCK, display: str | None = None
    ) -> None:
        """Connect to a display; None: that of DISPLAY.

        Raises:
            InjectError: there is no X server, or it lets nobody type.
        """
        self._options = options
        self._clock = clock
        self._lock = threading.Lock()
        self._is_open = True
        self._display = connect(display)
        try:
            with talking():
                if self._display.query_extension(_XTEST) is None:
                    raise InjectError("this X server has no XTEST extension: use --method xdotool or clipboard")
                self._display.xtest_grab_control(True)  # a program that grabs the server does not stop typing
                self._xkb = Xkb(self._display)
                self._asker = Asker(self._display.get_display_name(), clock)
                self._keys = BorrowedKeys(self._display, self._xkb, self._asker, clock, options)
        except InjectError:
            close(self._display)
            raise

    def type(self, text: str) -> None:
        """See `Injector`.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: the X server is gone, or the injector is closed.
        """
        text = harmless(text)
        typed = 0
        with self._lock, talking():
            self._check_open()
            while typed < len(text):
                self._keys.refresh()  # the user may have chosen another layout
                piece = self._keys.prepare(text[typed : typed + _PIECE], self._xkb.state())
                for at in range(0, len(piece), self._options.chunk_keys):
                    self._wait(typed + at)
                    self._keys.refresh()
                    chunk = piece[at : at + self._options.chunk_keys]
                    self._press(self._keys.strokes(chunk, self._xkb.state()))
                typed += len(piece)

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: the X server is gone, or the injector is closed.
        """
        with self._lock, talking():
            self._check_open()
            self._keys.refresh()
            for done in range(0, count, self._options.chunk_keys):
                self._wait(done)
                code = self._keys.keymap.key_of({BACKSPACE}, self._xkb.state().group)
                if code is None:
                    raise InjectError("this keyboard layout has no Backspace key: type finals only")
                self._press([Stroke(code, 0)] * min(self._options.chunk_keys, count - done))

    def paste(self, keys: PasteKeys) -> None:
        """Press the keys that paste; like `type`, it waits for modifiers.

        Raises:
            HeldKeyError: a modifier key was held too long.
            InjectError: the keyboard has no such keys, or the X server is gone.
        """
        with self._lock, talking():
            self._check_open()
            self._keys.refresh()
            self._wait(0)
            self._press_chord(*_PASTE[keys])

    def close(self) -> None:
        """See `Injector`: gives the borrowed keys back."""
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
            try:
                with talking():
                    self._keys.give_back()
                    self._display.sync()
            except InjectError:
                pass  # with the server, its keyboard map has gone as well
            finally:
                self._asker.close()
                close(self._display)

    def _check_open(self) -> None:
        if not self._is_open:
            raise InjectError("this way of typing was closed: open it again")

    def _wait(self, typed: int) -> None:
        held = wait_for_release(self._xkb.state, self._clock, self._options.modifier_wait_s)
        if held:
            raise HeldKeyError(
                f"{held} held for {self._options.modifier_wait_s:g} s, and text typed now would be shortcuts: let go",
                typed,
            )

    def _press(self, strokes: Sequence[Stroke]) -> None:
        holders = self._keys.holders
        down = 0
        try:
            for stroke in strokes:
                self._hold(holders, down, stroke.modifiers)
                down = stroke.modifiers
                self._key(X.KeyPress, stroke.keycode)
                self._key(X.KeyRelease, stroke.keycode)
        finally:  # a key that XTest holds stays down when its program ends
            self._hold(holders, down, 0)
            self._display.sync()
        self._clock.sleep(self._options.pause_ms / 1000)

    def _press_chord(self, held: Sequence[frozenset[int]], keysym: int) -> None:
        """Hold keys, each of which may be one of several, and press another."""
        state = self._xkb.state()
        if keysym == ord("v"):
            self._keys.prepare("v", State(0, 0, state.group))
        codes = [self._keys.keymap.key_of(kinds, state.group) for kinds in (*held, {keysym})]
        pressed = [code for code in codes if code is not None]
        if len(pressed) < len(codes):
            raise InjectError("this keyboard has no keys that paste: choose others, or use --method x11")
        for code in pressed:
            self._key(X.KeyPress, code)
        for code in reversed(pressed):
            self._key(X.KeyRelease, code)
        self._display.sync()

    def _hold(self, holders: Any, before: int, after: int) -> None:
        for bit, keycode in holders.items():
            if before & bit and not after & bit:
                self._key(X.KeyRelease, keycode)
        for bit, keycode in holders.items():
            if after & bit and not before & bit:
                self._key(X.KeyPress, keycode)

    def _key(self, kind: int, keycode: int) -> None:
        if kind == X.KeyPress:
            OWN_KEYS.press(keycode)
        self._display.xtest_fake_input(kind, keycode)
