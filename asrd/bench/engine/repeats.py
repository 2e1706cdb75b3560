"""Figures that were measured again and again: their median, least and most."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from asrd.bench.outcome.result import Better, Bound, Kind, Measure


def over_repeats(
    name: str,
    values: Sequence[float],
    unit: str,
    kind: Kind,
    *,
    better: Better = Better.LOWER,
    bound: Bound | None = None,
) -> Measure:
    """The median of at least one value, from the least to the most; of one alone no spread is known."""
    low, high = (min(values), max(values)) if len(values) > 1 else (None, None)
    return Measure(name, statistics.median(values), unit, kind, better, low, high, len(values), bound)


def ratio_over_repeats(name: str, above: Sequence[float], below: Sequence[float], better: Better) -> Measure:
    """The median of `above` over that of `below`, in which no value is 0; its spread is the widest that they allow."""
    value = statistics.median(above) / statistics.median(below)
    count = min(len(above), len(below))
    low, high = (min(above) / max(below), max(above) / min(below)) if count > 1 else (None, None)
    return Measure(name, value, "x", Kind.RATIO, better, low, high, count)
