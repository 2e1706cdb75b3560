"""What a back end is made of besides Whisper's weights: how it is asked, and what its answers become."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class LoopGuard:
    """When decoding counts as a loop: a run of tokens as long as the index + 1 stands so many times at the end.

    Periods beyond the list take its last number, up to `longest`.
    """

    repeats: tuple[int, ...] = (6, 4, 3, 3, 2)
    longest: int = 40

    def repeats_of(self, period: int) -> int:
        """Copies that stop the decoding."""
        return self.repeats[min(period, len(self.repeats)) - 1]


@dataclass(frozen=True, eq=False)
class Reading:
    """How Whisper is asked.

    Attributes:
        prompt: Whisper's ids before the text.
        end: Whisper's id of the end of the text.
        writable: Whisper's ids that it may write.
        spelling: (writable, K) int16, nano's ids for each of them, filled up with -1.
        halves: (ids, 2) int16, two ids of nano that spell the same as one; an id that has no halves and -1.
        begin_suppressed: Whisper's ids that cannot come first.
        silence_frames: frames of silence after the audio.
        most_frames: the padded window is at most so long, and at least as long as its audio.
    """

    prompt: tuple[int, ...]
    end: int
    writable: Ids
    spelling: NDArray[np.int16]
    halves: NDArray[np.int16]
    begin_suppressed: tuple[int, ...]
    silence_frames: int = 400
    least_frames: int = 0
    most_frames: int = 1000
    guard: LoopGuard = field(default_factory=LoopGuard)


@dataclass(frozen=True, eq=False)
class SpeechHead:
    """Tells speech from noise: a logistic regression on Whisper's encoder output over the window's audio.

    logit = [mean, maximum over the positions] @ weight + bias; below 0 the window counts as no speech.
    """

    weight: Array  # (2 d,)
    bias: float


@dataclass(frozen=True, eq=False)
class RowTables:
    """The decoder's side: row i of n tokens = current[t_i] + previous[t_{i-1}] + position[i] + to_go[n - i].

    Token n, and the one before the first, is `window`; rows after the n-th are `blank`; without speech all are `none`.
    """

    current: Array  # (ids, E)
    previous: Array  # (ids, E)
    position: Array  # (104, E)
    to_go: Array  # (104, E)
    blank: Array  # (E,)
    none: Array  # (E,)
    window: int
