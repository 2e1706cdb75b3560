"""What the segmenter tells of one stream of audio. Positions are samples at 16 kHz since the session began.

An utterance is `Began`, then `Heard` as often as there is audio, then `Ended` or `Dropped`. In a pause everything up
to the possible end (speech end and tail pad) has been heard, and what follows is held back: `Paused` says so, and the
utterance's final can be computed while the hangover runs. Then either `Resumed` follows, and the audio held back with
it, or `Ended` with the very same end. So the audio of an utterance is exactly what its `Heard` events carried.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class EndReason(Enum):
    """Why an utterance ended."""

    SILENCE = "silence"  # the hangover ran out
    LIMIT = "limit"  # too long: cut at its quietest place, the rest is the next utterance
    GAP = "gap"  # audio was lost after it
    FLUSH = "flush"  # asked for, or the source ended


@dataclass(frozen=True)
class Began:
    """An utterance begins at sample `start`, pre-roll included; `number` counts from 1 within the session."""

    number: int
    start: int


@dataclass(frozen=True, eq=False)
class Heard:
    """More audio of the open utterance: (n,) float32, full scale 1.0, following on what was heard before."""

    samples: FloatArray


@dataclass(frozen=True)
class Paused:
    """Speech has paused; if it does not go on, the utterance ends at sample `end`, up to which all was heard."""

    end: int


@dataclass(frozen=True)
class Resumed:
    """Speech goes on after a pause; the utterance's audio up to now follows."""


@dataclass(frozen=True)
class Ended:
    """The utterance is samples [start, `end`).

    With `LIMIT`, `end` lies before what was heard: the audio after it belongs to the next utterance, which begins there
    and hears it again as its own.
    """

    end: int
    reason: EndReason


@dataclass(frozen=True)
class Dropped:
    """The open utterance was no speech, or was cancelled: nothing of it is to be published."""


SegmentEvent = Began | Heard | Paused | Resumed | Ended | Dropped
