"""One utterance: what it should come to by what was heard of it so far. Pure but for the rules it is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from asrd.text.units import split_units
from asrd_clients.graphemes import careful_end
from asrd_clients.rules.interface import Before, Rendered, Rules
from asrd_clients.typist.harmless import MOST_CHARACTERS, harmless, typeable
from asrd_clients.typist.rest import steady_start, steady_words

# Commands that may still become longer the rules leave out themselves. But numbers read otherwise when a word follows
# ("a hundred", "a hundred and five"): what is typed for good must read the same without the last words.
_UNSURE_WORDS: Final = 2
# A model ends every partial as if nothing followed; a full stop that comes and goes four times a second is a nuisance.
_LAST_MARKS: Final = re.compile("[.,;:!?\u2026\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]+$")


class Stage(Enum):
    """How far an utterance has come."""

    PARTIAL = "partial"
    FINAL = "final"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Heard:
    """What the daemon said of an utterance, made harmless.

    Attributes:
        settled: what will not change any more; all of a final.
        tail: what may.
        language: the model's name of it.
        cut: characters that were left out, as nobody says so much.
    """

    stage: Stage
    settled: str = ""
    tail: str = ""
    language: str = ""
    cut: int = 0

    @property
    def text(self) -> str:
        """All of it."""
        return self.settled + self.tail


def heard_partial(committed: str, tail: str, language: str) -> Heard:
    """From a partial's members."""
    settled, whole = harmless(committed), harmless(committed + tail)
    if not whole.startswith(settled):
        settled = steady_start([settled, whole])  # a mark in the tail belongs to the last letter
    return Heard(Stage.PARTIAL, settled, whole[len(settled) :], language)


def heard_final(text: str, language: str) -> Heard:
    """From a final's members."""
    return Heard(Stage.FINAL, harmless(text), "", language, max(0, len(text) - MOST_CHARACTERS))


@dataclass(frozen=True)
class Writer:
    """Applies the rules, and the last filter behind them.

    Attributes:
        rules: what the user wants.
        enter: whether a line feed may come out.
    """

    rules: Rules
    enter: bool

    def final(self, heard: Heard, before: str) -> Rendered:
        """What a final comes to."""
        return self._render(heard.text, heard, before)

    def live(self, heard: Heard, before: str, typed: str = "") -> str:
        """What a partial looks like now. What could not be erased again is only in it if it is steady, or typed."""
        text = _LAST_MARKS.sub("", self._render(heard.text, heard, before, is_growing=True).text)
        if careful_end(text, 0) == len(text):
            return text
        steady = len(steady_start([text, self.steady(heard, before)]))
        return text[: careful_end(text, max(steady, len(typed) if text.startswith(typed) else 0))]

    def steady(self, heard: Heard, before: str) -> str:
        """What of a partial can be typed for good."""
        units = split_units(heard.settled)
        fewest = max(0, len(units) - _UNSURE_WORDS)
        shortened = ["".join(units[:count]) for count in range(fewest, len(units) + 1)]
        return steady_words([self._render(text, heard, before, is_growing=True).text for text in shortened])

    def _render(self, text: str, heard: Heard, before: str, *, is_growing: bool = False) -> Rendered:
        if not text.strip():
            return Rendered()
        rendered = self.rules.render(text, heard.language, Before(before), is_growing=is_growing)
        return Rendered(rendered.take_back, typeable(rendered.text, enter=self.enter))
