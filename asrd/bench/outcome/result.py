"""What a bench found: figures with their spread and bound, tables for people, series for pictures.

One form for all benches, so that any result can be kept, compared with another, drawn and written up. It is plain JSON
when kept (`asrd.bench.outcome.store`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

SCHEMA = 1


class Kind(str, Enum):
    """What a figure depends on.

    COUNTER: counted; the same on every machine.
    RATIO: two things of the same run on the same machine, or a share; the same on every machine within its spread.
    TIME, BYTES: of this machine alone.
    """

    COUNTER = "counter"
    RATIO = "ratio"
    TIME = "time"
    BYTES = "bytes"


class Better(str, Enum):
    """Which way a figure should go."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True)
class Bound:
    """What is promised of a figure; a bench whose result breaks one ends with an error."""

    at_most: float | None = None
    at_least: float | None = None

    def holds(self, value: float | None) -> bool:
        """Whether `value` keeps it; nothing measured keeps no bound."""
        if value is None or math.isnan(value):
            return False
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    def __str__(self) -> str:
        parts = [f"at most {self.at_most:g}"] if self.at_most is not None else []
        parts += [f"at least {self.at_least:g}"] if self.at_least is not None else []
        return " and ".join(parts)


@dataclass(frozen=True)
class Measure:
    """One figure.

    Attributes:
        name: unique in its result, from the general to the special: `final_after_speech.p95`.
        value: None where there was nothing to measure.
        unit: "ms", "s", "MB", "%", "x", "words", ...; "" for a plain number.
        kind: what it depends on.
        better: which way it should go.
        low, high: its spread: least and most over repeats, or a 95 % interval; both None where it has none.
        count: of the samples behind it.
        bound: what is promised of it.
    """

    name: str
    value: float | None
    unit: str
    kind: Kind
    better: Better = Better.LOWER
    low: float | None = None
    high: float | None = None
    count: int = 1
    bound: Bound | None = None

    @property
    def is_kept(self) -> bool:
        """Whether its bound, if it has one, holds."""
        return self.bound is None or self.bound.holds(self.value)


@dataclass(frozen=True)
class Table:
    """Rows for people, as text; the first column to the left, numbers to the right."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


class Shape(str, Enum):
    """How a series is drawn.

    LINES: y over x. DISTRIBUTION: share of the samples up to a value; a line's x are the samples, y is empty.
    STACKED: lines one above the other, as of committed text and tail.
    """

    LINES = "lines"
    DISTRIBUTION = "distribution"
    STACKED = "stacked"


@dataclass(frozen=True)
class Line:
    """One line of a picture."""

    label: str
    x: Sequence[float]
    y: Sequence[float] = ()


@dataclass(frozen=True)
class Series:
    """One picture; `name` is that of its file."""

    name: str
    title: str
    shape: Shape
    x_label: str
    y_label: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Result:
    """All that one run of one bench found.

    Attributes:
        bench: its name: "engine", "latency", ...
        command: the command line that repeats it, without paths of this machine.
        date: ISO 8601, the day, UTC.
        machine: what it ran on, and the versions of what computes (`describe_machine`).
        model: name and identity of the model; empty where none was used.
        settings: what was chosen.
        samples: in words: how many clips, minutes, repeats.
        wall_s: how long it took.
        measures, tables, series: what was found.
        notes: sentences that the reader needs, such as what was left out.
    """

    bench: str
    command: str
    date: str
    machine: Mapping[str, str]
    model: Mapping[str, str]
    settings: Mapping[str, Any]
    samples: str
    wall_s: float
    measures: Sequence[Measure] = ()
    tables: Sequence[Table] = ()
    series: Sequence[Series] = ()
    notes: Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        names = [measure.name for measure in self.measures]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"measured twice: {', '.join(sorted(twice))}")

    def measure(self, name: str) -> Measure:
        """The measure of this name.

        Raises:
            KeyError: there is none.
        """
        for one in self.measures:
            if one.name == name:
                return one
        raise KeyError(name)

    def broken(self) -> list[Measure]:
        """Measures whose bound does not hold."""
        return [measure for measure in self.measures if not measure.is_kept]
