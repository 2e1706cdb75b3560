"""Stand-ins: a sink that notes what it is told, a clock that is set by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from asrd.events import State, StatusEvent
from asrd.source.clocks import Clocks

FloatArray = npt.NDArray[np.float32]


class Notes:
    """A session that keeps what it hears; `told` has the order of it all."""

    name = "test"

    def __init__(self, room: int = 1 << 40) -> None:
        self.blocks: list[FloatArray] = []
        self.told: list[str] = []
        self.free = room

    def hear(self, samples: FloatArray) -> None:
        assert samples.dtype == np.float32
        self.blocks.append(samples)
        self.told.append(f"hear {len(samples)}")

    def lost(self, samples: int) -> None:
        self.told.append(f"lost {samples}")

    def flush(self) -> None:
        self.told.append("flush")

    def room(self) -> int:
        return self.free

    @property
    def samples(self) -> FloatArray:
        return np.concatenate([np.empty(0, np.float32), *self.blocks])


class Told:
    """Takes the events and the end of a source."""

    def __init__(self) -> None:
        self.events: list[StatusEvent] = []
        self.ends: list[BaseException | None] = []
        self._ended = threading.Event()

    def publish(self, event: StatusEvent) -> None:
        self.events.append(event)

    def finished(self, error: BaseException | None) -> None:
        self.ends.append(error)
        self._ended.set()

    def wait_for_end(self) -> BaseException | None:
        assert self._ended.wait(10), "the source has not ended"
        return self.ends[0]

    @property
    def states(self) -> list[State]:
        return [event.state for event in self.events]


class HandClock:
    """Both clocks, set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept_s = 0.0

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.now_s, lambda: self.now_s + self.slept_s)


def eventually(is_true: Callable[[], bool], what: str, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait until something that another thread does has happened."""
    deadline_s = time.monotonic() + 10
    while not is_true():
        meanwhile()
        assert time.monotonic() < deadline_s, what
        time.sleep(0.005)
