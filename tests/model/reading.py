"""What nano reads a random Whisper with in the tests, and audio for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from asrd.geometry import WINDOW_ROWS
from model.train.parts import LoopGuard, Reading, RowCode
from model.train.tiny import END, PIECES, PROMPT

Array = NDArray[np.float32]

NANO_IDS = 150
WINDOW_TOKEN = NANO_IDS - 1
WIDTH = 24


def tiny_reading(guard: LoopGuard | None = None, *, silence_frames: int = 40, most_frames: int = 820) -> Reading:
    """Every third piece may not be written; a piece is spelled by one to three ids of nano."""
    writable = np.array([index for index in range(PIECES) if index % 3], np.int64)
    spelling = np.full((len(writable), 3), -1, np.int16)
    for row, piece in zip(spelling, writable, strict=True):
        ids = [piece % 140, *[(piece * 7 + more) % 140 for more in range(piece % 3)]]
        row[: len(ids)] = ids
    return Reading(
        prompt=PROMPT,
        end=END,
        writable=writable,
        spelling=spelling,
        begin_suppressed=(1, END),
        silence_frames=silence_frames,
        most_frames=most_frames,
        guard=guard or LoopGuard(repeats=(200,), hasty_repeats=(200,), longest=1),
    )


def tiny_code(seed: int = 1, width: int = WIDTH) -> RowCode:
    """A random row code."""
    rng = np.random.default_rng(seed)

    def table(*shape: int) -> Array:
        return rng.normal(size=shape).astype(np.float32)

    return RowCode(
        tokens=table(NANO_IDS, width),
        index=table(WINDOW_ROWS, width),
        blank=table(width),
        none=table(width),
        window_id=WINDOW_TOKEN,
    )


def speech_like(frames: int, seed: int = 2) -> Array:
    """asrd's normalised log-mel (frames, 128) of nothing in particular."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(frames, 128)).cumsum(axis=0) * 0.05
    mel = (rng.normal(size=(frames, 128)) * 0.2 + steps - steps.mean(axis=0)).astype(np.float32)
    level = mel.max() - np.float32(2.0)
    return np.asarray(np.maximum(mel, level), np.float32)
