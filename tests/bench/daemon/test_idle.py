"""What is made of looks at a daemon that has nothing to do."""

from __future__ import annotations

import pytest

from asrd.bench.daemon.idle import Watched, add_idle, check_microphone
from asrd.bench.daemon.process import Usage
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Kind, Result
from asrd.errors import AsrdError


def look(at_s: float, cpu_s: float, waits: int, resident: int = 100_000_000) -> tuple[float, Usage]:
    return at_s, Usage(resident, threads=7, descriptors=9, cpu_s=cpu_s, peak=210_000_000, waits=waits)


def result_of(watched: Watched) -> Result:
    collector = Collector("idle", "asrd bench idle")
    add_idle(collector, watched)
    return collector.result("")


def test_rates_are_those_of_all_the_time_and_of_its_stretches() -> None:
    looks = [look(0.0, 5.0, 1000), look(10.0, 5.5, 1300, 120_000_000), look(20.0, 6.5, 1700, 110_000_000)]
    result = result_of(Watched(looks))
    cpu, wakes = result.measure("cpu"), result.measure("wake_ups")
    assert (cpu.value, cpu.low, cpu.high, cpu.count) == pytest.approx((4.5, 3.0, 6.0, 2))
    assert (wakes.value, wakes.low, wakes.high) == pytest.approx((35.0, 30.0, 40.0))
    resident = result.measure("resident")
    assert (resident.value, resident.low, resident.high) == (110, 100, 120)
    assert result.measure("resident_peak").value == 210
    assert (result.measure("threads").value, result.measure("threads").kind) == (7, Kind.TIME)
    assert list(result.series[0].lines[0].y) == [100, 120, 110]
    assert not result.broken()


def test_text_out_of_silence_breaks_a_bound() -> None:
    result = result_of(Watched([look(0.0, 0.0, 0), look(1.0, 0.0, 0)], finals=1.0))
    assert [one.name for one in result.broken()] == ["finals"]


def test_a_microphone_that_is_missing_is_told_in_a_sentence() -> None:
    check_microphone([])
    with pytest.raises(AsrdError) as raised:
        check_microphone(["no microphone was found"])
    assert str(raised.value) == (
        "no microphone was found; where there is no microphone, measure with --source silence: a client then sends the "
        "noise of a quiet room"
    )
