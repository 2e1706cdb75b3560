"""Bounds of the result, and slopes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asrd.bench.daemon.process import Usage
from asrd.bench.soak.account import Account, Finding, Wrong
from asrd.bench.soak.plan import Plan, Soaked, Struck
from asrd.bench.soak.report import result_of
from asrd.bench.soak.schedule import Planned
from asrd.bench.soak.watching import Sample, least, resident_slope
from asrd.options import Config

HOUR_S = 3600.0


def usage(megabytes: float, threads: int = 14, descriptors: int = 20) -> Usage:
    return Usage(int(megabytes * 1e6), threads, descriptors, 0.0)


def grown(per_hour: float, hours: float = 2.0) -> list[Sample]:
    """A warm-up, then so many megabytes an hour."""
    places = [index / 100 * hours for index in range(101)]
    return [Sample(at * HOUR_S, usage(100 if at < 0.1 * hours else 200 + per_hour * at)) for at in places]


@pytest.fixture
def soaked(tiny_model: Path) -> Soaked:
    plan = Plan(tiny_model, Config(), [], [], 2 * HOUR_S, 1)
    return Soaked(
        plan,
        plan.kinds,
        Account("main"),
        struck=[Struck(Planned(1, "sleep", 1.0, 0), "goes on", is_expected=True)],
        samples=grown(0.5),
        rest=[usage(200), usage(201)],
        audio_s=2 * HOUR_S,
        wall_s=600.0,
    )


def broken(soaked: Soaked) -> list[str]:
    return [measure.name for measure in result_of(soaked, "asrd bench soak").broken()]


def test_a_soak_in_order_keeps_its_bounds(soaked: Soaked) -> None:
    result = result_of(soaked, "asrd bench soak")
    assert result.broken() == []
    assert result.measure("resident.slope").value == pytest.approx(0.5)
    assert result.measure("pace").value == 12.0
    assert result.wall_s == pytest.approx(600.0, abs=60.0)
    rows = {row[0]: row for row in result.tables[0].rows}
    assert rows["sleep"][2:] == ("goes on (1)", "1", "0")
    assert len(rows) == len(soaked.kinds)
    assert {one.name for one in result.series} == {"resident", "held"}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (Wrong.LOST, "lost_unannounced"),
        (Wrong.HOLE, "sequence_holes"),
        (Wrong.TEXT, "texts_that_differ"),
        (Wrong.UNEXPECTED, "unexpected_answers"),
    ],
)
def test_a_finding_breaks_its_bound_and_is_told(soaked: Soaked, wrong: Wrong, name: str) -> None:
    soaked.findings.append(Finding(wrong, "somebody", "this and that"))
    assert broken(soaked) == [name]
    assert f"{wrong.value}: somebody: this and that" in result_of(soaked, "").notes


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"ends": 1}, "unexpected_ends"),
        ({"audio_s": HOUR_S}, "audio"),
        ({"samples": grown(1.2)}, "resident.slope"),
        ({"rest": [usage(200), usage(200, threads=15)]}, "threads.left"),
        ({"rest": [usage(200), usage(200, descriptors=21)]}, "descriptors.left"),
    ],
)
def test_each_bound(soaked: Soaked, change: dict[str, Any], name: str) -> None:
    assert broken(replace(soaked, **change)) == [name]


def test_faults_that_did_not_strike(soaked: Soaked) -> None:
    assert broken(replace(soaked, struck=[])) == ["faults", "faults.kinds"]


def test_many_faults_of_one_kind_are_not_enough(soaked: Soaked) -> None:
    plan = replace(soaked.plan, faults=20)
    assert broken(replace(soaked, plan=plan, struck=soaked.struck * 20)) == ["faults.kinds"]


def test_below_an_hour_a_slope_has_no_bound(soaked: Soaked) -> None:
    assert broken(replace(soaked, samples=grown(50.0, hours=0.5))) == []


def test_an_interrupted_soak_owes_neither_audio_nor_faults(soaked: Soaked) -> None:
    short = replace(soaked, is_interrupted=True, audio_s=10.0, struck=[])
    assert broken(short) == []
    assert any("Interrupted" in note for note in result_of(short, "").notes)


def test_the_slope_is_that_after_the_warm_up_with_its_spread() -> None:
    slope, low, high = resident_slope(grown(3.0))
    assert (slope, low, high) == pytest.approx((3.0, 3.0, 3.0))
    uneven = [replace(one, usage=usage(300)) if one.audio_s / HOUR_S > 1.8 else one for one in grown(0.0)]
    slope, low, high = resident_slope(uneven)
    assert low < slope < high


def test_what_is_made_at_the_first_strikes_is_no_growth() -> None:
    early = [Sample(at * HOUR_S / 10, usage(200 + 10 * min(at, 6))) for at in range(21)]  # up to 30 % of 2 h
    assert resident_slope(early)[0] == 0.0
    late = [Sample(at * HOUR_S / 10, usage(200 + 10 * max(0, at - 8))) for at in range(21)]
    assert resident_slope(late)[0] > 80.0
    middle = [Sample(at * HOUR_S / 10, usage(200 + 10 * min(max(0, at - 8), 4))) for at in range(21)]  # 40 % to 60 %
    assert resident_slope(middle)[0] > 10.0


def test_audio_counts_and_not_how_often_one_looked() -> None:
    steady = grown(3.0)
    often = [one for one in steady if one.audio_s > 1.9 * HOUR_S] * 50
    assert resident_slope([*steady, *often])[0] == pytest.approx(3.0, abs=0.2)


def test_a_look_while_a_connection_closes_is_no_leak() -> None:
    assert least([usage(200, 15, 21), usage(201, 14, 20), usage(202, 14, 22)]) == usage(202, 14, 20)
