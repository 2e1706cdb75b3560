"""Measures a model folder through asrd's own recognizer: the figures of the model card.

Texts are kept in the build folder under the model's checksum as they come, so that an interrupted run goes on. Peers
are run by `model.train.peers` and only counted here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asrd.geometry import SAMPLE_RATE_HZ
from asrd.model_folder import read_model_folder
from asrd.recognizer.engine import Recognizer
from asrd.source.file import read_audio
from asrd.values import EngineOptions, Hypothesis, StopReason
from model.train import merging
from model.train.assemble import vocabulary
from model.train.head import training_noise, unseen_noise
from model.train.normalise import Rate, has_loop, rate_difference, word_error_rate, word_errors
from model.train.progress import Progress
from model.train.speech import BUILD, NOISE_SETS, Clip, read_set, readable
from model.train.synthetic import synthetic_clips

Array = NDArray[np.float32]

DEV_SETS: Final = ("dev-commands", "dev-accented")
SYNTHETIC: Final = "synthetic-unseen"
THREADS: Final = 2
FIGURES: Final = "evaluation.json"
EXACT: Final = BUILD / "nano-fp32"
_STEP_SAMPLES: Final = SAMPLE_RATE_HZ * 2  # between partial passes of the streaming check


@dataclass(frozen=True)
class ClipResult:
    """What one clip gave; `streamed` is None where it was not streamed."""

    name: str
    text: str
    streamed: str | None
    runaway: bool
    audio_s: float
    compute_s: float


def evaluate(folder: Path, *, every: Mapping[str, int] | None = None) -> dict[str, Any]:
    """All figures of the model in `folder`: over every n-th clip of a set where `every` names an n, else over all."""
    model = read_model_folder(folder)
    sums = {file.role: file.sha256 or "" for file in model.files}
    cache = BUILD / "evaluation" / (sums["backend"][:12] + sums["decoder"][:12])
    cache.mkdir(parents=True, exist_ok=True)
    whole = {name: read_set(name) for name in DEV_SETS} | {SYNTHETIC: synthetic_clips()}
    sets = {name: clips[:: (every or {}).get(name, 1)] for name, clips in whole.items()}
    noise = [clip for name in NOISE_SETS for clip in read_set(name)]
    figures: dict[str, Any] = {"sha256": sums, "sets": {}}
    with Recognizer.open(folder, EngineOptions(threads=THREADS)) as recognizer:
        for name, clips in sets.items():
            results = _run(recognizer, clips, cache / f"{name}.json", stream=True)
            figures["sets"][name] = {"of_clips": len(whole[name])} | _set_figures(clips, results)
        figures["merging"] = merging.figures(merging.measure(model, recognizer, vocabulary(), cache / "merging.json"))
        heard = readable(noise)
        results = _run(recognizer, heard, cache / "noise.json", stream=False)
    figures["precision"] = _precision_figures(sets, cache)
    figures["noise"] = _noise_figures(heard, results, len(noise) - len(readable(noise)))
    return figures


def _run(recognizer: Recognizer, clips: Sequence[Clip], cache: Path, *, stream: bool) -> dict[str, ClipResult]:
    known = {entry["name"]: ClipResult(**entry) for entry in _read_json(cache, [])}
    progress = Progress(f"clips of {cache.stem}", len(clips), len(known))
    for index, clip in enumerate(clips):
        name = f"{clip.path.parent.name}/{clip.path.name}"
        if name in known:
            continue
        known[name] = _recognise(recognizer, name, read_audio(clip.path).samples, stream=stream)
        if len(known) % 20 == 0 or index == len(clips) - 1:
            cache.write_text(json.dumps([asdict(result) for result in known.values()], indent=0), encoding="utf-8")
            progress.tell(len(known))
    return known


def _recognise(recognizer: Recognizer, name: str, samples: Array, *, stream: bool) -> ClipResult:
    started = time.perf_counter()
    whole = recognizer.transcribe(samples)
    spent_s = time.perf_counter() - started
    streamed = _streamed(recognizer, samples).text if stream else None
    runaway = whole.stop is not StopReason.END or has_loop(whole.text)
    return ClipResult(name, whole.text, streamed, runaway, len(samples) / SAMPLE_RATE_HZ, spent_s)


def _streamed(recognizer: Recognizer, samples: Array) -> Hypothesis:
    utterance = recognizer.utterance()
    for start in range(0, len(samples), _STEP_SAMPLES):
        utterance.append(samples[start : start + _STEP_SAMPLES])
        utterance.hypothesis()
    return utterance.final()


def _set_figures(clips: Sequence[Clip], results: dict[str, ClipResult]) -> dict[str, Any]:
    found = [results[f"{clip.path.parent.name}/{clip.path.name}"] for clip in clips]
    errors = [word_errors(clip.reference, result.text) for clip, result in zip(clips, found, strict=True)]
    return {
        "clips": len(clips),
        "wer": asdict(word_error_rate(errors)),
        "runaway": sum(result.runaway for result in found),
        "streamed_equal": sum(result.streamed == result.text for result in found),
        "empty": sum(not result.text for result in found),
        "real_time_factor": sum(r.compute_s for r in found) / sum(r.audio_s for r in found),
        "peers": _peer_figures(clips, results),
    }


def _precision_figures(sets: Mapping[str, Sequence[Clip]], cache: Path) -> dict[str, Any]:
    """Every other clip with the fp32 weights and the f32 decoder as well, and what the smaller ones cost."""
    if not EXACT.is_dir():
        return {}
    figures: dict[str, Any] = {}
    with Recognizer.open(EXACT, EngineOptions(threads=THREADS)) as recognizer:
        for name, clips in sets.items():
            part = clips[::2]
            exact = _run(recognizer, part, cache / f"fp32-{name}.json", stream=False)
            shipped = _run(recognizer, part, cache / f"{name}.json", stream=True)
            before, after = (
                [word_errors(clip.reference, texts[f"{clip.path.parent.name}/{clip.path.name}"].text) for clip in part]
                for texts in (exact, shipped)
            )
            figures[name] = {
                "clips": len(part),
                "fp32": asdict(word_error_rate(before)),
                "shipped": asdict(word_error_rate(after)),
                "cost": asdict(rate_difference(before, after)),
            }
    return figures


def _peer_figures(clips: Sequence[Clip], results: dict[str, ClipResult]) -> dict[str, Any]:
    """Each peer's rate over the clips that it has heard, and nano's over the same."""
    figures: dict[str, Any] = {}
    for path in sorted((BUILD / "evaluation" / "peers").glob("*.json")):
        texts = _read_json(path, {})
        pairs = [(clip, name) for clip in clips if (name := f"{clip.path.parent.name}/{clip.path.name}") in texts]
        if not pairs:
            continue
        theirs = [word_errors(clip.reference, texts[name]) for clip, name in pairs]
        ours = [word_errors(clip.reference, results[name].text) for clip, name in pairs]
        figures[path.stem] = {
            "clips": len(pairs),
            "wer": asdict(word_error_rate(theirs)),
            "nano": asdict(word_error_rate(ours)),
        }
    return figures


def _noise_figures(clips: Sequence[Clip], results: dict[str, ClipResult], unreadable: int) -> dict[str, Any]:
    trained, unseen = ({clip.path for clip in half} for half in (training_noise(), unseen_noise()))
    speaking = [clip for clip in clips if results[f"{clip.path.parent.name}/{clip.path.name}"].text]
    return {
        "clips": len(clips) + unreadable,
        "unreadable": unreadable,
        "with_text": len(speaking),
        "with_text_trained_half": [sum(clip.path in trained for clip in speaking), len(trained)],
        "with_text_unseen_half": [sum(clip.path in unseen for clip in speaking), len(unseen)],
        "texts": [results[f"{clip.path.parent.name}/{clip.path.name}"].text for clip in speaking],
    }


def run(*, smoke: bool) -> None:
    """The stage: model/nano/evaluation.json."""
    if smoke:
        return
    from model.train.export import NANO

    figures = evaluate(NANO)
    before = _read_json(NANO / FIGURES, {})
    if before.get("sha256") == figures["sha256"] and "speed" in before:
        figures["speed"] = before["speed"]
    (NANO / FIGURES).write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def rates(figures: dict[str, Any]) -> Iterable[tuple[str, Rate]]:
    """The word error rate of each set."""
    for name, values in figures["sets"].items():
        yield name, Rate(**values["wer"])


def _read_json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default
