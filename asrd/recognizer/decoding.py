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
from typing import Final

import numpy as np

from asrd.errors import ConfigError, NativeError
from asrd.llama.context import Context
from asrd.llama.model import Model
from asrd.recognizer.greedy import BATCH_POSITIONS, PlainSource, Run, Text, TooClose, VerifiedSource
from asrd.recognizer.protocols import Decoded, DecodeRequest, Segment, TokenSegment
from asrd.stop import StopSignal
from asrd.text.prompt import TEXT_TAG
from asrd.values import Timing, Work

_PROBE_BATCHES: Final = (8, 16)
_PROBE_TOKENS: Final = max(_PROBE_BATCHES)
_PROBE_POSITIONS: Final = 256 - max(_PROBE_BATCHES) // 2  # on both sides of a border of llama.cpp's kernels
_NOISE_FACTOR: Final = 8.0  # the probe sees a few of all possible inputs, and a margin has noise at both ends
_STOP_TOKENS: Final = ("<|im_end|>", "<|endoftext|>")


class LlamaDecoder:
    """Implements `protocols.Decoder` on one context, which whoever made it closes."""

    def __init__(self, model: Model, context: Context) -> None:
        self._model = model
        self.context = context
        self._held: list[Segment] = []
        self._stop_tokens = frozenset(model.special_token(name) for name in _STOP_TOKENS)
        self.tolerance = 0.0
        self.special_token = model.special_token
        self._text_tag = model.special_token(TEXT_TAG)

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
            self.context.remove_from(len(self._held[0]))
        else:
            self.reset()

    def piece(self, token: int) -> bytes:
        """The bytes of a token as text: of control tokens only the tag before the text is kept."""
        return self._model.piece(token, special=token == self._text_tag)

    def reset(self) -> None:
        """Forget everything."""
        self._held = []
        self.context.clear()

    def decode(self, request: DecodeRequest, stop: StopSignal) -> Decoded:
        """Decode greedily after the segments; see `protocols.Decoder`.

        Raises:
            Cancelled: `stop` was set.
            ConfigError: the input is longer than the context.
            NativeError: llama.cpp reported an error.
        """
        self._check_room(request)
        run = Run(self.context, stop)
        started = time.perf_counter()
        *before, suffix = request.segments
        position = self._feed_segments(run, before)
        lead = [*_tokens_of(suffix), *request.forced]
        prefilled = time.perf_counter()
        text = Text(list(request.forced), request.max_tokens, self._stop_tokens)
        kept = 0
        if request.draft:
            verified = VerifiedSource(run, lead, position, request.draft, self.tolerance)
            try:
                reason = text.write(verified)
            except TooClose:
                self.context.remove_from(position)
                run.replays += 1
                known = text.take_back(len(request.forced))
                reason = text.write(PlainSource(run, lead, position, known))
            kept = verified.kept
        else:
            reason = text.write(PlainSource(run, lead, position, ()))
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
        run = Run(self.context, StopSignal())
        probe = [7 * (i + 1) % self._model.vocabulary_size for i in range(_PROBE_POSITIONS + _PROBE_TOKENS)]
        for start in range(0, _PROBE_POSITIONS, BATCH_POSITIONS):
            run.tokens(probe[start : min(start + BATCH_POSITIONS, _PROBE_POSITIONS)], start, outputs=0)
        single = []
        for index in range(_PROBE_POSITIONS, len(probe)):
            run.tokens([probe[index]], index, outputs=1)
            single.append(run.logits(0).copy())
        noise = 0.0
        for count in _PROBE_BATCHES:
            self.context.remove_from(_PROBE_POSITIONS)
            run.tokens(probe[_PROBE_POSITIONS:][:count], _PROBE_POSITIONS, outputs=count)
            noise = max(noise, *(float(np.abs(run.logits(i) - single[i]).max()) for i in range(count)))
        if not np.isfinite(noise):
            raise NativeError(f"{self._model.path} gives logits that are not finite; use a file of higher precision")
        self.tolerance = _NOISE_FACTOR * noise
        self.reset()
        return noise

    def _check_room(self, request: DecodeRequest) -> None:
        needed = sum(map(len, request.segments)) + request.max_tokens
        if needed > self.context.positions:
            raise ConfigError(
                f"prompt, audio and text may take {needed} positions but the decoder has {self.context.positions}: "
                "shorten the context or raise context_tokens"
            )

    def _feed_segments(self, run: Run, segments: Sequence[Segment]) -> int:
        """Bring the KV memory to hold exactly `segments`; returns the position after them."""
        same = 0
        while same < min(len(self._held), len(segments)) and self._held[same] == segments[same]:
            same += 1
        del self._held[same:]
        position = sum(map(len, self._held))
        # Always: behind the segments lies the text of the last pass, or what a cancelled one left.
        self.context.remove_from(position)
        for segment in segments[same:]:
            run.segment(segment, position)
            self._held.append(segment)
            position += len(segment)
        return position


def _tokens_of(segment: Segment) -> tuple[int, ...]:
    if not isinstance(segment, TokenSegment):
        raise NativeError("the last segment before the text must be tokens")
    return segment.tokens
