"""A real pipeline with real threads around the tiny model, and what it publishes."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.daemon.pipeline import Pipeline
from asrd.daemon.recognising import OnFinal, Outlets
from asrd.daemon.session import Links
from asrd.events import ClosedEvent, FinalEvent, SessionEvent
from asrd.options import AudioOptions, Config, PipelineOptions, SegmentOptions
from asrd.recognizer.engine import Recognizer

FloatArray = npt.NDArray[np.float32]
PATIENCE_S = 60.0  # a test that waits longer has failed
# Without a pre-roll or a tail pad an utterance is exactly the sound between two silences.
EXACT = SegmentOptions(
    onset_ms=30, onset_window_ms=30, resume_ms=30, preroll_ms=0, pause_ms=90, hangover_ms=300, tail_pad_ms=0
)
CONFIG = Config(
    audio=AudioOptions(channel_s=300.0), segment=EXACT, pipeline=PipelineOptions(max_sessions=10, backlog_s=600.0)
)


class EnergyDetector:
    """Calls everything speech that is not digital silence."""

    frame_samples = 480
    lag_samples = 0

    def is_speech(self, frame: FloatArray) -> bool:
        return bool(np.any(frame))

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def clip(seconds: float, seed: int = 1) -> FloatArray:
    """Sound without digital silence in it, of whole frames."""
    samples = make_clip(ClipSpec(seed, round(seconds * 16_000 / 480) * 480))
    return np.where(samples == 0.0, np.float32(1e-4), samples).astype(np.float32)


def silence(seconds: float) -> FloatArray:
    return np.zeros(round(seconds * 16_000 / 480) * 480, np.float32)


@dataclass
class Events:
    """Everything that was published, in order, and a way to wait for one."""

    seen: list[SessionEvent] = field(default_factory=list)
    fresh: queue.SimpleQueue[SessionEvent] = field(default_factory=queue.SimpleQueue)

    def until(self, wanted: Callable[[SessionEvent], bool]) -> SessionEvent:
        while True:
            event = self.fresh.get(timeout=PATIENCE_S)
            self.seen.append(event)
            if wanted(event):
                return event

    def until_closed(self, *names: str) -> None:
        missing = set(names)
        while missing:
            closed = self.until(lambda event: isinstance(event, ClosedEvent))
            missing.discard(closed.session)

    def all(self) -> list[SessionEvent]:
        while not self.fresh.empty():
            self.seen.append(self.fresh.get())
        return self.seen

    def finals(self, session: str = "main") -> list[FinalEvent]:
        return [event for event in self.all() if isinstance(event, FinalEvent) and event.session == session]


@contextmanager
def running(
    recognizer: Recognizer, config: Config = CONFIG, on_final: OnFinal | None = None
) -> Iterator[tuple[Pipeline, Events]]:
    """A pipeline at work; at the end its threads are gone."""
    events = Events()
    pipeline = Pipeline(recognizer, EnergyDetector, config, Outlets(events.fresh.put, on_final))
    pipeline.start()
    try:
        yield pipeline, events
    finally:
        pipeline.abort()
        pipeline.stop(0.0)


def links(wake: Callable[[], None]) -> Links:
    """A session's links to nobody but the segment thread."""
    return Links(wake, lambda _options: None, lambda _partials: None)


def with_pipeline(**changes: object) -> Config:
    """The test's configuration with other pipeline settings."""
    return replace(CONFIG, pipeline=replace(CONFIG.pipeline, **changes))  # type: ignore[arg-type]
