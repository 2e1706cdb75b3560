"""Where speech begins and ends in a clean clip, by its energy alone."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from asrd.geometry import FRAME_SAMPLES, HOP_SAMPLES, SAMPLE_RATE_HZ

FloatArray = npt.NDArray[np.float32]

_BAND_HZ: Final = (200.0, 6000.0)  # below is rumble
_LEAST_RANGE_DB: Final = 30.0  # from the floor to the loud frames; a clip with less is not clean
_ABOVE_FLOOR_DB: Final = 12.0
_BELOW_LOUD_DB: Final = 35.0
_FLOOR_PERCENTILE: Final = 10.0
_LOUD_PERCENTILE: Final = 95.0
_RUN_FRAMES: Final = 10  # a click is shorter
_RUN_SHARE: Final = 0.6


class Speech(NamedTuple):
    """Samples [start, end) of a clip, or of a scene, are speech."""

    start: int
    end: int


def frame_levels_db(samples: FloatArray) -> npt.NDArray[np.float64]:
    """Level in the speech band of every 25 ms window, a hop of 10 ms apart: (m,) dB, 0 is about full scale."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME_SAMPLES)[::HOP_SAMPLES]
    spectrum = np.fft.rfft(windows * np.hanning(FRAME_SAMPLES), axis=1)
    hertz = np.fft.rfftfreq(FRAME_SAMPLES, 1 / SAMPLE_RATE_HZ)
    in_band = (hertz >= _BAND_HZ[0]) & (hertz <= _BAND_HZ[1])
    power = (np.abs(spectrum[:, in_band]) ** 2).sum(axis=1) / (FRAME_SAMPLES / 4) ** 2
    return np.asarray(10 * np.log10(power + 1e-12))


def speech_of(samples: FloatArray) -> Speech | None:
    """The speech of a clip, (n,) float32, or None where its background is too loud to tell.

    A frame is loud that is 12 dB above the floor (10th percentile of all frames) and not 35 dB below the loud ones
    (95th percentile). Speech begins with the first loud frame of which the next 100 ms are loud for 60 %, and ends
    with the last frame of which that is true of the 100 ms before it.
    """
    if len(samples) < FRAME_SAMPLES + _RUN_FRAMES * HOP_SAMPLES:
        return None
    levels = frame_levels_db(samples)
    floor, loud = np.percentile(levels, [_FLOOR_PERCENTILE, _LOUD_PERCENTILE])
    if loud - floor < _LEAST_RANGE_DB:
        return None
    is_loud = levels > max(floor + _ABOVE_FLOOR_DB, loud - _BELOW_LOUD_DB)
    counts = np.convolve(is_loud, np.ones(_RUN_FRAMES), "valid")  # of frames i to i + 9
    runs = counts >= _RUN_SHARE * _RUN_FRAMES
    firsts = np.flatnonzero(runs & is_loud[: len(runs)])
    lasts = np.flatnonzero(runs & is_loud[_RUN_FRAMES - 1 :]) + _RUN_FRAMES - 1
    if len(firsts) == 0 or len(lasts) == 0 or lasts[-1] <= firsts[0]:
        return None
    return Speech(_centre(firsts[0]) - HOP_SAMPLES // 2, _centre(lasts[-1]) + HOP_SAMPLES // 2)


def _centre(frame: int) -> int:
    return int(frame) * HOP_SAMPLES + FRAME_SAMPLES // 2
