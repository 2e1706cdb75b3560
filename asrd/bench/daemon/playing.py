"""Scripts that are said to a daemon at the same time, while it is watched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from asrd.bench.daemon.pages import numbers_of
from asrd.bench.daemon.process import DaemonProcess, Usage
from asrd.bench.daemon.script import Script
from asrd.bench.daemon.session import Record, speak

MOST_LATE_MS: Final = 50.0  # of our own clients: beyond it, the machine was too busy to measure on
_WATCH_EVERY_S: Final = 0.5


@dataclass(frozen=True, eq=False)
class Played:
    """What came back, and what it took.

    Attributes:
        records: of each script.
        audio_s: of all scripts together.
        cpu_s: that the daemon computed meanwhile.
        usage: of the daemon in the end.
        memory: its resident set over time: seconds, bytes.
        positions: that the decoder evaluated meanwhile.
        rows: that the encoder computed meanwhile.
    """

    records: Sequence[Record]
    audio_s: float
    cpu_s: float
    usage: Usage
    memory: Sequence[tuple[float, int]]
    positions: float
    rows: float

    @property
    def late_ms(self) -> float:
        """By how much the client that was latest was late, at worst."""
        return 1000 * max(record.late_s for record in self.records)


def play(daemon: DaemonProcess, scripts: Sequence[Script], progress: Callable[[float], None]) -> Played:
    """Say all scripts at once, at 1x, each in a session of its own; `progress` is told the seconds that have passed."""
    before, first = numbers_of(daemon.page, daemon.token), daemon.usage()
    records, memory = asyncio.run(_watched(daemon, scripts, progress))
    after, last = numbers_of(daemon.page, daemon.token), daemon.usage()

    def counted(name: str) -> float:
        return after[name] - before[name]

    return Played(
        records=records,
        audio_s=sum(script.audio_s for script in scripts),
        cpu_s=last.cpu_s - first.cpu_s,
        usage=last,
        memory=memory,
        positions=counted("asrd_decoder_positions_total"),
        rows=counted("asrd_encoder_rows_total"),
    )


async def _watched(
    daemon: DaemonProcess, scripts: Sequence[Script], progress: Callable[[float], None]
) -> tuple[list[Record], list[tuple[float, int]]]:
    began_s = time.monotonic()
    memory: list[tuple[float, int]] = []

    async def watch() -> None:
        while True:
            passed_s = time.monotonic() - began_s
            memory.append((passed_s, daemon.usage().resident))
            progress(passed_s)
            await asyncio.sleep(_WATCH_EVERY_S)

    watching = asyncio.create_task(watch())
    try:
        records = await asyncio.gather(*(speak(daemon.url, daemon.token, script) for script in scripts))
    finally:
        watching.cancel()
    return records, memory
