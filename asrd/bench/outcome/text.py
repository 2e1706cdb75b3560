"""A result as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asrd.bench.outcome.result import Measure, Result


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "".join(_line(row, widths) for row in (header, rule, *rows))


def machine_lines(machine: Mapping[str, str]) -> str:
    """What it ran on, one line each."""
    return "".join(f"- {key}: {value}\n" for key, value in machine.items())


def as_text(result: Result) -> str:
    """The machine, what was measured on, all tables, all measures, the notes."""
    parts = [machine_lines({**result.machine, **result.model}), f"{result.samples}; {result.wall_s:.0f} s.\n"]
    parts += [f"{one.title}\n\n{table(one.header, one.rows)}" for one in result.tables]
    if result.measures:
        parts.append(measures_table(result.measures))
    parts += [f"{note}\n" for note in result.notes]
    return "\n".join(parts)


def measures_table(measures: Sequence[Measure]) -> str:
    """One row for each figure."""
    rows = [
        [one.name, figure(one.value, one.unit), spread(one), str(one.count), str(one.bound or "")] for one in measures
    ]
    return table(["measure", "value", "spread", "n", "bound"], rows)


def figure(value: float | None, unit: str = "") -> str:
    """A number with three digits that count, or more before the point; "-" for none."""
    if value is None:
        return "-"
    size = abs(value)
    number = f"{value:.0f}" if size >= 100 or value == int(value) else f"{value:.1f}" if size >= 10 else f"{value:.3g}"
    return f"{number} {unit}".rstrip()


def spread(measure: Measure) -> str:
    """Its low and high, or "-"."""
    if measure.low is None or measure.high is None:
        return "-"
    return f"{figure(measure.low)} to {figure(measure.high)}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return f"| {' | '.join(cells)} |\n"
