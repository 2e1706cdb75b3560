"""A result as Markdown, for a terminal and for a document alike."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from asrd.bench.outcome.result import Measure, Result
from asrd.text.columns import columns, harmless

COLUMNS: Final = 120  # of running text
_MOST_UNFOLDED: Final = 12  # measures in a document
_NARROWEST_COLUMN: Final = 3  # a rule is dashes and a colon
_WIDEST_COLUMN: Final = 60  # a wider cell is written whole, and only its own row is longer
_NUMBER: Final = re.compile(r"[-+<>]?\d|-?$")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; columns of numbers to the right, and the first to the left."""
    cells = [[_cell(text) for text in row] for row in (header, *rows)]
    is_right = [index > 0 and all(_NUMBER.match(row[index]) for row in cells[1:]) for index in range(len(header))]
    widths = [_width(column) for column in zip(*cells, strict=True)]
    rule = ["-" * (width - 1) + (":" if right else "-") for width, right in zip(widths, is_right, strict=True)]
    return "".join(_line(row, widths, is_right) for row in (cells[0], rule, *cells[1:]))


def machine_lines(machine: Mapping[str, str]) -> str:
    """What it ran on, one line each."""
    return "".join(f"- {harmless(key)}: {harmless(value)}\n" for key, value in machine.items())


def paragraph(text: str) -> str:
    """Running text in lines of at most `COLUMNS`."""
    return textwrap.fill(harmless(text), COLUMNS, break_long_words=False, break_on_hyphens=False) + "\n"


def as_text(result: Result) -> str:
    """The machine and all of `parts_of`."""
    return "\n".join([machine_lines(result.machine), *parts_of(result)])


def parts_of(result: Result, *, is_folded: bool = False) -> list[str]:
    """Blocks of Markdown: what was measured with, its settings, all tables, all measures, the notes.

    `is_folded`: where tables say most of it, a click on a page shows the measures.
    """
    parts = [paragraph(_measured_with(result))]
    if result.settings:
        parts.append(paragraph(f"Settings: {', '.join(f'{k} {_setting(v)}' for k, v in result.settings.items())}."))
    parts += [f"**{harmless(one.title)}**\n\n{table(one.header, one.rows)}" for one in result.tables]
    if result.measures:
        measures = measures_table(result.measures)
        is_long = is_folded and result.tables and len(result.measures) > _MOST_UNFOLDED
        parts.append(_folded(f"All {len(result.measures)} measures", measures) if is_long else measures)
    return parts + [paragraph(note) for note in result.notes]


def _folded(title: str, block: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{block}\n</details>\n"


def measures_table(measures: Sequence[Measure]) -> str:
    """One row for each figure; columns that none of them has are left out."""
    header = ["measure", "value", "spread", "n", "bound"]
    rows = [[one.name, figure(one.value, one.unit), spread(one), str(one.count), _bound(one)] for one in measures]
    shown = [index for index in range(len(header)) if index < 2 or any(row[index] != "-" for row in rows)]
    return table([header[index] for index in shown], [[row[index] for index in shown] for row in rows])


def figure(value: float | None, unit: str = "") -> str:
    """A number with three digits that count, or more before the point; "-" for none."""
    if value is None or not math.isfinite(value):
        return "-"
    size = abs(value)
    number = f"{value:.0f}" if size >= 100 or value == int(value) else f"{value:.1f}" if size >= 10 else f"{value:.3g}"
    number = "0" if number == "-0" else number
    return f"{number} {unit}".rstrip()


def spread(measure: Measure) -> str:
    """Its low and high, or "-"."""
    if measure.low is None or measure.high is None:
        return "-"
    return f"{figure(measure.low)} to {figure(measure.high)}"


def _bound(measure: Measure) -> str:
    if measure.bound is None:
        return "-"
    return f"{measure.bound}{'' if measure.is_kept else ': broken'}"


def _measured_with(result: Result) -> str:
    model = [f"model {result.model['model']} (sha256 {result.model['sha256']}...)"] if "sha256" in result.model else []
    return "; ".join([*model, result.samples, f"{result.date}, in {figure(result.wall_s, 's')}."])


def _setting(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(map(_setting, value)) or "none"
    return {True: "on", False: "off", None: "none"}[value] if value is None or isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return harmless(text).replace("|", "\\|")


def _width(cells: Sequence[str]) -> int:
    return max([_NARROWEST_COLUMN, *(width for width in map(columns, cells) if width <= _WIDEST_COLUMN)])


def _line(row: Sequence[str], widths: Sequence[int], is_right: Sequence[bool]) -> str:
    cells = [_padded(cell, width, right) for cell, width, right in zip(row, widths, is_right, strict=True)]
    return f"| {' | '.join(cells)} |\n"


def _padded(cell: str, width: int, right: bool) -> str:
    room = " " * (width - columns(cell))
    return room + cell if right else cell + room
