"""The clips that a command line names."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from asrd.bench.sets.table import Clip, ClipSet, FloatArray, read_table
from asrd.errors import AudioError, ConfigError

_FILES: Final = "files"  # the name of a set that is no table


def read_sets(paths: Sequence[Path], at_most: int) -> list[ClipSet]:
    """Tables (`*.tsv`), a set each, and audio files, which are one set; each thinned out to `at_most` clips, 0: all.

    Raises:
        ConfigError: a table cannot be read, or two sets have one name.
    """
    sets = [read_table(path) for path in paths if path.suffix == ".tsv"]
    files = [Clip(path, path.name) for path in paths if path.suffix != ".tsv"]
    sets += [ClipSet(_FILES, files)] if files else []
    names = [one.name for one in sets]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{names.count(name)} sets are called {name}, and figures go by that name: rename one")
    return [one.thinned(at_most) for one in sets]


def readable(clip_set: ClipSet) -> list[tuple[Clip, FloatArray]]:
    """The clips of a set that can be read, with their samples: (n,) float32 at 16 kHz.

    Raises:
        ConfigError: there is none.
    """
    found = []
    for clip in clip_set.clips:
        with suppress(AudioError):
            found.append((clip, clip.samples()))
    if not found:
        count = len(clip_set.clips)
        raise ConfigError(f"none of the {count} clips of {clip_set.name} can be read: do they lie beside the table?")
    return found
