"""How long after it was said each word was shown, and settled. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asrd.bench.figures.alignment import matches
from asrd.bench.figures.utterances import Look


@dataclass(frozen=True)
class TimedWord:
    """A word of a final: when an earlier text had it first, and when a committed part had it first."""

    word: str
    shown_s: float
    committed_s: float


@dataclass(frozen=True)
class WordDelays:
    """Seconds from the true end of each word to when it was shown, and committed.

    Attributes:
        shown, committed: one entry for each word that was said and is in the final.
        missed: words that were said and are not in the final: they have no delay.
    """

    shown: tuple[float, ...] = ()
    committed: tuple[float, ...] = ()
    missed: int = 0


def timed_words(looks: Sequence[Look], final_words: Sequence[str], final_s: float) -> list[TimedWord]:
    """When each word of a final was shown first, given the looks before it; a word no look had came with the final.

    The words of a look are those of the final with which they align (`matches`): if case and punctuation are not to
    count, they must be gone from all of them.
    """
    shown_s, committed_s = ([final_s] * len(final_words) for _ in range(2))
    for look in reversed(looks):
        for times_s, seen in ((shown_s, look.words), (committed_s, look.committed)):
            for _, place in matches(seen, final_words):
                times_s[place] = look.at_s
    return [TimedWord(*one) for one in zip(final_words, shown_s, committed_s, strict=True)]


def word_delays(said: Sequence[tuple[str, float]], heard: Sequence[TimedWord]) -> WordDelays:
    """Delays of the words that were said, each with its true end, by the words of the finals."""
    pairs = matches([word for word, _ in said], [one.word for one in heard])
    return WordDelays(
        shown=tuple(heard[place].shown_s - said[index][1] for index, place in pairs),
        committed=tuple(heard[place].committed_s - said[index][1] for index, place in pairs),
        missed=len(said) - len(pairs),
    )
