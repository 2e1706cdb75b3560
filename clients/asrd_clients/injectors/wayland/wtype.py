"""Types with wtype, through the compositor's virtual keyboard (sway, Hyprland, labwc, river, and others)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from asrd_clients.graphemes import clusters
from asrd_clients.injectors.interface import InjectError, Method
from asrd_clients.injectors.options import DEFAULTS, InjectorOptions, PasteKeys
from asrd_clients.injectors.programs import find, run
from asrd_clients.injectors.text import harmless

# Each distinct character gets a key of the virtual keyboard, and XKB has 248.
_CHARACTERS: Final = 150
_BACKSPACES: Final = 200  # in one command
_KEYS: Final = {"\n": "Return", "\t": "Tab"}
_PASTE: Final = {
    PasteKeys.CTRL_V: ["-M", "ctrl", "-k", "v", "-m", "ctrl"],
    PasteKeys.CTRL_SHIFT_V: ["-M", "ctrl", "-M", "shift", "-k", "v", "-m", "shift", "-m", "ctrl"],
    PasteKeys.SHIFT_INSERT: ["-M", "shift", "-k", "Insert", "-m", "shift"],
}
# After keys that command. GTK 3 does not find the last key of a map when it looks for what a key commands, so that
# there is one more, which is let go without having been pressed; and it looks again when it comes to the key, so that
# the map must stay until then.
_AFTER: Final = ["-p", "VoidSymbol", "-s", "60"]
_S_PER_KEY: Final = 0.02


class WtypeInjector:
    """Runs `wtype`, which types any character; keys that the user holds do not matter to it."""

    method: Final = Method.WTYPE
    can_erase: Final = True

    def __init__(self, options: InjectorOptions = DEFAULTS) -> None:
        """Find the program, and try whether the compositor lets it type.

        Raises:
            InjectError: it is not installed, or may not type here.
        """
        self._wtype = find("wtype")
        self._options = options
        self._run(["-s", "1"])

    def type(self, text: str) -> None:
        """See `Injector`.

        Raises:
            InjectError: wtype failed.
        """
        for piece in _pieces(harmless(text)):
            if piece in _KEYS:
                self._run(["-k", _KEYS[piece], *_AFTER])
            else:
                self._run(["-d", "1", "-"], piece)

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            InjectError: wtype failed.
        """
        for at in range(0, count, _BACKSPACES):
            self._run(["-k", "BackSpace"] * min(_BACKSPACES, count - at) + _AFTER)

    def paste(self, keys: PasteKeys) -> None:
        """Press the keys that paste.

        Raises:
            InjectError: wtype failed.
        """
        self._run(_PASTE[keys] + _AFTER)

    def close(self) -> None:
        """See `Injector`; nothing is held."""

    def _run(self, arguments: list[str], text: str = "") -> None:
        limit_s = self._options.program_s + (len(text) + len(arguments)) * _S_PER_KEY
        try:
            run([self._wtype, *arguments], text.encode(), limit_s)
        except InjectError as error:
            raise _explained(error) from None


def _explained(error: InjectError) -> InjectError:
    if "virtual keyboard protocol" in str(error):
        return InjectError(
            "this desktop lets no program use a virtual keyboard (so do GNOME and KDE): install ydotool and start "
            "ydotoold, then use --method ydotool"
        )
    if "connection failed" in str(error).lower():
        return InjectError("no Wayland compositor answers: run this in the graphical session, or check WAYLAND_DISPLAY")
    return error


def _pieces(text: str) -> Iterator[str]:
    """Return and Tab by themselves; the rest in pieces of few distinct characters, cut between clusters."""
    for part in re.split("([\n\t])", text):
        piece, seen = "", set[str]()
        for cluster in clusters(part):
            seen |= set(cluster)
            if len(seen) > _CHARACTERS and piece:
                yield piece
                piece, seen = "", set(cluster)
            piece += cluster
        if piece:
            yield piece
