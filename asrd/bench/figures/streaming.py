"""Measures of streaming text: how late words come, and how much of what was shown is taken back.

Pure. A history is a sequence of hypotheses, each a text or its words; measures of stability count words.

Sources: NE after Arivazhagan et al. 2020, "Re-translation versus streaming for simultaneous translation"; UPWR after
Shangguan et al. 2020, "Analyzing the quality and stability of a streaming end-to-end on-device speech recognizer";
LAAL after Papi et al. 2022, "Over-generation cannot be rewarded: length-adaptive average lagging for simultaneous
speech translation".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, takewhile


def erased_words(history: Sequence[Sequence[str]]) -> int:
    """Words that were taken back: of each hypothesis those behind the longest prefix that it shares with the next."""
    return sum(len(before) - _common_prefix(before, after) for before, after in pairwise(history))


def normalised_erasure(history: Sequence[Sequence[str]]) -> float:
    """NE: erased words for each word of the last hypothesis; 0 where that has none."""
    return erased_words(history) / len(history[-1]) if history and history[-1] else 0.0


def unstable_words(history: Sequence[Sequence[str]]) -> int:
    """Words of a hypothesis which the next one has no longer: those that the best alignment of the two leaves over.

    The best alignment is the one with the most equal words (longest common subsequence).
    """
    return sum(len(before) - _common_words(before, after) for before, after in pairwise(history))


def unstable_partial_word_ratio(history: Sequence[Sequence[str]]) -> float:
    """UPWR: unstable words for each word of the last hypothesis; 0 where that has none."""
    return unstable_words(history) / len(history[-1]) if history and history[-1] else 0.0


def commit_errors(committed: Sequence[str], final: Sequence[str]) -> int:
    """Words of what was committed last that the final contradicts."""
    return len(committed) - _common_prefix(committed, final)


def first_shown(history: Sequence[tuple[float, Sequence[str]]], final: Sequence[str]) -> list[float]:
    """When each word of the final was shown for good, in the unit of the history's times.

    Args:
        history: time and words of each hypothesis, in order of time; the last one is the final.
        final: the words asked for.

    Returns:
        For each word the first time from which on every hypothesis begins with the final up to that word.
    """
    kept_from: list[float] = []
    for at, words in history:
        kept = _common_prefix(words, final)
        del kept_from[kept:]
        kept_from += [at] * (kept - len(kept_from))
    return kept_from


def length_adaptive_average_lagging(
    delays_s: Sequence[float], audio_s: float, *, words: int | None = None, reference_words: int | None = None
) -> float:
    """LAAL in seconds: how far words come behind a speaker of constant pace.

    Args:
        delays_s: for each word how much audio had been heard when it was shown, ascending.
        audio_s: length of the utterance.
        words: of the hypothesis (default: as many as there are delays).
        reference_words: of the reference (default: as many).

    Raises:
        ValueError: there is no word, or no audio.
    """
    if not delays_s or audio_s <= 0.0:
        raise ValueError("the lag of no words, or in no audio, is not defined")
    longest = max(len(delays_s) if words is None else words, reference_words or 0)
    counted = min(len(delays_s), 1 + sum(1 for _ in takewhile(lambda delay_s: delay_s < audio_s, delays_s)))
    return sum(delays_s[i] - i * audio_s / longest for i in range(counted)) / counted


def _common_prefix(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _common_words(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        diagonal = 0
        for column, candidate in enumerate(other, start=1):
            above = row[column]
            row[column] = diagonal + 1 if word == candidate else max(above, row[column - 1])
            diagonal = above
    return row[-1]
