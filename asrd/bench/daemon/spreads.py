"""Figures of a set that was played several times, with their spread.

The values of one clip are much alike, and the repeats of a set say the same clips again; so spreads are those of clips,
which are drawn with all that was measured of them (cluster bootstrap: Davison and Hinkley 1997, Bootstrap Methods and
their Application, 3.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from asrd.bench.figures.spread import bootstrap_interval, percentile, share
from asrd.bench.outcome.result import Kind, Measure

_Found = TypeVar("_Found")
OfClip = tuple[str, _Found]
"""The name of a clip, and what was measured of it when it was said once."""

PARTS: Final = (50, 95)
_MS: Final = 1000.0


def in_ms(name: str, repeats_s: Sequence[Sequence[OfClip[Sequence[float]]]]) -> list[Measure]:
    """p50 and p95 of the samples of all repeats, as `NAME.p50` and `NAME.p95`, in milliseconds.

    The spread is a 95 % interval over the distinct clips, widened to the least and most of the repeats. One clip that
    was said once has none.
    """
    repeats = [[_MS * value_s for _, values_s in one for value_s in values_s] for one in repeats_s]
    repeats = [one for one in repeats if one]
    owned = [(_MS * value_s, clip) for one in repeats_s for clip, values_s in one for value_s in values_s]
    if not owned:
        return [Measure(f"{name}.p{part}", None, "ms", Kind.TIME, count=0) for part in PARTS]
    values, clips = zip(*owned, strict=True)
    found = []
    for part in PARTS:
        low, high = _widened(_interval(values, clips, part), [percentile(one, part) for one in repeats])
        value = percentile(values, part)
        found.append(Measure(f"{name}.p{part}", value, "ms", Kind.TIME, low=low, high=high, count=len(values)))
    return found


def per_word(name: str, repeats: Sequence[Sequence[OfClip[tuple[int, int]]]]) -> Measure:
    """Words of some kind for each word of the finals, of the clips of all repeats.

    Args:
        name: of the measure.
        repeats: for each repeat, for each clip, how many words of that kind, and of the final.

    The spread is as that of `in_ms`.
    """
    said = [[(clip, pair) for clip, pair in one if pair[1]] for one in repeats]
    clips: dict[str, tuple[int, int]] = {}
    for clip, (some, words) in (each for one in said for each in one):
        before = clips.get(clip, (0, 0))
        clips[clip] = (before[0] + some, before[1] + words)
    if not clips:
        return Measure(name, None, "", Kind.RATIO, count=0)
    found = share(*zip(*clips.values(), strict=True))
    of_repeats = [sum(some for _, (some, _) in one) / sum(words for _, (_, words) in one) for one in said if one]
    low, high = _widened((found.low, found.high) if len(clips) > 1 else (), of_repeats)
    count = sum(words for _, words in clips.values())
    return Measure(name, found.value, "", Kind.RATIO, low=low, high=high, count=count)


def _widened(interval: Sequence[float], repeats: Sequence[float]) -> tuple[float | None, float | None]:
    """Around the figures of all repeats; (None, None) where there is neither an interval nor a second repeat."""
    if not interval and len(repeats) == 1:
        return None, None
    return min(*interval, *repeats), max(*interval, *repeats)


def _interval(values: Sequence[float], clips: Sequence[str], part: float) -> tuple[float, ...]:
    """Of the `part` percentile, given the clip of each value; empty where all are of one clip."""
    names, owners = np.unique(clips, return_inverse=True)
    if len(names) == 1:
        return ()
    order = np.argsort(values)
    ordered, owner = np.asarray(values)[order], owners[order]

    def redrawn(picks: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        times = (np.bincount(one, minlength=len(names)) for one in picks)
        return np.array([_of_ordered(np.repeat(ordered, clip_times[owner]), part) for clip_times in times])

    return bootstrap_interval(redrawn, len(names))


def _of_ordered(values: npt.NDArray[np.float64], part: float) -> float:
    """As `percentile`, which is slow where it is asked thousands of times."""
    place = (len(values) - 1) * part / 100
    below = int(place)
    lower, upper = values[below], values[min(below + 1, len(values) - 1)]
    return float(lower + (upper - lower) * (place - below))
