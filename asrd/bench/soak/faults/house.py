"""Faults of the machine around the daemon: its files, its sleep, its own source, its sound server."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from asrd.bench.soak.ground import Ground, UnexpectedError, until
from asrd.bench.soak.pulse import SINK, PulseServer
from asrd.bench.soak.raw import raw

_SOON_S: Final = 30.0
_HISTORY_S: Final = 90.0  # it tries again every 30 s, with the next final
_POLL_S: Final = 0.2
_REVOKED: Final = 4001
_HEARS: Final = ("listening", "speech", "overload")
_RESTARTED_SOUND_S: Final = 60.0


async def steering(ground: Ground, chance: np.random.Generator) -> str:
    """The daemon's own source is closed and opened, its utterance ended and dropped, its settings changed."""
    async with ground.client("a client that steers") as client:
        for action in chance.permutation(["flush", "cancel", "stop", "pause"]):
            await client.send(type=str(action))
            if action == "pause":
                await until(lambda: ground.main.state == "paused", _SOON_S, "`pause` does not pause")
            await asyncio.sleep(float(chance.uniform(0, 0.3)))
        await client.send(type="config", session="main", context=f"a list of words, number {chance.integers(100)}")
        await client.send(type="resume")
        await client.send(type="start")
        await client.send(type="config", replay=0)
        await client.until("hello")
        await client.until("hello")
    ground.settle(client.account)
    await until(lambda: ground.main.state in _HEARS, _SOON_S, "after `resume` and `start` the source is not heard")
    return "paused, then heard again"


async def token_taken_back(ground: Ground, chance: np.random.Generator) -> str:
    """The token file is damaged, gets another token, and loses it again while somebody uses it."""
    path, secret = ground.daemon.token_file, secrets.token_urlsafe(32)
    before = json.loads(path.read_text())
    path.write_text("{" * int(chance.integers(1, 50)))
    async with ground.client("a client beside a damaged token file") as client:
        await client.until("hello")
    ground.settle(client.account)
    guest = {"name": "guest", "token": secret, "scopes": ["listen", "audio"]}
    _replace(path, {"tokens": [*before["tokens"], guest]})
    try:
        async with ground.client("a guest", secret) as visitor:
            await visitor.until("hello")
            await visitor.say(ground.words(chance))
            _replace(path, before)
            code = await visitor.rest()
    finally:
        _replace(path, before)
    if code != _REVOKED:
        raise UnexpectedError(f"a token was taken back, and the connection ended with {code}")
    async with raw(ground.daemon.url) as stranger:
        if (status := await stranger.upgrade(secret)) != 401:
            raise UnexpectedError(f"a token that was taken back is answered with {status}")
    return "4001, then HTTP 401"


async def history_moved(ground: Ground, chance: np.random.Generator) -> str:
    """The history's folder is moved away while it is written: it is begun anew, also after it was blocked."""
    await until(ground.history.is_dir, _HISTORY_S, "the history is not written again")
    ground.history.rename(_aside(ground, chance))
    await until(ground.history.is_dir, _HISTORY_S, "no new history is begun")
    return "begun anew"


async def history_blocked(ground: Ground, chance: np.random.Generator) -> str:
    """Something else lies where the history is written, and `/healthz` has to say so."""
    if ground.history.is_dir():
        ground.history.rename(_aside(ground, chance))
    ground.history.write_text("a file")
    try:
        await _told(ground, "history")
    finally:
        ground.history.unlink()
    return "told by /healthz"


async def sleep(ground: Ground, chance: np.random.Generator) -> str:
    """The daemon stands still for a while, as a machine that sleeps or swaps."""
    ground.daemon.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(float(chance.uniform(0.2, 3.0)))
    finally:
        ground.daemon.signal(signal.SIGCONT)
    async with ground.client("a client after the sleep") as client:
        await client.until("hello")
    ground.settle(client.account)
    return "goes on"


async def device_unplugged(ground: Ground, _chance: np.random.Generator) -> str:
    """The microphone is unplugged and plugged in again."""
    pulse = _pulse(ground)

    def plug_in() -> None:
        pulse.load_sink(SINK)
        pulse.set_default_source(f"{SINK}.monitor")

    return await _lost_and_back(ground, lambda: pulse.unload_sink(SINK), plug_in)


async def sound_server_killed(ground: Ground, _chance: np.random.Generator) -> str:
    """The sound server crashes and is started again."""
    pulse = _pulse(ground)
    return await _lost_and_back(ground, pulse.kill, pulse.start)


async def sound_server_hangs(ground: Ground, _chance: np.random.Generator) -> str:
    """The sound server stands still for a while: no audio comes, and nobody says why."""
    pulse = _pulse(ground)
    return await _lost_and_back(ground, pulse.hang, pulse.unhang)


async def _lost_and_back(ground: Ground, take: Callable[[], object], give: Callable[[], object]) -> str:
    await until(lambda: ground.main.state in _HEARS, _RESTARTED_SOUND_S, "the microphone is not heard")
    gaps = len(ground.main.gaps)
    await asyncio.to_thread(take)
    try:
        await until(lambda: ground.main.state == "mic_lost", _SOON_S, "a microphone that is gone is not told")
    finally:
        await asyncio.to_thread(give)
    await until(lambda: ground.main.state in _HEARS, _RESTARTED_SOUND_S, "the microphone does not come back")
    await until(lambda: len(ground.main.gaps) > gaps, _SOON_S, "the time without a microphone is told as no gap")
    return "mic_lost, then heard again, and a gap"


def _pulse(ground: Ground) -> PulseServer:
    if ground.pulse is None:
        raise UnexpectedError("there is no sound server")
    return ground.pulse


def _replace(path: Path, tokens: dict[str, Any]) -> None:
    """Write a token file beside its place first, as an editor does."""
    work = path.with_name("tokens.new")
    work.write_text(json.dumps(tokens))
    work.chmod(0o600)
    work.replace(path)


def _aside(ground: Ground, chance: np.random.Generator) -> Path:
    """Another place beside the history, where its lines are counted in the end."""
    return ground.history.with_name(f"history-{chance.integers(1 << 40)}")


async def _told(ground: Ground, state: str) -> None:
    """Wait until `/healthz` names this trouble."""
    deadline_s = asyncio.get_running_loop().time() + _HISTORY_S
    while state not in json.loads(await ground.page("/healthz"))["states"]:
        if asyncio.get_running_loop().time() > deadline_s:
            raise UnexpectedError(f"/healthz does not name {state} after {_HISTORY_S:g} s")
        await asyncio.sleep(_POLL_S)
