"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 0.5
MOST_S: Final = 15.0
STEADY_S: Final = 10.0  # a connection that lasted so long was a good one


class Backoff:
    """Twice as long after every failure, up to a limit, and less by chance so that many clients do not come at once."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._next_s = FIRST_S

    def wait_s(self, lasted_s: float) -> float:
        """How long to wait after a connection that lasted so long (0: there was none): between half and all of it."""
        if lasted_s >= STEADY_S:
            self._next_s = FIRST_S
        most_s, self._next_s = self._next_s, min(MOST_S, 2.0 * self._next_s)
        return most_s * self._chance.uniform(0.5, 1.0)
