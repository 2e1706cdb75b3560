"""Types with xdotool, where python-xlib is not there or the X server lacks an extension that it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from asrd_clients.injectors.interface import Method
from asrd_clients.injectors.options import DEFAULTS, InjectorOptions
from asrd_clients.injectors.programs import find, run
from asrd_clients.injectors.text import harmless
from asrd_clients.injectors.x11.own_keys import OWN_KEYS

_BACKSPACES: Final = 200  # in one command
_DELAY_MS: Final = 2
_PIECE: Final = 1000
_TYPE: Final = ("type", "--clearmodifiers", "--delay", str(_DELAY_MS), "--file", "-")
_KEYS: Final = {"\n": "Return", "\t": "Tab"}


class XdotoolInjector:
    """Runs `xdotool type`. It gives a missing character a key for an instant, which a slow program can miss."""

    method: Final = Method.XDOTOOL
    can_erase: Final = True

    def __init__(self, options: InjectorOptions = DEFAULTS) -> None:
        """Find the program.

        Raises:
            InjectError: it is not installed, or reaches no X server.
        """
        self._xdotool = find("xdotool")
        self._options = options
        run([self._xdotool, "getdisplaygeometry"], limit_s=options.program_s)
        self._is_open = True
        OWN_KEYS.use_other_programs(1)

    def type(self, text: str) -> None:
        """See `Injector`; modifiers that the user holds are let go for the time, and pressed again.

        Raises:
            InjectError: xdotool failed.
        """
        for part in re.split("([\n\t])", harmless(text)):
            if part in _KEYS:  # `type` of some releases drops them
                self._run(["key", "--clearmodifiers", _KEYS[part]], "")
            else:
                for at in range(0, len(part), _PIECE):
                    self._run(_TYPE, part[at : at + _PIECE])

    def erase(self, count: int) -> None:
        """See `Injector`.

        Raises:
            InjectError: xdotool failed.
        """
        for at in range(0, count, _BACKSPACES):
            keys = ["BackSpace"] * min(_BACKSPACES, count - at)
            self._run(["key", "--clearmodifiers", "--delay", str(_DELAY_MS), *keys], "")

    def close(self) -> None:
        """See `Injector`."""
        if self._is_open:
            self._is_open = False
            OWN_KEYS.use_other_programs(-1)

    def _run(self, arguments: Sequence[str], text: str) -> None:
        limit_s = self._options.program_s + len(text) * 0.02 + len(arguments) * 0.02
        run([self._xdotool, *arguments], text.encode(), limit_s)
