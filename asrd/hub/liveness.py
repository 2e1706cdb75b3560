"""Whether the other end is still there."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What to do about a client."""

    FINE = "fine"
    PING = "ping"
    GONE = "gone"


class Liveness:
    """Judges by what was last heard of a client; any byte counts, not only the answer to a ping.

    While we do not read (`excuse`), silence says nothing: what the client sent lies in the socket.
    """

    def __init__(self, now_s: float, interval_s: float, timeout_s: float) -> None:
        """A silent client is pinged every `interval_s`, and gone `timeout_s` after a ping without an answer."""
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._heard_s = now_s
        self._pinged_s: float | None = None

    def heard(self, now_s: float) -> None:
        """Something came."""
        self._heard_s = now_s
        self._pinged_s = None

    def excuse(self, now_s: float) -> None:
        """Nothing could come."""
        self.heard(now_s)

    def verdict(self, now_s: float) -> Verdict:
        """What to do now; `PING` is said once until something comes."""
        if self._pinged_s is not None:
            return Verdict.GONE if now_s - self._pinged_s >= self._timeout_s else Verdict.FINE
        if now_s - self._heard_s < self._interval_s:
            return Verdict.FINE
        self._pinged_s = now_s
        return Verdict.PING
