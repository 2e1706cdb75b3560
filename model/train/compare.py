"""Compares settings of the window recogniser on the same dev clips: Whisper and windows only, without the decoder."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from asrd.convert.graph_builder import Precision
from model.train.assemble import Choice, vocabulary, window_reader
from model.train.evaluate import DEV_SETS, SYNTHETIC
from model.train.normalise import has_loop, word_error_rate, word_errors
from model.train.progress import say
from model.train.speech import BUILD, clip_mel, read_set, sample_of
from model.train.synthetic import synthetic_clips
from model.train.window import FrontEnd, concatenated

FILE: Final = BUILD / "evaluation" / "comparison.json"
_CLIPS: Final = 60
_LONG: Final = 3000  # frames that Whisper was trained on

_PLAIN: Final = Choice(checkpoint=None)
VARIANTS: Final[Mapping[str, tuple[Choice, Precision]]] = {
    "tiny.en, encoder fine-tuned and mixed, int8 (shipped)": (Choice(), "int8"),
    "the same, fp32": (Choice(), "fp32"),
    "fine-tuned, not mixed with the published weights": (Choice(tuned_share=1.0), "int8"),
    "tiny.en as published": (_PLAIN, "int8"),
    "as published, without the speech head": (Choice(checkpoint=None, head=None), "int8"),
    "as published, writing only nano's 12 000 pieces": (Choice(checkpoint=None, only_own_pieces=True), "int8"),
    "as published, no silence after the window": (Choice(checkpoint=None, silence_frames=0, most_frames=800), "int8"),
    "as published, padded to 30 s": (
        Choice(checkpoint=None, head=None, least_frames=_LONG, most_frames=_LONG),
        "int8",
    ),
    "whisper-base as published, without the speech head": (Choice(whisper="base", checkpoint=None, head=None), "int8"),
}
_SETS: Final = (*DEV_SETS, SYNTHETIC)


def compare(most: int = _CLIPS) -> dict[str, Any]:
    """The figures of every variant; kept in `FILE`, where an interrupted run goes on."""
    known: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    for name, (choice, precision) in VARIANTS.items():
        if name not in known:
            known[name] = _figures(choice, precision, most)
            FILE.parent.mkdir(parents=True, exist_ok=True)
            FILE.write_text(json.dumps(known, indent=1), encoding="utf-8")
            say(f"{name}: {_short(known[name])}")
    return known


def _figures(choice: Choice, precision: Precision, most: int) -> dict[str, Any]:
    reader, front, words = window_reader(choice, precision=precision), FrontEnd(), vocabulary()
    figures: dict[str, Any] = {"clips": most}
    windows, spent_s = 0, 0.0
    for name in _SETS:
        errors, loops = [], 0
        for clip in sample_of(synthetic_clips() if name == SYNTHETIC else read_set(name), most):
            hidden = front.windows(clip_mel(clip))
            started = time.process_time()
            texts = [words.text(reader.read(rows).tokens) for rows in hidden]
            spent_s += time.process_time() - started
            windows += len(hidden)
            text = concatenated(texts)
            errors.append(word_errors(clip.reference, text))
            loops += has_loop(text)
        figures[name] = asdict(word_error_rate(errors)) | {"loops": loops}
    return figures | {"processor_ms_per_window": 1000 * spent_s / windows}


def _short(figures: Mapping[str, Any]) -> str:
    rates = ", ".join(f"{name} {figures[name]['percent']:.1f} %" for name in _SETS)
    return f"{rates}, {figures['processor_ms_per_window']:.0f} ms of processor a window"


def run(*, smoke: bool) -> None:
    """The stage: a table in the build folder."""
    if not smoke:
        compare()


def comparison(path: Path = FILE) -> dict[str, Any]:
    """What `compare` has kept."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return told
