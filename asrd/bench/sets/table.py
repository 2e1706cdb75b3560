"""Sets of clips, as a table that lies beside them.

`SET.tsv`: one clip a line, separated by tabs: its path, relative to the table; what is said in it; the speaker. A first
line that begins with `path` names the columns; then there may be more of them, of which `onset_s` and `end_s` (true
begin and end of speech) are understood. Where a table has no such columns, the energy of the clip tells (`truth`).
Quotation marks are part of what is said. Empty lines are passed over. A path may lead anywhere that its user may read:
a table is a list made by who runs the bench, as are file names on a command line.

`SET.words.tsv`, if there is one: path, word, start_s, end_s: when each word was said. It may know more clips than the
table has.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.sets.truth import Speech, speech_of
from asrd.errors import ConfigError
from asrd.geometry import SAMPLE_RATE_HZ, samples_of
from asrd.source.file import read_audio

FloatArray = npt.NDArray[np.float32]
_COLUMNS: Final = ("path", "reference", "speaker")
_ROUNDING_SAMPLES: Final = samples_of(0.01)  # labels are rounded, and so are the lengths of encoded clips


@dataclass(frozen=True)
class SpokenWord:
    """A word and when it was said, in seconds of its clip."""

    word: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Clip:
    """A line of a table.

    Attributes:
        path: of the audio.
        name: the path as the table has it, of an absolute one its last part.
        reference: what is said; "" where the table does not tell.
        speaker: who says it.
        labelled: true begin and end of speech, in samples, if the table tells.
        words: when each word was said; empty where no table tells.
    """

    path: Path
    name: str
    reference: str = ""
    speaker: str = ""
    labelled: Speech | None = None
    words: tuple[SpokenWord, ...] = ()

    def samples(self) -> FloatArray:
        """The audio: (n,) float32 at 16 kHz.

        Raises:
            AudioError: it cannot be read.
        """
        return read_audio(self.path).samples

    def speech(self, samples: FloatArray) -> Speech | None:
        """Where in its samples somebody speaks: by its label, else by its energy; None where neither tells.

        Raises:
            ConfigError: the label lies beyond the end of the clip.
        """
        if self.labelled is None:
            return speech_of(samples)
        if self.labelled.end > len(samples) + _ROUNDING_SAMPLES:
            raise ConfigError(
                f"{self.path} has speech up to {self.labelled.end / SAMPLE_RATE_HZ:g} s by its label and is "
                f"{len(samples) / SAMPLE_RATE_HZ:g} s long: mend the table"
            )
        return Speech(self.labelled.start, min(self.labelled.end, len(samples)))


@dataclass(frozen=True)
class ClipSet:
    """A table; its name is that of the file."""

    name: str
    clips: Sequence[Clip]

    def thinned(self, at_most: int) -> ClipSet:
        """Evenly thinned out to `at_most` clips; 0: all."""
        count = len(self.clips)
        if not at_most or count <= at_most:
            return self
        return replace(self, clips=[self.clips[index * count // at_most] for index in range(at_most)])

    @property
    def is_labelled(self) -> bool:
        """Whether every clip has a label of where speech is."""
        return all(clip.labelled for clip in self.clips)


def read_table(path: Path) -> ClipSet:
    """Read a table, and that of its words.

    Raises:
        ConfigError: it cannot be read, names no clip, or a number in it is none; with the line.
    """
    rows = list(_rows(path))
    columns: Sequence[str] = _COLUMNS
    if rows and rows[0][1][0] == "path":
        columns = rows.pop(0)[1]
    words = _words(path.with_suffix(".words.tsv"))
    clips = []
    for number, row in rows:
        where = f"{path}, line {number}"
        if not row[0].strip():
            raise ConfigError(f"{where} begins with no path: each line begins with that of a clip")
        named = dict(zip(columns, row, strict=False))
        clips.append(
            Clip(
                path=path.parent / named["path"],
                name=Path(named["path"]).name if Path(named["path"]).is_absolute() else named["path"],
                reference=named.get("reference", ""),
                speaker=named.get("speaker", ""),
                labelled=_label(named, where),
                words=words.get(named["path"], ()),
            )
        )
    if not clips:
        raise ConfigError(f"{path} names no clip: each line begins with the path of one, relative to the table")
    return ClipSet(path.stem, clips)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not empty, with their number."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            yield from ((reader.line_num, row) for row in reader if any(map(str.strip, row)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path} cannot be read ({reason}): name a table of clips, one path a line") from None


def _label(named: dict[str, str], where: str) -> Speech | None:
    onset, end = named.get("onset_s", ""), named.get("end_s", "")
    if not onset and not end:
        return None
    if not onset or not end:
        raise ConfigError(f"{where}: one of onset_s and end_s is missing: give both or neither")
    return Speech(*(samples_of(seconds) for seconds in _interval(onset, end, where)))


def _words(path: Path) -> dict[str, tuple[SpokenWord, ...]]:
    found: dict[str, tuple[SpokenWord, ...]] = {}
    for number, row in _rows(path) if path.is_file() else ():
        if row[0] == "path":
            continue
        where = f"{path}, line {number}"
        if len(row) < 4:
            raise ConfigError(f"{where}: {len(row)} columns instead of path, word, start_s and end_s: mend the table")
        word = SpokenWord(row[1], *_interval(row[2], row[3], where))
        found[row[0]] = (*found.get(row[0], ()), word)
    return found


def _interval(start: str, end: str, where: str) -> tuple[float, float]:
    start_s, end_s = _seconds(start, where), _seconds(end, where)
    if end_s <= start_s:
        raise ConfigError(f"{where}: the end, {end_s:g} s, is not after the begin, {start_s:g} s: mend the table")
    return start_s, end_s


def _seconds(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise ConfigError(f"{where}: {text!r} is no number of seconds: mend the table")
    return value
