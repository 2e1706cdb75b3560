"""Tables of `asrd bench vad`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from asrd.bench.outcome.text import table
from asrd.bench.vad.measuring import Measured
from asrd.bench.vad.scoring import Score
from asrd.options import SegmentOptions

_COUNTS = ("missed", "split", "merged")
_EDGES = ("onset ms", "late %", "known ms", "end ms", "early %")


def variants_table(results: Sequence[Measured]) -> str:
    """One row per variant: all scenes with speech, all noise, processor time."""
    header = ["detector", "onset ms", "hangover ms", *_COUNTS, "false/h", "open %", *_EDGES, "CPU s/h"]
    rows = []
    for result in results:
        options, spoken, noise = result.options, result.spoken, result.noise
        rows.append(
            [
                result.detector,
                f"{options.onset_ms}/{options.onset_window_ms}",
                str(options.hangover_ms),
                *_counts(spoken),
                *_false(noise),
                *_edges(spoken, options),
                f"{result.cpu_s / max(result.hours, 1e-9):.1f}",
            ]
        )
    return table(header, rows)


def conditions_table(result: Measured) -> str:
    """One row per set and condition with speech, of one variant."""
    rows = [
        [f"{source}, {condition}", str(one.clips), *_counts(one), str(one.false_starts), *_edges(one, result.options)]
        for (source, condition), one in result.scores.items()
        if condition
    ]
    return table([result.detector, "clips", *_COUNTS, "false", *_EDGES], rows)


def noise_table(results: Sequence[Measured]) -> str:
    """One row per noise set: false starts per hour, and the share of the time with an utterance open."""
    sources = [source for source, condition in results[0].scores if not condition]
    rows = []
    for source in sources:
        hours = results[0].scores[source, ""].hours
        cells = [" / ".join(_false(result.scores[source, ""])) for result in results]
        rows.append([source, f"{60 * hours:.1f}", *cells])
    return table(["noise", "minutes", *(result.detector for result in results)], rows)


def as_values(result: Measured) -> dict[str, Any]:
    """A result as a JSON value."""
    scenes = [
        {"source": source, "condition": condition, **_values(one, result.options)}
        for (source, condition), one in result.scores.items()
    ]
    return {
        "detector": result.detector,
        "options": asdict(result.options),
        "cpu_s_per_hour": result.cpu_s / max(result.hours, 1e-9),
        "spoken": _values(result.spoken, result.options),
        "noise": _values(result.noise, result.options),
        "scenes": scenes,
    }


def _counts(score: Score) -> list[str]:
    return [str(score.missed), str(score.split), str(score.merged)]


def _false(score: Score) -> list[str]:
    hours = max(score.hours, 1e-9)
    return [f"{score.false_starts / hours:.0f}", f"{100 * score.open_hours / hours:.0f}"]


def _edges(score: Score, options: SegmentOptions) -> list[str]:
    values = _values(score, options)
    return [
        _range(values["onset_ms"]),
        f"{values['late_percent']:.1f}",
        _range(values["known_ms"]),
        _range(values["end_ms"]),
        f"{values['early_percent']:.1f}",
    ]


def _range(percentiles: Sequence[float]) -> str:
    return " / ".join(f"{value:.0f}" for value in percentiles) or "-"


def _values(score: Score, options: SegmentOptions) -> dict[str, Any]:
    """Counts, and of the errors the percentiles 5, 50, 95."""
    return {
        "clips": score.clips,
        "missed": score.missed,
        "split": score.split,
        "merged": score.merged,
        "false_starts": score.false_starts,
        "hours": score.hours,
        "open_hours": score.open_hours,
        "onset_ms": _percentiles(score.onset_ms),
        "known_ms": _percentiles(score.delay_ms),
        "end_ms": _percentiles(score.end_ms),
        "late_percent": _share(np.array(score.onset_ms) > options.preroll_ms),
        "early_percent": _share(np.array(score.end_ms) < -options.tail_pad_ms),
    }


def _percentiles(values: Sequence[float]) -> list[float]:
    return [round(float(value), 1) for value in np.percentile(values, [5, 50, 95])] if values else []


def _share(flags: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    return round(100 * float(flags.mean()), 2) if len(flags) else 0.0
