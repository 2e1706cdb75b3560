"""How steady the text of utterances was while they were being said. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from asrd.bench.figures.streaming import commit_errors, erased_words, unstable_words
from asrd.bench.figures.utterances import Look


@dataclass(frozen=True)
class Stability:
    """Counted in words, over utterances that ended in text.

    Attributes:
        words: of the finals.
        erased: shown and taken back (NE is this for each word of the finals).
        unstable: shown, and not to be found in the next hypothesis (UPWR, likewise).
        erased_committed: committed and taken back by a later partial, as where a committed word goes on.
        commit_errors: of what was committed last, contradicted by the final.
    """

    words: int = 0
    erased: int = 0
    unstable: int = 0
    erased_committed: int = 0
    commit_errors: int = 0

    def __add__(self, other: Stability) -> Stability:
        return Stability(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def stability(looks: Sequence[Look], final_words: Sequence[str]) -> Stability:
    """What was taken back in one utterance, by the words of its final; a final without words counts for nothing."""
    if not final_words:
        return Stability()
    committed = [look.committed for look in looks]
    return Stability(
        words=len(final_words),
        erased=erased_words([*(look.words for look in looks), final_words]),
        unstable=unstable_words([*(look.words for look in looks), final_words]),
        erased_committed=erased_words(committed),
        commit_errors=commit_errors(committed[-1], final_words) if committed else 0,
    )
