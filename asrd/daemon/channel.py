"""Audio on its way from a source to the segmenter: the one place where audio can be lost.

One thread puts, one takes. `put` never waits, for it is called from PortAudio's callback: no lock is taken, since
appending to a deque is atomic and every counter has a single writer. A block that finds no room is lost: the next
block's position then jumps, and that jump is the gap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Block:
    """Samples (n,) float32 at 16 kHz; `start` counts all samples before them, the lost ones as well."""

    start: int
    samples: FloatArray


class Channel:
    """Bounded to `limit_samples` of audio; what comes when it is full is dropped and counted."""

    def __init__(self, limit_samples: int, wake: Callable[[], None]) -> None:
        """`wake` is called after a block was put; it must not wait either."""
        self._limit = limit_samples
        self._wake = wake
        self._blocks: deque[Block] = deque()
        self._position = 0  # written by the putting thread alone, like the next two
        self._accepted = 0
        self._overflow = 0
        self._taken = 0  # written by the taking thread alone

    @property
    def position(self) -> int:
        """Samples that came, the lost ones included."""
        return self._position

    @property
    def overflow_samples(self) -> int:
        """Samples that found no room."""
        return self._overflow

    def room(self) -> int:
        """Samples that `put` takes now without loss."""
        return max(0, self._limit - (self._accepted - self._taken))

    @property
    def waiting(self) -> int:
        """Samples that were not taken yet."""
        return self._accepted - self._taken

    def put(self, samples: FloatArray) -> None:
        """Hand over (n,) float32; the array is kept, so the caller must not write into it afterwards."""
        if len(samples) == 0:
            return
        if len(samples) > self.room():
            self._overflow += len(samples)
            self.lose(len(samples))
            self._wake()  # the loss is told at once
            return
        self._blocks.append(Block(self._position, samples))
        self._position += len(samples)
        self._accepted += len(samples)
        self._wake()

    def lose(self, samples: int) -> None:
        """So many samples were lost."""
        self._position += samples

    def first(self) -> Block | None:
        """The oldest block, or None; it stays."""
        return self._blocks[0] if self._blocks else None

    def take(self) -> Block | None:
        """The oldest block, or None."""
        if not self._blocks:
            return None
        block = self._blocks.popleft()
        self._taken += len(block.samples)
        return block
