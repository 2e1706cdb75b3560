"""Percentiles, intervals and slopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Estimate:
        """The same in another unit."""
        return Estimate(factor * self.value, factor * self.low, factor * self.high)

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` per cent of `values` lie, interpolated linearly; NaN where there is none."""
    return float(np.percentile(values, part)) if len(values) else float("nan")


def bootstrap_interval(
    statistic: Callable[[npt.NDArray[np.intp]], npt.NDArray[np.float64]], count: int, *, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13) of a statistic of `count` samples.

    Args:
        statistic: from indices (resamples, count) of samples drawn with replacement to its values (resamples,).
        count: of samples; at least 1.
        seed: of the draws.
    """
    picks = np.random.default_rng(seed).integers(0, count, (_RESAMPLES, count))
    low, high = np.percentile(statistic(picks), (2.5, 97.5))
    return float(low), float(high)


def share(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
    """The sum of `parts` for each one of `wholes`, with its bootstrap interval: samples are drawn in pairs.

    At least one sample; where the wholes are 0 together, they count as 1.
    """
    part, whole = np.asarray(parts, np.float64), np.asarray(wholes, np.float64)

    def shares(picks: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        drawn: npt.NDArray[np.float64] = part[picks].sum(axis=1) / np.maximum(whole[picks].sum(axis=1), 1.0)
        return drawn

    all_once = np.arange(len(part))[np.newaxis]
    return Estimate(float(shares(all_once)[0]), *bootstrap_interval(shares, len(part)))


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Least-squares slope of y over x; 0 where all x are equal."""
    across = np.asarray(x, np.float64) - np.mean(x)
    spread = float(across @ across)
    return float(across @ (np.asarray(y, np.float64) - np.mean(y)) / spread) if spread else 0.0
