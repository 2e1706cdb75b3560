"""What the viewer sees of a text that is recognised again and again: `committed` grows only, `tail` may change.

The decoder knows nothing of it: it recognises all audio at every pass, and this only decides what is safe to show as
settled. A unit (a word) is committed when two consecutive passes agree on it and on everything before it (local
agreement: Liu et al. 2020, arXiv:2005.11185; Polak et al. 2022), and it was first seen at least `margin_samples` of
audio ago.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile

from asrd.text.growth import Growth
from asrd.text.units import split_units
from asrd.values import Word


@dataclass(frozen=True)
class _Seen:
    unit: str
    agreed: bool  # this pass and the one before both have it here
    interval: tuple[int, int]  # audio positions of the last pass without it and the first pass with it


class Stabilizer:
    """Follows one utterance. Positions are samples since the utterance began."""

    def __init__(self, margin_samples: int, settle_until: int | None = None) -> None:
        """How long ago a unit must have been seen first, in audio; and up to where, since a cut may take the rest."""
        self._margin = margin_samples
        self._settle_until = settle_until
        self._seen: list[_Seen] = []
        self._growth = Growth()
        self._position = 0
        self.committed = ""
        self.tail = ""

    def update(self, text: str, position: int, boundaries: Collection[int] | None = None) -> None:
        """Take the text of a pass over the audio up to `position`.

        Args:
            text: the whole text of the pass.
            position: how many samples it covers; not less than at the call before.
            boundaries: if given, `committed` may end only after so many characters of `text` (token ends).
        """
        units = split_units(text)
        same = _common(units, self._seen)
        fresh = (self._position, position)
        self._seen = [_Seen(seen.unit, True, seen.interval) for seen in self._seen[:same]]
        self._seen += [_Seen(unit, False, fresh) for unit in units[same:]]
        self._position = position
        self._growth.heard(units, position)
        self._commit(text, boundaries)
        self.tail = self._tail(units)

    def finish(self, text: str, position: int) -> None:
        """Take the final text of the audio up to `position`: what follows the committed part is settled as well."""
        units = split_units(text)
        self._seen = [_Seen(unit, True, (self._position, position)) for unit in units]
        self._position = position
        self.committed += self._tail(units)
        self.tail = ""

    def words(self, start: int = 0, end: int | None = None) -> tuple[Word, ...]:
        """Every unit of the last text with its place.

        Args:
            start: where speech begins.
            end: where it ends; not before `start`. None: with the audio.
        """
        return self._growth.words([seen.unit for seen in self._seen], start, self._position if end is None else end)

    def _commit(self, text: str, boundaries: Collection[int] | None) -> None:
        if not text.startswith(self.committed):
            return
        length = 0
        for seen in self._seen:
            if not seen.agreed or self._position - seen.interval[1] < self._margin:
                break
            if self._settle_until is not None and seen.interval[1] > self._settle_until:
                break
            length += len(seen.unit)
            if length > len(self.committed) and (boundaries is None or length in boundaries):
                self.committed = text[:length]

    def _tail(self, units: Sequence[str]) -> str:
        """What follows the committed text; a text that contradicts it is aligned with it by its number of units."""
        text = "".join(units)
        if text.startswith(self.committed):
            return text[len(self.committed) :]
        return "".join(units[len(split_units(self.committed)) :])


def _common(units: Sequence[str], seen: Sequence[_Seen]) -> int:
    """How many units at the beginning are the same."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1].unit, zip(units, seen, strict=False))))
