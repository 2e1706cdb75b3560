"""How a bench puts its result together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from asrd.bench.host.machine import describe_machine
from asrd.bench.outcome.result import Line, Measure, Result, Series, Shape, Table
from asrd.bench.outcome.thinning import thinned


@dataclass
class Collector:
    """Takes figures while a bench runs; `result` ends it. Times count from when it was made."""

    bench: str
    command: str
    model: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    measures: list[Measure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def add(self, measure: Measure) -> None:
        """Take one figure."""
        self.measures.append(measure)

    def draw(self, name: str, title: str, shape: Shape, labels: tuple[str, str], lines: Sequence[Line]) -> None:
        """Take a picture; long lines are thinned out."""
        self.series.append(Series(name, title, shape, *labels, [thinned(line, shape) for line in lines]))

    def result(self, samples: str) -> Result:
        """All of it; `samples` says in words how many clips, minutes, repeats."""
        return Result(
            bench=self.bench,
            command=self.command,
            date=datetime.now(timezone.utc).date().isoformat(),
            machine=describe_machine(),
            model=self.model,
            settings=self.settings,
            samples=samples,
            wall_s=round(time.monotonic() - self.began_s, 1),
            measures=tuple(self.measures),
            tables=tuple(self.tables),
            series=tuple(self.series),
            notes=tuple(self.notes),
        )
