"""What a client that comes later has to be told of a session."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from asrd.events import ClosedEvent, DroppedEvent, FinalEvent, PartialEvent, SessionEvent, State, StatusEvent
from asrd.wire.messages import Message


class SessionView:
    """The last status, the last finals, and the partial of the utterance that is open.

    Attributes:
        name: of the session.
        owner: whose audio it is; "": the daemon's own, which stays known after its end.
        is_closed: whether it has ended.
    """

    def __init__(self, name: str, keep: int, owner: str = "") -> None:
        """`keep` finals are kept."""
        self.name = name
        self.owner = owner
        self.is_closed = False
        self.state = State.LISTENING
        self._status: Message | None = None
        self._finals: deque[Message] = deque(maxlen=keep)
        self._partial: tuple[PartialEvent, Message] | None = None
        self._ended = 0  # no utterance up to this one is open

    def is_late(self, event: SessionEvent) -> bool:
        """Whether an event was overtaken: a partial of an utterance that has ended, or older than the last one.

        The recognizer may be at an utterance while the segmenter drops it.
        """
        if not isinstance(event, PartialEvent):
            return False
        if event.utterance <= self._ended:
            return True
        last = self._partial[0] if self._partial is not None else None
        return last is not None and (event.utterance, event.revision) <= (last.utterance, last.revision)

    def take(self, event: SessionEvent, message: Message) -> None:
        """Take note of an event, and of its message."""
        if isinstance(event, StatusEvent):
            self.state, self._status = event.state, message
        elif isinstance(event, PartialEvent):
            self._partial = event, message
        elif isinstance(event, FinalEvent | DroppedEvent):
            self._end(event.utterance)
            if isinstance(event, FinalEvent):
                self._finals.append(message)
        elif isinstance(event, ClosedEvent):
            self.is_closed = True
            self._partial = None

    def recent(self, most: int, most_bytes: int) -> Sequence[Message]:
        """The last finals in their order: at most so many, of at most so many bytes together."""
        chosen: list[Message] = []
        for message in islice(reversed(self._finals), most):
            most_bytes -= message.size
            if most_bytes < 0:
                break
            chosen.append(message)
        return chosen[::-1]

    @property
    def status(self) -> Message | None:
        """The last status."""
        return self._status

    @property
    def partial(self) -> tuple[int, Message] | None:
        """The open utterance's number, and its last partial."""
        return (self._partial[0].utterance, self._partial[1]) if self._partial is not None else None

    def _end(self, utterance: int) -> None:
        self._ended = max(self._ended, utterance)
        if self._partial is not None and self._partial[0].utterance <= self._ended:
            self._partial = None
