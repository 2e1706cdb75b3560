"""How a result is put together, and lines get few points."""

from __future__ import annotations

import math
import random
import time

import pytest

from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Kind, Line, Measure, Shape, Table
from asrd.bench.outcome.thinning import MOST_POINTS, thinned


def test_a_result_has_all_that_was_collected() -> None:
    began_s = time.monotonic() - 100.0
    collector = Collector("idle", "asrd bench idle", {"model": "a"}, {"threads": 1}, began_s=began_s)
    collector.add(Measure("one", 1.0, "s", Kind.TIME))
    collector.tables.append(Table("T", ["a"], [["b"]]))
    collector.notes.append("A note.")
    collector.draw("lag", "Lag", Shape.LINES, ("s", "ms"), [Line("", (1.0,), (2.0,))])
    result = collector.result("3 clips")
    assert (result.bench, result.command, result.samples) == ("idle", "asrd bench idle", "3 clips")
    assert (result.model, result.settings) == ({"model": "a"}, {"threads": 1})
    assert (len(result.measures), len(result.tables), result.notes) == (1, 1, ("A note.",))
    assert (result.series[0].x_label, result.series[0].y_label) == ("s", "ms")
    assert len(result.date) == len("2026-11-23")
    assert result.machine["cores"]
    assert result.wall_s >= 100.0


def test_a_short_line_stays_and_gets_short_numbers() -> None:
    line = thinned(Line("a", (1.0, 2.0), (1 / 3, 20000000.0)), Shape.LINES)
    assert line == Line("a", (1.0, 2.0), (0.333333, 20000000.0))


@pytest.mark.parametrize("count", [MOST_POINTS + 1, 2 * MOST_POINTS, 100_000])
def test_a_long_line_keeps_its_ends_and_its_peaks(count: int) -> None:
    y = [0.0] * count
    y[2 * count // 7], y[5 * count // 9] = 9.0, -9.0
    line = thinned(Line("a", [float(x) for x in range(count)], y), Shape.LINES)
    assert MOST_POINTS / 3 < len(line.x) == len(line.y) <= MOST_POINTS
    assert line.x[0] == 0.0
    assert line.x[-1] == pytest.approx(count - 1, rel=1e-5)
    assert (max(line.y), min(line.y)) == (9.0, -9.0)
    assert list(line.x) == sorted(line.x)


def test_a_long_distribution_keeps_its_shape_and_its_ends() -> None:
    generator = random.Random(1)
    values = [generator.gauss(0.0, 1.0) for _ in range(5000)]
    line = thinned(Line("a", values), Shape.DISTRIBUTION)
    assert len(line.x) == MOST_POINTS
    assert line.x[0] == pytest.approx(min(values), rel=1e-5)
    assert line.x[-1] == pytest.approx(max(values), rel=1e-5)
    assert line.x[MOST_POINTS // 2] == pytest.approx(sorted(values)[2500], abs=0.02)
    assert line.y == ()


def test_stacked_lines_keep_the_same_x() -> None:
    x = [float(value) for value in range(3000)]
    first = thinned(Line("a", x, [math.sin(value) for value in x]), Shape.STACKED)
    second = thinned(Line("b", x, [math.cos(value) for value in x]), Shape.STACKED)
    assert first.x == second.x
    assert len(first.x) == len(second.y) == MOST_POINTS
