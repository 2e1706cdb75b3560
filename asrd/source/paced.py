"""An audio file as a source: in real time, as if somebody were speaking, or as fast as the pipeline takes it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from asrd.events import State
from asrd.geometry import seconds_of
from asrd.source.file import open_audio
from asrd.source.interface import Finished, PatientSink, PublishStatus
from asrd.source.worker import SourceThread

FloatArray = npt.NDArray[np.float32]
Clock = Callable[[], float]
"""Seconds that only grow, such as `time.monotonic`."""

BLOCK_SAMPLES: Final = 960  # 60 ms, as from a microphone
_ROOM_POLL_S: Final = 0.02


class Pace(Protocol):
    """When a block may go."""

    def delay_s(self, samples: int) -> float:
        """Seconds until the next block, of `samples` samples, may go; 0 or less: now. To be asked again after them."""

    def sent(self, samples: int) -> None:
        """A block went."""

    def held(self, seconds: float) -> None:
        """Nothing went for so long because of a pause."""


class RealTime:
    """Each block goes when its last sample would have been recorded; after a delay of the machine it catches up."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        """`clock` is read for the first time when the first block is to go."""
        self._clock = clock
        self._began_s: float | None = None
        self._sent = 0

    def delay_s(self, samples: int) -> float:
        """As the Protocol says."""
        now_s = self._clock()
        if self._began_s is None:
            self._began_s = now_s
        return self._began_s + seconds_of(self._sent + samples) - now_s

    def sent(self, samples: int) -> None:
        """As the Protocol says."""
        self._sent += samples

    def held(self, seconds: float) -> None:
        """The pause moves everything that follows."""
        if self._began_s is not None:
            self._began_s += seconds


class WhenRoom:
    """A block goes as soon as the pipeline has room for it."""

    def __init__(self, sink: PatientSink) -> None:
        """The pipeline."""
        self._sink = sink

    def delay_s(self, samples: int) -> float:
        """As the Protocol says."""
        return 0.0 if self._sink.room() >= samples else _ROOM_POLL_S

    def sent(self, samples: int) -> None:
        """Nothing depends on it."""

    def held(self, seconds: float) -> None:
        """Nothing depends on it."""


class FileSource(SourceThread):
    """Plays a file once; a pause holds it, and it goes on where it was."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        sink: PatientSink,
        publish: PublishStatus,
        finished: Finished,
        *,
        pace: Pace | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """The file is opened by `begin`; `finished` tells what is wrong with it (AudioError).

        Args:
            path: any file that `asrd.source.file` reads.
            sink: the session.
            publish: takes changes of state.
            finished: called at the file's end.
            pace: `RealTime` (default) or `WhenRoom`.
            clock: times a pause.
        """
        self._path = path
        super().__init__(os.path.basename(path), sink.name, publish, finished)  # noqa: PTH119 - may be no Path
        self._sink = sink
        self._pace = pace or RealTime(clock)
        self._clock = clock

    def _work(self) -> None:
        with open_audio(self._path) as stream:
            self._tell(State.LISTENING, f"playing {self._label}")
            for block in _cut(stream):
                self._send(block)
                if self._is_closed:
                    return
        self._tell(State.IDLE, f"{self._label} has ended")

    def _send(self, block: FloatArray) -> None:
        while not self._is_closed:
            if self._is_paused:
                self._hold()
                continue
            delay_s = self._pace.delay_s(len(block))
            if delay_s <= 0:
                self._sink.hear(block)
                self._pace.sent(len(block))
                return
            self._wait(delay_s)

    def _hold(self) -> None:
        began_s = self._clock()
        self._sink.flush()
        self._tell(State.PAUSED, f"{self._label} is paused")
        while self._is_paused and not self._is_closed:
            self._wait(None)
        self._pace.held(self._clock() - began_s)
        if not self._is_closed:
            self._tell(State.LISTENING, f"playing {self._label}")


def _cut(stream: Iterable[FloatArray]) -> Iterator[FloatArray]:
    """Blocks of at most `BLOCK_SAMPLES`."""
    for long_block in stream:
        for start in range(0, len(long_block), BLOCK_SAMPLES):
            yield long_block[start : start + BLOCK_SAMPLES]
