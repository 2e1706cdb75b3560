"""The segmenter over a detector's answers, and how its utterances compare with what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from asrd.bench.sets.truth import Speech
from asrd.bench.vad.detectors import Trace
from asrd.bench.vad.scenes import Scene, Span
from asrd.bench.vad.variants import Variant
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.segment.events import Began, Dropped, Ended, EndReason, SegmentEvent
from asrd.segment.segmenter import Segmenter

_MS_SAMPLES: Final = SAMPLE_RATE_HZ // 1000
_UNKNOWN: Final = float("nan")


@dataclass
class Found:
    """An utterance, or several that are one but for the length limit.

    Attributes:
        start: its first voiced sample.
        begun_at: position at which that was known.
        end: the sample after the last voiced one.
        ended_at: position at which that was known.
        is_dropped: whether it was taken back, as there was too little speech in it.
    """

    start: int
    begun_at: int
    end: int = 0
    ended_at: int = 0
    is_dropped: bool = False


@dataclass(frozen=True)
class ClipScore:
    """How one way to segment does on one clip; errors in ms, negative where it is too early.

    Attributes:
        missed: 1 if there is no utterance in it.
        split: how many utterances there are more than one, inside of what was said in one go.
        merged: 1 if the pause of at least 1.5 s between it and the next clip is bridged; NaN if it is the last.
        onset_ms: first voiced sample less true onset; NaN, as the two below, without utterances of its own alone.
        known_ms: when that was known less true onset.
        end_ms: last voiced sample less true end.
        closed_ms: when that was known less true end; the final cannot come before.
    """

    missed: int
    split: int
    merged: float
    onset_ms: float = _UNKNOWN
    known_ms: float = _UNKNOWN
    end_ms: float = _UNKNOWN
    closed_ms: float = _UNKNOWN


@dataclass(frozen=True)
class NoiseScore:
    """How one way to segment does on one recording of noise.

    Attributes:
        false_starts: utterances that begin in it, without the dropped ones.
        dropped: those that were begun and dropped.
        open_s: how much of it is inside utterances, in seconds.
        length_s: how long it is, in seconds.
    """

    false_starts: int
    dropped: int
    open_s: float
    length_s: float


@dataclass(frozen=True)
class Score:
    """How one way to segment does on a scene: clips or recordings of noise in their order.

    Attributes:
        clips: of a scene with speech.
        noises: of a scene without.
        false_starts: utterances in which nobody speaks, without the dropped ones.
    """

    clips: tuple[ClipScore, ...]
    noises: tuple[NoiseScore, ...]
    false_starts: int


def find_utterances(trace: Trace, variant: Variant) -> list[Found]:
    """What the segmenter makes of the answers, as in the daemon, but without pre-roll and tail pad: so that the edges
    are the detector's."""
    bare = replace(variant.options, preroll_ms=0, tail_pad_ms=0)
    segmenter = Segmenter(bare, trace.frame_samples, trace.lag_samples)
    silence = np.zeros(trace.frame_samples, np.float32)
    collector = _Collector()
    for voiced in (trace.answers >= variant.threshold).tolist():
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
            self.found[-1].end, self.found[-1].ended_at = event.end, position
            self._is_cut = event.reason is EndReason.LIMIT
        elif isinstance(event, Dropped):
            if not self._is_cut:
                self.found[-1].is_dropped = True
            self._is_cut = False


def score(scene: Scene, begun: Sequence[Found]) -> Score:
    """Compare utterances with what was said."""
    found = [one for one in begun if not one.is_dropped]
    touched = [[_overlap(one, speech) > 0 for speech in scene.speech] for one in found]
    clips = tuple(_clip_score(scene.speech, index, found, touched) for index in range(len(scene.speech)))
    noises = tuple(_noise_score(span, begun) for span in scene.noises)
    return Score(clips, noises, sum(not any(touches) for touches in touched))


def _clip_score(
    speech: Sequence[Speech], index: int, found: Sequence[Found], touched: Sequence[Sequence[bool]]
) -> ClipScore:
    own = [(one, touches) for one, touches in zip(found, touched, strict=True) if touches[index]]
    missed, split = int(not own), max(0, len(own) - 1)
    merged = _UNKNOWN if index + 1 == len(speech) else float(any(touches[index + 1] for _, touches in own))
    if not own or any(sum(touches) > 1 for _, touches in own):
        return ClipScore(missed, split, merged)
    first, last, true = own[0][0], own[-1][0], speech[index]
    return ClipScore(
        missed,
        split,
        merged,
        onset_ms=(first.start - true.start) / _MS_SAMPLES,
        known_ms=(first.begun_at - true.start) / _MS_SAMPLES,
        end_ms=(last.end - true.end) / _MS_SAMPLES,
        closed_ms=(last.ended_at - true.end) / _MS_SAMPLES,
    )


def _noise_score(span: Span, begun: Sequence[Found]) -> NoiseScore:
    here = [one for one in begun if span.start <= one.start < span.end]
    return NoiseScore(
        false_starts=sum(not one.is_dropped for one in here),
        dropped=sum(one.is_dropped for one in here),
        open_s=sum(_overlap(one, span) for one in begun if not one.is_dropped) / SAMPLE_RATE_HZ,
        length_s=(span.end - span.start) / SAMPLE_RATE_HZ,
    )


def _overlap(found: Found, span: Speech | Span) -> int:
    """How many samples they share."""
    return max(0, min(found.end, span.end) - max(found.start, span.start))
