"""What the segment thread has for the recognize thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from asrd.segment.events import Began, Dropped, Ended, Heard, SegmentEvent


@dataclass(frozen=True)
class Close:
    """The last entry of an inbox: everything before it was dealt with when it is met."""


Inboxed = SegmentEvent | Close


class Inbox:
    """Segment events that wait for the recognizer. Guarded by the pipeline's lock."""

    def __init__(self) -> None:
        self._events: deque[Inboxed] = deque()
        self.samples = 0  # of audio in it
        self.ends = 0  # of utterances in it, and of the session

    def put(self, event: Inboxed) -> None:
        """Append an event."""
        self._events.append(event)
        if isinstance(event, Heard):
            self.samples += len(event.samples)
        self.ends += isinstance(event, Ended | Dropped | Close)

    def first_start(self) -> int | None:
        """Where the first utterance in it begins; None if none does."""
        return next((event.start for event in self._events if isinstance(event, Began)), None)

    def take_until(self, last: Callable[[Inboxed], bool]) -> list[Inboxed]:
        """Everything up to the first event for which `last` holds, that one included; everything if there is none."""
        taken: list[Inboxed] = []
        while self._events:
            event = self._events.popleft()
            taken.append(event)
            if isinstance(event, Heard):
                self.samples -= len(event.samples)
            self.ends -= isinstance(event, Ended | Dropped | Close)
            if last(event):
                break
        return taken
