"""One stream of audio: its channel, its segmenter, and the utterances that wait for the recognizer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from asrd.daemon.channel import Block, Channel
from asrd.events import State
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.recognizer.utterance import Utterance
from asrd.segment.events import Dropped, Ended, Heard, SegmentEvent
from asrd.segment.stream import StreamSegmenter
from asrd.source.levels import peak_db, rms_db
from asrd.values import Timing, UtteranceOptions

FloatArray = npt.NDArray[np.float32]


class Request(Enum):
    """What the owner of a session asks of the segment thread, in order with the audio around it."""

    FLUSH = "flush"
    CANCEL = "cancel"
    CLOSE = "close"


@dataclass(frozen=True)
class Close:
    """The last entry of an inbox: everything before it was dealt with when it is met."""


Inboxed = SegmentEvent | Close


class Ear:
    """The segment thread's part: from blocks with positions to segment events, gaps and levels."""

    def __init__(self, segmenter: StreamSegmenter) -> None:
        self._segmenter = segmenter
        self._levels_per_s = 0.0
        self._level_samples = 0
        self._recent: list[FloatArray] = []
        self.level: tuple[float, float, bool] | None = None  # the newest that is to be told; likewise the gap
        self.gap: tuple[int, int] | None = None

    @property
    def in_speech(self) -> bool:
        """Whether an utterance is open."""
        return self._segmenter.in_speech

    @property
    def position(self) -> int:
        """Samples of the stream so far, the lost ones included."""
        return self._segmenter.position

    def hear(self, start: int, samples: FloatArray) -> list[SegmentEvent]:
        """Events of (n,) float32 that begin at sample `start` of the stream; a jump of `start` is a gap.

        A sample that is no finite number, as a broken driver may give, counts as silence.
        """
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        events = self.skip_to(start) + self._segmenter.hear(samples)
        if self._level_samples:
            self._measure(samples)
        return events

    def skip_to(self, start: int) -> list[SegmentEvent]:
        """Events of the loss of everything up to `start`, if it lies ahead; sets `gap`."""
        position = self.position
        if start <= position:
            return []
        self.gap = (position, start)
        return self._segmenter.gap(start - position)

    def flush(self) -> list[SegmentEvent]:
        """End the open utterance here."""
        return self._segmenter.flush()

    def cancel(self) -> list[SegmentEvent]:
        """Drop the open utterance."""
        return self._segmenter.cancel()

    def set_levels(self, per_second: float) -> None:
        """How many levels a second are wanted; 0: none."""
        if per_second == self._levels_per_s:
            return
        self._levels_per_s = per_second
        self._level_samples = round(SAMPLE_RATE_HZ / per_second) if per_second > 0 else 0
        self._recent = []

    def close(self) -> None:
        """Free the detector."""
        self._segmenter.close()

    def _measure(self, samples: FloatArray) -> None:
        self._recent.append(samples)
        if sum(map(len, self._recent)) >= self._level_samples:
            heard = np.concatenate(self._recent)
            self.level = (rms_db(heard), peak_db(heard), self.in_speech)
            self._recent = []


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


class Session:
    """See `protocols.AudioSession`, which it implements."""

    def __init__(self, name: str, ear: Ear, channel_samples: int, wake: Callable[[], None]) -> None:
        self.name = name
        self.ear = ear
        self.inbox = Inbox()
        self.channel = Channel(channel_samples, wake)
        self.options = UtteranceOptions()
        self.open: OpenUtterance | None = None
        self.ended_s: deque[float] = deque()  # when the utterances ended whose final is still to come
        self.state = State.LISTENING  # as it was told last
        self.is_closing = False
        self._overflow_samples = 0
        self._wake = wake
        self.asked_at = 0  # position of the request that `next_turn` gave last
        self._requests: deque[tuple[int, Request]] = deque()
        self.wanted_levels = 0.0  # a second
        self._check: Callable[[UtteranceOptions], None] = lambda _options: None
        self._on_partials: Callable[[bool], None] = lambda _partials: None

    def connect(self, check: Callable[[UtteranceOptions], None], on_partials: Callable[[bool], None]) -> None:
        """Who says whether options can be used, and who is told whether partial passes are wanted."""
        self._check, self._on_partials = check, on_partials

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
        self._check(options)
        self.options = options
        self._on_partials(partials)

    def levels(self, per_second: float) -> None:
        """See `AudioSession.levels`."""
        self.wanted_levels = per_second
        self._wake()

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
        self._wake()
