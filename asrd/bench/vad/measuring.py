"""Detectors and settings compared: every variant on the very same scenes.

A detector answers once for each scene, however many thresholds and segmenter settings are tried on its answers; and
one scene is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from asrd.bench.vad.scenes import Scene
from asrd.bench.vad.scoring import Score, find_utterances, score
from asrd.bench.vad.trace import Scorer, SileroScorer, WebRtcScorer
from asrd.options import SegmentOptions
from asrd.segment.durations import check_segment_options

_WEBRTC_THRESHOLD = 0.5  # of answers that are 0 or 1


@dataclass
class Measured:
    """How one way to segment did.

    Attributes:
        options: all of its settings.
        scores: by set and condition; the condition is "" for noise alone.
        cpu_s: processor time of the detector.
        hours: audio that it heard.
    """

    options: SegmentOptions
    scores: dict[tuple[str, str], Score] = field(default_factory=dict)
    cpu_s: float = 0.0
    hours: float = 0.0

    @property
    def detector(self) -> str:
        """Detector and its setting, such as `silero 0.5`."""
        return f"silero {self.options.threshold:g}" if self.is_silero else f"webrtc {self.options.aggressiveness}"

    @property
    def is_silero(self) -> bool:
        """Which of the two it is."""
        return self.options.vad == "silero"

    @property
    def spoken(self) -> Score:
        """All scenes with speech."""
        return sum((one for (_, condition), one in self.scores.items() if condition), Score())

    @property
    def noise(self) -> Score:
        """All scenes without."""
        return sum((one for (_, condition), one in self.scores.items() if not condition), Score())


def measure(
    scenes: Iterable[Scene], variants: Sequence[SegmentOptions], progress: Callable[[str], None]
) -> list[Measured]:
    """Measure each of `variants` on all of `scenes`; `progress` is told what is being heard.

    Raises:
        ConfigError: the settings of a variant contradict each other.
        ModelError, NativeError: a detector cannot be loaded.
    """
    results = [Measured(options) for options in variants]
    scorers = {_scorer_key(options): _make_scorer(options) for options in variants}
    for scene in scenes:
        for key, scorer in scorers.items():
            progress(f"{scene.source} {scene.condition}: {scorer.name}")
            trace = scorer.trace(scene)
            for result in results:
                if _scorer_key(result.options) == key:
                    threshold = result.options.threshold if result.is_silero else _WEBRTC_THRESHOLD
                    found = find_utterances(trace, result.options, threshold)
                    result.scores[scene.source, scene.condition] = score(scene, found)
                    result.cpu_s += trace.cpu_s
                    result.hours += scene.hours
    return results


def variants_of(
    detectors: Sequence[tuple[str, float]], onsets: Sequence[tuple[int, int]], hangovers_ms: Sequence[int]
) -> list[SegmentOptions]:
    """All combinations, in the default settings otherwise.

    Args:
        detectors: name, and threshold or aggressiveness.
        onsets: `onset_ms` and `onset_window_ms`.
        hangovers_ms: `hangover_ms`.

    Raises:
        ConfigError: the settings of one contradict each other.
    """
    variants = []
    for name, setting in detectors:
        chosen = {"threshold": setting} if name == "silero" else {"aggressiveness": int(setting)}
        for onset_ms, window_ms in onsets:
            for hangover_ms in hangovers_ms:
                durations = {"onset_ms": onset_ms, "onset_window_ms": window_ms, "hangover_ms": hangover_ms}
                resume_ms = min(SegmentOptions.resume_ms, onset_ms)
                variants.append(replace(SegmentOptions(), vad=name, resume_ms=resume_ms, **chosen, **durations))
    for variant in variants:
        check_segment_options(variant)
    return variants


def _scorer_key(options: SegmentOptions) -> tuple[str, int]:
    return options.vad, 0 if options.vad == "silero" else options.aggressiveness


def _make_scorer(options: SegmentOptions) -> Scorer:
    return SileroScorer() if options.vad == "silero" else WebRtcScorer(options.aggressiveness)
