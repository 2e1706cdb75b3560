"""What a daemon costs that has nothing to do."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np

from asrd.bench.daemon.pages import numbers_of, troubles_of
from asrd.bench.daemon.process import DaemonProcess, Usage
from asrd.bench.daemon.script import Script
from asrd.bench.daemon.session import speak
from asrd.bench.daemon.speaker import quiet
from asrd.bench.host.model import describe_model
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Bound, Kind, Line, Measure, Result, Shape
from asrd.errors import AsrdError

Progress = Callable[[str], None]
_SETTLE_S: Final = 5.0
_LOOKS: Final = 10  # at the daemon, evenly over the time


class IdleSource(str, Enum):
    """What the daemon hears: its microphone, a client that sends the noise of a quiet room at 1x, or nothing at all."""

    MICROPHONE = "mic"
    SILENCE = "silence"
    NONE = "none"


@dataclass(frozen=True)
class IdleOptions:
    """What is measured.

    Attributes:
        model: folder.
        source: what the daemon hears.
        seconds: how long it is watched, after a few seconds in which it settles.
        run_flags: further flags of `asrd run`.
    """

    model: Path
    source: IdleSource
    seconds: float
    run_flags: Sequence[str] = ()


@dataclass
class Watched:
    """What a daemon was seen to hold and use.

    Attributes:
        looks: at it: seconds since the first, and what it held and had used.
        finals: that it published meanwhile.
    """

    looks: list[tuple[float, Usage]] = field(default_factory=list)
    finals: float = 0.0

    @property
    def wall_s(self) -> float:
        """From the first look to the last."""
        return self.looks[-1][0] - self.looks[0][0]

    def rates(self, value: Callable[[Usage], float]) -> list[float]:
        """What was added to `value` each second: over all the time, then from look to look."""
        pairs = [(self.looks[0], self.looks[-1]), *zip(self.looks, self.looks[1:], strict=False)]
        return [(value(later) - value(earlier)) / (end_s - begin_s) for (begin_s, earlier), (end_s, later) in pairs]


def measure_idle(options: IdleOptions, command: str, progress: Progress) -> Result:
    """Start a daemon, and watch it while nobody speaks.

    Raises:
        AsrdError: it did not start, or has no microphone where it should have one.
    """
    collector = Collector(
        "idle",
        command,
        describe_model(options.model),
        {"source": options.source.value, "seconds": options.seconds, "run_flags": list(options.run_flags)},
    )
    source = "mic" if options.source is IdleSource.MICROPHONE else "none"
    flags = ["--source", source, "--model", str(options.model), *options.run_flags]
    # A microphone may be reached through the files of the real home, so that stays.
    environment = {"HOME": str(Path.home())} if options.source is IdleSource.MICROPHONE else None
    with tempfile.TemporaryDirectory() as state, DaemonProcess(flags, Path(state), environment) as daemon:
        watched = asyncio.run(_watch(daemon, options, progress))
    add_idle(collector, watched)
    return collector.result(f"{watched.wall_s:.0f} s, source {options.source.value}")


async def _watch(daemon: DaemonProcess, options: IdleOptions, progress: Progress) -> Watched:
    silence = quiet(np.random.default_rng(0), _SETTLE_S + options.seconds)
    is_silent = options.source is IdleSource.SILENCE
    speaking = asyncio.create_task(speak(daemon.url, daemon.token, Script(silence, ()))) if is_silent else None
    await asyncio.sleep(_SETTLE_S)
    if options.source is IdleSource.MICROPHONE:
        check_microphone(troubles_of(daemon.page, daemon.token))
    watched = Watched()
    finals = numbers_of(daemon.page, daemon.token)["asrd_finals_total"]
    began_s = time.monotonic()
    for look in range(_LOOKS + 1):
        await asyncio.sleep(max(0.0, began_s + look * options.seconds / _LOOKS - time.monotonic()))
        passed_s, usage = time.monotonic() - began_s, daemon.usage()
        watched.looks.append((passed_s, usage))
        progress(f"{passed_s:.0f} of {options.seconds:.0f} s, {usage.resident / 1e6:.1f} MB")
    if speaking is not None:
        await speaking
    watched.finals = numbers_of(daemon.page, daemon.token)["asrd_finals_total"] - finals
    return watched


def check_microphone(troubles: Sequence[str]) -> None:
    """See that the daemon hears its microphone.

    Raises:
        AsrdError: it does not.
    """
    if troubles:
        raise AsrdError(
            f"{'; '.join(troubles)}; where there is no microphone, measure with --source silence: a client then sends "
            "the noise of a quiet room"
        )


def add_idle(collector: Collector, watched: Watched) -> None:
    """Take the measures, and a picture."""
    cpu, *cpu_parts = watched.rates(lambda usage: 60 * usage.cpu_s)
    wakes, *wake_parts = watched.rates(lambda usage: usage.waits)
    resident = [usage.resident / 1e6 for _, usage in watched.looks]
    last, looks = watched.looks[-1][1], len(cpu_parts)
    # Threads follow the number of cores, so they are of this machine as well.
    for measure in (
        Measure("cpu", cpu, "s/min", Kind.TIME, low=min(cpu_parts), high=max(cpu_parts), count=looks),
        Measure("wake_ups", wakes, "/s", Kind.TIME, low=min(wake_parts), high=max(wake_parts), count=looks),
        Measure("resident", resident[-1], "MB", Kind.BYTES, low=min(resident), high=max(resident), count=looks),
        Measure("resident_peak", last.peak / 1e6, "MB", Kind.BYTES),
        Measure("threads", last.threads, "", Kind.TIME, Better.NEITHER),
        Measure("finals", watched.finals, "", Kind.COUNTER, bound=Bound(at_most=0)),
    ):
        collector.add(measure)
    collector.notes.append(f"Spreads are the least and most of {looks} stretches of the time.")
    x = [at_s for at_s, _ in watched.looks]
    collector.draw("resident", "Resident set while nobody speaks", Shape.LINES, ("s", "MB"), [Line("", x, resident)])
