"""One asrd model measured: offline passes over clips, growing utterances, counters, memory.

Run as a process of its own: `python -m asrd.bench.engine.measuring` (see `apart`).
"""

from __future__ import annotations

import time
from dataclasses import asdict

from asrd.bench.engine.apart import Progress, serve
from asrd.bench.engine.audio import Clips, FloatArray, growing_audio, made_clips
from asrd.bench.engine.steady import SteadySpeaker
from asrd.bench.engine.values import EngineRequest, Growing, Measured, Offline
from asrd.bench.host.memory import peak_resident_bytes, resident_bytes
from asrd.geometry import samples_of, seconds_of
from asrd.recognizer.engine import Recognizer
from asrd.values import EngineOptions, Timing, Work


def measure(request: EngineRequest, progress: Progress) -> Measured:
    """Measure the model of `request`.

    Raises:
        AsrdError: the model or a clip cannot be read, or it fails.
    """
    started = time.perf_counter()
    options = EngineOptions(
        threads=request.threads, verify_drafts=request.verify_drafts, reuse_windows=request.reuse_windows
    )
    with Recognizer.open(request.model, options) as recognizer:
        for samples in made_clips([1.0])[0].read():
            recognizer.transcribe(samples)  # the first pass is slower than all others
        result = Measured(recognizer.folder.path.resolve().name, load_s=time.perf_counter() - started)
        _, prompt = recognizer.prepare(None)
        result.head, result.suffix = prompt.head, prompt.suffix
        for clips in request.clips:
            result.offline.append(_offline(recognizer, clips, request.repeats))
            progress(f"{result.name}: {clips.name}")
        result.resident_bytes = resident_bytes()
        if request.steady:
            SteadySpeaker(recognizer)
        for length_s in request.growing_s:
            result.growing.append(_growing(recognizer, growing_audio(length_s, request.growing_files), request))
            progress(f"{result.name}: an utterance that grows to {length_s:g} s")
    result.peak_resident_bytes = peak_resident_bytes()
    return result


def _offline(recognizer: Recognizer, clips: Clips, repeats: int) -> Offline:
    audio = clips.read()
    seconds, timings = [], []
    for _ in range(repeats):
        started = time.perf_counter()
        heard = [recognizer.transcribe(samples) for samples in audio]
        seconds.append(time.perf_counter() - started)
        timings.append(asdict(sum((one.timing for one in heard), Timing())))
    return Offline(
        name=clips.name,
        audio_s=seconds_of(sum(map(len, audio))),
        seconds=seconds,
        stages_s={stage: [timing[stage] for timing in timings] for stage in timings[0]},
        tokens=[len(one.tokens) for one in heard],
    )


def _growing(recognizer: Recognizer, audio: FloatArray, request: EngineRequest) -> Growing:
    offline = recognizer.transcribe(audio).tokens
    pass_ms = []
    unlike = 0
    for _ in range(request.repeats):
        times_ms, works, tokens = _grow(recognizer, audio, samples_of(request.interval_s))
        pass_ms.append(times_ms)
        unlike += tokens != offline
    return Growing(seconds_of(len(audio)), request.interval_s, pass_ms, works, unlike)


def _grow(recognizer: Recognizer, audio: FloatArray, step: int) -> tuple[list[float], list[Work], tuple[int, ...]]:
    """Milliseconds and work of each pass, the final's work, and its tokens."""
    utterance = recognizer.utterance()
    times_ms, works = [], []
    for start in range(0, len(audio), step):
        started = time.perf_counter()
        utterance.append(audio[start : start + step])
        works.append(utterance.hypothesis().work)
        times_ms.append((time.perf_counter() - started) * 1e3)
    final = utterance.final()
    return times_ms, [*works, final.work], final.tokens


if __name__ == "__main__":
    serve(EngineRequest, measure)
