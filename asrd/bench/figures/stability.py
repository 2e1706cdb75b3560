"""How steady the text of a session was while it was being said, and how late its words came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from asrd.bench.figures.streaming import (
    commit_errors,
    erased_words,
    first_shown,
    length_adaptive_average_lagging,
    unstable_words,
)

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Stability:
    """Counted in words, over utterances that ended in text.

    Attributes:
        words: of the finals.
        erased: shown and taken back (NE is this for each word of the finals).
        unstable: shown, and not to be found in the next hypothesis (UPWR, likewise).
        erased_committed: committed and taken back by a later partial; must be 0.
        commit_errors: of what was committed last, contradicted by the final.
    """

    words: int = 0
    erased: int = 0
    unstable: int = 0
    erased_committed: int = 0
    commit_errors: int = 0

    def __add__(self, other: Stability) -> Stability:
        return Stability(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def ratios(self) -> dict[str, float]:
        """Every count for each word of the finals; 0 where there are no words."""
        words = max(1, self.words)
        return {
            "normalised_erasure": round(self.erased / words, 4),
            "unstable_partial_word_ratio": round(self.unstable / words, 4),
            "committed_erasure": round(self.erased_committed / words, 4),
            "commit_error_rate": round(self.commit_errors / words, 4),
        }


@dataclass(frozen=True)
class _Utterance:
    partials: Sequence[tuple[float, Message]]
    final: tuple[float, Message]

    @property
    def words(self) -> list[str]:
        text: str = self.final[1]["text"]
        return text.split()

    @property
    def shown(self) -> list[tuple[float, list[str]]]:
        partials = [(at, (message["committed"] + message["tail"]).split()) for at, message in self.partials]
        return [*partials, (self.final[0], self.words)]


def stability_of(messages: Iterable[tuple[float, Message]]) -> Stability:
    """What was taken back in a session, given its messages with their times of arrival."""
    return sum((_stability(utterance) for utterance in _utterances(messages)), Stability())


def lags_s(messages: Iterable[tuple[float, Message]]) -> list[float]:
    """LAAL of each utterance, in seconds: how far its words, as they stayed, came behind the speaker.

    Times of arrival are on the clock of the session's audio, played at real time.
    """
    return [_lag_s(utterance) for utterance in _utterances(messages)]


def _utterances(messages: Iterable[tuple[float, Message]]) -> list[_Utterance]:
    partials: dict[int, list[tuple[float, Message]]] = {}
    found = []
    for at, message in messages:
        if message["type"] == "partial":
            partials.setdefault(message["utterance"], []).append((at, message))
        elif message["type"] == "final" and message["text"].strip():
            found.append(_Utterance(partials.pop(message["utterance"], []), (at, message)))
    return found


def _stability(utterance: _Utterance) -> Stability:
    history = [words for _, words in utterance.shown]
    committed = [message["committed"].split() for _, message in utterance.partials]
    return Stability(
        words=len(utterance.words),
        erased=erased_words(history),
        unstable=unstable_words(history),
        erased_committed=erased_words(committed),
        commit_errors=commit_errors(committed[-1], utterance.words) if committed else 0,
    )


def _lag_s(utterance: _Utterance) -> float:
    final = utterance.final[1]
    delays_s = [at - final["start"] for at in first_shown(utterance.shown, utterance.words)]
    return length_adaptive_average_lagging(delays_s, final["end"] - final["start"])
