"""Runaway decoding: when to stop it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from asrd.geometry import seconds_of

# One more than the 20 repetitions that `transcript.repair_repetition` takes for a loop, counted in tokens. What is
# stopped here is reduced to one copy there if a copy has at most 20 characters.
_LOOP_REPEATS: Final = 21
_LOOP_TOKENS: Final = 20
# No language needs more: fast speech in scripts that the vocabulary splits into single characters stays below 15.
_TOKENS_PER_S: Final = 20
_TOKENS_AT_LEAST: Final = 32


def token_limit(samples: int) -> int:
    """The most tokens that a decode of so much audio may write."""
    return _TOKENS_AT_LEAST + math.ceil(_TOKENS_PER_S * seconds_of(samples))


def ends_in_loop(tokens: Sequence[int]) -> bool:
    """Whether `tokens` ends in a run of up to 20 tokens written 21 times."""
    for length in range(1, _LOOP_TOKENS + 1):
        if len(tokens) < length * _LOOP_REPEATS:
            return False
        tail = list(tokens[-length * _LOOP_REPEATS :])
        if tail == tail[:length] * _LOOP_REPEATS:
            return True
    return False
