"""From asrd's 128 mel bands to Whisper's 80.

Both are Slaney filterbanks over the same 201 power bins, so a non-negative matrix that writes each of the 80 filters
as a sum of the 128 turns one into the other, up to what the 128 cannot resolve below 1 kHz.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asrd.geometry import FRAME_SAMPLES, MEL_BINS, SAMPLE_RATE_HZ
from asrd.mel.filterbank import hz_to_mel, mel_filters, mel_to_hz

Array = NDArray[np.float32]

WHISPER_BINS: Final = 80
POWER_FLOOR: Final = 1e-10  # openai/whisper, audio.py
DYNAMIC_RANGE: Final = 2.0  # 80 dB on Whisper's scale (x + 4) / 4
_STEPS: Final = 4000


def whisper_filters() -> NDArray[np.float64]:
    """Whisper's filters (201, 80) float64; openai/whisper, `assets/mel_filters.npz`, computed as by librosa."""
    bins_hz = np.linspace(0.0, SAMPLE_RATE_HZ / 2, FRAME_SAMPLES // 2 + 1)
    edges = mel_to_hz(np.linspace(hz_to_mel(0.0), hz_to_mel(SAMPLE_RATE_HZ / 2), WHISPER_BINS + 2))
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins_hz[:, None] - lower) / (centre - lower)
    falling = (upper - bins_hz[:, None]) / (upper - centre)
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (upper - lower)))


@functools.cache
def mel_map() -> Array:
    """M (128, 80) float32, not negative, with power_80 = power_128 @ M.

    Least squares between the filterbanks by multiplicative updates (Lee and Seung, 2001), which keep the signs; both
    sides are scaled so that every filter of the 80 weighs the same.
    """
    source, wanted = mel_filters(), whisper_filters()
    weight = np.linalg.norm(wanted, axis=0)
    target = source.T @ (wanted / weight)
    gram = source.T @ source
    found = np.maximum(np.linalg.lstsq(source, wanted / weight, rcond=None)[0], 1e-3 / MEL_BINS)
    for _ in range(_STEPS):
        found *= target / np.maximum(gram @ found, 1e-30)
    found[found < 1e-6 * found.max(axis=0)] = 0.0
    matrix: Array = (found * weight).astype(np.float32)
    return matrix


def whisper_mel(mel: Array) -> Array:
    """Whisper's scaled log-mel (T, 80) float32, not yet clamped, of asrd's normalised log-mel (T, 128) float32."""
    power = np.power(np.float32(10.0), np.float32(4.0) * mel - np.float32(4.0)) @ mel_map()
    scaled: Array = (np.log10(np.maximum(power, np.float32(POWER_FLOOR))) + np.float32(4.0)) / np.float32(4.0)
    return scaled


def padded_window(mel: Array, frames: int) -> Array:
    """One window (T, 80) clamped at 80 dB below its loudest value and padded with silence to (frames, 80).

    Silence is that level: what zeros after the audio become in Whisper's own features.
    """
    level = mel.max() - np.float32(DYNAMIC_RANGE)
    padded = np.full((max(frames, len(mel)), WHISPER_BINS), level, np.float32)
    padded[: len(mel)] = np.maximum(mel, level)
    return padded
