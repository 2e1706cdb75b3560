"""Faults of clients that were let in: they leave, do not read, or send what is no command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Final

import numpy as np
from websockets.exceptions import ConnectionClosed

from asrd.bench.soak.ground import Ground, UnexpectedError
from asrd.bench.soak.raw import BINARY, TEXT, RawClient, frame, raw

_CUT: Final = 0  # the connection ended without a close frame
_GREETINGS: Final = 1900  # asked for at once by a client that reads none: below the limit of messages
_GREETINGS_PER_S: Final = 150  # then
_MOST_GREETINGS: Final = 20_000
_SLOW: Final = 'asrd_closed_total{code="4008"}'
_TOO_MANY: Final = 4000
_BROKEN_TEXTS: Final = (b"{", b"nonsense", b"\xff\xfe{}", b"[" * 50_000, b'{"type": NaN}', b"9" * 5000)
_BROKEN_FRAMES: Final = (frame(3, b"x"), frame(TEXT, b"{}", masked=False), b"\xc1\x80\0\0\0\0", frame(9, b"x" * 200))
_UNKNOWN: Final = (
    {"type": "sing"},
    {"type": "config", "colour": "red"},
    {"type": "config", "language": "Klingon"},
    {"type": "config", "levels": 1e9},
    {"type": "audio", "sample_rate": 1},
    {"type": "audio", "sample_rate": 16000, "encoding": "mp3"},
    {"type": "close"},
    {"type": 7},
    ["type"],
)


async def leaves_at_once(ground: Ground, chance: np.random.Generator) -> str:
    """A client that goes as soon as it is in, or before it was greeted; with a close frame, a FIN or a RST."""
    async with raw(ground.daemon.url) as client:
        await client.upgrade(ground.daemon.token)
        if chance.random() < 0.5:
            await asyncio.sleep(float(chance.uniform(0, 0.05)))
        if chance.random() < 0.3:
            client.reset()
        elif chance.random() < 0.5:
            await client.send(frame(8, b"\x03\xe8"))
    return "forgotten"


async def reset_while_speaking(ground: Ground, chance: np.random.Generator) -> str:
    """A machine that crashes in the middle of an utterance."""
    words = ground.words(chance)
    said = (words[: int(len(words) * chance.uniform(0.2, 0.7))] * 32_768).astype("<i2").tobytes()
    async with raw(ground.daemon.url) as client:
        await client.upgrade(ground.daemon.token)
        for start in range(0, len(said), 16_000):
            await client.send(frame(BINARY, said[start : start + 16_000]))
        await asyncio.sleep(float(chance.uniform(0, 0.3)))
        client.reset()
    return "forgotten"


async def stalls(ground: Ground, chance: np.random.Generator) -> str:
    """A client that asks for much and reads nothing, until it is cut off for being slow."""
    before = await ground.metric(_SLOW)
    replay = frame(TEXT, json.dumps({"type": "config", "replay": int(chance.integers(20, 1000))}).encode())
    asked = 0
    async with raw(ground.daemon.url, small_buffer=True) as client:
        await client.upgrade(ground.daemon.token)
        while await client.send(replay) and asked < _MOST_GREETINGS:
            asked += 1
            if asked > _GREETINGS:  # what may be sent in a run is sent
                await asyncio.sleep(1 / _GREETINGS_PER_S)
    if await ground.metric(_SLOW) <= before:
        raise UnexpectedError(f"a client that read none of {asked} greetings was not cut off for being slow")
    return "4008"


async def broken_text(ground: Ground, chance: np.random.Generator) -> str:
    """A text message that is no JSON, or no text."""
    return await _sent(ground, [frame(TEXT, _one_of(_BROKEN_TEXTS, chance))], (1007,))


async def broken_frame(ground: Ground, chance: np.random.Generator) -> str:
    """What is no frame of a WebSocket."""
    return await _sent(ground, [_one_of(_BROKEN_FRAMES, chance)], (1002,))


async def too_long(ground: Ground, chance: np.random.Generator) -> str:
    """A message, or a command, that is longer than allowed."""
    text = json.dumps({"type": "config", "context": "x" * 70_000}).encode()
    return await _sent(ground, [_one_of((frame(TEXT, text), frame(BINARY, b"", says=1 << 40)), chance)], (1009,))


async def message_flood(ground: Ground, chance: np.random.Generator) -> str:
    """Commands without end."""
    command = frame(TEXT, _one_of((b'{"type":"config"}', b'{"type":"sing"}'), chance))
    return await _sent(ground, [command] * _TOO_MANY, (1008, _CUT))


async def unknown_commands(ground: Ground, chance: np.random.Generator) -> str:
    """Commands that the daemon cannot carry out: each is refused, and the connection stays up."""
    async with ground.client("a client with wrong commands") as client:
        await client.until("hello")
        for index in chance.permutation(len(_UNKNOWN)):
            await client.connection.send(json.dumps(_UNKNOWN[index]))
            await client.until("error")
        await client.send(type="config", replay=0)
        await client.until("hello")
    ground.settle(client.account)
    return "error messages"


async def odd_bytes(ground: Ground, chance: np.random.Generator) -> str:
    """Audio of random bytes in frames of random lengths, then silence: whatever comes of it is told."""
    async with ground.client("a client that sends noise") as client:
        try:
            for _ in range(40):
                await client.connection.send(chance.bytes(int(chance.integers(1, 20_000))))
            await client.send(type="close")
            await client.until("closed")
        except ConnectionClosed as error:
            raise UnexpectedError(f"a client that sends odd bytes of audio is cut off: {error}") from None
    ground.settle(client.account)
    return "closed in order"


async def _sent(ground: Ground, frames: Sequence[bytes], due: Sequence[int]) -> str:
    async with raw(ground.daemon.url) as client:
        await _greeted(client, ground.daemon.token)
        for one in frames:
            await client.send(one)
        return _ended(await client.close_code(), due)


async def _greeted(client: RawClient, token: str) -> None:
    status = await client.upgrade(token)
    if status != 101:
        raise UnexpectedError(f"a client with the right token is answered with {status}")


def _ended(code: int, due: Sequence[int]) -> str:
    if code not in due:
        raise UnexpectedError(f"the connection ended with {code} instead of {due[0]}")
    return str(due[0])


def _one_of(choices: Sequence[bytes], chance: np.random.Generator) -> bytes:
    return choices[int(chance.integers(len(choices)))]
