"""asrd: real-time streaming dictation on your own machine.

The public Python interface is what this module exports::

    import soundfile
    from asrd import Recognizer

    samples, _ = soundfile.read("clip.wav", dtype="float32")  # 16 kHz mono
    with Recognizer.open("path/to/model") as recognizer:
        print(recognizer.transcribe(samples).text)

        utterance = recognizer.utterance()
        for start in range(0, len(samples), 8000):
            utterance.append(samples[start : start + 8000])
            print(utterance.hypothesis().committed)
        print(utterance.final().text)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asrd.errors import AsrdError
    from asrd.recognizer.engine import Recognizer
    from asrd.recognizer.utterance import Utterance
    from asrd.stop import StopSignal
    from asrd.values import EngineOptions, Hypothesis, UtteranceOptions, Word

__version__ = "0.1.0"
__all__ = [
    "AsrdError",
    "EngineOptions",
    "Hypothesis",
    "Recognizer",
    "StopSignal",
    "Utterance",
    "UtteranceOptions",
    "Word",
]

_HOMES = {
    "AsrdError": "asrd.errors",
    "EngineOptions": "asrd.values",
    "Hypothesis": "asrd.values",
    "Recognizer": "asrd.recognizer.engine",
    "StopSignal": "asrd.stop",
    "Utterance": "asrd.recognizer.utterance",
    "UtteranceOptions": "asrd.values",
    "Word": "asrd.values",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that `asrd --help` need not load the native libraries."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
