"""Results of any content, for tests of what is done with them."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import strategies as st

from asrd.bench.outcome.result import (
    Better,
    Bound,
    Kind,
    Line,
    Measure,
    Result,
    Series,
    Shape,
    Table,
)

MACHINE = {"processor": "One", "cores": "2", "memory": "4.0 GiB", "python": "3.11", "numpy": "2.0"}
MODEL = {"model": "small 1", "sha256": "0123456789ab"}


def result(*measures: Measure, **members: Any) -> Result:
    """A result with these measures."""
    given = {
        "bench": "latency",
        "command": "asrd bench latency a.wav",
        "date": "2026-11-23",
        "machine": MACHINE,
        "model": MODEL,
        "settings": {},
        "samples": "3 clips",
        "wall_s": 12.3,
        "measures": measures,
    }
    return Result(**{**given, **members})


def measure(value: float | None, low: float | None = None, high: float | None = None, **members: Any) -> Measure:
    """A measure, of a time unless `kind` says otherwise."""
    given = Measure("final.p95", value, "ms", Kind.TIME, low=low, high=high)
    return dataclasses.replace(given, **members)


texts = st.text(max_size=20)
numbers = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**53), 2**53)
figures = st.none() | numbers
bounds = st.builds(Bound, figures, figures)
measures = st.builds(
    Measure,
    name=texts,
    value=figures,
    unit=texts,
    kind=st.sampled_from(Kind),
    better=st.sampled_from(Better),
    low=figures,
    high=figures,
    count=st.integers(0, 10**9),
    bound=st.none() | bounds,
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        Table,
        texts,
        st.lists(texts, min_size=width, max_size=width),
        st.lists(st.lists(texts, min_size=width, max_size=width), max_size=3),
    )
)


@st.composite
def _series(draw: st.DrawFn) -> Series:
    shape = draw(st.sampled_from(Shape))
    lines = []
    for _ in range(draw(st.integers(0, 3))):
        x = draw(st.lists(numbers, max_size=5))
        y = [] if shape is Shape.DISTRIBUTION else draw(st.lists(numbers, min_size=len(x), max_size=len(x)))
        lines.append(Line(draw(texts), x, y))
    return Series(draw(texts), draw(texts), shape, draw(texts), draw(texts), lines)


results = st.builds(
    Result,
    bench=texts,
    command=texts,
    date=texts,
    machine=st.dictionaries(texts, texts, max_size=3),
    model=st.dictionaries(texts, texts, max_size=2),
    settings=st.dictionaries(texts, texts | figures | st.booleans() | st.lists(texts, max_size=2), max_size=3),
    samples=texts,
    wall_s=st.floats(0, 1e6),
    measures=st.lists(measures, max_size=4, unique_by=lambda one: one.name),
    tables=st.lists(tables, max_size=2),
    series=st.lists(_series(), max_size=2),
    notes=st.lists(texts, max_size=2),
)
