"""Waiting until the user lets go of Shift, Control, Alt and their kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asrd_clients.injectors.options import Clock
from asrd_clients.injectors.x11.keymap import State

_POLL_S: Final = 0.01
_NAMES: Final = ("Shift", "Caps Lock", "Control", "Alt", "Num Lock", "Mod3", "Super", "AltGr")


def wait_for_release(state: Callable[[], State], clock: Clock, limit_s: float) -> str:
    """Wait until no modifier is held; returns "", or after the limit a sentence's beginning ("Control is")."""
    until_s = clock.monotonic_s() + limit_s
    while held := state().held:
        if clock.monotonic_s() >= until_s:
            return names(held)
        clock.sleep(_POLL_S)
    return ""


def names(modifiers: int) -> str:
    """Modifiers as the subject of a sentence."""
    held = [name for bit, name in enumerate(_NAMES) if modifiers & 1 << bit]
    return f"{' and '.join(held)} {'is' if len(held) == 1 else 'are'}"
