"""Blocks of any length, cut into frames of one length."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class Framer:
    """Keeps less than one frame between two blocks."""

    def __init__(self, frame_samples: int) -> None:
        """`frame_samples` is the length of every frame."""
        if frame_samples < 1:
            raise ValueError(f"a frame has at least one sample, not {frame_samples}")
        self._frame_samples = frame_samples
        self._rest: FloatArray = np.empty(0, np.float32)

    @property
    def waiting(self) -> int:
        """How many samples wait for the rest of their frame."""
        return len(self._rest)

    def cut(self, block: FloatArray) -> list[FloatArray]:
        """The frames, (frame_samples,) float32 each, that `block`, (n,) float32, completes; they are no views of it."""
        samples = np.concatenate([self._rest, block])
        whole = len(samples) - len(samples) % self._frame_samples
        self._rest = samples[whole:].copy()  # not a view, which would keep the whole block alive
        return [samples[start : start + self._frame_samples] for start in range(0, whole, self._frame_samples)]

    def take_rest(self) -> FloatArray:
        """The samples that wait, (n,) float32, n < frame_samples; from now on none wait."""
        rest, self._rest = self._rest, np.empty(0, np.float32)
        return rest
