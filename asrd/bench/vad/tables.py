"""Tables and pictures of `asrd bench vad`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from asrd.bench.outcome.result import Line, Measure, Table
from asrd.bench.outcome.text import figure
from asrd.bench.vad.figures import FloatArray, all_clip_values, clip_values, noise_rates, percentile_cells
from asrd.bench.vad.measuring import Measured

_COUNTED: Final = ("missed", "split %", "merged %")
_NOISE: Final = {"false_starts": "false/h", "dropped": "dropped/h", "open": "open %"}
_EDGES: Final = ("onset ms", "late %", "known ms", "end ms", "early %", "closed ms")

LEGEND: Final = (
    "missed: clips without an utterance; split: utterances more than one in a clip, for 100 clips; merged: pauses of "
    "at least 1.5 s that an utterance bridges; false/h: utterances an hour in noise alone; dropped/h: those begun and "
    "taken back; open: share of the noise that is inside utterances.",
    "onset, known, end, closed: percentiles 5 / 50 / 95 of the first voiced sample, of when that was known, of the "
    "last voiced sample, and of when that was known, less the true begin or end; late, early: beyond the pre-roll and "
    "the tail pad, so that speech is lost.",
    "Names of variants: detector and setting, onset within its window and hangover, both in ms.",
)


def variants_table(results: Sequence[Measured], measures: Sequence[Mapping[str, Measure]]) -> Table:
    """One row per variant: all scenes with speech, all noise, processor time."""
    header = ["variant", *_COUNTED, *_NOISE.values(), *_EDGES, "CPU s/h"]
    rows = []
    for result, of_one in zip(results, measures, strict=True):
        values = all_clip_values(result)
        noise = [figure(of_one[name].value) for name in _NOISE]
        cpu = figure(of_one["cpu"].value)
        rows.append([result.variant.name, *_counts(values), *noise, *_edges(values), cpu])
    return Table("All variants, over all conditions and all noise:", header, rows)


def conditions_table(result: Measured) -> Table:
    """One row per set and condition with speech, of one variant; `false` are utterances between the clips."""
    rows = []
    for (source, condition), score in result.spoken.items():
        values = clip_values([score], result.variant.options)
        counted = [str(len(score.clips)), *_counts(values), str(score.false_starts)]
        rows.append([f"{source}, {condition}", *counted, *_edges(values)])
    title = f"{result.variant.name} by condition; false: utterances in which nobody speaks:"
    return Table(title, ["set and condition", "clips", *_COUNTED, "false", *_EDGES], rows)


def noise_table(results: Sequence[Measured]) -> Table:
    """One row per noise set and variant."""
    rows = []
    for source in results[0].noise:
        for result in results:
            score = result.noise[source]
            minutes = sum(noise.length_s for noise in score.noises) / 60
            rates = [figure(rate.value) for rate in noise_rates([score]).values()]
            rows.append([source, result.variant.name, f"{minutes:.1f}", *rates])
    return Table("Noise alone:", ["noise", "variant", "minutes", *_NOISE.values()], rows)


def distribution_lines(results: Sequence[Measured], name: str) -> list[Line]:
    """Of every variant the errors `name` of all clips, for a picture."""
    lines = []
    for result in results:
        values = all_clip_values(result)[name]
        known = values[~np.isnan(values)]
        if known.size:
            lines.append(Line(result.variant.name, known.tolist()))
    return lines


def _counts(values: Mapping[str, FloatArray]) -> list[str]:
    missed = values["missed"].sum() / 100
    return [f"{missed:.0f}", *(_share(values[name]) for name in ("split", "merged"))]


def _edges(values: Mapping[str, FloatArray]) -> list[str]:
    late, early = (_share(values[name]) for name in ("late", "early"))
    onset, known, end, closed = (percentile_cells(values[name]) for name in ("onset", "known", "end", "closed"))
    return [onset, late, known, end, early, closed]


def _share(values: FloatArray) -> str:
    known = values[~np.isnan(values)]
    return f"{known.mean():.1f}" if known.size else "-"
