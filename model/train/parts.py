"""What a back end is made of besides Whisper's weights: how it is asked, and what its answers become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class LoopGuard:
    """When decoding counts as a loop: a run of tokens as long as the index + 1 stands so many times at the end.

    Periods beyond a list take its last number, up to `longest`. `hasty_repeats` counts where more than `hasty` tokens a
    second stand in the window, faster than people speak: Whisper likes to write a short question twice.
    """

    repeats: tuple[int, ...] = (6, 4, 3)
    hasty_repeats: tuple[int, ...] = (6, 4, 3, 3, 2)
    hasty: int = 6
    longest: int = 40

    def tests(self) -> list[tuple[int, int, bool]]:
        """Period, copies that stop the decoding, and whether only hasty ones do."""
        found = []
        for index in range(self.longest):
            usual, hasty = (counts[min(index, len(counts) - 1)] for counts in (self.repeats, self.hasty_repeats))
            found.append((index + 1, usual, False))
            if hasty < usual:
                found.append((index + 1, hasty, True))
        return found


@dataclass(frozen=True, eq=False)
class Reading:
    """How Whisper is asked.

    Attributes:
        prompt: Whisper's ids before the text.
        end: Whisper's id of the end of the text.
        writable: Whisper's ids that it may write.
        spelling: (writable, K) int16, nano's ids for each of them, filled up with -1.
        begin_suppressed: Whisper's ids that cannot come first.
        silence_frames: frames of silence after the audio.
        most_frames: the padded window is at most so long, and at least as long as its audio.
    """

    prompt: tuple[int, ...]
    end: int
    writable: Ids
    spelling: NDArray[np.int16]
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
class RowCode:
    """What a back end needs to write rows, float32.

    A window's tokens t(0) .. t(n-1), followed by t(n) = the window token, become row(i) = `tokens`[t(i)] + `index`[i];
    all further rows are `blank`. A window without speech is `none` throughout.

    `tokens` (V, E), `index` (WINDOW_ROWS, E), `blank` and `none` (E,).
    """

    tokens: Array
    index: Array
    blank: Array
    none: Array
    window_id: int

    def rows(self, window: Sequence[int], count: int) -> Array:
        """The `count` rows (count, E) of a window with fewer token ids than that, or of one without speech."""
        if not window:
            return np.tile(self.none, (count, 1))
        if len(window) >= count:
            raise ValueError(f"{len(window)} tokens do not fit into {count} rows: one row must remain")
        ids = [*window, self.window_id]
        rows = np.tile(self.blank, (count, 1))
        rows[: len(ids)] = self.tokens[ids] + self.index[: len(ids)]
        return rows
