"""Long recordings in which it is known where there is speech: clips at known places, in silence and in noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from asrd.bench.sets.truth import Speech
from asrd.geometry import SAMPLE_RATE_HZ, samples_of

FloatArray = npt.NDArray[np.float32]

_SEED: Final = 3
_PAUSE_S: Final = (1.5, 3.0)
_FADE_SAMPLES: Final = samples_of(0.02)
_HISS_DB: Final = -75.0  # no microphone gives digital silence
_ACTIVE_DB: Final = -26.0
_QUIET_DB: Final = -46.0


class Span(NamedTuple):
    """Samples [start, end) of a scene."""

    start: int
    end: int


class SpokenClip(NamedTuple):
    """Samples (n,) float32 at 16 kHz, and where in them somebody speaks."""

    samples: FloatArray
    speech: Speech


@dataclass(frozen=True, eq=False)
class Scene:
    """One stream.

    Attributes:
        source: the set that it was made of.
        condition: name of a `Condition`; "" for noise alone.
        samples: (n,) float32 at 16 kHz.
        speech: where there is speech, ascending; empty in noise alone.
        noises: where each recording of noise is, ascending; empty where there is speech.
    """

    source: str
    condition: str
    samples: FloatArray
    speech: tuple[Speech, ...] = ()
    noises: tuple[Span, ...] = ()

    @property
    def hours(self) -> float:
        """How long it lasts."""
        return len(self.samples) / SAMPLE_RATE_HZ / 3600


@dataclass(frozen=True)
class Condition:
    """How speech is put into a scene: as recorded or at one level, and with which noise.

    Attributes:
        name: for the tables.
        level_db: level of the speech in dB of full scale (root mean square from its begin to its end); None: as it is.
        noise: "" for none, "pink", or "noise" for the noise sets.
        snr_db: level of the speech less that of the noise.
    """

    name: str
    level_db: float | None = None
    noise: str = ""
    snr_db: float = 0.0


CONDITIONS: Final = (
    Condition("clean"),
    Condition("faint", _QUIET_DB),
    Condition("pink 20 dB", _ACTIVE_DB, "pink", 20.0),
    Condition("pink 10 dB", _ACTIVE_DB, "pink", 10.0),
    Condition("noise 20 dB", _ACTIVE_DB, "noise", 20.0),
    Condition("noise 10 dB", _ACTIVE_DB, "noise", 10.0),
)


def spoken_scenes(source: str, clips: Sequence[SpokenClip], noises: Sequence[FloatArray]) -> Iterator[Scene]:
    """One scene for each condition; those with noise from the sets only if there is any."""
    for condition in CONDITIONS:
        if condition.noise != "noise" or noises:
            yield _spoken_scene(source, clips, condition, noises)


def noise_scene(source: str, noises: Sequence[FloatArray]) -> Scene:
    """All noises as they are, one after the other."""
    ends = np.cumsum([len(noise) for noise in noises]).tolist()
    spans = tuple(Span(start, end) for start, end in zip([0, *ends], ends, strict=False))
    return Scene(source, "", np.concatenate([_faded(noise) for noise in noises]), noises=spans)


def _spoken_scene(
    source: str, clips: Sequence[SpokenClip], condition: Condition, noises: Sequence[FloatArray]
) -> Scene:
    random = np.random.Generator(np.random.PCG64(_SEED))
    parts: list[FloatArray] = []
    speech: list[Speech] = []
    at = 0
    for clip in clips:
        pause = np.zeros(samples_of(random.uniform(*_PAUSE_S)), np.float32)
        at += len(pause)
        parts += [pause, _faded(clip.samples) * np.float32(_gain(clip, condition))]
        speech.append(Speech(at + clip.speech.start, at + clip.speech.end))
        at += len(clip.samples)
    parts.append(np.zeros(samples_of(_PAUSE_S[1]), np.float32))
    samples = np.concatenate(parts)
    samples += np.float32(10 ** (_HISS_DB / 20)) * random.standard_normal(len(samples), np.float32)
    if condition.noise and condition.level_db is not None:
        background = pink_noise(len(samples), random) if condition.noise == "pink" else _looped(noises, len(samples))
        samples += background * np.float32(10 ** ((condition.level_db - condition.snr_db) / 20))
    return Scene(source, condition.name, np.clip(samples, -1, 1), tuple(speech))


def _gain(clip: SpokenClip, condition: Condition) -> float:
    if condition.level_db is None:
        return 1.0
    return float(10 ** (condition.level_db / 20) / root_mean_square(clip.samples[clip.speech.start : clip.speech.end]))


def _faded(samples: FloatArray) -> FloatArray:
    faded: FloatArray = samples.copy()
    ramp = np.linspace(0, 1, _FADE_SAMPLES, dtype=np.float32)[: len(samples)]
    faded[: len(ramp)] *= ramp
    faded[len(faded) - len(ramp) :] *= ramp[::-1]
    return faded


def _looped(noises: Sequence[FloatArray], count: int) -> FloatArray:
    """The noises, each at a root mean square of 1, one after the other and again until there are `count` samples."""
    levelled = [_faded(noise) / max(root_mean_square(noise), 1e-5) for noise in noises]
    return np.resize(np.concatenate(levelled).astype(np.float32), count)


def pink_noise(count: int, random: np.random.Generator) -> FloatArray:
    """Noise with a power of 1 / f from 20 Hz on, with a root mean square of 1: (count,) float32."""
    length = min(count, samples_of(60.0))
    spectrum = np.fft.rfft(random.standard_normal(length))
    hertz = np.maximum(np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ), 20.0)
    noise = np.fft.irfft(spectrum / np.sqrt(hertz), length)
    levelled: FloatArray = (noise / root_mean_square(noise)).astype(np.float32)
    return np.resize(levelled, count)


def root_mean_square(samples: npt.NDArray[np.floating]) -> float:
    """Root mean square of (n,) samples."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
