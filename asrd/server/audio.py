"""Audio that a client sends: from bytes at its own rate to a session at 16 kHz, never faster than that takes it."""

from __future__ import annotations

import asyncio
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.daemon.protocols import AudioSession
from asrd.source.resample import Resampler
from asrd.wire.pcm import AudioFormat, PcmReader

FloatArray = npt.NDArray[np.float32]

_SLICE_S: Final = 0.25  # of audio between two chances for other clients


class AudioIn:
    """The way of a client's audio into its session.

    A session says how much it takes without loss, and not when that changes, so a full one is asked again and again;
    meanwhile nothing is read from the client, whose own socket fills up: no audio is lost, and none is kept here.
    """

    def __init__(self, session: AudioSession, audio_format: AudioFormat, poll_s: float) -> None:
        """A full session is asked every `poll_s`."""
        self.session = session
        self.is_waiting = False
        self._is_closed = False
        self._poll_s = poll_s
        self.begin(audio_format)

    def begin(self, audio_format: AudioFormat) -> None:
        """Read what follows in this format. Samples of the last one that are still in its filter are lost."""
        self._format = audio_format
        self._reader = PcmReader(audio_format)
        self._resampler = Resampler(audio_format.rate_hz)

    def seconds(self, data: bytes) -> float:
        """How much audio a message carries."""
        return len(data) / self._format.frame_bytes / self._format.rate_hz

    async def hear(self, data: bytes) -> None:
        """Take the bytes of a message, of any length; waits while the session is full."""
        step = self._format.bytes_of(_SLICE_S)
        for start in range(0, len(data), step):
            await self._pass_on(self._resampler.push(self._reader.push(data[start : start + step])))
            await asyncio.sleep(0)

    async def finish(self) -> None:
        """Pass on what is still in the filter: nothing more comes."""
        await self._pass_on(self._resampler.flush())

    def close(self) -> None:
        """End the session; what still waits to be passed on is lost."""
        self._is_closed = True
        self.session.close()

    async def _pass_on(self, samples: FloatArray) -> None:
        while len(samples) and not self._is_closed:
            taken = min(self.session.room(), len(samples))
            if taken > 0:
                self.session.hear(samples[:taken])
                samples = samples[taken:]
            else:
                self.is_waiting = True
                await asyncio.sleep(self._poll_s)
        self.is_waiting = False
