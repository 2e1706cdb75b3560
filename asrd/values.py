"""Values that pass between the stages. All are frozen; positions are samples at 16 kHz since the utterance began."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Literal

from asrd.geometry import seconds_of

FinalMode = Literal["best", "consistent"]


class StopReason(Enum):
    """Why a decode ended."""

    END = "end"  # the model said so
    LENGTH = "length"  # as many tokens as audio of this length can hold
    LOOP = "loop"  # the same few tokens again and again


@dataclass(frozen=True)
class Word:
    """A word (a character in scripts without spaces) and where it was spoken."""

    text: str
    start: int
    end: int

    @property
    def start_s(self) -> float:
        """Start in seconds."""
        return seconds_of(self.start)

    @property
    def end_s(self) -> float:
        """End in seconds."""
        return seconds_of(self.end)


@dataclass(frozen=True)
class Work:
    """Counters of what was computed: exact, whatever the machine.

    Attributes:
        mel_frames: mel frames computed.
        front_chunks: calls of the encoder's front end.
        back_rows: rows that went through the encoder's back end.
        decoder_positions: tokens and rows evaluated by the decoder.
        decoder_batches: calls of the decoder.
        draft_offered: tokens of earlier passes offered for verification.
        draft_kept: of these, tokens that the decoder confirmed.
        replays: verified decodes that were repeated the plain way because a decision was too close.
    """

    mel_frames: int = 0
    front_chunks: int = 0
    back_rows: int = 0
    decoder_positions: int = 0
    decoder_batches: int = 0
    draft_offered: int = 0
    draft_kept: int = 0
    replays: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Work)))


@dataclass(frozen=True)
class Timing:
    """Seconds of computing by stage."""

    mel_s: float = 0.0
    encode_s: float = 0.0
    prefill_s: float = 0.0
    decode_s: float = 0.0

    @property
    def total_s(self) -> float:
        """All stages together."""
        return self.mel_s + self.encode_s + self.prefill_s + self.decode_s

    def __add__(self, other: Timing) -> Timing:
        return Timing(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Timing)))


@dataclass(frozen=True)
class Hypothesis:
    """The text of an utterance, so far or final.

    Attributes:
        text: all of it, as the last pass has it.
        language: the model's name of the language, "" if it named none or heard no speech.
        committed: the part that has settled; it only grows while the utterance lasts.
        tail: what follows it and may still change.
        is_final: whether the utterance is complete.
        samples: how much audio it covers.
        tokens: what the decoder wrote, the tag included, of all pieces in order.
        stop: why the last decode ended.
        words: where each word was spoken, told from how the text grew; empty where nothing is known.
        timing: computing time of this pass.
        work: counters of this pass.
    """

    text: str
    language: str
    committed: str
    tail: str
    is_final: bool
    samples: int
    tokens: tuple[int, ...]
    stop: StopReason = StopReason.END
    words: tuple[Word, ...] = ()
    timing: Timing = Timing()
    work: Work = Work()


@dataclass(frozen=True)
class UtteranceOptions:
    """How one utterance is recognised.

    Attributes:
        language: the model's name of a language to force, or None to let the model tell.
        context: bare text that helps with names and terms.
        final: "best" is the exact offline text; "consistent" begins with what was committed.
        unstable_margin_s: audio after which a word that did not change is committed.
    """

    language: str | None = None
    context: str = ""
    final: FinalMode = "best"
    unstable_margin_s: float = 1.0


@dataclass(frozen=True)
class EngineOptions:
    """How a model is run.

    Attributes:
        threads: for both native libraries; 0 means one a core that the system counts, at most 8.
        gpu_layers: decoder layers on a GPU; -1 all where there is one, 0 none.
        max_utterance_s: longer audio is cut at its quietest place. The text so far is verified at every pass, so this
            bounds what a pass costs: with 18 s, a minute of speech costs per second 8 % more decoder positions than
            15 s do; with 30 s it would be 33 % (tests/recognizer/test_cost.py).
        context_tokens: room for the context text.
        verify_drafts: reuse the last pass's tokens (the plain path is kept for comparison).
        reuse_windows: reuse the rows of finished chunks and windows, and with them what the decoder holds of these
            windows: a window that is computed again is another input to it (the plain path is kept for comparison).
        library: path of the llama.cpp library, or None for the pinned one.
    """

    threads: int = 0
    gpu_layers: int = -1
    max_utterance_s: float = 18.0
    context_tokens: int = 256
    verify_drafts: bool = True
    reuse_windows: bool = True
    library: str | None = None
