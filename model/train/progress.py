"""What the stages tell on stderr while they work."""

from __future__ import annotations

import sys
import time


def say(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Progress:
    """Tells how far a stage is and how long the rest will take."""

    def __init__(self, name: str, total: int, done: int = 0) -> None:
        """`done` of `total` were there when it began."""
        self._name = name
        self._total = total
        self._first = done
        self._started = time.monotonic()

    def tell(self, done: int, more: str = "") -> None:
        """So many are done now."""
        spent_s = time.monotonic() - self._started
        left_s = spent_s / max(1, done - self._first) * (self._total - done)
        say(f"{self._name}: {done} of {self._total}{more}, {left_s:.0f} s left")
