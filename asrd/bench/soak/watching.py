"""What the daemon holds while all of this goes on, and when it is over."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asrd.bench.daemon.process import Usage
from asrd.bench.figures.spread import slope
from asrd.bench.soak.ground import Ground, UnexpectedError

_EVERY_S: Final = 1.0
_REST_S: Final = 120.0
_POLL_S: Final = 0.3
_LOOKS: Final = 5
_WARM_UP_SHARE: Final = 1 / 3  # of the audio: by then every kind of fault has struck several times
_BINS: Final = 30
_PARTS: Final = 5
_HOUR_S: Final = 3600.0
_BYTES_PER_MB: Final = 1e6


@dataclass(frozen=True)
class Sample:
    """After so many seconds of audio the daemon held this."""

    audio_s: float
    usage: Usage


async def watch(
    ground: Ground, heard_s: Callable[[], float], samples: list[Sample], stop: asyncio.Event, over: asyncio.Event
) -> None:
    """Take a sample every second until `over`; sets `stop` when the daemon has ended."""
    while not over.is_set():
        if ground.daemon.process.poll() is not None:
            stop.set()
            return
        if not stop.is_set():
            samples.append(Sample(heard_s(), ground.daemon.usage()))
        await asyncio.sleep(_EVERY_S)


async def at_rest(ground: Ground) -> Usage:
    """What the daemon holds when only its own source is heard and only `follow` listens.

    Raises:
        UnexpectedError: other sessions or connections do not end.
    """
    deadline_s = asyncio.get_running_loop().time() + _REST_S
    while (left := (await ground.metric("asrd_sessions"), await ground.metric("asrd_connections"))) != (1.0, 1.0):
        if asyncio.get_running_loop().time() > deadline_s:
            raise UnexpectedError(f"{left[0]:g} sessions and {left[1]:g} connections are left after {_REST_S:g} s")
        await asyncio.sleep(_POLL_S)
    return least([await _usage_later(ground) for _ in range(_LOOKS)])


async def _usage_later(ground: Ground) -> Usage:
    """What it holds a moment later: the connection that asked for `/metrics` is about to be closed."""
    await asyncio.sleep(_POLL_S)
    return ground.daemon.usage()


def least(looks: Sequence[Usage]) -> Usage:
    """The last of several looks, with the fewest threads and descriptors of all of them."""
    threads, descriptors = min(one.threads for one in looks), min(one.descriptors for one in looks)
    return replace(looks[-1], threads=threads, descriptors=descriptors)


def resident_slope(samples: Sequence[Sample]) -> tuple[float, float, float]:
    """Growth of the resident set in MB per hour of audio after the warm-up; and the least and most of that when one
    fifth of the audio is left out, each in turn.

    What counts is audio, not time: the medians of stretches of the same length, however long the daemon took for each.
    """
    last_s = samples[-1].audio_s
    stretches: list[list[Sample]] = [[] for _ in range(_BINS)]
    for one in samples:
        settled = (one.audio_s / last_s - _WARM_UP_SHARE) / (1 - _WARM_UP_SHARE)
        if settled >= 0:
            stretches[min(_BINS - 1, int(settled * _BINS))].append(one)
    points = [(_hours(stretch), _megabytes(stretch)) for stretch in stretches if stretch]
    parts = [
        _slope([one for index, one in enumerate(points) if index * _PARTS // len(points) != part])
        for part in range(_PARTS)
    ]
    return _slope(points), min(parts), max(parts)


def _hours(stretch: Sequence[Sample]) -> float:
    return statistics.median(one.audio_s for one in stretch) / _HOUR_S


def _megabytes(stretch: Sequence[Sample]) -> float:
    return statistics.median(one.usage.resident for one in stretch) / _BYTES_PER_MB


def _slope(points: Sequence[tuple[float, float]]) -> float:
    return slope(*zip(*points, strict=True)) if points else 0.0
