"""Whether a recording holds something that could be recognised."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.errors import AudioError
from asrd.geometry import MIN_SAMPLES, SAMPLE_RATE_HZ

FloatArray = npt.NDArray[np.float32]

_CLIPPED_SHARE: Final = 0.95  # loud or partly clipped speech stays far below
_FULL_SCALE: Final = 0.999
_FULL_SCALE_8_BIT: Final = 0.99  # the largest positive 8-bit sample is 127 / 128


class SignalChecks:
    """Looks at every block of a file, then at the whole. Levels are 1.0 at full scale."""

    def __init__(self, name: str, sample_rate_hz: int, *, is_8_bit: bool) -> None:
        """`name` of the source, for messages; `sample_rate_hz` of the samples that `look` will see."""
        self._name = name
        self._rate_hz = sample_rate_hz
        self._full_scale = _FULL_SCALE_8_BIT if is_8_bit else _FULL_SCALE
        self._frames = self._values = self._full = 0
        self._peak = self._mixed_peak = 0.0

    def look(self, block: FloatArray, mixed: FloatArray) -> None:
        """Take (n, channels) samples and their mix (n,).

        Raises:
            AudioError: a sample is not a finite number.
        """
        finite = np.isfinite(block)
        if not finite.all():
            at_s = (self._frames + int(np.argmin(finite.all(axis=1)))) / self._rate_hz
            raise AudioError(
                f"{self._name} holds a sample that is not a finite number at {at_s:.3f} s: "
                "export it again, or convert it to 16-bit WAV"
            )
        magnitude = np.abs(block)
        self._frames += len(block)
        self._values += magnitude.size
        self._full += int(np.count_nonzero(magnitude >= self._full_scale))
        self._peak = max(self._peak, float(magnitude.max(initial=0.0)))
        self._mixed_peak = max(self._mixed_peak, float(np.abs(mixed).max(initial=0.0)))

    def finish(self, samples: int) -> None:
        """Judge the whole, of which `samples` were made at 16 kHz.

        Raises:
            AudioError: too short, silent to the last bit, or at full scale practically everywhere.
        """
        if self._frames == 0:
            raise AudioError(f"{self._name} holds no samples: record it again")
        if samples < MIN_SAMPLES:
            have_ms, need_ms = (1000 * n / SAMPLE_RATE_HZ for n in (samples, MIN_SAMPLES))
            raise AudioError(
                f"{self._name} holds {have_ms:g} ms of audio ({samples} samples at 16 kHz) and at least {need_ms:g} ms "
                f"({MIN_SAMPLES}) are needed: use a longer recording"
            )
        if self._peak == 0.0:
            raise AudioError(
                f"{self._name}: every sample is zero, so nothing was recorded: check that the microphone is not muted "
                "and that the recording program may use it"
            )
        if self._mixed_peak == 0.0:
            raise AudioError(
                f"{self._name}: the channels cancel each other to silence when mixed: use one of them alone"
            )
        if self._full > _CLIPPED_SHARE * self._values:
            raise AudioError(
                f"{self._name} is clipped beyond use, {100 * self._full / self._values:.0f} % of its samples are at or "
                "above full scale: record it again with a lower input level"
            )
