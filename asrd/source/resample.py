"""A stream of audio of any rate and channel count as mono at 16 kHz."""

from __future__ import annotations

from typing import Final, cast

import numpy as np
import numpy.typing as npt
import soxr

from asrd.errors import AudioError
from asrd.geometry import SAMPLE_RATE_HZ

FloatArray = npt.NDArray[np.float32]
Block = npt.NDArray[np.float32] | npt.NDArray[np.int16]

MIN_RATE_HZ: Final = 1_000
MAX_RATE_HZ: Final = 768_000
INT16_SCALE: Final = np.float32(1 / 32_768)


class Resampler:
    """Mixes the channels by their mean and brings them to 16 kHz; how the stream is cut into blocks changes nothing.

    At 16 kHz samples pass through at once. At other rates soxr's "HQ" quality works in blocks of its own and holds back
    the newest audio until more comes, or `flush`: 6 to 39 ms (22 on average) at 44.1 and 48 kHz, up to 120 ms at 8 kHz.
    Cost of a 40 ms block of 48 kHz: 6 microseconds, 60 at worst: cheap enough for an audio callback.
    """

    def __init__(self, rate_hz: int, channels: int = 1) -> None:
        """Of the stream that comes in.

        Raises:
            AudioError: no such rate or number of channels can be used.
        """
        if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
            raise AudioError(f"a sample rate of {rate_hz} Hz is not from {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz")
        if channels < 1:
            raise AudioError(f"audio of {channels} channels cannot be used: at least 1 is needed")
        self.rate_hz = rate_hz
        self.channels = channels
        self._stream: soxr.ResampleStream | None = None
        if rate_hz != SAMPLE_RATE_HZ:
            self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")

    def push(self, block: Block) -> FloatArray:
        """Take (n,) or (n, channels) float32, or int16; gives the (m,) float32 that are ready, m may be 0.

        Raises:
            ValueError: the block has another number of channels.
        """
        return self._resampled(self._mixed(block), last=False)

    def flush(self) -> FloatArray:
        """The (m,) float32 held back; a new stream begins."""
        rest = self._resampled(np.empty(0, np.float32), last=True)
        if self._stream is not None:
            self._stream.clear()
        return rest

    def _mixed(self, block: Block) -> FloatArray:
        if block.size != len(block) * self.channels:
            raise ValueError(f"a block of shape {block.shape} came into a stream of {self.channels} channels")
        scaled = np.multiply(block, INT16_SCALE, dtype=np.float32) if block.dtype == np.int16 else block
        if self.channels == 1:
            return cast(FloatArray, scaled.reshape(-1))
        # In float64, so that equal channels mix to exactly what each of them is.
        return cast(FloatArray, scaled.mean(axis=1, dtype=np.float64).astype(np.float32))

    def _resampled(self, samples: FloatArray, *, last: bool) -> FloatArray:
        if self._stream is None:
            return samples
        return cast(FloatArray, self._stream.resample_chunk(samples, last=last))
