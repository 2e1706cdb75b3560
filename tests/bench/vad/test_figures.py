"""Figures of a variant, their intervals, and what they say about the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from asrd.bench.outcome.result import Better, Kind, Measure
from asrd.bench.vad.defending import notes_on_default
from asrd.bench.vad.figures import all_clip_values, measures_of
from asrd.bench.vad.measuring import Measured
from asrd.bench.vad.scoring import ClipScore, NoiseScore, Score
from asrd.bench.vad.tables import conditions_table, distribution_lines, noise_table, variants_table
from asrd.bench.vad.variants import Variant
from asrd.options import SegmentOptions
from tests.bench.vad.signals import variant

NAN = float("nan")
DEFAULT = Variant(SegmentOptions())


def clip(error_ms: float, *, missed: int = 0, split: int = 0, merged: float = 0.0) -> ClipScore:
    return ClipScore(missed, split, merged, error_ms, error_ms + 60, -error_ms, 700 - error_ms)


def measured(of_variant: Variant = DEFAULT, *, errors_ms: tuple[float, ...] = (10, 20, 30, 600)) -> Measured:
    """Two sets in two conditions: clips with these errors, and one that is missed; two recordings of noise."""
    first = Score((*map(clip, errors_ms), ClipScore(1, 0, NAN)), (), 1)
    second = Score((clip(100.0, split=2, merged=1.0), clip(-100.0, merged=NAN)), (), 0)
    noises = (NoiseScore(3, 1, 9.0, 90.0), NoiseScore(0, 0, 0.0, 270.0))
    return Measured(
        of_variant,
        spoken={(name, condition): one for name, one in (("a", first), ("b", second)) for condition in ("x", "y")},
        noise={"noise": Score((), noises, 3)},
        cpu_s=2.0,
        hours=0.5,
    )


def test_counts_shares_and_errors_by_hand() -> None:
    figures = measures_of(measured())
    assert all(measure.name == f"silero-0.5.60-120.700.{name}" for name, measure in figures.items())
    values = {name: measure.value for name, measure in figures.items()}
    assert values["missed"] == 2  # of two conditions
    assert values["split"] == pytest.approx(100 * 2 / 7)
    assert values["merged"] == pytest.approx(100 * 1 / 5)  # the last clip of a scene has no pause behind it
    assert values["false_starts"] == pytest.approx(3 * 3600 / 360)
    assert values["dropped"] == pytest.approx(1 * 3600 / 360)
    assert values["open"] == pytest.approx(100 * 9 / 360)
    assert values["late"] == pytest.approx(100 / 6)  # 600 ms is more than the pre-roll of 500
    assert values["early"] == pytest.approx(100 / 6)  # and more than the tail pad of 200
    assert values["cpu"] == 4.0
    errors_ms = [10, 20, 30, 600, 100, -100] * 2
    for part in (5, 50, 95):
        assert values[f"onset.p{part}"] == pytest.approx(np.percentile(errors_ms, part))
        assert values[f"known.p{part}"] == pytest.approx(np.percentile(errors_ms, part) + 60)
        assert values[f"end.p{part}"] == pytest.approx(np.percentile(np.negative(errors_ms), part))
        assert values[f"closed.p{part}"] == pytest.approx(np.percentile(np.negative(errors_ms), part) + 700)


def test_late_and_early_are_beyond_the_variants_own_pre_roll_and_tail_pad() -> None:
    figures = measures_of(measured(variant("preroll_ms=700", "tail_pad_ms=50")))
    assert figures["late"].value == 0
    assert figures["early"].value == pytest.approx(200 / 6)  # 600 and 100 ms
    edge = measures_of(measured(variant("preroll_ms=600", "tail_pad_ms=100")))
    assert edge["late"].value == 0  # just within is not lost
    assert edge["early"].value == pytest.approx(100 / 6)


def test_each_figure_says_what_it_is() -> None:
    figures = measures_of(measured())
    assert {name for name, one in figures.items() if one.kind is Kind.COUNTER} == {"missed"}
    assert {name for name, one in figures.items() if one.kind is Kind.TIME} == {"cpu"}
    assert {name: one.unit for name, one in figures.items()} == {
        "missed": "clips",
        "false_starts": "/h",
        "dropped": "/h",
        "cpu": "s/h",
        **dict.fromkeys(("split", "merged", "open", "late", "early"), "%"),
        **{f"{name}.p{part}": "ms" for name in ("onset", "known", "end", "closed") for part in (5, 50, 95)},
    }
    assert figures["end.p5"].better is Better.HIGHER
    assert figures["onset.p5"].better is figures["end.p50"].better is Better.NEITHER
    assert figures["known.p95"].better is figures["missed"].better is Better.LOWER
    assert (figures["missed"].count, figures["onset.p50"].count, figures["open"].count) == (14, 12, 2)


def test_intervals_draw_clips_with_all_of_their_conditions() -> None:
    """Two conditions that agree add nothing to what is known: the interval stays as wide as that of one."""
    result = measured(errors_ms=tuple(np.random.default_rng(5).normal(0, 50, 40)))
    twice = measures_of(result)["onset.p50"]
    single = replace(result, spoken={key: one for key, one in result.spoken.items() if key[1] == "x"})
    once = measures_of(single)["onset.p50"]
    assert twice.low == pytest.approx(once.low)
    assert twice.high == pytest.approx(once.high)
    assert twice.low is not None
    assert twice.value is not None
    assert twice.high is not None
    assert twice.low < twice.value < twice.high


def test_intervals_hear_all_conditions() -> None:
    near = Score((clip(10), clip(20), clip(30)), (), 0)
    far = Score((clip(1010), clip(1020), clip(1030)), (), 0)
    result = Measured(
        DEFAULT, {("a", "x"): near, ("a", "y"): far}, {"n": Score((), (NoiseScore(0, 0, 0, 9),), 0)}, 1, 1
    )
    onset = measures_of(result)["onset.p95"]
    assert onset.low is not None
    assert onset.low >= 1000  # of every draw a half is far


def test_percentiles_lie_between_the_values_as_those_of_numpy() -> None:
    errors_ms = (3.0, 8.0, 21.0, 55.0, 144.0, 377.0, 987.0)
    scores = Score(tuple(clip(error_ms) for error_ms in errors_ms), (), 0)
    result = Measured(DEFAULT, {("a", "x"): scores}, {"n": Score((), (NoiseScore(0, 0, 0, 9),), 0)}, 1, 1)
    figures = measures_of(result)
    for part in (5, 50, 95):
        assert figures[f"onset.p{part}"].value == pytest.approx(np.percentile(errors_ms, part))


def test_what_is_not_known_is_no_figure_and_one_clip_has_no_spread() -> None:
    alone = Measured(DEFAULT, {("a", "x"): Score((ClipScore(1, 0, NAN),), (), 0)}, cpu_s=1, hours=1)
    alone.noise["noise"] = Score((), (NoiseScore(1, 0, 1.0, 10.0),), 1)
    figures = measures_of(alone)
    assert (figures["onset.p50"].value, figures["late"].value, figures["merged"].value) == (None, None, None)
    assert (figures["split"].value, figures["split"].low) == (0, None)
    assert (figures["open"].value, figures["open"].low) == (10, None)
    assert variants_table([alone], [figures]).rows[0][3:] == ["-", "360", "0", "10", *"------", "1"]
    assert distribution_lines([alone], "known") == []


def test_tables_have_what_the_figures_say() -> None:
    result = measured()
    figures = measures_of(result)
    (row,) = variants_table([result], [figures]).rows
    assert row[:7] == ["silero-0.5.60-120.700", "2", "28.6", "20.0", "30", "10", "2.5"]
    assert row[-1] == "4"
    assert row[7] == " / ".join(f"{figures[f'onset.p{part}'].value:.0f}" for part in (5, 50, 95))
    conditions = conditions_table(result)
    assert [one[0] for one in conditions.rows] == ["a, x", "a, y", "b, x", "b, y"]
    assert conditions.rows[0][:6] == ["a, x", "5", "1", "0.0", "0.0", "1"]
    assert conditions.rows[3][:6] == ["b, y", "2", "0", "100.0", "100.0", "0"]
    assert noise_table([result]).rows == [["noise", "silero-0.5.60-120.700", "6.0", "30", "10", "2.5"]]
    (line,) = distribution_lines([result], "end")
    assert sorted(line.x) == sorted(np.negative([10, 20, 30, 600, 100, -100] * 2))
    assert all_clip_values(result)["onset"].shape == (2, 7)


def figures_with(**changed: float) -> Mapping[str, Measure]:
    """The figures of the default, narrow, and some of them changed: `known_p50` is `known.p50`."""
    values = {name.replace("_p", ".p"): value for name, value in changed.items()}
    return {
        name: replace(
            one, value=values.get(name, 50.0), low=values.get(name, 50.0) - 1, high=values.get(name, 50.0) + 1
        )
        for name, one in measures_of(measured()).items()
    }


def test_the_default_is_defended_by_what_others_lose() -> None:
    rival = variant(detector="webrtc:3")
    notes = notes_on_default({DEFAULT: figures_with(missed=0), rival: figures_with(missed=2, known_p50=40)})
    assert notes[0].startswith("The default is silero-0.5.60-120.700: missed (0 clips), false_starts (50 /h)")
    assert "webrtc-3.60-120.700 is better in known.p50 (40 ms); worse in missed (2 clips)." in notes
    assert notes[-1].endswith(
        "No variant is better than the default in something without being worse in something else."
    )


def test_a_variant_that_should_be_the_default_is_named() -> None:
    rival = variant(detector="webrtc:3")
    notes = notes_on_default({DEFAULT: figures_with(), rival: figures_with(late=47)})
    assert "webrtc-3.60-120.700 is better in late (47 %)." in notes
    assert notes[-1].endswith("worse in nothing: webrtc-3.60-120.700.")


def test_figures_whose_intervals_overlap_are_no_argument() -> None:
    rival = variant(detector="webrtc:3")
    near = figures_with(late=48.5)
    assert len(notes_on_default({DEFAULT: figures_with(), rival: near})) == 2
    without = {name: replace(one, low=None, high=None) for name, one in figures_with(late=1).items()}
    assert len(notes_on_default({DEFAULT: figures_with(), rival: without})) == 2


def test_without_the_default_nothing_is_said_for_it() -> None:
    (note,) = notes_on_default({variant(detector="webrtc:3"): figures_with()})
    assert "is not among the variants" in note
