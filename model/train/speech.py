"""The clips in shared/speech, their references and their features."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asrd.errors import AudioError
from asrd.mel.spectrum import plain_log_mel
from asrd.source.file import read_audio

Array = NDArray[np.float32]

REPOSITORY: Final = Path(__file__).resolve().parents[2]
SPEECH: Final = REPOSITORY.parent / "shared" / "speech"
BUILD: Final = REPOSITORY / "build" / "nano"
SMOKE: Final = BUILD / "smoke"
NOISE_SETS: Final = ("noise-esc10", "noise-keyboard", "noise-music", "noise-misc")


@dataclass(frozen=True)
class Clip:
    """One line of a set: where the audio lies and what is said in it."""

    path: Path
    reference: str
    speaker: str


def read_set(name: str) -> list[Clip]:
    """The clips of one set, in the order of its file."""
    lines = (SPEECH / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    clips = []
    for line in lines:
        path, reference, speaker = line.split("\t")
        clips.append(Clip(SPEECH / path, reference, speaker))
    return clips


def readable(clips: list[Clip]) -> list[Clip]:
    """Those of the clips that asrd can read: some noise clips are damaged."""
    return [clip for clip in clips if _is_readable(clip.path)]


@functools.cache
def _is_readable(path: Path) -> bool:
    try:
        read_audio(path)
    except AudioError:
        return False
    return True


def sample_of(clips: list[Clip], count: int, seed: int = 0) -> list[Clip]:
    """So many of the clips, drawn once, in their order."""
    picked = np.random.default_rng(seed).permutation(len(clips))[:count]
    return [clips[index] for index in sorted(picked)]


def clip_mel(clip: Clip) -> Array:
    """asrd's normalised log-mel (T, 128) float32 of a clip."""
    return plain_log_mel(read_audio(clip.path).samples)
