"""The clips of sets as samples: speech of which it is known where it is, and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.sets.chosen import readable
from asrd.bench.sets.demo import demo_set
from asrd.bench.sets.made import ClipSpec, make_noise
from asrd.bench.sets.table import Clip, ClipSet, read_table
from asrd.bench.vad.scenes import SpokenClip
from asrd.errors import ConfigError
from asrd.geometry import SAMPLE_RATE_HZ

FloatArray = npt.NDArray[np.float32]

_MADE_NOISE_SAMPLES: Final = 10 * SAMPLE_RATE_HZ
_MADE_NOISE_SEEDS: Final = range(4)


@dataclass(frozen=True)
class SpokenSet:
    """Clips of one set in which it is known where somebody speaks."""

    name: str
    clips: Sequence[SpokenClip]


@dataclass(frozen=True)
class NoiseSet:
    """Recordings of one set without speech: (n,) float32 at 16 kHz each."""

    name: str
    recordings: Sequence[FloatArray]


@dataclass(frozen=True)
class Material:
    """All that is heard; `notes` say what was left out."""

    speech: Sequence[SpokenSet]
    noise: Sequence[NoiseSet]
    notes: Sequence[str]


def hear(speech: Sequence[ClipSet], noise: Sequence[ClipSet]) -> Material:
    """Read all clips; those that cannot be read, and those in which speech cannot be told from its background, are left
    out. Without a set of speech it is the clip that comes with asrd, without one of noise it is made.

    Raises:
        ConfigError: of a set nothing is left, or a label is wrong.
    """
    if not speech:
        with demo_set() as table:
            return hear([read_table(table)], noise)
    notes: list[str] = []
    spoken = [_spoken(one, notes) for one in speech]
    noises = [NoiseSet(one.name, [samples for _, samples in _readable(one, notes)]) for one in noise]
    return Material(spoken, noises or [_made_noise_set()], notes)


def _made_noise_set() -> NoiseSet:
    return NoiseSet("made", [make_noise(ClipSpec(seed, _MADE_NOISE_SAMPLES)) for seed in _MADE_NOISE_SEEDS])


def _spoken(clip_set: ClipSet, notes: list[str]) -> SpokenSet:
    readable = _readable(clip_set, notes)
    clips = [SpokenClip(samples, speech) for clip, samples in readable if (speech := clip.speech(samples)) is not None]
    if not clips:
        raise ConfigError(
            f"in no clip of {clip_set.name} can it be told where somebody speaks: take cleaner recordings, or give the "
            "table the columns onset_s and end_s"
        )
    if unclear := len(readable) - len(clips):
        notes.append(
            f"In {unclear} of the {len(readable)} clips of {clip_set.name} speech is not clear enough above its "
            "background to tell where it is; they are left out."
        )
    return SpokenSet(clip_set.name, clips)


def _readable(clip_set: ClipSet, notes: list[str]) -> list[tuple[Clip, FloatArray]]:
    """The clips that can be read, with their samples; a note tells how many cannot."""
    found, count = readable(clip_set), len(clip_set.clips)
    if unreadable := count - len(found):
        notes.append(f"{unreadable} of the {count} clips of {clip_set.name} cannot be read; they are left out.")
    return found
