"""What pasting needs: a clipboard, and keys that paste."""

from __future__ import annotations

from typing import Protocol

from asrd_clients.injectors.options import PasteKeys


class Clipboard(Protocol):
    """The desktop's clipboard."""

    def lend(self, text: str) -> None:
        """Keep what is there, and put text there, marked as sensitive so that no history keeps it.

        Raises:
            InjectError: it cannot be reached.
        """

    def wait_until_taken(self, limit_s: float) -> bool:
        """Whether the text was fetched; waits for it, and for what a program does after fetching."""

    def restore(self) -> None:
        """Put back what was there, unless somebody else has put something there since."""

    def close(self) -> None:
        """Let go of it; twice does no harm."""


class Keys(Protocol):
    """Keys that are pressed in the focused window."""

    def type(self, text: str) -> None:
        """See `Injector`."""

    def erase(self, count: int) -> None:
        """See `Injector`."""

    def paste(self, keys: PasteKeys) -> None:
        """Press the keys that paste; waits for held modifiers as `type` does."""

    def close(self) -> None:
        """See `Injector`."""
