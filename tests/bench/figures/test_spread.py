"""Intervals and slopes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from asrd.bench.figures.spread import Estimate, bootstrap_interval, percentile, share, slope


def test_percentiles() -> None:
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert np.isnan(percentile([], 50))


def test_a_share_and_its_interval() -> None:
    found = share([1.0, 0.0, 2.0], [4.0, 4.0, 2.0])
    assert found.value == 0.3
    assert 0.0 <= found.low < 0.3 < found.high <= 1.0
    assert found == share([1.0, 0.0, 2.0], [4.0, 4.0, 2.0])
    assert found.times(100.0) == Estimate(30.0, 100 * found.low, 100 * found.high)
    assert Estimate(1.0, 0.5, 2.0).times(3.0) == Estimate(3.0, 1.5, 6.0)
    assert str(Estimate(1.0, 0.5, 2.0)) == "1.00 (0.50 to 2.00)"


def test_parts_and_wholes_are_drawn_together() -> None:
    found = share([1.0, 10.0, 100.0], [2.0, 20.0, 200.0])
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)


def test_no_wholes() -> None:
    assert share([0.0, 0.0], [0.0, 0.0]) == Estimate(0.0, 0.0, 0.0)
    assert share([1.0], [0.0]) == Estimate(1.0, 1.0, 1.0)
    assert share([1.0], [2.0]) == Estimate(0.5, 0.5, 0.5)


def test_the_interval_is_of_95_per_cent() -> None:
    """Of a statistic that takes every value from 0 to 1 once, both ends are their own percentile."""

    def ramp(picks: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        assert picks.shape[0] >= 1000
        return np.linspace(0.0, 1.0, len(picks))

    assert list(bootstrap_interval(ramp, 3)) == pytest.approx([0.025, 0.975])


def test_samples_are_drawn_from_all_and_as_many_as_there_are() -> None:
    def look(picks: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        assert picks.shape[1] == 7
        assert set(np.unique(picks)) == set(range(7))
        return np.asarray(picks.mean(axis=1), np.float64)

    assert bootstrap_interval(look, 7) == bootstrap_interval(look, 7)
    assert bootstrap_interval(look, 7) != bootstrap_interval(look, 7, seed=1)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        values = rng.normal(1.0, 0.5, 60)
        low, high = bootstrap_interval(lambda picks, drawn=values: drawn[picks].mean(axis=1), len(values))  # type: ignore[misc]
        covered += low <= 1.0 <= high
    assert 178 <= covered <= 198  # 190 are expected; three deviations are 9


def test_a_slope() -> None:
    assert slope([0.0, 1.0, 2.0], [1.0, 3.0, 5.0]) == pytest.approx(2.0)
    assert slope([1.0, 1.0], [0.0, 5.0]) == 0.0
