"""Settings of the injectors: limits and waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final


class PasteKeys(Enum):
    """The keys that paste: terminals take another combination than other programs."""

    CTRL_V = "ctrl+v"
    CTRL_SHIFT_V = "ctrl+shift+v"
    SHIFT_INSERT = "shift+insert"


@dataclass(frozen=True)
class InjectorOptions:
    """How text is handed over.

    Attributes:
        modifier_wait_s: how long a modifier key that the user holds is waited for, before each piece of text.
        chunk_keys: so many keys are pressed, then the server is heard and the user's modifiers are looked at.
        pause_ms: after each chunk, so that a slow program keeps up.
        settle_ms: X11: how old the last press of a borrowed key must be before it gets another character or is given
            back, for programs that do not say when they have read it. A program looks a key up in the keyboard map
            when it comes to it; one that lags longer than this shows a wrong character. Counts only where a text has
            more characters that the layout lacks than there are free keys (about 20), and at the end.
        answer_s: X11: how long a program that does say so may take.
        paste_keys: for the clipboard.
        paste_s: how long the window has to fetch what was pasted.
        program_s: how long a typing program may take, beside its time for the characters.
    """

    modifier_wait_s: float = 10.0
    chunk_keys: int = 16
    pause_ms: float = 4.0
    settle_ms: float = 500.0
    answer_s: float = 5.0
    paste_keys: PasteKeys = PasteKeys.CTRL_V
    paste_s: float = 2.0
    program_s: float = 10.0


@dataclass(frozen=True)
class Clock:
    """Time; tests bring their own."""

    monotonic_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


DEFAULTS: Final = InjectorOptions()
SYSTEM_CLOCK: Final = Clock()
