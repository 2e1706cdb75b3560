"""Signals for the tests of `asrd.bench.vad`."""

from __future__ import annotations

import numpy as np

from asrd.bench.vad.detectors import Trace
from asrd.bench.vad.variants import Variant, read_variants

NOISE = np.random.default_rng(0).normal(0, 0.05, 48_000).astype(np.float32)


def recording(start: int, end: int, samples: int = 48_000) -> np.ndarray:
    """Hiss at -80 dB with a loud vowel from `start` to `end`."""
    hiss = np.random.default_rng(1).normal(0, 1e-4, samples)
    hiss[start:end] += 0.3 * np.sin(2 * np.pi * 400 * np.arange(end - start) / 16_000)
    return hiss.astype(np.float32)


def trace(pattern: str, *, lag_samples: int = 0) -> Trace:
    """Frames of 20 ms, voiced where there is a plus."""
    return Trace(320, lag_samples, np.array([letter == "+" for letter in pattern], np.float32), 0.0)


def variant(*varied: str, detector: str = "webrtc:3") -> Variant:
    """One variant, as the command line names it."""
    (found,) = read_variants(detector, varied)
    return found
