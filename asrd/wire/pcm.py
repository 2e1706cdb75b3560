"""Raw audio of a client, as bytes in messages of any length, to samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from asrd.geometry import SAMPLE_RATE_HZ

FloatArray = npt.NDArray[np.float32]

MIN_RATE_HZ: Final = 4000
MAX_RATE_HZ: Final = 384_000
MAX_CHANNELS: Final = 16
_S16_FULL_SCALE: Final = 32_768.0


class Encoding(Enum):
    """How a sample is written."""

    S16LE = "s16le"
    F32LE = "f32le"


_DTYPES: Final[Mapping[Encoding, np.dtype[Any]]] = {Encoding.S16LE: np.dtype("<i2"), Encoding.F32LE: np.dtype("<f4")}


@dataclass(frozen=True)
class AudioFormat:
    """How the binary messages of a client are to be read.

    Attributes:
        rate_hz: samples a second and channel.
        channels: interleaved; their mean is heard.
        encoding: of each sample.
    """

    rate_hz: int = SAMPLE_RATE_HZ
    channels: int = 1
    encoding: Encoding = Encoding.S16LE

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return _DTYPES[self.encoding].itemsize * self.channels

    def bytes_of(self, seconds: float) -> int:
        """Bytes of so much audio, whole frames, at least one."""
        return max(1, round(seconds * self.rate_hz)) * self.frame_bytes


class PcmReader:
    """Turns bytes into samples; what is left of a frame that a message cut in two waits for the rest."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._rest = b""

    @property
    def rest(self) -> int:
        """Bytes of a frame whose end has not come yet."""
        return len(self._rest)

    def push(self, data: bytes) -> FloatArray:
        """(n,) float32 mono at the format's rate, within full scale 1.0; what is no number becomes silence."""
        data = self._rest + data if self._rest else data
        whole = len(data) - len(data) % self._format.frame_bytes
        self._rest = data[whole:]
        dtype = _DTYPES[self._format.encoding]
        raw = np.frombuffer(data, dtype=dtype, count=whole // dtype.itemsize).reshape(-1, self._format.channels)
        samples: FloatArray
        if self._format.encoding is Encoding.S16LE:
            samples = raw.astype(np.float32) / np.float32(_S16_FULL_SCALE)
        else:
            samples = np.clip(np.where(np.isfinite(raw), raw, np.float32(0.0)), -1.0, 1.0).astype(np.float32)
        mono: FloatArray = samples[:, 0] if self._format.channels == 1 else samples.mean(axis=1, dtype=np.float32)
        return mono
