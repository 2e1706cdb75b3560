"""What a daemon costs that has nothing to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from asrd.bench.daemon.process import DaemonProcess, Usage

_EVERY_S: Final = 10.0
_SETTLE_S: Final = 5.0


@dataclass(frozen=True)
class Idle:
    """The cost of doing nothing.

    Attributes:
        wall_s: how long it was watched.
        cpu_share: of one core.
        resident: bytes at the beginning and at the end.
        threads: at the end.
    """

    wall_s: float
    cpu_share: float
    resident: tuple[int, int]
    threads: int


def watch(daemon: DaemonProcess, seconds: float, progress: Callable[[float, Usage], None]) -> Idle:
    """Watch a daemon for so long, after a few seconds in which it settles."""
    time.sleep(_SETTLE_S)
    first, began_s = daemon.usage(), time.monotonic()
    while (passed_s := time.monotonic() - began_s) < seconds:
        progress(passed_s, daemon.usage())
        time.sleep(min(_EVERY_S, seconds - passed_s))
    last, wall_s = daemon.usage(), time.monotonic() - began_s
    return Idle(wall_s, (last.cpu_s - first.cpu_s) / wall_s, (first.resident, last.resident), last.threads)
