"""Faults of clients that speak: other formats, other settings, and second thoughts, in the middle of an utterance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from asrd.bench.soak.client import SoakClient
from asrd.bench.soak.ground import Ground, UnexpectedError
from asrd.geometry import SAMPLE_RATE_HZ

FloatArray = npt.NDArray[np.float32]
_FORMATS: Final = (
    (48_000, 2, "f32le"),
    (44_100, 1, "s16le"),
    (8_000, 1, "f32le"),
    (16_000, 2, "s16le"),
    (96_000, 1, "f32le"),
)
_SETTINGS: Final[Sequence[dict[str, object]]] = (
    {"language": "English"},
    {"language": "auto"},
    {"language": "de", "partials": False},
    {"context": "espresso, macchiato, Thessaloniki"},
    {"context": "", "partials": True},
    {"levels": 20},
    {"levels": False},
    {"replay": 5},
)
_BLOCKS: Final = 12


async def formats(ground: Ground, chance: np.random.Generator) -> str:
    """Another sample rate, encoding and number of channels within an utterance, in frames cut anywhere."""
    async with _session(ground, "a client that changes its format") as client:
        for index in chance.permutation(len(_FORMATS)):
            rate_hz, channels, encoding = _FORMATS[index]
            await client.send(type="audio", sample_rate=rate_hz, channels=channels, encoding=encoding)
            words = soxr.resample(ground.words(chance), SAMPLE_RATE_HZ, rate_hz)
            data = _as_bytes(np.repeat(words[:, None], channels, axis=1), encoding)
            for piece in _cut(data, chance):
                await client.connection.send(piece)
    return "finals" if client.account.finals else "closed in order"


async def settings(ground: Ground, chance: np.random.Generator) -> str:
    """Language, context, partials and levels change while somebody speaks."""
    async with _session(ground, "a client that changes its settings") as client:
        for _ in range(2):
            for block in np.array_split(ground.words(chance), _BLOCKS):
                await client.send(type="config", **_SETTINGS[int(chance.integers(len(_SETTINGS)))])
                await client.say(block)
    return "finals" if client.account.finals else "closed in order"


async def second_thoughts(ground: Ground, chance: np.random.Generator) -> str:
    """An utterance is ended or dropped while it is said, again and again."""
    async with _session(ground, "a client that changes its mind") as client:
        for _ in range(2):
            for block in np.array_split(ground.words(chance), _BLOCKS):
                await client.say(block)
                if chance.random() < 0.4:
                    await client.send(type="flush" if chance.random() < 0.5 else "cancel")
    return "finals, dropped" if client.account.finals or client.account.dropped else "closed in order"


@asynccontextmanager
async def _session(ground: Ground, who: str) -> AsyncIterator[SoakClient]:
    """A session of its own that is closed in order after the block, and heard to its end."""
    async with ground.client(who) as client:
        await client.send(type="audio", sample_rate=SAMPLE_RATE_HZ)
        yield client
        await client.send(type="close")
        await client.until("closed")
    ground.settle(client.account)
    if client.account.session == "main":
        raise UnexpectedError(f"{who} never had a session of its own")


def _as_bytes(samples: FloatArray, encoding: str) -> bytes:
    if encoding == "f32le":
        return samples.astype("<f4").tobytes()
    return np.clip(np.rint(samples * 32_767), -32_767, 32_767).astype("<i2").tobytes()


def _cut(data: bytes, chance: np.random.Generator) -> list[bytes]:
    """Pieces of any length, odd ones too, of more than 10 ms each at every format."""
    edges = [0]
    while edges[-1] < len(data):
        edges.append(edges[-1] + int(chance.integers(9_000, 60_000)))
    return [data[start:end] for start, end in pairwise(edges)]
