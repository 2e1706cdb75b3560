"""When trouble with the microphone is worth a notice on the desktop. No clock and no desktop in here.

A microphone that gives nothing is told once it has lasted: a change of device or a short sleep mends itself. Then not
again for a while, however often it comes and goes; that it is back is told if its loss was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asrd.events import State

LASTING_S: Final = 10.0
QUIET_S: Final = 600.0
_TITLES: Final = {
    State.MIC_LOST: "asrd hears nothing",
    State.MIC_PERMISSION: "asrd may not use the microphone",
}
_BACK: Final = "asrd hears again"
_WELL: Final = frozenset({State.LISTENING, State.SPEECH})


@dataclass(frozen=True)
class Notice:
    """What is shown on the desktop; never anything that was dictated."""

    title: str
    text: str


class Trouble:
    """Follows the states of the daemon's own source."""

    def __init__(self) -> None:
        self._pending: Notice | None = None
        self._due_s = 0.0
        self._told_s: float | None = None  # the last notice of a loss
        self._is_told = False  # the loss that lasts now

    def take(self, state: State, message: str, now_s: float) -> Notice | None:
        """A state that was published at `now_s`; returns what is to be shown at once."""
        if state in _TITLES:
            self._lost(Notice(_TITLES[state], message), now_s)
            return None
        if state is State.OVERLOAD:  # says nothing about the microphone
            return None
        was_told, self._pending, self._is_told = self._is_told, None, False
        return Notice(_BACK, message) if was_told and state in _WELL else None

    def wait_s(self, now_s: float) -> float | None:
        """When `due` is to be asked; None: not before something is published."""
        return None if self._pending is None else max(0.0, self._due_s - now_s)

    def due(self, now_s: float) -> Notice | None:
        """What is to be shown at `now_s`, as the trouble has lasted."""
        if self._pending is None or now_s < self._due_s:
            return None
        notice, self._pending = self._pending, None
        self._told_s, self._is_told = now_s, True
        return notice

    def _lost(self, notice: Notice, now_s: float) -> None:
        if self._is_told:
            return
        if self._pending is None:
            quiet_until_s = 0.0 if self._told_s is None else self._told_s + QUIET_S
            self._due_s = max(now_s + LASTING_S, quiet_until_s)
        self._pending = notice
