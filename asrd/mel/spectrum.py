"""Log-mel of audio frames, the plain way, and the late clamp.

Source: OpenAI Whisper `audio.py` (MIT) and `Qwen3ASRFeatureExtractor` of transformers (Apache-2.0): periodic Hann,
power, Slaney mels, log10 with a floor of 1e-10, clamp at 8 below the loudest value, (x + 4) / 4.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.geometry import FRAME_SAMPLES, HOP_SAMPLES, MEL_BINS, PADDED_SAMPLES, frames_of
from asrd.mel.filterbank import mel_filters

FloatArray = npt.NDArray[np.float32]

REFLECTED_SAMPLES: Final = FRAME_SAMPLES // 2  # frames are centred: the ends are mirrored by half a frame
_POWER_FLOOR: Final = 1e-10
_BLOCK_FRAMES: Final = 20
_DYNAMIC_RANGE: Final = np.float32(8.0)  # in log10 of power: 80 dB


@functools.cache
def _hann() -> npt.NDArray[np.float64]:
    window: npt.NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_SAMPLES) / FRAME_SAMPLES)
    return window


def log_power(signal: FloatArray, first_frame: int, frames: int) -> FloatArray:
    """Unclamped log10 mel power (frames, 128) float32 of consecutive frames.

    The same bits come out however a long signal is cut into calls: the transform works on each frame alone, and the
    product with the filters always has the shape (20, 201) @ (201, 128) with frame t at row t mod 20, since a matrix
    product's rounding depends on its shape. Twenty rows are few enough for OpenBLAS to stay in this thread: from about
    a hundred on it wakes others, which then spin (100 rows took twice the processor time, 90 times on a busy machine).

    Args:
        signal: (160 (frames - 1) + 400,) float32: from the first sample of the first frame to the last of the last.
        first_frame: index of the first frame since the utterance began.
        frames: how many.
    """
    windows = np.lib.stride_tricks.sliding_window_view(signal, FRAME_SAMPLES)[::HOP_SAMPLES][:frames]
    result = np.empty((frames, MEL_BINS), np.float32)
    done = 0
    while done < frames:
        row = (first_frame + done) % _BLOCK_FRAMES
        count = min(_BLOCK_FRAMES - row, frames - done)
        spectrum = np.fft.rfft(windows[done : done + count].astype(np.float64) * _hann(), axis=-1)
        power = np.zeros((_BLOCK_FRAMES, FRAME_SAMPLES // 2 + 1))
        power[row : row + count] = spectrum.real**2 + spectrum.imag**2
        bands = (power @ mel_filters())[row : row + count]
        result[done : done + count] = np.log10(np.maximum(bands, _POWER_FLOOR))
        done += count
    return result


def clamp_level(loudest: np.float32) -> np.float32:
    """The level that quieter values are raised to, from the loudest log power of the whole audio."""
    level: np.float32 = loudest - _DYNAMIC_RANGE
    return level


def normalise(log_mel: FloatArray, level: np.float32) -> FloatArray:
    """Clamp unclamped log power at `level` and scale it as the model expects; same shape, float32."""
    scaled: FloatArray = (np.maximum(log_mel, level) + np.float32(4.0)) / np.float32(4.0)
    return scaled


def plain_log_mel(samples: FloatArray) -> FloatArray:
    """Normalised log-mel (T, 128) float32 of whole audio (n,) float32 at 16 kHz, T = max(n, 8000) // 160.

    The plain path: `mel.growing` must give the same bits for audio that comes in pieces.
    """
    padded = np.pad(samples, (0, max(0, PADDED_SAMPLES - len(samples))))
    mirrored = np.pad(padded, REFLECTED_SAMPLES, mode="reflect")
    log_mel = log_power(mirrored, 0, frames_of(len(samples)))
    return normalise(log_mel, clamp_level(log_mel.max()))
