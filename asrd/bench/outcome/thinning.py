"""Long lines, with as few points as can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from asrd.bench.outcome.result import Line, Shape

MOST_POINTS: Final = 500  # of a line: a picture is not much wider in pixels, and a kept result stays small
_DIGITS: Final = 6  # that count


def thinned(line: Line, shape: Shape) -> Line:
    """A line of at most `MOST_POINTS` points, with its first and its last, and numbers of six digits.

    A distribution is sorted before. Of a line over x the least and the most of each stretch are kept, so that no peak
    is lost; lines that are stacked keep the same x.
    """
    if shape is Shape.DISTRIBUTION:
        line = replace(line, x=sorted(line.x))
    if len(line.x) > MOST_POINTS:
        picked = _peaks(line.y) if shape is Shape.LINES else _even(len(line.x), MOST_POINTS)
        line = replace(line, x=[line.x[index] for index in picked], y=[line.y[index] for index in picked if line.y])
    return replace(line, x=_rounded(line.x), y=_rounded(line.y))


def _even(count: int, wanted: int) -> list[int]:
    return [round(index * (count - 1) / (wanted - 1)) for index in range(wanted)]


def _peaks(values: Sequence[float]) -> list[int]:
    """The first and the last, and of each stretch between where it is least and where it is most."""
    stretches = (MOST_POINTS - 2) // 2
    borders = [1 + index * (len(values) - 2) // stretches for index in range(stretches + 1)]
    picked = {0, len(values) - 1}
    for start, end in pairwise(borders):
        picked.add(min(range(start, end), key=values.__getitem__))
        picked.add(max(range(start, end), key=values.__getitem__))
    return sorted(picked)


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)
