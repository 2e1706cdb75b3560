"""Follows a segmenter's events, and checks all that holds for every stream."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from asrd.segment.events import Began, Dropped, Ended, EndReason, Heard, Paused, Resumed, SegmentEvent

FloatArray = npt.NDArray[np.float32]
# Every sample differs from its neighbours, so that audio from another place cannot be mistaken for it.
STREAM: FloatArray = np.random.default_rng(0).uniform(-1, 1, 16_000 * 120).astype(np.float32)


@dataclass
class Utterance:
    """One utterance as its events told it; `reason` None where it was dropped, `end` then what was heard."""

    number: int
    start: int
    end: int
    reason: EndReason | None = None
    pauses: list[int] = field(default_factory=list)


class Listener:
    """Takes events in order; `limit` in samples."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Utterance | None = None
        self._is_paused = False
        self._cut: int | None = None
        self.done: list[Utterance] = []
        self.names: list[str] = []
        self.earliest = 0  # no utterance may begin before

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def take(self, events: list[SegmentEvent]) -> None:
        for event in events:
            self.names.append(type(event).__name__)
            if isinstance(event, Began):
                self._began(event)
            else:
                assert self._open is not None, f"{event} without an utterance"
                assert self._cut is None, "a cut utterance is followed by its rest"
                self._inside(self._open, event)
        assert self._cut is None

    def _began(self, event: Began) -> None:
        assert self._open is None
        assert event.number == (self.done[-1].number if self.done else 0) + 1
        assert event.start >= self.earliest
        assert self._cut in (None, event.start)
        self._cut = None
        self._open, self._is_paused = Utterance(event.number, event.start, event.start), False

    def _inside(self, utterance: Utterance, event: SegmentEvent) -> None:
        if isinstance(event, Heard):
            assert not self._is_paused
            assert event.samples.dtype == np.float32
            assert len(event.samples) > 0
            start, utterance.end = utterance.end, utterance.end + len(event.samples)
            np.testing.assert_array_equal(event.samples, STREAM[start : utterance.end])
        elif isinstance(event, Paused):
            assert not self._is_paused
            assert event.end == utterance.end
            utterance.pauses.append(event.end)
            self._is_paused = True
        elif isinstance(event, Resumed):
            assert self._is_paused
            self._is_paused = False
        else:
            self._finished(utterance, event)

    def _finished(self, utterance: Utterance, event: SegmentEvent) -> None:
        self._open = None
        if isinstance(event, Ended):
            assert utterance.start < event.end <= utterance.end
            assert event.reason is EndReason.LIMIT or event.end == utterance.end
            assert event.reason is not EndReason.SILENCE or self._is_paused
            utterance.end, utterance.reason = event.end, event.reason
            assert utterance.end - utterance.start <= self._limit
            self.earliest = event.end
            self._cut = event.end if event.reason is EndReason.LIMIT else None
        else:
            assert isinstance(event, Dropped)
        self.done.append(utterance)
