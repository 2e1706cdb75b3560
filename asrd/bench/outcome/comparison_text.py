"""Comparisons as Markdown, as JSON, and in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from asrd.bench.outcome.comparing import Compared, Comparison, Verdict
from asrd.bench.outcome.result import Measure
from asrd.bench.outcome.text import figure, paragraph, spread, table

_MOST_NAMED: Final = 5


def comparison_text(comparisons: Sequence[Comparison]) -> str:
    """For each bench a table of all figures, and how many of each verdict there are."""
    return "\n".join(_one(comparison) for comparison in comparisons)


def comparison_object(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """The same as a JSON object."""
    return {
        one.name: {"remarks": list(one.remarks), "measures": [_object(compared) for compared in one.compared]}
        for one in comparisons
    }


def worse_sentence(comparisons: Sequence[Comparison]) -> str:
    """Which figures are worse, in one sentence; "" if none is."""
    worse = [f"{one.name} {_step(compared)}" for one in comparisons for compared in one.of(Verdict.WORSE)]
    if not worse:
        return ""
    count = "1 figure is" if len(worse) == 1 else f"{len(worse)} figures are"
    more = f", and {len(worse) - _MOST_NAMED} more" if len(worse) > _MOST_NAMED else ""
    return f"{count} worse: {', '.join(worse[:_MOST_NAMED])}{more}"


def _one(comparison: Comparison) -> str:
    rows = [
        [one.name, _figure(one.before), _figure(one.after), _change(one), one.verdict.value]
        for one in comparison.compared
    ]
    counts = [f"{len(found)} {verdict.value}" for verdict in Verdict if (found := comparison.of(verdict))]
    parts = [f"**{comparison.name}**\n", *map(paragraph, comparison.remarks)]
    if rows:
        parts.append(table(["measure", "before", "after", "change", "verdict"], rows))
    return "\n".join([*parts, paragraph(f"{', '.join(counts) or 'nothing measured'}.")])


def _figure(measure: Measure | None) -> str:
    if measure is None:
        return "-"
    known = "" if measure.low is None else f" ({spread(measure)})"
    return f"{figure(measure.value, measure.unit)}{known}"


def _change(compared: Compared) -> str:
    if compared.verdict is Verdict.NOT_COMPARABLE or compared.difference is None:
        return "-"
    if compared.ratio is None or (compared.after and compared.after.unit == "%"):
        return f"{'+' if compared.difference > 0 else ''}{figure(compared.difference)}"
    return f"{figure(compared.ratio)} x"


def _step(compared: Compared) -> str:
    before, after = (figure(one.value, one.unit) for one in (compared.before, compared.after) if one)
    return f"{compared.name} ({before} -> {after})"


def _object(compared: Compared) -> dict[str, Any]:
    known = compared.after or compared.before
    return {
        "name": compared.name,
        "unit": known.unit if known else "",
        "before": compared.before.value if compared.before else None,
        "after": compared.after.value if compared.after else None,
        "ratio": compared.ratio,
        "difference": compared.difference,
        "verdict": compared.verdict.value,
    }
