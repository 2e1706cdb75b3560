"""The figures of one variant, each with its 95 % interval.

The same clip is heard in several conditions, so clips are drawn again with all of theirs, and recordings of noise as a
whole. Two variants hear the same clips: where their intervals do not overlap, they surely differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.bench.figures.spread import Estimate, bootstrap_interval, share
from asrd.bench.outcome.result import Better, Kind, Measure
from asrd.bench.vad.measuring import Measured
from asrd.bench.vad.scoring import Score
from asrd.options import SegmentOptions

FloatArray = npt.NDArray[np.float64]

PERCENTILES: Final = (5, 50, 95)
_COUNTED: Final = ("missed", "split", "merged")
_EDGES: Final[Mapping[str, tuple[Better, Better, Better]]] = {
    "onset": (Better.NEITHER, Better.LOWER, Better.LOWER),
    "known": (Better.NEITHER, Better.LOWER, Better.LOWER),
    "end": (Better.HIGHER, Better.NEITHER, Better.LOWER),
    "closed": (Better.NEITHER, Better.LOWER, Better.LOWER),
}
"""For each of `PERCENTILES` which way it should go."""


def clip_values(scores: Iterable[Score], options: SegmentOptions) -> dict[str, FloatArray]:
    """What is known of every clip in the scenes of one set, (scenes, clips) each; NaN where it is not known.

    `missed`, `split` and `merged` in % (of a clip), `onset`, `known`, `end` and `closed` in ms, `late` (the begin is
    heard more than the pre-roll too late, so that speech is lost) and `early` (the end more than the tail pad too
    early) in %.
    """
    clips = [score.clips for score in scores]
    values = {name: 100 * _table(clips, name) for name in _COUNTED}
    values |= {name: _table(clips, f"{name}_ms") for name in _EDGES}
    known = np.where(np.isnan(values["onset"]), np.nan, 100.0)
    values["late"] = known * (values["onset"] > options.preroll_ms)
    values["early"] = known * (values["end"] < -options.tail_pad_ms)
    return values


def all_clip_values(result: Measured) -> dict[str, FloatArray]:
    """The same for all sets: (conditions, clips of all sets)."""
    of_sets = [
        clip_values((score for (source, _), score in result.spoken.items() if source == name), result.variant.options)
        for name in dict.fromkeys(source for source, _ in result.spoken)
    ]
    return {name: np.concatenate([values[name] for values in of_sets], axis=1) for name in of_sets[0]}


def noise_rates(scores: Iterable[Score]) -> dict[str, Estimate]:
    """What is found in noise alone: `false_starts` and `dropped` an hour, `open` in %."""
    noises = [noise for score in scores for noise in score.noises]
    lengths_s = [noise.length_s for noise in noises]
    return {
        "false_starts": share([noise.false_starts for noise in noises], lengths_s).times(3600),
        "dropped": share([noise.dropped for noise in noises], lengths_s).times(3600),
        "open": share([noise.open_s for noise in noises], lengths_s).times(100),
    }


def measures_of(result: Measured) -> dict[str, Measure]:
    """All figures of a variant, by what they are called without its name, such as `missed` or `onset.p50`."""
    clips = all_clip_values(result)
    missed = clips["missed"]
    recordings = sum(len(score.noises) for score in result.noise.values())
    noise = noise_rates(result.noise.values())
    measures = {
        "missed": Measure("missed", float(missed.sum()) / 100, "clips", Kind.COUNTER, count=missed.size),
        "split": _of_clips(clips["split"], _mean, "%"),
        "merged": _of_clips(clips["merged"], _mean, "%"),
        "false_starts": _of_noise(noise["false_starts"], recordings, "/h"),
        "dropped": _of_noise(noise["dropped"], recordings, "/h"),
        "open": _of_noise(noise["open"], recordings, "%"),
        "late": _of_clips(clips["late"], _mean, "%"),
        "early": _of_clips(clips["early"], _mean, "%"),
    }
    for name, directions in _EDGES.items():
        for part, better in zip(PERCENTILES, directions, strict=True):
            measures[f"{name}.p{part}"] = _of_clips(clips[name], _percentile(part), "ms", better)
    measures["cpu"] = Measure("cpu", result.cpu_s / result.hours, "s/h", Kind.TIME)
    return {name: replace(measure, name=f"{result.variant.name}.{name}") for name, measure in measures.items()}


def percentile_cells(values: FloatArray) -> str:
    """`PERCENTILES` for a table; "-" where nothing is known."""
    known = values[~np.isnan(values)]
    return " / ".join(f"{value:.0f}" for value in np.percentile(known, PERCENTILES)) if known.size else "-"


_Statistic = Callable[[FloatArray], FloatArray]
"""From (draws, values), of which at least one of each draw is known, to (draws,)."""


def _of_clips(values: FloatArray, statistic: _Statistic, unit: str, better: Better = Better.LOWER) -> Measure:
    """A figure of (conditions, clips)."""
    drawn = values[:, ~np.isnan(values).all(axis=0)]
    count = int((~np.isnan(values)).sum())
    if not count:
        return Measure("", None, unit, Kind.RATIO, better, count=0)

    def redrawn(picks: npt.NDArray[np.intp]) -> FloatArray:
        return statistic(np.moveaxis(drawn[:, picks], 0, 1).reshape(len(picks), -1))

    value = float(statistic(drawn.reshape(1, -1))[0])
    low, high = bootstrap_interval(redrawn, drawn.shape[1]) if drawn.shape[1] > 1 else (None, None)
    return Measure("", value, unit, Kind.RATIO, better, low, high, count)


def _of_noise(rate: Estimate, recordings: int, unit: str) -> Measure:
    low, high = (rate.low, rate.high) if recordings > 1 else (None, None)
    return Measure("", rate.value, unit, Kind.RATIO, Better.LOWER, low, high, recordings)


def _mean(values: FloatArray) -> FloatArray:
    return np.asarray(np.nanmean(values, axis=1))


def _percentile(part: float) -> _Statistic:
    """As `np.nanpercentile(..., axis=1)`, which is slow for many rows: it takes them one by one."""

    def of_rows(values: FloatArray) -> FloatArray:
        ordered = np.sort(values, axis=1)  # what is not known comes last
        rows, last = np.arange(len(values)), np.count_nonzero(~np.isnan(values), axis=1) - 1
        place = last * part / 100
        below = np.floor(place).astype(np.intp)
        lower, upper = ordered[rows, below], ordered[rows, np.minimum(below + 1, last)]
        return np.asarray(lower + (upper - lower) * (place - below))

    return of_rows


def _table(clips: Sequence[Sequence[object]], name: str) -> FloatArray:
    return np.array([[getattr(clip, name) for clip in scene] for scene in clips], np.float64)
