"""What `child` runs: one function for each kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from asrd.recognizer.engine import Recognizer
from asrd.source.file import read_audio
from asrd.values import EngineOptions

_OPTIONS: Final = EngineOptions(threads=1, max_utterance_s=2.0)
_CLIP: Final = 0.1 * np.random.default_rng(0).standard_normal(16_000).astype(np.float32)


def audio(path: Path) -> dict[str, Any]:
    """Read an audio file; tells what its samples are."""
    found = read_audio(path)
    return {
        "samples": len(found.samples),
        "dtype": str(found.samples.dtype),
        "is_finite": bool(np.isfinite(found.samples).all()),
        "rate_hz": found.sample_rate_hz,
        "channels": found.channels,
    }


def model(path: Path) -> dict[str, Any]:
    """Open a model folder, and recognise a second of noise with it."""
    with Recognizer.open(path, _OPTIONS) as recognizer:
        return {"text": recognizer.transcribe(_CLIP).text.encode("utf-8", "replace").decode()}
