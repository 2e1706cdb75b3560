"""The segmenter over a detector's answers, and how its utterances compare with what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from asrd.bench.sets.truth import Speech
from asrd.bench.vad.scenes import Scene
from asrd.bench.vad.trace import Trace
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.options import SegmentOptions
from asrd.segment.events import Began, Dropped, Ended, EndReason, SegmentEvent
from asrd.segment.segmenter import Segmenter

_MS_SAMPLES: Final = SAMPLE_RATE_HZ // 1000


@dataclass
class Found:
    """An utterance, or several that are one but for the length limit.

    Attributes:
        start: its first voiced sample.
        begun_at: position at which that was known.
        end: the sample after the last voiced one.
    """

    start: int
    begun_at: int
    end: int = 0


@dataclass
class Score:
    """How one way to segment does on one or more scenes; errors in ms, negative where it is too early.

    Attributes:
        clips: how often somebody speaks.
        missed: how often there is no utterance.
        split: how many utterances there are more than one, inside of what was said in one go.
        merged: how many pauses of at least 1.5 s between two clips are bridged.
        false_starts: utterances in which nobody speaks.
        hours: length of the scenes.
        open_hours: how long an utterance is open in which nobody speaks.
        onset_ms: first voiced sample less true onset; of clips with an utterance of their own alone.
        delay_ms: when it was known less true onset.
        end_ms: last voiced sample less true end.
    """

    clips: int = 0
    missed: int = 0
    split: int = 0
    merged: int = 0
    false_starts: int = 0
    hours: float = 0.0
    open_hours: float = 0.0
    onset_ms: list[float] = field(default_factory=list)
    delay_ms: list[float] = field(default_factory=list)
    end_ms: list[float] = field(default_factory=list)

    def __add__(self, other: Score) -> Score:
        return Score(**{name: value + getattr(other, name) for name, value in vars(self).items()})


def find_utterances(trace: Trace, options: SegmentOptions, threshold: float) -> list[Found]:
    """What the segmenter makes of the answers; pre-roll and tail pad are left out, so that edges are the detector's."""
    bare = replace(options, preroll_ms=0, tail_pad_ms=0)
    segmenter = Segmenter(bare, trace.frame_samples)
    silence = np.zeros(trace.frame_samples, np.float32)
    collector = _Collector()
    for voiced in (trace.scores >= threshold).tolist():
        for event in segmenter.push(silence, voiced):
            collector.take(event, segmenter.position)
    for event in segmenter.flush():
        collector.take(event, segmenter.position)
    return collector.found


class _Collector:
    def __init__(self) -> None:
        self.found: list[Found] = []
        self._is_cut = False

    def take(self, event: SegmentEvent, position: int) -> None:
        if isinstance(event, Began) and not self._is_cut:
            self.found.append(Found(event.start, position))
        elif isinstance(event, Ended):
            self.found[-1].end = event.end
            self._is_cut = event.reason is EndReason.LIMIT
        elif isinstance(event, Dropped):
            if not self._is_cut:
                self.found.pop()
            self._is_cut = False


def score(scene: Scene, found: Sequence[Found]) -> Score:
    """Compare utterances with what was said."""
    result = Score(clips=len(scene.speech), hours=scene.hours)
    clips_of = [sum(_overlap(one, speech) for speech in scene.speech) for one in found]
    result.merged = sum(max(0, count - 1) for count in clips_of)
    for one, count in zip(found, clips_of, strict=True):
        if count == 0:
            result.false_starts += 1
            result.open_hours += (one.end - one.start) / SAMPLE_RATE_HZ / 3600
    for speech in scene.speech:
        own = [(one, count) for one, count in zip(found, clips_of, strict=True) if _overlap(one, speech)]
        result.missed += not own
        result.split += max(0, len(own) - 1)
        if own and all(count == 1 for _, count in own):
            first, last = own[0][0], own[-1][0]
            result.onset_ms.append((first.start - speech.start) / _MS_SAMPLES)
            result.delay_ms.append((first.begun_at - speech.start) / _MS_SAMPLES)
            result.end_ms.append((last.end - speech.end) / _MS_SAMPLES)
    return result


def _overlap(found: Found, speech: Speech) -> bool:
    return found.start < speech.end and found.end > speech.start
