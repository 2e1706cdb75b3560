"""What other stabiliser settings would have shown of the same passes, and how steady that was. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asrd.bench.figures.delays import timed_words
from asrd.bench.figures.normalising import plain_words
from asrd.bench.figures.stability import Stability, stability
from asrd.bench.figures.streaming import erased_words
from asrd.bench.figures.utterances import Look
from asrd.geometry import samples_of, seconds_of
from asrd.text.stabilizer import Stabilizer


@dataclass(frozen=True)
class Pass:
    """A hypothesis of the growing utterance.

    Attributes:
        samples: how much audio it covers.
        text: all of it.
        ends: after how many characters a token ends: committed text may end there.
    """

    samples: int
    text: str
    ends: tuple[int, ...]


@dataclass(frozen=True)
class Shown:
    """What was shown after a pass over so many samples."""

    samples: int
    committed: str
    tail: str


@dataclass(frozen=True)
class Steadiness:
    """Of one utterance.

    Attributes:
        as_shown: counts of words as they were shown: capitals, commas and full stops count.
        as_words: the same without case and punctuation.
        delays_s: for each word of the final how much audio came between its being shown and its commit; what was still
            in the tail is committed by the final.
        late_words: words of the final that were still in the tail before it.
        erased_letters: characters that were committed and then taken back: there must be none. A committed word may yet
            go on, by a comma or letters; in words (`as_shown.erased_committed`) that counts as erased.
    """

    as_shown: Stability
    as_words: Stability
    delays_s: tuple[float, ...]
    late_words: int
    erased_letters: int


def replay(passes: Sequence[Pass], margin_s: float, settle_until: int) -> list[Shown]:
    """What a stabiliser with this margin shows after each pass; `settle_until` as for `Stabilizer`."""
    stabilizer = Stabilizer(samples_of(margin_s), settle_until)
    shown = []
    for one in passes:
        stabilizer.update(one.text, one.samples, one.ends)
        shown.append(Shown(one.samples, stabilizer.committed, stabilizer.tail))
    return shown


def steadiness_of(shown: Sequence[Shown], final: str, end: int) -> Steadiness:
    """How steady that was, given the final text of the utterance, which has `end` samples."""
    as_words = _looks(shown, plain_words)
    final_words = plain_words(final)
    timed = timed_words(as_words, final_words, seconds_of(end))
    return Steadiness(
        as_shown=stability(_looks(shown, str.split), final.split()),
        as_words=stability(as_words, final_words),
        delays_s=tuple(word.committed_s - word.shown_s for word in timed),
        late_words=sum(word.committed_s == seconds_of(end) for word in timed),
        erased_letters=erased_words([one.committed for one in shown]),
    )


def _looks(shown: Sequence[Shown], words: Callable[[str], list[str]]) -> list[Look]:
    return [Look(seconds_of(one.samples), words(one.committed), words(one.committed + one.tail)) for one in shown]
