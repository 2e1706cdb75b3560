"""Hours of audio through a daemon as fast as it goes, and what it holds meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.daemon.process import DaemonProcess, Usage
from asrd.bench.daemon.speaker import Speaker, quiet, speaking
from asrd.geometry import samples_of, seconds_of

_BLOCK_S: Final = 0.5
_PAUSE_S: Final = 1.0
_SESSION_S: Final = 300.0  # then another connection takes over: connections must not leave anything behind either
_PATIENCE_S: Final = 300.0
_WARM_UP_SHARE: Final = 0.25


@dataclass(frozen=True)
class Sample:
    """After so many seconds of audio the daemon held this, and had published so many finals."""

    audio_s: float
    finals: int
    usage: Usage


@dataclass(frozen=True)
class Soak:
    """All samples, and how long it took."""

    samples: Sequence[Sample]
    wall_s: float

    @property
    def settled(self) -> Sequence[Sample]:
        """Those after the first quarter, the warm-up."""
        return self.samples[int(len(self.samples) * _WARM_UP_SHARE) :]

    @property
    def growth_bytes(self) -> int:
        """Resident set at the end against its mean in the first tenth after the warm-up; the mean of the last tenth."""
        settled = self.settled
        tenth = max(1, len(settled) // 10)
        first, last = (np.mean([one.usage.resident for one in part]) for part in (settled[:tenth], settled[-tenth:]))
        return int(last - first)


def soak(
    daemon: DaemonProcess, clips: Sequence[npt.NDArray[np.float32]], audio_s: float, progress: Callable[[Sample], None]
) -> Soak:
    """Say the clips over and over, one session after the other, until `audio_s` seconds were recognised."""
    began_s = time.monotonic()
    samples: list[Sample] = []
    done_s, finals = 0.0, 0
    while done_s < audio_s:
        heard_s, count = asyncio.run(_session(daemon, clips, min(_SESSION_S, audio_s - done_s), seed=len(samples)))
        done_s, finals = done_s + heard_s, finals + count
        samples.append(Sample(done_s, finals, daemon.usage()))
        progress(samples[-1])
    return Soak(samples, time.monotonic() - began_s)


async def _session(
    daemon: DaemonProcess, clips: Sequence[npt.NDArray[np.float32]], length_s: float, seed: int
) -> tuple[float, int]:
    """One connection; returns the seconds that it said and the finals that it got."""
    rng = np.random.default_rng(seed)
    async with speaking(daemon.url, daemon.token) as speaker:
        counting = asyncio.create_task(_count_finals(speaker))
        said = 0
        while seconds_of(said) < length_s:
            clip = clips[int(rng.integers(len(clips)))]
            audio = np.concatenate([clip, quiet(rng, _PAUSE_S)])
            for start in range(0, len(audio), samples_of(_BLOCK_S)):
                await speaker.say(audio[start : start + samples_of(_BLOCK_S)])
            said += len(audio)
        await speaker.close()
        return seconds_of(said), await asyncio.wait_for(counting, _PATIENCE_S)


async def _count_finals(speaker: Speaker) -> int:
    return sum([message["type"] == "final" async for message in speaker.messages()])
