"""What the recognizer needs of an encoder and of a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from asrd.stop import StopSignal
from asrd.text.prompt import Tokenizer
from asrd.values import StopReason, Timing, Work

FloatArray = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Mel to embedding rows, in two stages."""

    @property
    def width(self) -> int:
        """E: values in an embedding row."""

    def front(self, chunk: FloatArray) -> FloatArray:
        """Hidden rows (13, D) of a normalised mel chunk (100, 128), zero-padded if it is open."""

    def back(self, hidden: FloatArray) -> FloatArray:
        """Embedding rows (T', E) of one window's hidden rows (T', D), T' <= 104."""


@dataclass(frozen=True)
class TokenSegment:
    """A part of the decoder's input that is given as tokens; equal by content."""

    tokens: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, eq=False)
class RowSegment:
    """A part that is given as embedding rows (n, E); equal only to itself, so a recomputed window is another one."""

    rows: FloatArray

    def __len__(self) -> int:
        return len(self.rows)


Segment = TokenSegment | RowSegment


@dataclass(frozen=True)
class DecodeRequest:
    """What to decode.

    Attributes:
        segments: the input before the text, in order: head, windows of rows, suffix.
        max_tokens: stop after so many tokens, the forced ones counted.
        forced: tokens that the text begins with, whatever the model thinks.
        draft: tokens that probably follow; they change the cost, never the result.
    """

    segments: Sequence[Segment]
    max_tokens: int
    forced: Sequence[int] = ()
    draft: Sequence[int] = ()


@dataclass(frozen=True)
class Decoded:
    """What a decode wrote: `tokens` with the forced ones, without the stop token."""

    tokens: tuple[int, ...]
    stop: StopReason
    work: Work
    timing: Timing


class Decoder(Tokenizer, Protocol):
    """Greedy decoding after a prompt."""

    @property
    def width(self) -> int:
        """E: values in an embedding row."""

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for."""

    def decode(self, request: DecodeRequest, stop: StopSignal) -> Decoded:
        """Decode greedily; leading segments that are equal to those of the last call may be reused.

        Raises:
            Cancelled: `stop` was set before the end. The decoder can be used again.
        """

    def end_utterance(self) -> None:
        """Forget everything of the utterance. What is the same for every utterance may be kept."""

    def reset(self) -> None:
        """Forget everything."""
