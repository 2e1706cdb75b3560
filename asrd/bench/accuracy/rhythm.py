"""Audio as the daemon recognises it, but for the clock: passes come where enough new audio has come.

The daemon's own schedule says when a pass is due, as on a machine that computes in no time. So a run is the same
whenever it is repeated, on any machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from asrd.geometry import samples_of
from asrd.options import PipelineOptions, SegmentOptions
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.utterance import Utterance
from asrd.schedule.jobs import Schedule
from asrd.segment.events import Began, Dropped, Ended, EndReason, Heard, Paused, Resumed, SegmentEvent
from asrd.segment.stream import StreamSegmenter
from asrd.vad.make import make_detector
from asrd.values import Hypothesis, UtteranceOptions

FloatArray = npt.NDArray[np.float32]
_STREAM = "clip"
_BLOCK_S = 0.02


@dataclass(eq=False)
class Spoken:
    """An utterance.

    Attributes:
        start: its first sample, counted from that of the clip.
        passes: what was shown while it grew, in order.
        final: its text; None while it grows.
        audio: its samples, (n,) float32.
    """

    start: int
    passes: list[Hypothesis] = field(default_factory=list)
    final: Hypothesis | None = None
    audio: FloatArray = field(default_factory=lambda: np.empty(0, np.float32))


class _Listener:
    """Lets utterances meet their events one by one."""

    def __init__(self, recognizer: Recognizer, options: UtteranceOptions, pipeline: PipelineOptions) -> None:
        self.spoken: list[Spoken] = []
        self._recognizer = recognizer
        self._options = options
        self._schedule = Schedule(pipeline)
        self._schedule.add(_STREAM)
        self._utterance: Utterance | None = None
        self._heard: list[FloatArray] = []

    def take(self, event: SegmentEvent) -> None:
        """Hear, and recognise if that is due."""
        match event:
            case Began(_, start):
                self._utterance, self._heard = self._recognizer.utterance(self._options), []
                self.spoken.append(Spoken(start))
                self._schedule.began(_STREAM)
            case Heard(samples) if self._utterance is not None:
                self._utterance.append(samples)
                self._heard.append(samples)
                self._schedule.heard(_STREAM, len(samples))
                self._look(self._utterance)
            case Paused() if self._utterance is not None:
                self._schedule.paused(_STREAM)
                self._look(self._utterance)
            case Resumed():
                self._schedule.resumed(_STREAM)
            case Ended(end, reason) if self._utterance is not None:
                self._finish(self._utterance, end, reason)
            case Dropped():
                self.abandon()
            case _:
                pass

    def abandon(self) -> None:
        """End an utterance that is still open, without a final."""
        if self._utterance is not None:
            self._utterance.abandon()
            self._utterance = None
            self.spoken.pop()

    def _look(self, utterance: Utterance) -> None:
        if self._schedule.next() is not None:
            self.spoken[-1].passes.append(utterance.hypothesis())

    def _finish(self, utterance: Utterance, end: int, reason: EndReason) -> None:
        now = self.spoken[-1]
        if reason is EndReason.LIMIT:
            utterance.truncate(end - now.start)
        now.final = utterance.final()
        now.audio = np.concatenate(self._heard)[: end - now.start]
        self._utterance = None


def as_one(recognizer: Recognizer, samples: FloatArray, options: UtteranceOptions, pipeline: PipelineOptions) -> Spoken:
    """A clip, (n,) float32 at 16 kHz, as one utterance that grows.

    Raises:
        AsrdError: as `Utterance`.
    """
    return _heard(recognizer, _whole(samples), options, pipeline)[0]


def segmented(
    recognizer: Recognizer,
    samples: FloatArray,
    options: UtteranceOptions,
    pipeline: PipelineOptions,
    segment: SegmentOptions,
) -> list[Spoken]:
    """A clip through voice detector and segmenter: its utterances.

    Raises:
        AsrdError: as `Utterance`.
    """
    segmenter = StreamSegmenter(segment, make_detector(segment))
    try:
        return _heard(recognizer, _segments(segmenter, samples), options, pipeline)
    finally:
        segmenter.close()


def _heard(
    recognizer: Recognizer, events: Iterable[SegmentEvent], options: UtteranceOptions, pipeline: PipelineOptions
) -> list[Spoken]:
    listener = _Listener(recognizer, options, pipeline)
    try:
        for event in events:
            listener.take(event)
    finally:
        listener.abandon()
    return listener.spoken


def _whole(samples: FloatArray) -> Iterator[SegmentEvent]:
    yield Began(1, 0)
    yield from map(Heard, _blocks(samples))
    yield Ended(len(samples), EndReason.FLUSH)


def _segments(segmenter: StreamSegmenter, samples: FloatArray) -> Iterator[SegmentEvent]:
    for block in _blocks(samples):
        yield from segmenter.hear(block)
    yield from segmenter.flush()


def _blocks(samples: FloatArray) -> Iterator[FloatArray]:
    step = samples_of(_BLOCK_S)
    return (samples[start : start + step] for start in range(0, len(samples), step))
