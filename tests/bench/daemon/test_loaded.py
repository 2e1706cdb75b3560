"""From what several sessions heard to the measures of a load."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from asrd.bench.daemon.loaded import Loaded, add_loads
from asrd.bench.figures.utterances import Timed
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Kind, Result
from tests.bench.daemon.made_up import played, script
from tests.bench.daemon.test_matching import FIRST
from tests.bench.figures.messages import final, gap, partial, status

LIMIT_MS = 1000.0


def session(lag_s: float, *more: Timed) -> Sequence[Timed]:
    """A session whose partials are late by so much."""
    return [
        partial(2.0 + lag_s, 1, "", "good", (0.75, 2.0)),
        partial(3.0 + lag_s, 1, "", "good day", (0.75, 3.0)),
        status(3.5, "listening"),
        final(5.5, 1, "good day", (0.75, 3.25)),
        *more,
    ]


def loaded(*sessions: Sequence[Timed], peak: int = 200_000_000, late_s: float = 0.0) -> Loaded:
    return Loaded([script([FIRST])] * len(sessions), played(*sessions, peak=peak, late_s=late_s))


def result_of(*loads: Loaded) -> Result:
    collector = Collector("load", "asrd bench load")
    add_loads(collector, loads, LIMIT_MS)
    return collector.result("")


def test_the_measures_of_a_load() -> None:
    result = result_of(loaded(session(0.25)), loaded(session(0.5), session(0.75), peak=260_000_000))
    values = {measure.name: measure.value for measure in result.measures}
    assert values["lag.1.p50"] == pytest.approx(250)
    assert values["lag.2.p50"] == pytest.approx(625)
    assert values["lag_ratio.1"] == 1
    assert values["lag_ratio.2"] == pytest.approx(1.5)
    assert values["first_partial.2.p50"] == pytest.approx(1625)
    assert values["final_after_endpoint.2.p95"] == pytest.approx(2000)
    assert values["cpu.2"] == pytest.approx(0.1)
    assert values["resident_peak.2"] == 260
    assert values["resident_of_a_session"] == 60
    assert values["sessions_carried"] == 2
    assert values["lost.2"] == values["gaps.2"] == values["utterances_without_end.2"] == 0
    assert result.tables[0].rows[1][0:2] == ["2", "625 / 750"]
    lag = next(one for one in result.series if one.name == "lag")
    assert [list(line.y) for line in lag.lines] == [pytest.approx([250, 625]), pytest.approx([250, 750])]
    assert [line.label for line in next(one for one in result.series if one.name == "resident").lines] == [
        "1 sessions", "2 sessions",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("third", "carried"),
    [
        (session(0.5), 3),
        (session(1.5), 2),  # too late
        (session(0.5, gap(9.0, 8.0, 8.5)), 2),  # audio was lost
        (session(0.5, partial(9.0, 2, "", "x", (8.0, 8.5))), 2),  # an utterance has no end
        ([final(5.5, 1, "good day", (0.75, 3.25))], 3),
    ],
)
def test_how_many_sessions_are_carried(third: Sequence[Timed], carried: int) -> None:
    more = loaded(session(0.5), session(0.5), third)
    result = result_of(loaded(session(0.5)), loaded(session(0.5), session(0.5)), more)
    assert result.measure("sessions_carried").value == carried


def test_no_number_is_carried_above_one_that_is_not() -> None:
    result = result_of(loaded(session(2.0)), loaded(session(0.5), session(0.5)))
    assert result.measure("sessions_carried").value == 0


def test_what_was_lost_is_counted_and_an_utterance_without_end_breaks_a_bound() -> None:
    lost = session(0.5, gap(9.0, 8.0, 8.5), partial(9.0, 2, "", "x", (8.0, 8.5)))
    result = result_of(loaded(lost, session(0.5)))
    assert result.measure("lost.2").value == 0.5
    counters = [one.name for one in result.measures if one.kind is Kind.COUNTER]
    assert counters == ["utterances_without_end.2"]  # the others depend on how fast the machine is
    assert [one.name for one in result.broken()] == ["utterances_without_end.2"]


def test_without_partials_nothing_is_carried_nor_fair() -> None:
    result = result_of(loaded([]))
    assert result.measure("lag_ratio.1").value is None
    assert result.measure("sessions_carried").value == 0
    assert result.measure("clips_without_final.1").value == 1
    assert "resident_of_a_session" not in [one.name for one in result.measures]


def test_a_busy_machine_is_told() -> None:
    notes = " ".join(result_of(loaded(session(0.1), late_s=0.051)).notes)
    assert "1 sessions: the machine was busy" in notes
    assert "busy" not in " ".join(result_of(loaded(session(0.1), late_s=0.05)).notes)
