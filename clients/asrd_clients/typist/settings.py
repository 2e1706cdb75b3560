"""What the typist is told at its start, and what it is told of the desktop. Values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """When text is typed, by its name on the command line."""

    FINAL = "final"  # an utterance when it is finished
    LIVE = "live"  # as it comes, and corrected with Backspace
    LIVE_COMMITTED = "live-committed"  # what has settled, as it comes; nothing is corrected


class FocusRule(Enum):
    """What becomes of an utterance when another window gets the focus while it is spoken."""

    STAY = "stay"  # it is typed nowhere else
    FOLLOW = "follow"  # what is left of it is typed where the focus is now


@dataclass(frozen=True)
class Settings:
    """How to type.

    Attributes:
        mode: when.
        focus: where.
        can_erase: whether the injector has a Backspace; without it, only finals are typed.
        enter: whether a spoken command may press Return.
    """

    mode: Mode = Mode.FINAL
    focus: FocusRule = FocusRule.STAY
    can_erase: bool = True
    enter: bool = True

    @property
    def effective_mode(self) -> Mode:
        """The mode that the injector allows."""
        return self.mode if self.can_erase else Mode.FINAL


@dataclass(frozen=True)
class Seen:
    """What the desktop says at one moment; see `Desktop`.

    Attributes:
        focus: the focused window; "" if it is not known.
        acts: keys and buttons that the user has pressed so far; -1 if that is not known.
    """

    focus: str = ""
    acts: int = -1

    @property
    def is_whole(self) -> bool:
        """Whether both are known, so that nothing can be erased by mistake."""
        return bool(self.focus) and self.acts >= 0


@dataclass(frozen=True)
class Type:
    """Type this text."""

    text: str


@dataclass(frozen=True)
class Erase:
    """Press Backspace so many times."""

    count: int


@dataclass(frozen=True)
class Say:
    """Tell the user; it holds nothing of what was dictated."""

    sentence: str


Operation = Type | Erase | Say
