"""Faults that end a daemon: not the one that is watched for hours, but another in its own folder."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Final

import numpy as np
from websockets.exceptions import ConnectionClosed

from asrd.bench.daemon.process import DaemonProcess
from asrd.bench.soak.client import SoakClient, connected
from asrd.bench.soak.ground import Ground, UnexpectedError

_SPEAKERS: Final = 2
_BLOCK_SAMPLES: Final = 4_000
_WORDS: Final = 3
_GOING_AWAY: Final = 1001
_CUT: Final = 1006
_DRAINED: Final = (0, 1)  # 1: the last words did not come in time, which was told as gaps


async def restarted(ground: Ground, chance: np.random.Generator) -> str:
    """SIGTERM while clients speak: what was heard comes as finals or gaps, and the next run has another name."""
    folder = _folder(ground, chance)
    daemon = await _started(ground, folder)
    try:
        clients = await _interrupted(ground, daemon, chance, signal.SIGTERM)
        code = await asyncio.to_thread(daemon.wait)
    finally:
        await asyncio.to_thread(daemon.__exit__, None, None, None)
    for client, ended_with in clients:
        ground.settle(client.account)
        if ended_with != _GOING_AWAY:
            raise UnexpectedError(f"a daemon that stops ended a connection with {ended_with}")
    if code not in _DRAINED:
        raise UnexpectedError(f"a daemon that was asked to stop ended with {code}: {_last_line(daemon)}")
    await _has_another_name(ground, folder, clients[0][0].account.run)
    return "finals or gaps, 1001, a new run"


async def killed(ground: Ground, chance: np.random.Generator) -> str:
    """SIGKILL while clients speak: they see at once that the connection is gone, and the next start works."""
    folder = _folder(ground, chance)
    daemon = await _started(ground, folder)
    try:
        clients = await _interrupted(ground, daemon, chance, signal.SIGKILL)
    finally:
        await asyncio.to_thread(daemon.__exit__, None, None, None)
    for client, ended_with in clients:
        ground.findings += client.account.findings  # nobody could announce what was open
        if ended_with != _CUT:
            raise UnexpectedError(f"the connection to a killed daemon ended with {ended_with}")
    await _has_another_name(ground, folder, clients[0][0].account.run)
    return "connections cut, a new run"


async def _interrupted(
    ground: Ground, daemon: DaemonProcess, chance: np.random.Generator, number: signal.Signals
) -> list[tuple[SoakClient, int]]:
    """Clients speak until the signal comes; each with the code with which its connection ended."""
    speaking = [asyncio.ensure_future(_speak(ground, daemon, chance, index)) for index in range(_SPEAKERS)]
    await asyncio.sleep(float(chance.uniform(0.3, 2.0)))
    daemon.signal(number)
    return list(await asyncio.gather(*speaking))


async def _speak(
    ground: Ground, daemon: DaemonProcess, chance: np.random.Generator, index: int
) -> tuple[SoakClient, int]:
    words = np.concatenate([ground.words(chance) for _ in range(_WORDS)])
    async with connected(daemon.url, daemon.token, f"speaker {index} of a daemon that ends") as client:
        listening = asyncio.ensure_future(client.rest())
        try:
            while not listening.done():
                for start in range(0, len(words), _BLOCK_SAMPLES):
                    await client.say(words[start : start + _BLOCK_SAMPLES])
                    await asyncio.sleep(0.01)
        except ConnectionClosed:
            pass
        return client, await listening


async def _has_another_name(ground: Ground, folder: Path, before: str) -> None:
    """Start it once more: its run must be told apart from the one before."""
    daemon = await _started(ground, folder)
    try:
        async with connected(daemon.url, daemon.token, "a client of the next run") as client:
            hello = await client.until("hello")
    finally:
        await asyncio.to_thread(daemon.__exit__, None, None, None)
    if hello["run"] == before:
        raise UnexpectedError(f"two runs of the daemon have the same name, {before}")


async def _started(ground: Ground, folder: Path) -> DaemonProcess:
    return await asyncio.to_thread(DaemonProcess, ["--source", "none", *ground.flags], folder)


def _folder(ground: Ground, chance: np.random.Generator) -> Path:
    folder = ground.folder / f"other-{chance.integers(1 << 40)}"
    folder.mkdir()
    return folder


def _last_line(daemon: DaemonProcess) -> str:
    return daemon.log.strip().rpartition("\n")[2]
