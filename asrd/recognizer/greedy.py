"""Greedy text from one context: a token at a time, or several at once where a draft says what probably follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from asrd.errors import Cancelled, NativeError
from asrd.llama.context import Context
from asrd.recognizer.protocols import RowSegment, Segment
from asrd.stop import StopSignal
from asrd.text.loops import ends_in_loop
from asrd.values import StopReason

BATCH_POSITIONS: Final = 128  # a window's 104 rows fit into one batch
BATCH_OUTPUTS: Final = 32  # logits take vocabulary x 4 bytes a position: 0.6 MB with 151 936 tokens
_FIRST_OUTPUTS: Final = 8  # of a draft: little is lost if it is wrong from the start; doubled while it is right


class TooClose(Exception):
    """A decision on the fast path is within the tolerance."""


class Run:
    """The context during one decode: splits into batches, counts, and looks at the stop signal in between."""

    def __init__(self, context: Context, stop: StopSignal) -> None:
        self._context = context
        self._stop = stop
        self.positions = self.batches = self.replays = 0
        self.logits = context.logits
        self.remove_from = context.remove_from

    def tokens(self, tokens: Sequence[int], position: int, *, outputs: int) -> None:
        """Evaluate one batch of tokens."""
        self._count(len(tokens))
        self._context.decode_tokens(tokens, position, outputs=outputs, stop=self._stop)

    def segment(self, segment: Segment, position: int) -> None:
        """Evaluate a segment, in as many batches as it needs."""
        for start in range(0, len(segment), self._context.batch):
            part = slice(start, start + self._context.batch)
            if isinstance(segment, RowSegment):
                rows = segment.rows[part]
                self._count(len(rows))
                self._context.decode_rows(rows, position + start, stop=self._stop)
            else:
                self.tokens(segment.tokens[part], position + start, outputs=0)

    def best(self, index: int, tolerance: float | None) -> int:
        """The token with the highest logit at output `index`; with a tolerance, only if it leads clearly."""
        logits = self.logits(index)
        token = int(np.argmax(logits))
        lead = logits[token]
        if not np.isfinite(lead):
            path = self._context.model.path
            raise NativeError(f"{path} gives logits that are not finite; use a file of higher precision")
        if tolerance:
            logits[token] = -np.inf
            margin = lead - logits.max()
            logits[token] = lead
            if margin <= tolerance:
                raise TooClose
        return token

    def _count(self, positions: int) -> None:
        if self._stop.is_set():
            raise Cancelled("the pass was stopped")
        self.positions += positions
        self.batches += 1


class Source(Protocol):
    """Gives the next token, and takes the one that was written."""

    def first(self) -> int:
        """The token after the lead and what is known already."""

    def after(self, token: int) -> int:
        """The token after `token`, which becomes part of the text."""


class Text:
    """The text being written, and when to stop."""

    def __init__(self, forced: list[int], max_tokens: int, stop_tokens: frozenset[int]) -> None:
        self.tokens = forced
        self._max_tokens = max_tokens
        self._stop_tokens = stop_tokens

    def write(self, source: Source) -> StopReason:
        """Write until the model ends, or has to be stopped."""
        token = source.first()
        while token not in self._stop_tokens:
            if len(self.tokens) >= self._max_tokens:
                return StopReason.LENGTH
            self.tokens.append(token)
            if ends_in_loop(self.tokens):
                return StopReason.LOOP
            token = source.after(token)
        return StopReason.END

    def take_back(self, forced: int) -> tuple[int, ...]:
        """The tokens written after the forced ones, for a source that knows them; they stay written."""
        return tuple(self.tokens[forced:])


class PlainSource:
    """One token at a time; `known` ones are evaluated without asking for their logits."""

    def __init__(self, run: Run, lead: Sequence[int], position: int, known: Sequence[int]) -> None:
        self._run, self._lead, self._position, self._known = run, lead, position, known

    def first(self) -> int:
        """See `Source`."""
        last = self._feed(self._lead, outputs=0 if self._known else 1)
        for index, token in enumerate(self._known):
            last = self._feed([token], outputs=int(index == len(self._known) - 1))
        return self._run.best(last, None)

    def after(self, token: int) -> int:
        """See `Source`."""
        return self._run.best(self._feed([token], outputs=1), None)

    def _feed(self, tokens: Sequence[int], *, outputs: int) -> int:
        """Evaluate `tokens`; returns the index in its batch of the last one, whose logits `outputs` = 1 asks for."""
        part: Sequence[int] = ()
        for start in range(0, len(tokens), BATCH_POSITIONS):
            part = tokens[start : start + BATCH_POSITIONS]
            is_last = start + len(part) == len(tokens)
            self._run.tokens(part, self._position, outputs=outputs if is_last else 0)
            self._position += len(part)
        return len(part) - 1


class VerifiedSource:
    """Lead and draft in batches: the logits behind a draft token are there when it turns out to be right."""

    def __init__(self, run: Run, lead: Sequence[int], position: int, draft: Sequence[int], tolerance: float) -> None:
        self._run = run
        self._stream = [*lead, *draft]
        self._start = position
        self._tolerance = tolerance
        self._lead_length = len(lead)
        self._next = len(lead) - 1  # index in the stream of the position whose logits are asked for next
        self._batch_start = self._evaluated = 0
        self._outputs = _FIRST_OUTPUTS
        self._on_draft = True
        self._position = position
        self.kept = 0

    def first(self) -> int:
        """See `Source`."""
        self._evaluate()
        return self._run.best(self._next - self._batch_start, self._tolerance)

    def after(self, token: int) -> int:
        """See `Source`."""
        if self._on_draft:
            following = self._next + 1
            if following < len(self._stream) and self._stream[following] == token:
                self._next = following
                self.kept += 1
                if following >= self._evaluated:
                    self._evaluate()
                return self._run.best(following - self._batch_start, self._tolerance)
            self._on_draft = False
            self._position = self._start + following
            if self._evaluated > following:
                self._run.remove_from(self._position)
        self._run.tokens([token], self._position, outputs=1)
        self._position += 1
        return self._run.best(0, self._tolerance)

    def _evaluate(self) -> None:
        """Evaluate the next batch of the stream, up to the last one that has room for the logits that are needed."""
        while self._evaluated <= self._next:
            start = self._evaluated
            silent = max(0, self._lead_length - 1 - start)  # positions of the lead before the first wanted logits
            count = min(len(self._stream) - start, BATCH_POSITIONS, silent + self._outputs)
            self._run.tokens(self._stream[start : start + count], self._start + start, outputs=max(0, count - silent))
            self._batch_start, self._evaluated = start, start + count
            self._outputs = min(2 * self._outputs, BATCH_OUTPUTS)
