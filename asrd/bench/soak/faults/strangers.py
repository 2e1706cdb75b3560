"""Faults of those who should not be let in, and of those who never ask properly."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack

import numpy as np

from asrd.bench.soak.ground import Ground, UnexpectedError
from asrd.bench.soak.raw import raw

_HALF_OPEN = 24
_FLOOD = 150
_HOLD_S = 0.7


async def wrong_token(ground: Ground, chance: np.random.Generator) -> str:
    """Somebody without a token, or with a wrong one."""
    shown = secrets.token_urlsafe(32) if chance.random() < 0.5 else ""
    async with raw(ground.daemon.url) as stranger:
        return _refused(await stranger.upgrade(shown), 401)


async def wrong_origin(ground: Ground, chance: np.random.Generator) -> str:
    """A web page of somebody else's, or one that calls this address by another name; with the right token even."""
    names = {"Origin": "https://attacker.example"} if chance.random() < 0.5 else {"Host": "attacker.example:8765"}
    async with raw(ground.daemon.url) as stranger:
        return _refused(await stranger.upgrade(ground.daemon.token, names), 403)


async def half_open(ground: Ground, chance: np.random.Generator) -> str:
    """Many connections that begin to ask and say no more; meanwhile somebody else wants in."""
    async with AsyncExitStack() as opened:
        for _ in range(_HALF_OPEN):
            one = await opened.enter_async_context(raw(ground.daemon.url))
            request = one.request(ground.daemon.token)
            await one.send(request[: int(chance.integers(0, len(request) - 4))])
        await _greeted(ground, "beside half-open handshakes")
        await asyncio.sleep(_HOLD_S)
    return "others are let in"


async def handshake_flood(ground: Ground, chance: np.random.Generator) -> str:
    """Connections as fast as they go, with nonsense in them; then somebody else wants in."""
    nonsense = [
        b"",
        b"\x16\x03\x01\x00\xff",
        b"GET / HTTP/1.0\r\n\r\n",
        b"POST /v1/stream HTTP/1.1\r\n\r\n",
        b"\0" * 20_000,
    ]
    for _ in range(_FLOOD):
        async with raw(ground.daemon.url) as one:
            await one.send(nonsense[int(chance.integers(len(nonsense)))])
    await _greeted(ground, "after a flood of handshakes")
    return "others are let in"


async def _greeted(ground: Ground, who: str) -> None:
    async with ground.client(who) as client:
        await client.until("hello")
    ground.settle(client.account)


def _refused(status: int, due: int) -> str:
    if status != due:
        raise UnexpectedError(f"a request was answered with {status} instead of {due}")
    return f"HTTP {status}"
