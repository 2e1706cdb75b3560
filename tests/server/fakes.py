"""The rest of the daemon as the server sees it, without a recognizer: what is heard is counted, and told as text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from asrd.daemon.protocols import OverloadError
from asrd.errors import AsrdError, ConfigError
from asrd.events import ClosedEvent, DroppedEvent, FinalEvent, SessionEvent, State, StatusEvent
from asrd.values import UtteranceOptions

FloatArray = npt.NDArray[np.float32]
Publish = Callable[[SessionEvent], None]
FULL_CONTEXT = "too long"  # a context that no session takes


class FakeSession:
    """Takes as much as it has room for; a final says how many samples there were since the last one."""

    def __init__(self, name: str, capacity: int, publish: Publish) -> None:
        self.name = name
        self.capacity = capacity
        self.is_consuming = True
        self.waiting = 0
        self.most_waiting = 0
        self.heard: list[FloatArray] = []
        self.heard_samples = 0
        self.keeps_audio = True
        self.calls: list[str] = []
        self.options: list[tuple[UtteranceOptions, bool]] = []
        self.level_rates: list[float] = []
        self._publish = publish
        self._told = 0
        self._utterances = 0

    def hear(self, samples: FloatArray) -> None:
        assert samples.dtype == np.float32
        assert samples.ndim == 1
        assert "close" not in self.calls
        assert 0 < len(samples) <= self.room(), "more than there is room for"
        if self.keeps_audio:
            self.heard.append(samples)
        self.heard_samples += len(samples)
        self.waiting += len(samples)
        self.most_waiting = max(self.most_waiting, self.waiting)
        if self.is_consuming:
            self.waiting = 0

    def lost(self, samples: int) -> None:
        raise AssertionError(f"{samples} samples were lost")

    def room(self) -> int:
        return self.capacity - self.waiting

    def consume(self) -> None:
        """From now on everything is dealt with at once."""
        self.is_consuming = True
        self.waiting = 0

    def configure(self, options: UtteranceOptions, *, partials: bool) -> None:
        if options.context == FULL_CONTEXT:
            raise ConfigError("the context is too long: shorten it")
        self.options.append((options, partials))

    def levels(self, per_second: float) -> None:
        self.level_rates.append(per_second)

    def flush(self) -> None:
        self.calls.append("flush")
        self._final()

    def cancel(self) -> None:
        self.calls.append("cancel")
        self._utterances += 1
        self._told = self.heard_samples
        self._soon(DroppedEvent(self.name, self._utterances))

    def close(self) -> None:
        assert "close" not in self.calls, "closed twice"
        self.calls.append("close")
        if self.heard_samples > self._told:
            self._final()
        self._soon(ClosedEvent(self.name))

    def _final(self) -> None:
        self._utterances += 1
        text = f"{self.heard_samples - self._told} samples"
        self._soon(FinalEvent(self.name, self._utterances, text, "English", self._told, self.heard_samples))
        self._told = self.heard_samples

    def _soon(self, event: SessionEvent) -> None:
        """As the pipeline's threads do."""
        asyncio.get_running_loop().call_soon_threadsafe(self._publish, event)


@dataclass
class FakeSessions:
    """Opens as many sessions as it may."""

    publish: Publish
    most: int = 4
    capacity: int = 480_000
    opened: dict[str, FakeSession] = field(default_factory=dict)
    prepare: Callable[[FakeSession], None] = lambda _session: None

    def open(self, name: str) -> FakeSession:
        assert name not in self.opened, "names are unique"
        if sum("close" not in session.calls for session in self.opened.values()) >= self.most:
            raise OverloadError("all streams are taken: try again later")
        session = FakeSession(name, self.capacity, self.publish)
        self.prepare(session)
        self.opened[name] = session
        return session


class FakeCapture:
    """Notes how it was steered."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def pause(self) -> None:
        self.calls.append("pause")

    def resume(self) -> None:
        raise AsrdError("the microphone is gone: plug it in")

    def status(self) -> StatusEvent:
        return StatusEvent("main", State.LISTENING, "Listening.")
