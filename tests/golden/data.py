"""Loads the golden vectors that `make_golden.py` stored: what the transformers port gives for the tiny random model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.convert.random_checkpoint import make_random

GOLDEN_FILE = Path(__file__).with_name("golden.npz")
MODEL_SIZE = "tiny"
MODEL_SEED = 0
MAX_NEW_TOKENS = 24


@dataclass(frozen=True)
class GoldenClip:
    """One clip and what the reference gives for it.

    `frames` mel frames (short audio padded to 0.5 s), `rows` embedding rows; `first_row`, `middle_row` (index
    rows // 2), `last_row` (E,) float32 and `mean_abs` of all rows; `logits` float32 of the first step at the file's
    `logit_ids`; `tokens` of the greedy text, the stop token included; `margin` the smallest of
    (best - second) / |best| over its steps.
    """

    spec: ClipSpec
    frames: int
    rows: int
    first_row: NDArray[np.float32]
    middle_row: NDArray[np.float32]
    last_row: NDArray[np.float32]
    mean_abs: float
    logits: NDArray[np.float32]
    tokens: tuple[int, ...]
    margin: float

    def samples(self) -> NDArray[np.float32]:
        """The clip's samples at 16 kHz."""
        return make_clip(self.spec)


@dataclass(frozen=True)
class Golden:
    """All clips, the vocabulary ids whose logits they hold, and the sha256 of the weights they were made with."""

    clips: tuple[GoldenClip, ...]
    logit_ids: NDArray[np.int32]
    weights_sha256: str


def make_golden_checkpoint(folder: Path) -> None:
    """Write the random checkpoint that the golden vectors belong to."""
    make_random(folder, MODEL_SIZE, MODEL_SEED)


def load_golden() -> Golden:
    """The stored golden vectors."""
    with np.load(GOLDEN_FILE) as stored:
        data = {name: stored[name] for name in stored.files}
    clips = tuple(_clip(data, index) for index in range(len(data["seed"])))
    return Golden(clips, data["logit_ids"], str(data["weights_sha256"]))


def save_golden(golden: Golden) -> None:
    """Store golden vectors; equal vectors give equal bytes."""
    clips = golden.clips
    tokens = np.full((len(clips), MAX_NEW_TOKENS), -1, np.int32)
    for row, clip in zip(tokens, clips, strict=True):
        row[: len(clip.tokens)] = clip.tokens
    np.savez_compressed(
        GOLDEN_FILE,
        seed=np.array([clip.spec.seed for clip in clips], np.int64),
        samples=np.array([clip.spec.samples for clip in clips], np.int64),
        frames=np.array([clip.frames for clip in clips], np.int32),
        rows=np.array([clip.rows for clip in clips], np.int32),
        first_row=np.stack([clip.first_row for clip in clips]),
        middle_row=np.stack([clip.middle_row for clip in clips]),
        last_row=np.stack([clip.last_row for clip in clips]),
        mean_abs=np.array([clip.mean_abs for clip in clips], np.float64),
        logits=np.stack([clip.logits for clip in clips]),
        tokens=tokens,
        margin=np.array([clip.margin for clip in clips], np.float64),
        logit_ids=golden.logit_ids,
        weights_sha256=np.array(golden.weights_sha256),
    )


def _clip(data: dict[str, NDArray[np.generic]], index: int) -> GoldenClip:
    value = {name: array[index] for name, array in data.items() if name not in ("logit_ids", "weights_sha256")}
    return GoldenClip(
        spec=ClipSpec(int(value["seed"]), int(value["samples"])),
        frames=int(value["frames"]),
        rows=int(value["rows"]),
        first_row=np.asarray(value["first_row"], np.float32),
        middle_row=np.asarray(value["middle_row"], np.float32),
        last_row=np.asarray(value["last_row"], np.float32),
        mean_abs=float(value["mean_abs"]),
        logits=np.asarray(value["logits"], np.float32),
        tokens=tuple(int(token) for token in np.asarray(value["tokens"]) if token >= 0),
        margin=float(value["margin"]),
    )
