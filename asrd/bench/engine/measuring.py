"""One model measured: offline passes over clips, growing utterances, counters, memory.

Run as a process of its own: `python -m asrd.bench.engine.measuring REQUEST`, a JSON object (see
`EngineRequest`); the result is one JSON object on standard output.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from asrd.bench.engine.steady import SteadySpeaker
from asrd.bench.host.memory import peak_resident_bytes, resident_bytes
from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.recognizer.engine import Recognizer
from asrd.values import EngineOptions, Hypothesis, Timing, Work

_CLIP_SEED = 1


@dataclass(frozen=True)
class EngineRequest:
    """What to measure.

    Attributes:
        model: model folder.
        clips_s: lengths of the clips that are recognised offline.
        growing_s: lengths of the utterances that grow, with a pass every `interval_s`.
        repeats: how often each clip is recognised; times are medians.
        threads: for both libraries.
        verify_drafts: whether the last pass's tokens are reused.
        interval_s: audio between two passes.
        steady: whether growing utterances get the logits of `steady.SteadySpeaker`; for random weights.
    """

    model: str
    clips_s: Sequence[float] = (5.0, 10.0, 20.0)
    growing_s: Sequence[float] = (15.0, 60.0)
    repeats: int = 3
    threads: int = 0
    verify_drafts: bool = True
    interval_s: float = 0.5
    steady: bool = False


@dataclass(frozen=True)
class OfflineResult:
    """One clip: seconds are medians over the repeats."""

    clip_s: float
    tokens: int
    total_s: float
    least_s: float
    most_s: float
    timing: Timing


@dataclass(frozen=True)
class GrowingResult:
    """One growing utterance."""

    clip_s: float
    pass_ms: Sequence[float]
    final_ms: float
    tokens: int
    work: Work
    most_positions: int
    final_equals_offline: bool


@dataclass
class EngineResult:
    """All that was measured of one engine; `head` and `suffix` are its prompt's token ids around the rows."""

    name: str
    load_s: float = 0.0
    offline: list[OfflineResult] = field(default_factory=list)
    growing: list[GrowingResult] = field(default_factory=list)
    resident_bytes: int = 0
    peak_resident_bytes: int = 0
    draft_tolerance: float = 0.0
    head: Sequence[int] = ()
    suffix: Sequence[int] = ()


def bench_clip(clip_s: float) -> Any:
    """The samples of the clip of this length: (n,) float32."""
    return make_clip(ClipSpec(_CLIP_SEED, round(clip_s * SAMPLE_RATE_HZ)))


def measure(request: EngineRequest) -> EngineResult:
    """Measure the model of `request`."""
    result = EngineResult(name=request.model)
    started = time.perf_counter()
    options = EngineOptions(threads=request.threads, verify_drafts=request.verify_drafts)
    with Recognizer.open(request.model, options) as recognizer:
        result.load_s = time.perf_counter() - started
        result.name = recognizer.folder.path.resolve().name
        result.draft_tolerance = recognizer.decoder.tolerance
        _, prompt = recognizer.prepare(None)
        result.head, result.suffix = prompt.head, prompt.suffix
        for clip_s in request.clips_s:
            result.offline.append(_offline(recognizer, clip_s, request.repeats))
            _progress(f"{result.name}: clip of {clip_s:g} s")
        result.resident_bytes = resident_bytes()
        if request.steady:
            SteadySpeaker(recognizer)
        for clip_s in request.growing_s:
            result.growing.append(_growing(recognizer, clip_s, request.interval_s))
            _progress(f"{result.name}: growing utterance of {clip_s:g} s")
    result.peak_resident_bytes = peak_resident_bytes()
    return result


def _offline(recognizer: Recognizer, clip_s: float, repeats: int) -> OfflineResult:
    samples = bench_clip(clip_s)
    runs: list[tuple[float, Hypothesis]] = []
    for _ in range(repeats):
        started = time.perf_counter()
        text = recognizer.transcribe(samples)
        runs.append((time.perf_counter() - started, text))
    runs.sort(key=lambda run: run[0])
    total_s, middle = runs[repeats // 2]
    return OfflineResult(clip_s, len(middle.tokens), total_s, runs[0][0], runs[-1][0], middle.timing)


def _growing(recognizer: Recognizer, clip_s: float, interval_s: float) -> GrowingResult:
    samples, step = bench_clip(clip_s), round(interval_s * SAMPLE_RATE_HZ)
    utterance = recognizer.utterance()
    passes = []
    for start in range(0, len(samples), step):
        utterance.append(samples[start : start + step])
        passes.append(utterance.hypothesis())
    started = time.perf_counter()
    final = utterance.final()
    final_ms = (time.perf_counter() - started) * 1e3
    return GrowingResult(
        clip_s=clip_s,
        pass_ms=[round(one.timing.total_s * 1e3, 2) for one in passes],
        final_ms=final_ms,
        tokens=len(final.tokens),
        work=sum((one.work for one in passes), final.work),
        most_positions=max(one.work.decoder_positions for one in passes),
        final_equals_offline=final.tokens == recognizer.transcribe(samples).tokens,
    )


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main() -> None:
    """Measure what the JSON object on the command line asks for."""
    sys.stdout.write(json.dumps(asdict(measure(EngineRequest(**json.loads(sys.argv[1]))))) + "\n")


if __name__ == "__main__":
    main()
