"""What the daemon's own source hears: the clips, through a private sound server, or on its standard input."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import soundfile

from asrd.bench.soak.ground import Ground
from asrd.bench.soak.pulse import SINK, PulseServer
from asrd.bench.soak.script import soak_script
from asrd.geometry import SAMPLE_RATE_HZ

_LENGTH_S: Final = 20.0
_BLOCK_SAMPLES: Final = SAMPLE_RATE_HZ
_FASTEST: Final = 20  # times real time: during a pause the daemon would take any amount
_AGAIN_S: Final = 0.3


class Sound(Protocol):
    """Where the daemon's own source gets its audio.

    Attributes:
        flags: of `asrd run`.
        environment: of the daemon, beside that of this process.
    """

    flags: Sequence[str]
    environment: Mapping[str, str]

    async def play(self, ground: Ground, seed: int, stop: asyncio.Event) -> None:
        """Say clips until `stop`."""


class StandardInput:
    """The daemon reads samples, faster than in real time; there is no device that could fail."""

    flags: Sequence[str] = ("--source", "stdin")
    environment: Mapping[str, str] = {}

    async def play(self, ground: Ground, seed: int, stop: asyncio.Event) -> None:
        """See `Sound`."""
        pipe = ground.daemon.process.stdin
        assert pipe is not None
        number = 0
        while not stop.is_set():
            script = soak_script(ground.clips, (seed, number), _LENGTH_S)
            data = (script.samples * 32_768).astype("<i2").tobytes()
            for start in range(0, len(data), 2 * _BLOCK_SAMPLES):
                if stop.is_set():
                    return
                await asyncio.to_thread(_write_all, pipe.fileno(), data[start : start + 2 * _BLOCK_SAMPLES])
                await asyncio.sleep(_BLOCK_SAMPLES / SAMPLE_RATE_HZ / _FASTEST)
            number += 1


class Microphone:
    """The daemon records what is played into a private PulseAudio, in real time."""

    flags: Sequence[str] = ("--source", "mic", "--audio-policy", "on-demand")

    def __init__(self, pulse: PulseServer, folder: Path) -> None:
        """Files to be played are put into `folder`."""
        self.environment: Mapping[str, str] = pulse.environment
        self._folder = folder

    async def play(self, ground: Ground, seed: int, stop: asyncio.Event) -> None:
        """See `Sound`."""
        async with ground.client("the one who opens the microphone") as client:
            await client.send(type="start")
        number = 0
        while not stop.is_set():
            path = self._folder / f"played-{number % 2}.wav"
            soundfile.write(path, soak_script(ground.clips, (seed, number), _LENGTH_S).samples, SAMPLE_RATE_HZ)
            await self._play_one(path, stop)
            number += 1

    async def _play_one(self, path: Path, stop: asyncio.Event) -> None:
        """Play a file to its end; where there is no sink any more, or a server that hangs, that is sooner or later."""
        command = ("paplay", f"--device={SINK}", str(path))
        player = await asyncio.create_subprocess_exec(
            *command,
            env=dict(self.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        ended, stopped = asyncio.ensure_future(player.wait()), asyncio.ensure_future(stop.wait())
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if player.returncode is None:
            player.kill()
        if await ended != 0:
            await asyncio.sleep(_AGAIN_S)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
