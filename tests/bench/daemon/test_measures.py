"""From what a set heard to measures, tables, notes and pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asrd.bench.daemon.measures import add_figures
from asrd.bench.daemon.pictures import add_pictures
from asrd.bench.daemon.scored import PlayedSet
from asrd.bench.daemon.script import Said
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Kind, Result, Shape
from asrd.bench.sets.table import Clip, ClipSet
from asrd.bench.sets.truth import Speech
from tests.bench.daemon.made_up import played, script
from tests.bench.daemon.test_matching import FIRST, MESSAGES, SECOND
from tests.bench.figures.messages import final, gap, partial

LABELLED = Clip(Path("a.wav"), "a.wav", labelled=Speech(16_000, 48_000))


def result_of(*sets: PlayedSet) -> Result:
    collector = Collector("latency", "asrd bench latency")
    add_figures(collector, sets)
    add_pictures(collector, sets)
    return collector.result("")


def good(**other: object) -> PlayedSet:
    one = PlayedSet(ClipSet("good", [LABELLED] * 2), [script([FIRST, SECOND])], [played(MESSAGES)])
    return replace(one, **other)  # type: ignore[arg-type]


def test_the_measures_of_a_set() -> None:
    result = result_of(good())
    values = {measure.name: measure.value for measure in result.measures}
    assert values["first_partial.good.p50"] == pytest.approx(1250)
    assert values["final_after_speech.good.p95"] == pytest.approx(987.5)
    assert values["final_after_endpoint.good.p50"] == pytest.approx(250)
    assert values["word_shown.good.p50"] == pytest.approx(0)
    assert values["word_committed.good.p95"] == pytest.approx(750)
    assert values["lag.good.p50"] == pytest.approx(250)
    assert values["laal.good.p50"] == pytest.approx((875 + 2000) / 2)
    assert values["normalised_erasure.good"] == pytest.approx(2 / 3)
    assert values["unstable_partial_words.good"] == pytest.approx(2 / 3)
    assert values["commit_errors.good"] == 0
    assert values["decoder_positions.good"] == 150
    assert values["encoder_rows.good"] == 90
    assert values["cpu.good"] == pytest.approx(0.2)
    assert values["resident_peak.good"] == 200
    assert values["client_late.good"] == pytest.approx(10)
    counted = {measure.name: measure.value for measure in result.measures if measure.kind is Kind.COUNTER}
    assert set(counted.values()) == {0}
    assert len(counted) == 8
    assert result.measure("words_without_delay.good").count == 2
    assert not result.broken()


def test_what_was_lost_or_taken_back_breaks_a_bound() -> None:
    messages = [
        *MESSAGES[:3],
        partial(2.5, 1, "Good they", "", (0.75, 2.25)),
        partial(3.0, 1, "Good", " day", (0.75, 3.0)),
        gap(4.0, 3.0, 4.5),
        partial(6.5, 2, "", "Yes", (5.75, 6.25)),
        final(9.0, 3, "stray", (8.0, 8.5)),
    ]
    result = result_of(good(played=[played([*messages, final(3.75, 1, "Good day.", (0.75, 3.25))])]))
    assert [measure.name for measure in result.broken()] == [
        "committed_erasure.good", "utterances_without_end.good", "gaps.good",
    ]  # fmt: skip
    values = {measure.name: measure.value for measure in result.measures}
    assert values["clips_without_final.good"] == values["finals_of_no_clip.good"] == 1


def test_repeats_widen_the_spread_and_costs_are_their_mean() -> None:
    quick = [final(3.25, 1, "Good day.", (0.75, 3.25)), final(7.25, 2, "Yes", (5.75, 7.25))]
    result = result_of(good(scripts=[script([FIRST, SECOND])] * 2, played=[played(MESSAGES), played(quick, cpu_s=4.0)]))
    final_p50 = result.measure("final_after_speech.good.p50")
    assert final_p50.low == pytest.approx(250)
    assert final_p50.high is not None
    assert final_p50.high >= 875
    cpu = result.measure("cpu.good")
    assert cpu.value == pytest.approx(0.3)
    assert (cpu.low, cpu.high, cpu.count) == (0.2, 0.4, 2)
    assert result.measure("clips_without_final.good").count == 4


def test_the_repeats_of_a_clip_are_not_further_clips() -> None:
    names = ("final_after_speech.good.p50", "normalised_erasure.good")
    once = result_of(good())
    thrice = result_of(good(scripts=[script([FIRST, SECOND])] * 3, played=[played(MESSAGES)] * 3))
    for name in names:
        assert once.measure(name).low == thrice.measure(name).low
        assert once.measure(name).high == thrice.measure(name).high
    assert once.measure(names[0]).low == pytest.approx(750)
    assert once.measure(names[0]).high == pytest.approx(1000)
    assert once.measure("lag.good.p50").low is None  # there are partials of one clip


def test_the_reader_is_told_how_the_truth_is_known() -> None:
    unlabelled = replace(LABELLED, labelled=None)
    without_words = Said(FIRST.onset_s, FIRST.end_s)
    plain = PlayedSet(
        ClipSet("plain", [unlabelled] * 3),
        [script([without_words])],
        [played(MESSAGES, late_s=0.12)],
        ["plain: 2 of 3 clips were left out"],
    )
    notes = " ".join(result_of(good(), plain).notes)
    assert "good: true onset and end of speech are from its labels" in notes
    assert "plain: true onset and end of speech are from the energy of the clips" in notes
    assert "plain: 2 of 3 clips were left out" in notes
    assert "plain: word delays were not measured" in notes
    assert "plain: the machine was busy, and the bench's own client up to 120 ms late" in notes
    assert "good: the machine" not in notes
    assert "good: word delays" not in notes


def test_words_that_were_not_understood_have_no_delay_and_are_counted() -> None:
    result = result_of(good(played=[played([final(3.75, 1, "Good night.", (0.75, 3.25))])]))
    assert result.measure("words_without_delay.good").value == 1
    assert result.measure("word_shown.good.p50").count == 1


def test_the_pictures() -> None:
    pictures = {one.name: one for one in result_of(good()).series}
    assert pictures["first_partial"].shape is Shape.DISTRIBUTION
    assert list(pictures["first_partial"].lines[0].x) == [500, 2000]
    assert list(pictures["lag_over_time"].lines[0].x) == [1.25, 1.5, 2.5, 3.25]
    assert list(pictures["resident"].lines[0].y) == [100, 150]
    committed, tail = pictures["text_over_time"].lines
    assert pictures["text_over_time"].shape is Shape.STACKED
    assert list(committed.x) == list(tail.x) == [0, 0.5, 0.5, 0.75, 0.75, 1.75, 1.75, 2.5, 2.5, 3.0, 3.0]
    assert list(committed.y) == [0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 9]
    assert list(tail.y) == [0, 0, 0, 0, 4, 4, 5, 5, 4, 4, 0]


def test_a_set_that_nothing_came_of_has_no_picture_of_text() -> None:
    names = [one.name for one in result_of(good(played=[played([])])).series]
    assert names == ["lag_over_time", "resident"]
