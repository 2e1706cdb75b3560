"""Log-mel of audio that is still growing: every frame that can no longer change is computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from asrd.geometry import FRAME_SAMPLES, HOP_SAMPLES, MEL_BINS, PADDED_SAMPLES, frames_of
from asrd.mel.spectrum import REFLECTED_SAMPLES, FloatArray, clamp_level, log_power


@dataclass(frozen=True)
class MelView:
    """The log-mel of everything heard so far.

    Attributes:
        log_mel: (T, 128) float32, unclamped log power. A view: valid until the next `append`.
        frozen_frames: the first so many frames stay as they are, whatever comes.
        level: clamp level of the audio so far; `spectrum.normalise(log_mel, level)` is what the model sees.
    """

    log_mel: FloatArray
    frozen_frames: int
    level: np.float32


_CAPACITY_FRAMES: Final = 1600  # to begin with: 16 s; grows by doubling


class GrowingLogMel:
    """Takes samples as they come.

    Frame t covers samples 160 t - 200 to 160 t + 199; near the end of the audio it sees mirrored samples instead,
    which later become real ones. So it is frozen once sample 160 t + 200 exists, and at most one frame is open
    (up to 50 while the audio is shorter than the padding to 0.5 s).
    """

    def __init__(self) -> None:
        self._samples = 0
        self._log_mel = np.empty((_CAPACITY_FRAMES, MEL_BINS), np.float32)
        self._frozen = 0
        self._loudest_frozen = np.float32(-np.inf)
        # Samples from the first one that frame `_frozen` needs; frame 0 begins with mirrored samples.
        self._tail = np.empty(0, np.float32)

    @property
    def samples(self) -> int:
        """Samples heard so far."""
        return self._samples

    def append(self, samples: FloatArray) -> None:
        """Hear (n,) float32 samples at 16 kHz and compute the frames that they freeze."""
        self._tail = np.concatenate([self._tail, samples])
        self._samples += len(samples)
        frozen = max(0, (self._samples - REFLECTED_SAMPLES - 1) // HOP_SAMPLES + 1)
        count = frozen - self._frozen
        if count <= 0:
            return
        self._reserve(frozen + PADDED_SAMPLES // HOP_SAMPLES)
        signal = self._tail
        if self._frozen == 0:
            signal = np.concatenate([signal[REFLECTED_SAMPLES:0:-1], signal])
        fresh = log_power(signal[: HOP_SAMPLES * (count - 1) + FRAME_SAMPLES], self._frozen, count)
        self._log_mel[self._frozen : frozen] = fresh
        self._loudest_frozen = np.maximum(self._loudest_frozen, fresh.max())
        self._frozen = frozen
        self._tail = signal[HOP_SAMPLES * count :]

    def view(self) -> MelView:
        """The log-mel of the audio so far, the open frames included."""
        frames = frames_of(self._samples)
        frozen = self._frozen  # never more than `frames`
        loudest = self._loudest_frozen
        if frames > frozen:
            fresh = log_power(self._end_signal(), frozen, frames - frozen)
            self._log_mel[frozen:frames] = fresh
            loudest = np.maximum(loudest, fresh.max())
        return MelView(self._log_mel[:frames], frozen, clamp_level(loudest))

    def _end_signal(self) -> FloatArray:
        """The samples of the open frames, zero-padded to 0.5 s and mirrored at the end as the reference does."""
        padding = max(0, PADDED_SAMPLES - self._samples)
        signal = np.concatenate([self._tail, np.zeros(padding, np.float32)])
        if self._frozen == 0:
            signal = np.concatenate([signal[REFLECTED_SAMPLES:0:-1], signal])
        return np.concatenate([signal, signal[-2 : -2 - REFLECTED_SAMPLES : -1]])

    def _reserve(self, frames: int) -> None:
        if frames > len(self._log_mel):
            grown = np.empty((2 * frames, MEL_BINS), np.float32)
            grown[: self._frozen] = self._log_mel[: self._frozen]
            self._log_mel = grown
