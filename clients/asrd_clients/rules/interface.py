"""What the typist asks of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Before:
    """What stands before the cursor, as far as asrd typed it itself.

    Attributes:
        text: the last characters that were typed there; "" if nothing is known, as after the focus has moved.
    """

    text: str = ""


@dataclass(frozen=True)
class Rendered:
    r"""What an utterance comes to.

    Attributes:
        take_back: utterances before this one to be taken back ("scratch that"), 0 for most.
        text: what is to be typed, with the space or the capital that fits what stands before; "\n" and "\t" stand
            there only where a spoken command asked for them.
    """

    take_back: int = 0
    text: str = ""


class Rules(Protocol):
    """Turns what was said into what is typed. Immutable; the same arguments always give the same result."""

    @property
    def context(self) -> str:
        """Names and terms for the daemon's `context`, or ""."""

    def render(self, text: str, language: str, before: Before, *, is_growing: bool = False) -> Rendered:
        """What an utterance's text comes to: of a final, or of a partial on its way there.

        Args:
            text: what was said.
            language: the language that the daemon reported.
            before: what stands before the cursor; where `take_back` comes out above 0, render again with what stands
                there after it was done.
            is_growing: a partial: words at its end that may yet become a command are left out until it is known.
        """
