"""asrd: real-time streaming dictation on your own machine.

The public Python interface is what this module and `asrd.client` export; docs/PYTHON.md shows its use::

    import soundfile
    from asrd import Recognizer

    samples, _ = soundfile.read("clip.wav", dtype="float32")  # 16 kHz mono
    with Recognizer.open() as recognizer:  # nano; another model: find_model("qwen3-asr-0.6b")
        print(recognizer.transcribe(samples).text)

        utterance = recognizer.utterance()
        for start in range(0, len(samples), 8000):
            utterance.append(samples[start : start + 8000])
            print(utterance.hypothesis().committed)
        print(utterance.final().text)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrd.lazy import lazily

if TYPE_CHECKING:
    from asrd.cli.daemon_address import find_daemon
    from asrd.errors import (
        AsrdError,
        AudioError,
        Cancelled,
        ConfigError,
        LibraryError,
        ModelError,
        NativeError,
        NativeMemoryError,
    )
    from asrd.model_folder import ModelFile, ModelFolder
    from asrd.recognizer.engine import Recognizer
    from asrd.recognizer.utterance import Utterance
    from asrd.stop import StopSignal
    from asrd.store.errors import NotPulledError
    from asrd.store.installed import find_model
    from asrd.values import (
        EngineOptions,
        FinalMode,
        Hypothesis,
        StopReason,
        Timing,
        UtteranceOptions,
        Word,
        Work,
    )

__version__ = "0.1.0"
__all__ = [
    "AsrdError",
    "AudioError",
    "Cancelled",
    "ConfigError",
    "EngineOptions",
    "FinalMode",
    "Hypothesis",
    "LibraryError",
    "ModelError",
    "ModelFile",
    "ModelFolder",
    "NativeError",
    "NativeMemoryError",
    "NotPulledError",
    "Recognizer",
    "StopReason",
    "StopSignal",
    "Timing",
    "Utterance",
    "UtteranceOptions",
    "Word",
    "Work",
    "find_daemon",
    "find_model",
]

_NAMES = {
    "asrd.cli.daemon_address": ["find_daemon"],
    "asrd.errors": [
        "AsrdError",
        "AudioError",
        "Cancelled",
        "ConfigError",
        "LibraryError",
        "ModelError",
        "NativeError",
        "NativeMemoryError",
    ],
    "asrd.model_folder": ["ModelFile", "ModelFolder"],
    "asrd.recognizer.engine": ["Recognizer"],
    "asrd.recognizer.utterance": ["Utterance"],
    "asrd.stop": ["StopSignal"],
    "asrd.store.errors": ["NotPulledError"],
    "asrd.store.installed": ["find_model"],
    "asrd.values": [
        "EngineOptions",
        "FinalMode",
        "Hypothesis",
        "StopReason",
        "Timing",
        "UtteranceOptions",
        "Word",
        "Work",
    ],
}
__getattr__ = lazily(__name__, {name: module for module, names in _NAMES.items() for name in names})


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
