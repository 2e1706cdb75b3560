"""What is recognised: clips of a set, or made ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.bench.sets.table import ClipSet
from asrd.errors import AudioError
from asrd.geometry import samples_of
from asrd.source.file import read_audio

FloatArray = npt.NDArray[np.float32]
_SEED: Final = 1


@dataclass(frozen=True)
class Clips:
    """Clips that are measured together: those of a set, or a made one.

    Attributes:
        name: stands in tables and in names of measures.
        files: of a set.
        made_s: length of the made clip, where there are no files.
    """

    name: str
    files: Sequence[str] = ()
    made_s: float = 0.0

    def read(self) -> list[FloatArray]:
        """The samples of each clip: (n,) float32 at 16 kHz.

        Raises:
            AudioError: a file cannot be read.
        """
        return [read_audio(Path(path)).samples for path in self.files] or [_made(self.made_s)]


def made_clips(lengths_s: Iterable[float]) -> list[Clips]:
    """One made clip for each length."""
    return [Clips(name=f"{length_s:g}s", made_s=length_s) for length_s in lengths_s]


def clips_of(table: ClipSet) -> Clips:
    """The clips of a set, measured together."""
    return Clips(name=table.name, files=[str(clip.path.resolve()) for clip in table.clips])


def growing_audio(length_s: float, files: Sequence[str]) -> FloatArray:
    """So much audio: the clips in `files` one after the other, again and again; a made one where there are none.

    Raises:
        AudioError: a file cannot be read, or none of them holds a sample.
    """
    if not files:
        return _made(length_s)
    clips = [read_audio(Path(path)).samples for path in files]
    whole = np.concatenate(clips)
    if not len(whole):
        raise AudioError(f"{files[0]} and the clips after it hold no sample: choose another set")
    return np.resize(whole, samples_of(length_s))  # which repeats what is too short


def _made(length_s: float) -> FloatArray:
    return make_clip(ClipSpec(_SEED, samples_of(length_s)))
