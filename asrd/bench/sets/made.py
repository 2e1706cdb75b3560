"""Speech-like test signals (voiced syllables with formants, noise bursts and pauses), and noise; equal seeds, equal
samples.

Only the raw output of a PCG64 generator is used (fixed for all versions of numpy). Sines may differ in the last bit
between platforms, which no consumer notices; samples are rounded to int16, so nearly all are equal anyway.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16000
_FADE_SAMPLES = 160
_HUM_HZ = 50
_CLICK_SAMPLES = 320
_VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (490, 1350, 1690),
)
"""First three formants in hertz of American English vowels (Peterson and Barney 1952)."""


class ClipSpec(NamedTuple):
    """What makes a clip: the same spec always gives the same samples."""

    seed: int
    samples: int


def make_clip(spec: ClipSpec) -> NDArray[np.float32]:
    """`spec.samples` samples at 16 kHz in -1..1, float32, each a whole number of 1/32768."""
    random = _Random(spec.seed)
    pitch_hz = 90 + 130 * random.one()
    level = 0.15 + 0.5 * random.one()
    parts: list[NDArray[np.float64]] = []
    made = 0
    while made < spec.samples:
        part = _segment(random, pitch_hz)
        parts.append(part)
        made += part.size
    signal = np.concatenate(parts)[: spec.samples]
    signal = level * signal + 0.001 * random.noise(spec.samples)
    return _rounded(signal)


def make_noise(spec: ClipSpec) -> NDArray[np.float32]:
    """A room where nobody speaks: hum, hiss, a click here and there; shape and numbers as those of `make_clip`."""
    random = _Random(spec.seed)
    time_s = np.arange(spec.samples) / SAMPLE_RATE
    signal = 0.02 * np.sin(2 * np.pi * _HUM_HZ * time_s) + 0.01 * random.noise(spec.samples)
    at = 0
    while (at := at + int(SAMPLE_RATE * (0.1 + 0.9 * random.one()))) < spec.samples:
        click = random.noise(_CLICK_SAMPLES) * np.exp(-np.arange(_CLICK_SAMPLES) / (_CLICK_SAMPLES / 5))
        end = min(at + _CLICK_SAMPLES, spec.samples)
        signal[at:end] += (0.1 + 0.3 * random.one()) * click[: end - at]
    return _rounded(signal)


def _rounded(signal: NDArray[np.float64]) -> NDArray[np.float32]:
    return (np.rint(np.clip(signal, -1, 1) * 32767) / 32768).astype(np.float32)


class _Random:
    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def noise(self, count: int) -> NDArray[np.float64]:
        """Uniform in -1..1."""
        raw: NDArray[np.uint64] = np.asarray(self._bits.random_raw(count), np.uint64)
        values: NDArray[np.float64] = (raw >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0
        return values

    def one(self) -> float:
        """Uniform in 0..1."""
        return float(self.noise(1)[0] + 1) / 2


def _segment(random: _Random, pitch_hz: float) -> NDArray[np.float64]:
    """A vowel (most often), a noise burst, or a pause of 50 to 600 ms."""
    kind = random.one()
    if kind < 0.6:
        samples = int(SAMPLE_RATE * (0.08 + 0.22 * random.one()))
        return _faded(_vowel(random, pitch_hz, samples))
    if kind < 0.85:
        samples = int(SAMPLE_RATE * (0.04 + 0.1 * random.one()))
        return _faded(_burst(random, samples))
    return np.zeros(int(SAMPLE_RATE * (0.05 + 0.55 * random.one() ** 2)))


def _vowel(random: _Random, pitch_hz: float, samples: int) -> NDArray[np.float64]:
    formants_hz = _VOWELS[int(random.one() * len(_VOWELS))]
    time_s = np.arange(samples) / SAMPLE_RATE
    glide = pitch_hz * (0.8 + 0.4 * random.one()) * (1 + 0.2 * (random.one() - 0.5) * time_s / time_s[-1])
    phase = 2 * np.pi * np.cumsum(glide) / SAMPLE_RATE
    out = np.zeros(samples, np.float64)
    for harmonic in range(1, int(4000 / pitch_hz)):
        frequency_hz = harmonic * pitch_hz
        gain = sum(1 / (1 + ((frequency_hz - formant) / 90) ** 2) for formant in formants_hz)
        out += gain / harmonic**0.5 * np.sin(harmonic * phase)
    out /= np.abs(out).max()
    return out


def _burst(random: _Random, samples: int) -> NDArray[np.float64]:
    noise = random.noise(samples)
    if random.one() < 0.5:
        noise = np.diff(noise, prepend=0.0) / 2  # a brighter hiss
    return 0.3 * noise


def _faded(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    fade = min(_FADE_SAMPLES, signal.size // 2)
    ramp = (1 - np.cos(np.pi * (np.arange(fade) + 0.5) / fade)) / 2
    signal[:fade] *= ramp
    signal[signal.size - fade :] *= ramp[::-1]
    return signal
