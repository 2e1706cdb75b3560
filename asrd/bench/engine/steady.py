"""Logits as steady as those of a trained model, on random weights.

Random weights write another text at every pass, so hardly a token of the last pass is ever right, and what a growing
utterance costs in use cannot be seen. Here every batch is really evaluated, and only the logits that come out are
replaced: those of a speaker of 3.3 tokens a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, FRAMES_PER_S
from asrd.llama.context import Context
from asrd.recognizer.engine import Recognizer
from asrd.recognizer.protocols import FloatArray
from asrd.stop import StopSignal

TOKENS_PER_S: Final = 3.3  # English: 150 words a minute, 1.3 tokens a word
ROWS_PER_S: Final = CHUNK_ROWS * FRAMES_PER_S // CHUNK_FRAMES
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


class SteadySpeaker:
    """Tells for every position of text which token follows there: a word every 0.3 s of audio, then the stop token."""

    def __init__(self, recognizer: Recognizer) -> None:
        """Take the place of `recognizer`'s context from now on, until it is closed."""
        self._context: Context = recognizer.decoder.context
        self._stop_token = recognizer.decoder.special_token("<|im_end|>")
        self._words = [recognizer.decoder.tokenize(f" {letter}")[0] for letter in _LETTERS]
        self._suffix = len(recognizer.prepare(None)[1].suffix)
        self._rows_end = self._rows = self._batch_start = 0
        for name in ("decode_tokens", "decode_rows", "remove_from", "clear", "logits"):
            setattr(self._context, name, getattr(self, name))

    def decode_tokens(self, tokens: Sequence[int], position: int, *, outputs: int = 0, stop: StopSignal) -> None:
        """As `Context.decode_tokens`."""
        self._batch_start = position
        Context.decode_tokens(self._context, tokens, position, outputs=outputs, stop=stop)

    def decode_rows(self, rows: FloatArray, position: int, *, stop: StopSignal) -> None:
        """As `Context.decode_rows`; counts the rows that stand before the text."""
        self._rows += len(rows)
        self._rows_end = position + len(rows)
        Context.decode_rows(self._context, rows, position, stop=stop)

    def remove_from(self, position: int) -> None:
        """As `Context.remove_from`."""
        removed = max(0, self._rows_end - position)
        self._rows = max(0, self._rows - removed)
        self._rows_end -= removed
        Context.remove_from(self._context, position)

    def clear(self) -> None:
        """As `Context.clear`."""
        self._rows = self._rows_end = 0
        Context.clear(self._context)

    def logits(self, index: int) -> FloatArray:
        """The steady logits for a position whose real ones were computed."""
        steady = np.full_like(Context.logits(self._context, index), -1.0)
        steady[self._token(self._batch_start + index - (self._rows_end + self._suffix - 1))] = 9.0
        return steady

    def _token(self, index: int) -> int:
        if index >= int(TOKENS_PER_S * self._rows / ROWS_PER_S):
            return self._stop_token
        return self._words[(7 * index + index // len(self._words)) % len(self._words)]
