"""Why the default is the default, or why it should not be: told from the figures, not by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from asrd.bench.outcome.result import Kind, Measure
from asrd.bench.outcome.text import figure
from asrd.bench.vad.variants import Variant
from asrd.options import SegmentOptions

_JUDGED: Final = (
    "missed",
    "false_starts",
    "open",
    "merged",
    "late",
    "early",
    "split",
    "known.p50",
    "known.p95",
    "closed.p50",
    "closed.p95",
    "dropped",
)
"""What is compared, what matters most first."""


def notes_on_default(measures: Mapping[Variant, Mapping[str, Measure]]) -> list[str]:
    """Sentences: the default's figures, what every other variant does better and worse, and whether one should be the
    default instead because it is better in something and worse in nothing."""
    default = Variant(SegmentOptions())
    if default not in measures:
        return [f"The default, {default.name}, is not among the variants: nothing here speaks for it or against it."]
    own = measures[default]
    notes = [f"The default is {default.name}: {_told((*_JUDGED, 'cpu'), own)}."]
    rivals = []
    for variant, others in measures.items():
        better = [name for name in _JUDGED if _is_better(others[name], own[name])]
        worse = [name for name in _JUDGED if _is_better(own[name], others[name])]
        if better and not worse:
            rivals.append(variant.name)
        if better or worse:
            sides = [("better", better), ("worse", worse)]
            told = "; ".join(f"{side} in {_told(names, others)}" for side, names in sides if names)
            notes.append(f"{variant.name} is {told}.")
    if len(measures) > 1:
        notes.append(
            "Figures count as different where a count differs or their 95 % intervals do not overlap. "
            f"{_verdict(rivals)}."
        )
    return notes


def _is_better(one: Measure, other: Measure) -> bool:
    """Whether `one` is surely better; all that is judged should be low."""
    ours, theirs = _spread(one), _spread(other)
    return ours is not None and theirs is not None and ours[1] < theirs[0]


def _spread(measure: Measure) -> tuple[float, float] | None:
    """Least and most; a counter is exact, and of other figures without a spread nothing is sure."""
    if measure.kind is Kind.COUNTER and measure.value is not None:
        return measure.value, measure.value
    return None if measure.low is None or measure.high is None else (measure.low, measure.high)


def _told(names: Sequence[str], measures: Mapping[str, Measure]) -> str:
    return ", ".join(f"{name} ({figure(measures[name].value, measures[name].unit)})" for name in names)


def _verdict(rivals: list[str]) -> str:
    if not rivals:
        return "No variant is better than the default in something without being worse in something else"
    return f"Better than the default in something and worse in nothing: {', '.join(rivals)}"
