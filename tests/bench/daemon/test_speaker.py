"""What the client of the benchmarks sends and hears."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from asrd.bench.daemon.speaker import Speaker, quiet


class Line:
    """A connection that notes what is sent, and says three messages and more."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send(self, data: Any) -> None:
        self.sent.append(data)

    async def __aiter__(self) -> AsyncIterator[str]:
        for kind in ("hello", "final", "closed", "status"):
            yield json.dumps({"type": kind})


def test_samples_are_clipped_to_16_bits() -> None:
    line: Any = Line()
    asyncio.run(Speaker(line).say(np.array([0.0, 0.5, 1.0, 1.5, -1.0, -2.0], np.float32)))
    assert np.frombuffer(line.sent[0], "<i2").tolist() == [0, 16384, 32767, 32767, -32767, -32767]


def test_messages_end_with_the_session() -> None:
    line: Any = Line()

    async def heard() -> list[str]:
        speaker = Speaker(line)
        await speaker.close()
        return [message["type"] async for message in speaker.messages()]

    assert asyncio.run(heard()) == ["hello", "final", "closed"]
    assert json.loads(line.sent[0]) == {"type": "close"}


def test_a_quiet_room() -> None:
    noise = quiet(np.random.default_rng(1), 2.0)
    assert noise.dtype == np.float32
    assert len(noise) == 32_000
    assert 1e-4 < noise.std() < 4e-4
