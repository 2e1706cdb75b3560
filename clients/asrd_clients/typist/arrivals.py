"""Which finals come too late to be typed. Pure: the time is handed in.

After a connection that broke, the daemon tells the finals that were missed. Who spoke them looks at another window by
now: only those are typed that cannot be older than `LATE_S`, as the connection was away for no longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

LATE_S: Final = 5.0


class Arrivals:
    """Sees every message, in order."""

    def __init__(self) -> None:
        self._lost_s: float | None = None
        self._away_s = 0.0
        self._missed = 0

    def lost(self, now_s: float) -> None:
        """The connection is lost."""
        if self._lost_s is None:
            self._lost_s = now_s

    def sorted(self, message: Mapping[str, Any], now_s: float) -> dict[str, Any]:
        """The message, or `{"type": "missed", "utterance": N}` in place of a final that came too late."""
        if message["type"] == "hello":
            self._away_s, self._lost_s = 0.0 if self._lost_s is None else now_s - self._lost_s, None
        # What the daemon repeats was not sent to this client before, and has no number.
        is_repeated = message["type"] == "final" and "seq" not in message
        if is_repeated and self._away_s > LATE_S:
            self._missed += 1
            return {"type": "missed", "utterance": message.get("utterance")}
        return dict(message)

    def take_missed(self) -> int:
        """How many were, since the last question."""
        missed, self._missed = self._missed, 0
        return missed
