"""How many messages a client may send."""

from __future__ import annotations


class TokenBucket:
    """So many a second in the long run, and `burst_s` seconds' worth at once. Time is given, never asked."""

    def __init__(self, per_second: float, burst_s: float) -> None:
        self._per_second = per_second
        self._most = per_second * burst_s
        self._left = self._most
        self._last_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Whether one more is allowed at `now_s` of a clock that never goes back."""
        if self._last_s is not None:
            self._left = min(self._most, self._left + (now_s - self._last_s) * self._per_second)
        self._last_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
