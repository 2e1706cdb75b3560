"""What a session tells: frozen values. Positions are samples at 16 kHz since the session began, never a wall clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from asrd.values import Timing, Word


class State(Enum):
    """What a session is doing, in the words of the wire protocol."""

    LISTENING = "listening"
    SPEECH = "speech"
    IDLE = "idle"  # the policy closed the microphone, or the source has ended
    PAUSED = "paused"
    MIC_LOST = "mic_lost"
    MIC_PERMISSION = "mic_permission"
    OVERLOAD = "overload"
    STOPPING = "stopping"


@dataclass(frozen=True)
class StatusEvent:
    """The session's state has changed; `message` is one plain sentence for people."""

    session: str
    state: State
    message: str


@dataclass(frozen=True)
class PartialEvent:
    """The text of an open utterance, so far.

    Attributes:
        session: which session.
        utterance: counts from 1 within the session; a dropped utterance leaves a hole.
        revision: counts from 1 within the utterance.
        committed: the part that has settled; it only grows.
        tail: what follows it and may still change; joined as `committed + tail`.
        language: the model's name of the language, or "".
        start: first sample of the utterance, pre-roll included.
        end: the sample up to which the text was recognised.
        lag_s: how far behind the newest audio of the session that was when it was published.
    """

    session: str
    utterance: int
    revision: int
    committed: str
    tail: str
    language: str
    start: int
    end: int
    lag_s: float


@dataclass(frozen=True)
class FinalEvent:
    """The text of a finished utterance; replaces whatever its partials said. It is not empty.

    Attributes:
        session: which session.
        utterance: as in its partials.
        text: the exact text of samples `start` to `end`.
        language: the model's name of the language, or "".
        start: first sample, pre-roll included.
        end: the sample after the last one, tail pad included.
        words: where each word was spoken, positions since the session began.
        timing: computing time of all passes of this utterance.
    """

    session: str
    utterance: int
    text: str
    language: str
    start: int
    end: int
    words: tuple[Word, ...] = ()
    timing: Timing = Timing()


@dataclass(frozen=True)
class DroppedEvent:
    """An utterance came to nothing: too short, without words, or cancelled. Takes back its partials."""

    session: str
    utterance: int


@dataclass(frozen=True)
class GapEvent:
    """Samples `start` to `end` were lost, and nothing in them was recognised."""

    session: str
    start: int
    end: int


@dataclass(frozen=True)
class LevelEvent:
    """Loudness of the last stretch of audio, in dB of full scale, and whether it is speech."""

    session: str
    rms_db: float
    peak_db: float
    speech: bool


@dataclass(frozen=True)
class ClosedEvent:
    """The session has ended and all of its finals have been published."""

    session: str


SessionEvent = StatusEvent | PartialEvent | FinalEvent | DroppedEvent | GapEvent | LevelEvent | ClosedEvent
