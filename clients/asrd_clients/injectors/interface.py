"""What every way into a window offers.

An injector types what it is given and knows nothing of utterances. The typist has made the text harmless before: every
character is printable, but for line feeds and tabs that a spoken command put there.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from asrd.errors import AsrdError


class InjectError(AsrdError):
    """Text did not reach the window: the sentence says why, and what to do about it."""


class HeldKeyError(InjectError):
    """The user holds a modifier key, and text typed now would be shortcuts. It can be tried again.

    Attributes:
        typed: how many characters of the text (or how many Backspaces) got through before.
    """

    def __init__(self, message: str, typed: int = 0) -> None:
        super().__init__(message)
        self.typed = typed


class Method(Enum):
    """The ways that there are, by their names on the command line."""

    X11 = "x11"
    XDOTOOL = "xdotool"
    WTYPE = "wtype"
    YDOTOOL = "ydotool"
    DOTOOL = "dotool"
    MACOS = "macos"
    WINDOWS = "windows"
    CLIPBOARD = "clipboard"
    STDOUT = "stdout"


class Injector(Protocol):
    """Types into whatever has the keyboard's focus."""

    @property
    def method(self) -> Method:
        """Which way this is."""

    @property
    def can_erase(self) -> bool:
        """Whether `erase` works; where it does not, nothing is typed before it is final."""

    def type(self, text: str) -> None:
        r"""Type text; "\n" is the Return key, "\t" the Tab key. Returns when all of it was handed over.

        Waits while a modifier key is held down, for a bounded time.

        Raises:
            InjectError: nothing, or not all of it, was typed.
        """

    def erase(self, count: int) -> None:
        """Press Backspace `count` times: once for each character as the user sees them (grapheme cluster).

        Raises:
            InjectError: it was not done.
        """

    def close(self) -> None:
        """Let go of what is held; twice does no harm."""


class Desktop(Protocol):
    """What can be known of the user's doings, so that no correction hits what the user has touched."""

    def focus(self) -> str:
        """Names the focused window, and within it the field if that can be known; "" if nothing is known.

        Another answer than before means that the focus has moved.
        """

    def user_acts(self) -> int:
        """How many keys and buttons the user has pressed so far, our own keys not counted; -1 if unknown."""

    def close(self) -> None:
        """Let go of what is held; twice does no harm."""
