"""What a client says to a daemon, and where in it is speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.daemon.speaker import quiet
from asrd.bench.sets.chosen import readable
from asrd.bench.sets.table import ClipSet, SpokenWord
from asrd.bench.sets.truth import Speech
from asrd.errors import ConfigError
from asrd.geometry import samples_of, seconds_of

FloatArray = npt.NDArray[np.float32]
_BEFORE_S: Final = (0.4, 0.9)  # drawn anew for each clip, so that passes meet its words at other places each time
_AFTER_S: Final = 1.5  # longer than any hangover that is in use, so that each clip ends an utterance


@dataclass(frozen=True, eq=False)
class Saying:
    """A clip that is said.

    Attributes:
        samples: (n,) float32 at 16 kHz.
        speech: where in them somebody speaks.
        reference: what is said; "" where it is not known.
        words: when each word is said, in seconds of the clip; empty where it is not known.
        clip: its name, no other clip has it.
    """

    samples: FloatArray
    speech: Speech
    reference: str = ""
    words: Sequence[SpokenWord] = ()
    clip: str = ""


@dataclass(frozen=True)
class Said:
    """A clip in a script; times are seconds of the script.

    Attributes:
        onset_s, end_s: true begin and end of its speech.
        reference: what is said; "" where it is not known.
        words: each word with its true end.
        clip: its name.
    """

    onset_s: float
    end_s: float
    reference: str = ""
    words: Sequence[tuple[str, float]] = ()
    clip: str = ""


@dataclass(frozen=True, eq=False)
class Script:
    """What a session says: samples (n,) float32, and the clips in them."""

    samples: FloatArray
    said: Sequence[Said]

    @property
    def audio_s(self) -> float:
        """Its length."""
        return seconds_of(len(self.samples))


def sayings_of(clips: ClipSet) -> tuple[list[Saying], list[str]]:
    """The clips that can be read and of which label or energy tells where speech is; and notes on those left out.

    Raises:
        ConfigError: nothing is left, or a label is wrong.
    """
    heard, count = readable(clips), len(clips.clips)
    found = [
        Saying(samples, speech, clip.reference, clip.words, f"{clips.name}/{clip.name}")
        for clip, samples in heard
        if (speech := clip.speech(samples)) is not None
    ]
    if not found:
        raise ConfigError(
            f"{clips.name}: nothing tells where speech begins in any of its {count} clips: give clean clips, or a "
            "table with onset_s and end_s"
        )
    notes = []
    if unreadable := count - len(heard):
        notes.append(f"{clips.name}: {unreadable} of {count} clips were left out, as they cannot be read.")
    if unclear := len(heard) - len(found):
        notes.append(f"{clips.name}: {unclear} of {count} clips were left out, as noise hides where speech begins.")
    return found, notes


def script_of(sayings: Sequence[Saying], seed: int) -> Script:
    """The clips in a row, with quiet noise before and after each."""
    rng = np.random.default_rng(seed)
    parts: list[FloatArray] = []
    said = []
    position = 0
    for saying in sayings:
        before = quiet(rng, rng.uniform(*_BEFORE_S))
        said.append(_placed(saying, position + len(before)))
        parts += [before, saying.samples, quiet(rng, _AFTER_S)]
        position += sum(len(part) for part in parts[-3:])
    return Script(np.concatenate(parts), said)


def _placed(saying: Saying, position: int) -> Said:
    begin_s = seconds_of(position)
    return Said(
        onset_s=begin_s + seconds_of(saying.speech.start),
        end_s=begin_s + seconds_of(saying.speech.end),
        reference=saying.reference,
        words=[(word.word, begin_s + word.end_s) for word in saying.words],
        clip=saying.clip,
    )


def blocks_of(samples: FloatArray, seconds: float) -> list[FloatArray]:
    """The samples cut into blocks of so many seconds; the last may be shorter."""
    step = samples_of(seconds)
    return [samples[start : start + step] for start in range(0, len(samples), step)]
