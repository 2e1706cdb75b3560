"""What a session says: clips with pauses between them, from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.daemon.speaker import quiet
from asrd.bench.sets.truth import Speech, speech_of
from asrd.geometry import seconds_of

FloatArray = npt.NDArray[np.float32]
_PAUSES_S: Final = (0.9, 1.8)  # beyond the hangover
_FULL_SCALE: Final = 32_768  # of 16-bit samples


@dataclass(frozen=True, eq=False)
class SpokenClip:
    """A clip: samples (n,) float32 at 16 kHz; where in it is speech, None where its energy does not tell."""

    samples: FloatArray
    speech: Speech | None


@dataclass(frozen=True, eq=False)
class SoakScript:
    """What a session says: samples (n,) float32 as the daemon will hear them, and where speech is in them."""

    samples: FloatArray
    speech: Sequence[Speech]

    @property
    def length_s(self) -> float:
        """Seconds."""
        return seconds_of(len(self.samples))


def clips_of(recordings: Sequence[FloatArray]) -> list[SpokenClip]:
    """Clips, each (n,) float32 at 16 kHz, with what their energy tells of them."""
    return [SpokenClip(samples, speech_of(samples)) for samples in recordings]


def soak_script(clips: Sequence[SpokenClip], seed: Sequence[int], length_s: float) -> SoakScript:
    """Clips drawn from `seed`, with a quiet room between them, until `length_s` seconds are reached."""
    rng = np.random.default_rng(list(seed))
    parts = [quiet(rng, _PAUSES_S[0])]
    speech: list[Speech] = []
    position = len(parts[0])
    while seconds_of(position) < length_s:
        clip = clips[int(rng.integers(len(clips)))]
        if clip.speech is not None:
            speech.append(Speech(position + clip.speech.start, position + clip.speech.end))
        for part in (clip.samples, quiet(rng, float(rng.uniform(*_PAUSES_S)))):
            parts.append(part)
            position += len(part)
    return SoakScript(as_heard(np.concatenate(parts)), speech)


def as_heard(samples: FloatArray) -> FloatArray:
    """(n,) float32 as they are after the way through 16 bits."""
    sent = np.clip(np.rint(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    return (sent / _FULL_SCALE).astype(np.float32)
