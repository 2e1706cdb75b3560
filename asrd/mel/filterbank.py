"""Triangular mel filters on Slaney's scale with Slaney's area normalisation.

Source: Malcolm Slaney, Auditory Toolbox (1998): linear below 1 kHz, logarithmic above; the same as
`librosa.filters.mel(htk=False, norm="slaney")` and `transformers.audio_utils.mel_filter_bank`.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from asrd.geometry import FRAME_SAMPLES, MEL_BINS, SAMPLE_RATE_HZ

_BREAK_HZ = 1000.0
_LINEAR_HZ_PER_MEL = 200.0 / 3
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0  # 27 mels for a factor of 6.4


def hz_to_mel(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Frequency in Hz to Slaney's mel."""
    f = np.asarray(hz, np.float64)
    return np.where(
        f < _BREAK_HZ, f / _LINEAR_HZ_PER_MEL, _BREAK_MEL + np.log(np.maximum(f, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    )


def mel_to_hz(mel: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Slaney's mel to frequency in Hz."""
    m = np.asarray(mel, np.float64)
    return np.where(m < _BREAK_MEL, m * _LINEAR_HZ_PER_MEL, _BREAK_HZ * np.exp(_LOG_STEP * (m - _BREAK_MEL)))


@functools.cache
def mel_filters() -> npt.NDArray[np.float64]:
    """Filter weights (201, 128) float64: power spectrum bins to mel bands, 0 to 8 kHz."""
    bins_hz = np.linspace(0.0, SAMPLE_RATE_HZ / 2, FRAME_SAMPLES // 2 + 1)
    edges_hz = mel_to_hz(np.linspace(hz_to_mel(0.0), hz_to_mel(SAMPLE_RATE_HZ / 2), MEL_BINS + 2))
    lower, centre, upper = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising = (bins_hz[:, None] - lower) / (centre - lower)
    falling = (upper - bins_hz[:, None]) / (upper - centre)
    weights = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (upper - lower))
    weights.setflags(write=False)
    return weights
