"""Between a microphone that comes and goes and its session: positions stay true across what was not recorded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from asrd.geometry import samples_of
from asrd.source.clocks import Clocks
from asrd.source.interface import Sink
from asrd.source.watch import SLEPT_S

FloatArray = npt.NDArray[np.float32]


class Feed:
    """Hands on what is heard, and says before it how much is missing since a loss or a sleep.

    `hear` and `lost` are called by the microphone's thread, the others while no microphone is open.
    """

    def __init__(self, sink: Sink, clocks: Clocks) -> None:
        """`sink` takes the audio."""
        self._sink = sink
        self._clocks = clocks
        self._heard_s: float | None = None  # when the last block came, on the clock that goes on during sleep
        self._asleep_s = 0.0  # as it was then
        self._is_broken = False

    def hear(self, samples: FloatArray) -> None:
        """(n,) float32 at 16 kHz, recorded up to now."""
        now_s, asleep_s = self._clocks.elapsed_s(), self._clocks.asleep_s()
        if self._heard_s is not None:
            missing_s = asleep_s - self._asleep_s
            if self._is_broken:
                self._sink.lost(max(1, samples_of(now_s - self._heard_s) - len(samples)))
            elif missing_s >= SLEPT_S:  # the first audio after a sleep may come before anybody has noticed it
                self._sink.lost(samples_of(missing_s))
        self._is_broken = False
        self._heard_s, self._asleep_s = now_s, asleep_s
        self._sink.hear(samples)

    def lost(self, samples: int) -> None:
        """So many samples are missing within what is heard."""
        self._sink.lost(samples)

    def broken(self) -> None:
        """The microphone was lost: what passes until something is heard again is missing."""
        self._is_broken = True
        self._sink.flush()

    def closed(self) -> None:
        """The microphone was closed on purpose: nothing is missing, and positions stand still until it is opened."""
        self._heard_s = None
        self._sink.flush()
