"""The last stretch of a stream, addressed by position."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

_LEAST_ROOM: Final = 8192


class Tape:
    """Samples [`start`, `end`) of a stream. Takes at most about twice the memory of what it holds.

    Attributes:
        start: position of the first sample that is held.
        end: position after the last one.
    """

    def __init__(self) -> None:
        self.start = self.end = 0
        self._room: FloatArray = np.empty(_LEAST_ROOM, np.float32)
        self._offset = 0  # where in `_room` the sample `start` lies

    def append(self, samples: FloatArray) -> None:
        """Add (n,) float32 at the end."""
        held = self.end - self.start
        if self._offset + held + len(samples) > len(self._room):
            room = np.empty(max(_LEAST_ROOM, 2 * (held + len(samples))), np.float32)
            room[:held] = self._room[self._offset : self._offset + held]
            self._room, self._offset = room, 0
        at = self._offset + held
        self._room[at : at + len(samples)] = samples
        self.end += len(samples)

    def forget_before(self, position: int) -> None:
        """Hold nothing before `position`."""
        step = min(max(position, self.start), self.end) - self.start
        self.start += step
        self._offset += step

    def restart(self, position: int) -> None:
        """Hold nothing, and go on at `position`."""
        self.start = self.end = position
        self._offset = 0

    def read(self, start: int, end: int) -> FloatArray:
        """A copy of the samples [start, end), which are held."""
        if not self.start <= start <= end <= self.end:
            raise ValueError(f"[{start}, {end}) is not within [{self.start}, {self.end})")
        at = self._offset - self.start
        samples: FloatArray = self._room[at + start : at + end].copy()
        return samples
