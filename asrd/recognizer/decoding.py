"""Greedy decoding in llama.cpp that never evaluates twice what has not changed, and still writes what the plain way
writes.

What the KV memory holds is a list of segments (head, windows of rows, suffix); leading ones that come again stay.
Every segment is a batch of its own, so that its numbers do not depend on how the audio arrived.

Drafts: tokens of the pass before are evaluated together with the suffix, and those that the argmax confirms are kept;
greedy decoding goes on from the first difference. A batch of n tokens goes through other matrix kernels than n single
tokens, which moves logits in the last digits. So a decision whose two best logits lie closer than a tolerance is not
trusted: the text is then evaluated again the plain way, token by token. The tolerance is measured on the loaded model
(`measure_noise`); it is 0 where the kernels give equal bits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from asrd.errors import Cancelled, ConfigError, NativeError
from asrd.llama.context import Context
from asrd.llama.model import Model
from asrd.recognizer.protocols import Decoded, DecodeRequest, RowSegment, Segment, TokenSegment
from asrd.stop import StopSignal
from asrd.text.loops import ends_in_loop
from asrd.values import StopReason, Timing, Work

BATCH_POSITIONS: Final = 128  # a window's 104 rows fit into one batch
BATCH_OUTPUTS: Final = 32  # logits take vocabulary x 4 bytes a position: 0.6 MB with 151 936 tokens
_FIRST_OUTPUTS: Final = 8  # of a draft: little is lost if it is wrong from the start; doubled while it is right
_PROBE_TOKENS: Final = 12
_PROBE_POSITIONS: Final = 100  # that stand before them
_NOISE_FACTOR: Final = 8.0  # the probe sees a few of all possible inputs, and a margin has noise at both ends
_STOP_TOKENS: Final = ("<|im_end|>", "<|endoftext|>")


class _TooClose(Exception):
    """A decision on the fast path is within the tolerance."""


class LlamaDecoder:
    """Implements `protocols.Decoder` on one context. Owns the context, not the model."""

    def __init__(self, model: Model, context: Context) -> None:
        self._model = model
        self._context = context
        self._held: list[Segment] = []
        self._stop_tokens = frozenset(model.special_token(name) for name in _STOP_TOKENS)
        self.tolerance = 0.0
        self.special_token = model.special_token
        self.piece = model.piece

    @property
    def width(self) -> int:
        """E: values in an embedding row."""
        return self._model.width

    def tokenize(self, text: str) -> list[int]:
        """Token ids of plain text."""
        return self._model.tokenize(text)

    def end_utterance(self) -> None:
        """Forget everything but the prompt's head, whose KV depends on its tokens alone (84 ms on 2 cores)."""
        if self._held and isinstance(self._held[0], TokenSegment):
            del self._held[1:]
            self._context.remove_from(len(self._held[0]))
        else:
            self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._held = []
        self._context.clear()

    def close(self) -> None:
        """Free the context. May be called again."""
        self._context.close()

    def decode(self, request: DecodeRequest, stop: StopSignal) -> Decoded:
        """Decode greedily after the segments; see `protocols.Decoder`.

        Raises:
            Cancelled: `stop` was set.
            ConfigError: the input is longer than the context.
            NativeError: llama.cpp reported an error.
        """
        self._check_room(request)
        run = _Run(self._context, stop)
        started = time.perf_counter()
        *before, suffix = request.segments
        position = self._feed_segments(run, before)
        lead = [*_tokens_of(suffix), *request.forced]
        prefilled = time.perf_counter()
        text = _Text(list(request.forced), request.max_tokens, self._stop_tokens)
        kept = 0
        if request.draft:
            verified = _VerifiedSource(run, lead, position, request.draft, self.tolerance)
            try:
                reason = text.write(verified)
            except _TooClose:
                self._context.remove_from(position)
                run.replays += 1
                known = text.take_back(len(request.forced))
                reason = text.write(_PlainSource(run, lead, position, known))
            kept = verified.kept
        else:
            reason = text.write(_PlainSource(run, lead, position, ()))
        ended = time.perf_counter()
        work = Work(
            decoder_positions=run.positions,
            decoder_batches=run.batches,
            draft_offered=len(request.draft),
            draft_kept=kept,
            replays=run.replays,
        )
        timing = Timing(prefill_s=prefilled - started, decode_s=ended - prefilled)
        return Decoded(tuple(text.tokens), reason, work, timing)

    def measure_noise(self) -> float:
        """Set the tolerance: evaluate a few tokens one by one and in one batch, and compare the logits.

        It also warms the decoder up.

        Returns the largest difference of a logit.
        """
        self.reset()
        run = _Run(self._context, StopSignal())
        probe = [7 * (i + 1) % self._model.vocabulary_size for i in range(_PROBE_POSITIONS + _PROBE_TOKENS)]
        run.tokens(probe[:_PROBE_POSITIONS], 0, outputs=0)
        single = []
        for index in range(_PROBE_POSITIONS, len(probe)):
            run.tokens([probe[index]], index, outputs=1)
            single.append(run.logits(0).copy())
        self._context.remove_from(_PROBE_POSITIONS)
        run.tokens(probe[_PROBE_POSITIONS:], _PROBE_POSITIONS, outputs=_PROBE_TOKENS)
        noise = max(float(np.abs(run.logits(i) - logits).max()) for i, logits in enumerate(single))
        self.tolerance = _NOISE_FACTOR * noise
        self.reset()
        return noise

    def _check_room(self, request: DecodeRequest) -> None:
        needed = sum(map(len, request.segments)) + request.max_tokens
        if needed > self._context.positions:
            raise ConfigError(
                f"prompt, audio and text may take {needed} positions but the decoder has {self._context.positions}: "
                "shorten the context or raise context_tokens"
            )

    def _feed_segments(self, run: _Run, segments: Sequence[Segment]) -> int:
        """Bring the KV memory to hold exactly `segments`; returns the position after them."""
        same = 0
        while same < min(len(self._held), len(segments)) and self._held[same] == segments[same]:
            same += 1
        del self._held[same:]
        position = sum(map(len, self._held))
        # Always: behind the segments lies the text of the last pass, or what a cancelled one left.
        self._context.remove_from(position)
        for segment in segments[same:]:
            run.segment(segment, position)
            self._held.append(segment)
            position += len(segment)
        return position


def _tokens_of(segment: Segment) -> tuple[int, ...]:
    if not isinstance(segment, TokenSegment):
        raise NativeError("the last segment before the text must be tokens")
    return segment.tokens


class _Run:
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
            raise NativeError("the decoder returned logits that are not finite; use a file of higher precision")
        if tolerance:
            logits[token] = -np.inf
            margin = lead - logits.max()
            logits[token] = lead
            if margin <= tolerance:
                raise _TooClose
        return token

    def _count(self, positions: int) -> None:
        if self._stop.is_set():
            raise Cancelled("the pass was stopped")
        self.positions += positions
        self.batches += 1


class _Source(Protocol):
    """Gives the next token, and takes the one that was written."""

    def first(self) -> int:
        """The token after the lead and what is known already."""

    def after(self, token: int) -> int:
        """The token after `token`, which becomes part of the text."""


class _Text:
    """The text being written, and when to stop."""

    def __init__(self, forced: list[int], max_tokens: int, stop_tokens: frozenset[int]) -> None:
        self.tokens = forced
        self._max_tokens = max_tokens
        self._stop_tokens = stop_tokens

    def write(self, source: _Source) -> StopReason:
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


class _PlainSource:
    """One token at a time; `known` ones are evaluated without asking for their logits."""

    def __init__(self, run: _Run, lead: Sequence[int], position: int, known: Sequence[int]) -> None:
        self._run, self._lead, self._position, self._known = run, lead, position, known

    def first(self) -> int:
        last = self._feed(self._lead, outputs=0 if self._known else 1)
        for index, token in enumerate(self._known):
            last = self._feed([token], outputs=int(index == len(self._known) - 1))
        return self._run.best(last, None)

    def after(self, token: int) -> int:
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


class _VerifiedSource:
    """Lead and draft in batches: the logits behind a draft token are there when it turns out to be right."""

    def __init__(self, run: _Run, lead: Sequence[int], position: int, draft: Sequence[int], tolerance: float) -> None:
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
        self._evaluate()
        return self._run.best(self._next - self._batch_start, self._tolerance)

    def after(self, token: int) -> int:
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
