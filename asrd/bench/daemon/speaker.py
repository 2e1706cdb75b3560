"""A client that speaks to a running daemon: what its benchmarks share."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import ClientConnection, connect

from asrd.geometry import SAMPLE_RATE_HZ, samples_of

FloatArray = npt.NDArray[np.float32]
_NOISE: Final = 2e-4  # about -74 dB of full scale: a quiet room
_FULL_SCALE: Final = 32767


def quiet(rng: np.random.Generator, seconds: float) -> FloatArray:
    """So much of a quiet room, (n,) float32 at 16 kHz."""
    return rng.normal(0.0, _NOISE, samples_of(seconds)).astype(np.float32)


class Speaker:
    """A connection with a session of its own."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def say(self, samples: FloatArray) -> None:
        """Send (n,) float32 at 16 kHz as 16-bit PCM; waits while the daemon takes no more."""
        pcm = np.clip(np.rint(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype("<i2")
        await self._connection.send(pcm.tobytes())

    async def close(self) -> None:
        """No more audio comes."""
        await self._connection.send(json.dumps({"type": "close"}))

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What the daemon says, up to the session's end."""
        async for frame in self._connection:
            message = json.loads(frame)
            yield message
            if message["type"] == "closed":
                return


@asynccontextmanager
async def speaking(url: str, token: str) -> AsyncIterator[Speaker]:
    """Connect, and say in which format audio will come."""
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(url, additional_headers=headers, max_size=None, compression=None) as connection:
        await connection.send(json.dumps({"type": "audio", "sample_rate": SAMPLE_RATE_HZ, "encoding": "s16le"}))
        yield Speaker(connection)
