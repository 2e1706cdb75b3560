"""Word error rate: the same normalisation on both sides, and a bootstrap over clips.

nano's published figures go by Whisper's normaliser, which spells out contractions; `asrd bench accuracy` has one of its
own for every language (`asrd.bench.figures.normalising`). Over nano's texts the two differ by 0.03 points at most.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from asrd.bench.figures.spread import share

_LOOP_REPEATS: Final = 3
_LOOP_WORDS: Final = 6


@functools.cache
def normaliser() -> Callable[[str], str]:
    """Whisper's English normaliser (transformers): case, punctuation, contractions, numbers as figures."""
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    normalise: Callable[[str], str] = EnglishTextNormalizer({})  # no table of British spellings
    return normalise


@dataclass(frozen=True)
class Errors:
    """What one clip counts: edits of the best alignment, and words of its reference."""

    edits: int
    words: int


def word_errors(reference: str, text: str) -> Errors:
    """The edits between two texts after normalisation."""
    import jiwer

    expected, found = (normaliser()(part.replace("\u2019", "'")) for part in (reference, text))
    words = len(expected.split())
    if not words or not found.strip():
        return Errors(words or len(found.split()), words)
    out = jiwer.process_words(expected, found)
    return Errors(out.substitutions + out.deletions + out.insertions, words)


@dataclass(frozen=True)
class Rate:
    """A word error rate in percent with its 95 % interval."""

    percent: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.percent:.1f} ({self.low:.1f} to {self.high:.1f})"


def word_error_rate(errors: Sequence[Errors]) -> Rate:
    """All edits over all words; the interval is a percentile bootstrap over clips."""
    return _rate([error.edits for error in errors], errors)


def rate_difference(before: Sequence[Errors], after: Sequence[Errors]) -> Rate:
    """By how many points the rate rises from one way to another over the same clips; resampled in pairs."""
    return _rate([new.edits - old.edits for old, new in zip(before, after, strict=True)], before)


def _rate(edits: Sequence[int], errors: Sequence[Errors]) -> Rate:
    found = share(edits, [error.words for error in errors]).times(100.0)
    return Rate(found.value, found.low, found.high)


def has_loop(text: str) -> bool:
    """Whether a run of words stands three times in a row (one word: six times), or six or more words twice."""
    words = text.lower().split()
    for period in range(1, len(words) // 2 + 1):
        repeats = 6 if period == 1 else _LOOP_REPEATS if period < _LOOP_WORDS else 2
        for start in range(len(words) - period * repeats + 1):
            if words[start : start + period * repeats] == words[start : start + period] * repeats:
                return True
    return False
