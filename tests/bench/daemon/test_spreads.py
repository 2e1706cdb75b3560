"""Figures of several repeats, and their spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.bench.daemon.spreads import OfClip, in_ms, per_word
from asrd.bench.figures.spread import percentile
from asrd.bench.outcome.result import Kind

DRAWN = np.random.default_rng(3).normal(1.0, 0.2, 15)


def each(*values: float) -> list[OfClip[list[float]]]:
    """A clip for each value."""
    return [(str(number), [value]) for number, value in enumerate(values)]


def counted(*pairs: tuple[int, int]) -> list[OfClip[tuple[int, int]]]:
    """A clip for each pair."""
    return [(str(number), pair) for number, pair in enumerate(pairs)]


def test_percentiles_in_milliseconds() -> None:
    p50, p95 = in_ms("delay", [each(0.1, 0.2, 0.3), [], [("3", [0.4, 0.5])]])
    assert (p50.name, p50.unit, p50.kind, p50.count) == ("delay.p50", "ms", Kind.TIME, 5)
    assert p95.name == "delay.p95"
    assert [p50.value, p95.value] == pytest.approx([300, 480])
    assert p50.low is not None
    assert p50.high is not None
    assert p50.low <= 200  # the first repeat's
    assert p50.high >= 450  # the last repeat's


def test_nothing_measured_is_no_figure() -> None:
    for measure in (*in_ms("delay", [[("0", [])], []]), per_word("ratio", [counted((0, 0)), []])):
        assert (measure.value, measure.low, measure.high, measure.count) == (None, None, None, 0)


def test_many_values_of_a_clip_tell_no_more_than_one() -> None:
    (once, _), (often, _) = (
        in_ms("delay", [[(str(number), [value] * count) for number, value in enumerate(DRAWN)]]) for count in (1, 21)
    )
    assert (once.low, once.high) == (often.low, often.high)
    assert (often.low or 0) < (often.value or 0) < (often.high or 0)


def test_repeats_of_the_same_clips_tell_no_more_than_one() -> None:
    (once, _), (thrice, _) = (in_ms("delay", [each(*DRAWN)] * repeats) for repeats in (1, 3))
    assert (once.low, once.high, thrice.count) == (thrice.low, thrice.high, 3 * len(DRAWN))
    pairs = counted(*((number % 4, 5) for number in range(15)))
    one, three = (per_word("ratio", [pairs] * repeats) for repeats in (1, 3))
    assert (one.value, one.low, one.high) == (three.value, three.low, three.high)
    assert (three.low or 0) < (three.value or 0) < (three.high or 0)
    assert three.count == 3 * one.count


def test_a_clip_that_is_said_twice_in_one_session_is_one() -> None:
    twice = [("a", [0.1]), ("a", [0.1]), ("b", [0.3])]
    p50, _ = in_ms("delay", [twice])
    assert (p50.value, p50.low, p50.high) == pytest.approx((100, 100, 300))
    assert in_ms("delay", [twice[:2]])[0].low is None


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Values of a clip have a part in common: taken for independent, they would hold it in 4 of 10 runs."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(40):
        common_s = rng.normal(1.0, 0.2, 30)
        values_s = common_s[:, np.newaxis] + rng.normal(0.0, 0.1, (30, 20))
        p50, _ = in_ms("delay", [[(str(number), list(one)) for number, one in enumerate(values_s)]])
        held += (p50.low or 0) <= 1000 <= (p50.high or 0)
    assert held >= 35


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.floats(0.0, 1e3), max_size=5), min_size=1, max_size=6))
def test_the_spread_holds_the_percentile_and_is_within_the_values(clips: list[list[float]]) -> None:
    values_ms = [1000.0 * value for one in clips for value in one]
    for part, measure in zip((50, 95), in_ms("delay", [[(str(at), one) for at, one in enumerate(clips)]]), strict=True):
        if measure.low is None or measure.high is None or measure.value is None:
            assert sum(map(bool, clips)) <= 1
            continue
        assert measure.value == pytest.approx(percentile(values_ms, part))
        assert min(values_ms) <= measure.low <= measure.value <= measure.high <= max(values_ms)


def test_a_ratio_is_that_of_all_words() -> None:
    measure = per_word("ratio", [counted((1, 2), (0, 6), (3, 0)), [("3", (2, 2))]])
    assert measure.value == pytest.approx(0.3)
    assert (measure.count, measure.kind) == (10, Kind.RATIO)
    assert measure.low == 0.0  # clips alone may be drawn that have none
    assert measure.high == 1.0  # the second repeat's


def test_repeats_that_differ_widen_the_spread() -> None:
    measure = per_word("ratio", [counted(*[(1, 4)] * 50), counted(*[(3, 4)] * 50)])
    assert (measure.low, measure.high) == (0.25, 0.75)
    (p50, _) = in_ms("delay", [each(*[0.001] * 40, *[0.05] * 5), each(*[0.1] * 10, *[0.05] * 45)])
    assert (p50.value, p50.low, p50.high) == (50, 1, 50)


def test_equal_clips_leave_no_spread() -> None:
    measure = per_word("ratio", [counted(*[(1, 4)] * 5)] * 2)
    assert (measure.value, measure.low, measure.high) == (0.25, 0.25, 0.25)


def test_one_clip_has_no_spread_but_that_of_its_repeats() -> None:
    for measure in (in_ms("delay", [[("a", [0.1, 0.3])]])[0], per_word("ratio", [[("a", (1, 4))]])):
        assert (measure.low, measure.high) == (None, None)
    p50, _ = in_ms("delay", [[("a", [0.1])], [("a", [0.3])]])
    assert (p50.low, p50.high) == pytest.approx((100, 300))
    ratio = per_word("ratio", [[("a", (1, 4))], [("a", (3, 4))]])
    assert (ratio.low, ratio.high) == (0.25, 0.75)
