"""One stream of audio: its channel, its segmenter, and the utterances that wait for the recognizer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from asrd.daemon.channel import Block, Channel
from asrd.daemon.ear import Ear
from asrd.daemon.inbox import Inbox
from asrd.events import State
from asrd.recognizer.utterance import Utterance
from asrd.values import Timing, UtteranceOptions

FloatArray = npt.NDArray[np.float32]


class Request(Enum):
    """What the owner of a session asks of the segment thread, in order with the audio around it."""

    FLUSH = "flush"
    CANCEL = "cancel"
    CLOSE = "close"


@dataclass(frozen=True)
class Links:
    """Whom a session calls.

    Attributes:
        wake: has the segment thread look at the session. Must not wait.
        check: refuses options that cannot be used, with a `ConfigError`.
        set_partials: is told whether partial passes are wanted.
    """

    wake: Callable[[], None]
    check: Callable[[UtteranceOptions], None]
    set_partials: Callable[[bool], None]


@dataclass
class OpenUtterance:
    """The recognize thread's part: the utterance that is being recognised.

    Attributes:
        number: counts from 1 within the session.
        start: its first sample in the session.
        utterance: the recognizer's side of it.
        revision: partials that were published.
        shown: text of the last of them: committed part and tail.
        timing: computing time of all passes.
        audio: what was heard, if it is to be kept.
    """

    number: int
    start: int
    utterance: Utterance
    revision: int = 0
    shown: tuple[str, str] = ("", "")
    timing: Timing = Timing()
    audio: list[FloatArray] = field(default_factory=list)


class Session:
    """See `protocols.AudioSession`, which it implements."""

    def __init__(self, name: str, ear: Ear, channel_samples: int, links: Links) -> None:
        self.name = name
        self.ear = ear
        self.inbox = Inbox()
        self.channel = Channel(channel_samples, links.wake)
        self.options = UtteranceOptions()
        self.open: OpenUtterance | None = None
        self.ended_s: deque[float] = deque()  # when the utterances ended whose final is still to come
        self.state = State.LISTENING  # as it was told last
        self.is_closing = False
        self.wanted_levels = 0.0  # a second
        self.asked_at = 0  # position of the request that `next_turn` gave last
        self._requests: deque[tuple[int, Request]] = deque()
        self._overflow_samples = 0
        self._links = links

    def hear(self, samples: FloatArray) -> None:
        """See `AudioSession.hear`."""
        self.channel.put(samples)

    def lost(self, samples: int) -> None:
        """See `AudioSession.lost`."""
        self.channel.lose(samples)

    def room(self) -> int:
        """See `AudioSession.room`."""
        return self.channel.room()

    def configure(self, options: UtteranceOptions, *, partials: bool) -> None:
        """See `AudioSession.configure`.

        Raises:
            ConfigError: the language is unknown, or the context too long.
        """
        self._links.check(options)
        self.options = options
        self._links.set_partials(partials)

    def levels(self, per_second: float) -> None:
        """See `AudioSession.levels`."""
        self.wanted_levels = per_second
        self._links.wake()

    def flush(self) -> None:
        """See `AudioSession.flush`."""
        self._ask(Request.FLUSH)

    def cancel(self) -> None:
        """See `AudioSession.cancel`."""
        self._ask(Request.CANCEL)

    def close(self) -> None:
        """See `AudioSession.close`."""
        self._ask(Request.CLOSE)

    def has_overflowed(self) -> bool:
        """Whether the channel was full since the last question."""
        before, self._overflow_samples = self._overflow_samples, self.channel.overflow_samples
        return self._overflow_samples > before

    def unfinished(self) -> tuple[int, int] | None:
        """What came and is in no final, from sample to sample; for when the threads have ended."""
        start = self.open.start if self.open is not None else self.inbox.first_start()
        start = self.ear.position if start is None else start
        return (start, self.channel.position) if start < self.channel.position else None

    def next_turn(self) -> Block | Request | None:
        """The oldest block, or a request if all audio before it was taken, or None."""
        asked = self._requests[0] if self._requests else None  # read first: what came before it is then in the channel
        block = self.channel.first()
        if asked is not None and (block is None or block.start >= asked[0]):
            self._requests.popleft()
            self.asked_at = asked[0]
            return asked[1]
        return self.channel.take() if block is not None else None

    def _ask(self, request: Request) -> None:
        """Of several requests at one place in the audio only the first has something to do, and `CLOSE`."""
        position = self.channel.position
        if not self._requests or self._requests[-1][0] != position or request is Request.CLOSE:
            self._requests.append((position, request))
        self._links.wake()
