"""Measures the speed of model/nano, in a process of its own: for quiet cores; no other figure depends on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asrd.bench.host.machine import describe_machine
from asrd.bench.host.memory import peak_resident_bytes
from asrd.geometry import SAMPLE_RATE_HZ
from asrd.recognizer.engine import Recognizer
from asrd.source.file import read_audio
from asrd.values import EngineOptions
from model.train.evaluate import FIGURES, THREADS
from model.train.speech import read_set

_OPEN_WINDOW_S: Final = 7.9
_ROUNDS: Final = 3
_PASSES: Final = 5  # of a round, a tenth of a second apart
_LONG_S: Final = 28


def measure_alone(folder: Path) -> dict[str, Any]:
    """Load time, resident memory and the time of a partial pass, in a process of their own."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    command = [sys.executable, "-m", "model.train.speed", str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {"machine": describe_machine(), "load": load, **json.loads(told)}


def _measure(folder: Path) -> dict[str, float]:
    clip = max(read_set("dev-commands")[:50], key=lambda clip: clip.path.stat().st_size)
    samples = np.tile(read_audio(clip.path).samples, 4)[: SAMPLE_RATE_HZ * _LONG_S]
    started = time.perf_counter()
    with Recognizer.open(folder, EngineOptions(threads=THREADS)) as recognizer:
        loaded_s = time.perf_counter() - started
        recognizer.transcribe(samples)
        passes = [spent_ms for _ in range(_ROUNDS) for spent_ms in _passes(recognizer, samples)]
        started = time.perf_counter()
        recognizer.transcribe(samples)
        whole_s = time.perf_counter() - started
    return {
        "threads": THREADS,
        "load_s": loaded_s,
        "peak_resident_mb": peak_resident_bytes() / 1e6,
        "open_window_pass_ms_median": float(np.median(passes)),
        "open_window_pass_ms_least": min(passes),
        "real_time_factor_28_s": whole_s / _LONG_S,
    }


def _passes(recognizer: Recognizer, samples: NDArray[np.float32]) -> list[float]:
    """Milliseconds of passes over an open window that is nearly full."""
    utterance = recognizer.utterance()
    end = int((_OPEN_WINDOW_S - 0.1 * _PASSES) * SAMPLE_RATE_HZ)
    utterance.append(samples[:end])
    utterance.hypothesis()
    spent = []
    for _ in range(_PASSES):
        utterance.append(samples[end : end + SAMPLE_RATE_HZ // 10])
        end += SAMPLE_RATE_HZ // 10
        started = time.perf_counter()
        utterance.hypothesis()
        spent.append(1000 * (time.perf_counter() - started))
    utterance.final()
    return spent


def run(*, smoke: bool) -> None:
    """The stage: the part `speed` of model/nano/evaluation.json."""
    from model.train.export import NANO

    if smoke:
        return
    path = NANO / FIGURES
    figures = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    figures["speed"] = measure_alone(NANO)
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]))))  # noqa: T201 - the parent process reads it
