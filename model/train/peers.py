"""Runs other recognizers over the clips that nano is measured on; each keeps its texts in the build folder.

python -m model.train peers          needs faster-whisper and moonshine-voice, which are no dependencies of asrd
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asrd.source.file import read_audio
from model.train.progress import Progress, say
from model.train.speech import BUILD, Clip, read_set
from model.train.synthetic import synthetic_clips

Array = NDArray[np.float32]
Hear = Callable[[Array], str]
PEERS: Final = ("whisper-base", "whisper-tiny.en", "moonshine-tiny")
_GOLDEN: Final = 0.6180339887498949


def run_peers(names: Sequence[str] = PEERS) -> None:
    """The texts of the peers for the clips that nano is measured on; goes on where it stopped.

    The clips come in an order that is spread evenly over each set, so that a run that is stopped has an even sample.
    """
    sets = [read_set("dev-accented"), synthetic_clips(), read_set("dev-commands")]
    clips = sorted(((_spread(index), clip) for clips in sets for index, clip in enumerate(clips)), key=_first)
    hearing = {name: hear for name in names if (hear := _open(name)) is not None}
    known = {name: _read(name) for name in hearing}
    least = min((len(texts) for texts in known.values()), default=0)
    progress = Progress("clips heard by the peers", len(clips), least)
    for index, (_, clip) in enumerate(clips):
        key = f"{clip.path.parent.name}/{clip.path.name}"
        missing = [name for name in hearing if key not in known[name]]
        samples = read_audio(clip.path).samples if missing else np.zeros(0, np.float32)
        for name in missing:
            known[name][key] = hearing[name](samples)
        if (missing and index % 10 == 0) or index == len(clips) - 1:
            for name, texts in known.items():
                _file(name).write_text(json.dumps(texts, indent=0), encoding="utf-8")
            progress.tell(index + 1)


def _spread(index: int) -> float:
    return index * _GOLDEN % 1.0


def _first(pair: tuple[float, Clip]) -> float:
    return pair[0]


def _file(name: str) -> Path:
    path = BUILD / "evaluation" / "peers" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _read(name: str) -> dict[str, str]:
    path = _file(name)
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return texts


def _open(name: str) -> Hear | None:
    hear = _moonshine() if name == "moonshine-tiny" else _faster_whisper(BUILD / "weights" / name)
    if hear is None:
        say(f"{name}: its package is not installed, so it is left out")
    return hear


def _faster_whisper(folder: Path) -> Hear | None:
    if find_spec("faster_whisper") is None:
        return None
    make = import_module("faster_whisper").WhisperModel
    model: Any = make(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def hear(samples: Array) -> str:
        segments, _ = model.transcribe(samples, language="en", beam_size=1, temperature=0.0)
        return " ".join(segment.text.strip() for segment in segments)

    return hear


def _moonshine() -> Hear | None:
    if find_spec("moonshine_voice") is None:
        return None
    moonshine = import_module("moonshine_voice")
    transcriber: Any = moonshine.Transcriber(str(moonshine.get_model_path("tiny-en")), moonshine.ModelArch.TINY)

    def hear(samples: Array) -> str:
        told = transcriber.transcribe_without_streaming(samples.tolist(), 16_000)
        return " ".join(line.text.strip() for line in told.lines)

    return hear


def run(*, smoke: bool) -> None:
    """The stage; `smoke` runs none."""
    if not smoke:
        run_peers()
