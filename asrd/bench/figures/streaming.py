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

from asrd.bench.figures.alignment import matches


def erased_words(history: Sequence[Sequence[str]]) -> int:
    """Words that were taken back: of each hypothesis those behind the longest prefix that it shares with the next.

    NE is this for each word of the last hypothesis.
    """
    return sum(len(before) - _common_prefix(before, after) for before, after in pairwise(history))


def unstable_words(history: Sequence[Sequence[str]]) -> int:
    """Words of a hypothesis which the next one has no longer: those that the best alignment of the two leaves over.

    The best alignment is the one with the most equal words (longest common subsequence). UPWR is this for each word of
    the last hypothesis.
    """
    return sum(len(before) - len(matches(before, after)) for before, after in pairwise(history))


def commit_errors(committed: Sequence[str], final: Sequence[str]) -> int:
    """Words of what was committed last that the final contradicts: those that the best alignment leaves over.

    Committed text may end within a word, so its last word counts as kept where the word that follows goes on with it.
    """
    pairs = matches(committed, final)
    index, place = pairs[-1] if pairs else (-1, -1)
    behind = len(committed) - 1 - index
    follows = place + behind
    goes_on = behind > 0 and follows < len(final) and final[follows].startswith(committed[-1])
    return len(committed) - len(pairs) - goes_on


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
