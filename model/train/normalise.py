"""Word error rate: the same normalisation on both sides, and a bootstrap over clips."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

_RESAMPLES: Final = 2000
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


def word_error_rate(errors: Sequence[Errors], seed: int = 0) -> Rate:
    """All edits over all words; the interval is a percentile bootstrap over clips."""
    edits = np.array([error.edits for error in errors], np.float64)
    words = np.array([error.words for error in errors], np.float64)
    picks = np.random.default_rng(seed).integers(0, len(edits), (_RESAMPLES, len(edits)))
    rates = 100 * edits[picks].sum(axis=1) / np.maximum(words[picks].sum(axis=1), 1)
    low, high = np.percentile(rates, (2.5, 97.5))
    return Rate(float(100 * edits.sum() / max(words.sum(), 1)), float(low), float(high))


def rate_difference(before: Sequence[Errors], after: Sequence[Errors], seed: int = 0) -> Rate:
    """By how many points the rate rises from one way to another over the same clips; resampled in pairs."""
    edits = np.array([new.edits - old.edits for old, new in zip(before, after, strict=True)], np.float64)
    words = np.array([error.words for error in before], np.float64)
    picks = np.random.default_rng(seed).integers(0, len(edits), (_RESAMPLES, len(edits)))
    low, high = np.percentile(100 * edits[picks].sum(axis=1) / np.maximum(words[picks].sum(axis=1), 1), (2.5, 97.5))
    return Rate(float(100 * edits.sum() / max(words.sum(), 1)), float(low), float(high))


def has_loop(text: str) -> bool:
    """Whether a run of words stands three times in a row (one word: six times), or six or more words twice."""
    words = text.lower().split()
    for period in range(1, len(words) // 2 + 1):
        repeats = 6 if period == 1 else _LOOP_REPEATS if period < _LOOP_WORDS else 2
        for start in range(len(words) - period * repeats + 1):
            if words[start : start + period * repeats] == words[start : start + period] * repeats:
                return True
    return False
