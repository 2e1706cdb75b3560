"""Two clocks that setting the time does not touch: one stands still while the computer sleeps, one goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


def elapsed_s() -> float:
    """Seconds that have passed, sleep included; where the system has no such clock, those of the wall clock."""
    # On macOS, unlike elsewhere, CLOCK_MONOTONIC goes on during sleep: clock_gettime(3).
    name = "CLOCK_MONOTONIC" if sys.platform == "darwin" else "CLOCK_BOOTTIME"
    clock = getattr(time, name, None)
    return time.time() if clock is None else time.clock_gettime(clock)


@dataclass(frozen=True)
class Clocks:
    """Where a source reads the time, in seconds.

    Attributes:
        awake_s: stands still during sleep (`time.monotonic`: CLOCK_MONOTONIC on Linux, mach_absolute_time on macOS).
        elapsed_s: goes on during sleep.
    """

    awake_s: Callable[[], float] = time.monotonic
    elapsed_s: Callable[[], float] = elapsed_s

    def asleep_s(self) -> float:
        """A value that grows by the length of every sleep."""
        return self.elapsed_s() - self.awake_s()
