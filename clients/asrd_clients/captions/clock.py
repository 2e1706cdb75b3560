"""From the session's audio clock to the clock of the file.

The protocol's times are seconds of audio since the session began. They stand still while the microphone is closed on
purpose, and begin anew with the daemon; a recording that runs beside goes on. Every partial tells where the session
is: its `end` plus its `lag_ms` was the newest audio when it was sent. The difference between that and the time that
has passed since the command began is called the lead here; the shortest way that a message took is the best measure.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

# Less is how long messages take, and the drift of two clocks; more is a pause of the microphone.
JUMP_S: Final = 0.3
_MAX_OPEN: Final = 8  # utterances whose final has not come


class ClockKind(Enum):
    """What is second 0 of a file."""

    START = "start"  # when the command began; goes on when the session's clock stands
    SESSION = "session"  # when the session began, or the file that the daemon plays


class Clock:
    """Tells when, in seconds of the file, something was said.

    With SESSION, times are the session's own as long as the daemon runs. When it begins anew they go on as if the
    session had not ended, the time without it included.

    Attributes:
        is_later_run: whether the daemon is another one than at first: all that it heard was after the beginning.
    """

    def __init__(self, kind: ClockKind, began_s: float, zero_s: float = 0.0, floor_s: float = 0.0) -> None:
        """`zero_s` is the file's second 0, from which all is counted on; what is before `floor_s` is in it already."""
        self._kind = kind
        self._began_s = began_s
        self._zero_s = zero_s
        self._floor_s = floor_s
        self._run: str | None = None
        self._carried_s: float | None = None  # what the session clock of runs before adds to the lead of this one
        self.is_later_run = False
        self._forget()

    def _forget(self) -> None:
        self._lead_s: float | None = None
        self._first_lead_s = 0.0
        self._is_sure = False
        self._is_replayed = False
        self._best_s: dict[int, float] = {}

    def greeted(self, run: str) -> bool:
        """A connection was made; returns whether to another run of the daemon, whose clock began at 0."""
        is_new = run != self._run
        self.is_later_run = self.is_later_run or (is_new and self._run is not None)
        if is_new and self._lead_s is not None:
            self._carried_s = self._shift_s() - self._lead_s
            self._forget()
        self._run = run
        return is_new

    def partial(self, utterance: int, newest_s: float, now_s: float) -> None:
        """The session's audio went up to `newest_s` when a message was sent that has come now (monotonic seconds)."""
        lead_s = now_s - self._began_s - newest_s
        best_s = min(lead_s, self._best_s.pop(utterance, lead_s))
        self._best_s = {**dict(list(self._best_s.items())[-_MAX_OPEN:]), utterance: best_s}
        if self._lead_s is None:
            self._lead_s = self._first_lead_s = lead_s

    def final(self, utterance: int, start_s: float, end_s: float, now_s: float, *, is_replayed: bool) -> None:
        """An utterance of the session was finished; `is_replayed` if that was before the connection was made."""
        best_s = self._best_s.get(utterance)
        self._best_s = {other: lead_s for other, lead_s in self._best_s.items() if other > utterance}
        if best_s is not None:
            self._settle(best_s)
        elif self._lead_s is None:
            # Nothing better is known: what is replayed at first is put at 0, another utterance was finished just now.
            self._is_replayed = is_replayed and not self.is_later_run and self._kind is ClockKind.START
            self._lead_s = self._first_lead_s = -start_s if self._is_replayed else now_s - self._began_s - end_s
        if self._kind is ClockKind.SESSION and not is_replayed and self.at(end_s) < self._floor_s:
            self._zero_s += self._floor_s - self.at(start_s)  # a session that began after the file was written

    def _settle(self, lead_s: float) -> None:
        if not self._is_sure or self._lead_s is None:
            if self._is_replayed and self._lead_s is not None:
                self._zero_s += self._lead_s - lead_s  # what was replayed has set the beginning
            self._lead_s = self._first_lead_s = lead_s
            self._is_sure = True
        elif abs(lead_s - self._lead_s) > JUMP_S:
            # Never back behind the beginning: a file that is played fast would run out of all time.
            self._lead_s = max(lead_s, self._first_lead_s)

    def at(self, session_s: float) -> float:
        """When that was, in seconds of the file; may be before 0."""
        return self._zero_s + session_s + self._shift_s()

    def now(self, now_s: float) -> float | None:
        """The file's time at `now_s` (monotonic seconds); None as long as nothing is known of the session."""
        return None if self._lead_s is None else self.at(now_s - self._began_s - self._lead_s)

    def _shift_s(self) -> float:
        if self._kind is ClockKind.START:
            return self._lead_s or 0.0
        return 0.0 if self._carried_s is None else self._carried_s + self._first_lead_s
