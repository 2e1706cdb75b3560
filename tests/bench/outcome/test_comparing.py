"""What became better or worse, and what can not be told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from asrd.bench.outcome.comparing import Verdict, compare
from asrd.bench.outcome.comparison_text import comparison_object, comparison_text, worse_sentence
from asrd.bench.outcome.result import Better, Kind, Measure
from asrd.bench.outcome.store import keep
from asrd.cli.main import main
from tests.bench.outcome.results import MACHINE, measure, result

OTHER_MACHINE = {**MACHINE, "cores": "16"}


def verdict(before: Measure, after: Measure, **members: Any) -> Verdict:
    (one,) = compare("x", result(before), result(after, **members)).compared
    return one.verdict


def spread(low: float, high: float, **members: Any) -> Measure:
    return measure((low + high) / 2, low, high, **members)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (spread(10, 12), spread(12, 14), Verdict.SAME),
        (spread(10, 12), spread(12.1, 14), Verdict.WORSE),
        (spread(12.1, 14), spread(10, 12), Verdict.BETTER),
        (spread(10, 20), spread(12, 13), Verdict.SAME),
        (spread(10, 12, better=Better.HIGHER), spread(12.1, 14, better=Better.HIGHER), Verdict.BETTER),
        (spread(12.1, 14, better=Better.HIGHER), spread(10, 12, better=Better.HIGHER), Verdict.WORSE),
        (spread(10, 12, better=Better.NEITHER), spread(13, 14, better=Better.NEITHER), Verdict.CHANGED),
        # One has no spread: it is allowed the tolerance of its kind.
        (spread(100, 110), measure(130.0), Verdict.SAME),
        (spread(100, 110), measure(140.0), Verdict.WORSE),
        # Nor has one whose spread is that of a single repeat.
        (measure(100.0, 100.0, 100.0), measure(110.0, 110.0, 110.0), Verdict.SAME),
        (measure(100.0, 100.0, 100.0), measure(130.0, 130.0, 130.0), Verdict.WORSE),
        # A value beside its own spread counts as well.
        (measure(20.0, 10, 12), spread(18, 19), Verdict.SAME),
        (measure(5.0, 10, 12), spread(6, 7), Verdict.SAME),
    ],
)
def test_spreads_that_overlap_are_the_same(before: Measure, after: Measure, expected: Verdict) -> None:
    assert verdict(before, after) is expected


@pytest.mark.parametrize(
    ("kind", "same", "worse"),
    [(Kind.COUNTER, 100.0, 101.0), (Kind.RATIO, 105.0, 106.0), (Kind.TIME, 124.0, 126.0), (Kind.BYTES, 105.0, 106.0)],
)
def test_without_a_spread_a_kind_has_its_tolerance(kind: Kind, same: float, worse: float) -> None:
    assert verdict(measure(100.0, kind=kind), measure(same, kind=kind)) is Verdict.SAME
    assert verdict(measure(100.0, kind=kind), measure(worse, kind=kind)) is Verdict.WORSE
    assert verdict(measure(worse, kind=kind), measure(100.0, kind=kind)) is Verdict.BETTER


def test_the_tolerance_of_values_below_zero() -> None:
    def below(value: float) -> Measure:
        return measure(value, kind=Kind.RATIO)

    assert verdict(below(-100.0), below(-104.0)) is Verdict.SAME
    assert verdict(below(-100.0), below(-106.0)) is Verdict.BETTER


def test_a_counter_with_a_spread_may_vary_in_it() -> None:
    assert verdict(spread(10, 12, kind=Kind.COUNTER), spread(11, 13, kind=Kind.COUNTER)) is Verdict.SAME


@pytest.mark.parametrize("kind", Kind)
def test_times_and_bytes_are_compared_on_one_machine_only(kind: Kind) -> None:
    expected = Verdict.NOT_COMPARABLE if kind in (Kind.TIME, Kind.BYTES) else Verdict.WORSE
    assert verdict(measure(1.0, kind=kind), measure(2.0, kind=kind), machine=OTHER_MACHINE) is expected
    for part in ("processor", "memory"):
        assert verdict(measure(1.0, kind=kind), measure(2.0, kind=kind), machine={**MACHINE, part: "x"}) is expected
    newer = {**MACHINE, "numpy": "3.0"}
    assert verdict(measure(1.0, kind=kind), measure(2.0, kind=kind), machine=newer) is Verdict.WORSE


def test_another_unit_or_kind_is_another_thing() -> None:
    assert verdict(measure(1.0), measure(1.0, unit="s")) is Verdict.NOT_COMPARABLE
    assert verdict(measure(1.0), measure(1.0, kind=Kind.RATIO)) is Verdict.NOT_COMPARABLE


def test_what_can_no_longer_be_measured_is_worse() -> None:
    assert verdict(measure(1.0), measure(None)) is Verdict.WORSE
    assert verdict(measure(None), measure(1.0)) is Verdict.BETTER
    assert verdict(measure(None), measure(None)) is Verdict.SAME
    assert verdict(measure(1.0, better=Better.NEITHER), measure(None, better=Better.NEITHER)) is Verdict.CHANGED


def test_missing_and_new_measures_are_named() -> None:
    comparison = compare("x", result(measure(1.0, name="old")), result(measure(1.0, name="young")))
    assert [(one.name, one.verdict) for one in comparison.compared] == [
        ("old", Verdict.MISSING),
        ("young", Verdict.NEW),
    ]
    text = comparison_text([comparison])
    assert "| old     |   1 ms |     - |      - | missing |" in text
    assert text.endswith("1 missing, 1 new.\n")
    assert worse_sentence([comparison]) == ""


def test_other_machines_models_settings_and_samples_are_a_sentence_each() -> None:
    before = result(settings={"threads": 2, "final": "best"})
    after = result(
        machine=OTHER_MACHINE,
        model={"model": "large 1", "sha256": "0123456789ab"},
        settings={"threads": 4, "final": "best", "drafts": False},
        samples="9 clips",
    )
    assert compare("x", before, after).remarks == (
        "The machine is not the same: cores 2 -> 16.",
        "The model is not the same: model small 1 -> large 1.",
        "The settings are not the same: threads 2 -> 4, drafts none -> False.",
        "The samples are not the same: 3 clips -> 9 clips.",
    )
    assert compare("x", before, before).remarks == ()


def test_values_their_ratio_or_difference_and_the_verdict_are_shown() -> None:
    before = result(spread(100, 110), measure(0.0, name="lost"), measure(5.0, name="share", unit="%", kind=Kind.RATIO))
    after = result(spread(210, 220), measure(3.0, name="lost"), measure(4.0, name="share", unit="%", kind=Kind.RATIO))
    comparison = compare("latency", before, after)
    text = comparison_text([comparison])
    assert "| final.p95 | 105 ms (100 to 110) | 215 ms (210 to 220) | 2.05 x | worse   |" in text
    assert "| lost      |                0 ms |                3 ms |     +3 | worse   |" in text
    assert "| share     |                 5 % |                 4 % |     -1 | better  |" in text
    assert worse_sentence([comparison]) == (
        "2 figures are worse: latency final.p95 (105 ms -> 215 ms), latency lost (0 ms -> 3 ms)"
    )
    (first, second, _) = comparison_object([comparison])["latency"]["measures"]
    assert first == {
        "name": "final.p95",
        "unit": "ms",
        "before": 105.0,
        "after": 215.0,
        "ratio": 215 / 105,
        "difference": 110.0,
        "verdict": "worse",
    }
    assert (second["ratio"], second["difference"]) == (None, 3.0)


def test_only_some_of_many_are_in_the_sentence() -> None:
    before = result(*(measure(1.0, name=f"m{index}") for index in range(8)))
    after = result(*(measure(2.0, name=f"m{index}") for index in range(8)))
    sentence = worse_sentence([compare("x", before, after)])
    assert sentence.startswith("8 figures are worse: x m0 (1 ms -> 2 ms)")
    assert sentence.endswith("x m4 (1 ms -> 2 ms), and 3 more")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Folders `before` and `after`: latency is worse, idle the same, and each has one of its own."""
    for place, value in (("before", 1.0), ("after", 2.0)):
        keep(result(measure(value)), tmp_path / place)
        keep(result(measure(1.0), bench="idle"), tmp_path / place)
        keep(result(bench="engine"), tmp_path / place / f"only-{place}.json")
    return tmp_path


def test_folders_are_compared_by_the_names_of_the_files(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "compare", str(kept / "before"), str(kept / "after")]) == 1
    shown = capsys.readouterr()
    assert "**idle**" in shown.out
    assert "**latency**" in shown.out
    assert f"only-before.json is in {kept / 'before'} alone" in shown.err
    assert f"only-after.json is in {kept / 'after'} alone" in shown.err
    assert shown.err.endswith("asrd: 1 figure is worse: latency final.p95 (1 ms -> 2 ms)\n")


@pytest.mark.parametrize(("first", "second"), [("before", "after/latency.json"), ("before/latency.json", "after")])
def test_a_file_is_compared_with_that_of_its_name(
    kept: Path, capsys: pytest.CaptureFixture[str], first: str, second: str
) -> None:
    assert main(["bench", "compare", str(kept / first), str(kept / second), "--report-only", "--json"]) == 0
    shown = capsys.readouterr()
    assert list(json.loads(shown.out)) == ["latency"]
    assert shown.err == ""


def test_the_other_way_round_it_is_better(kept: Path) -> None:
    assert main(["bench", "compare", str(kept / "after/latency.json"), str(kept / "before/latency.json")]) == 0


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("before/latency.json", "after/idle.json", "is of bench latency and .* of bench idle"),
        ("before", "empty", "holds no result"),
        ("before", "other", "have no result of the same name"),
        ("before/none.json", "after/idle.json", "none.json cannot be read"),
    ],
)
def test_what_can_not_be_compared_is_one_sentence(
    kept: Path, capsys: pytest.CaptureFixture[str], first: str, second: str, sentence: str
) -> None:
    (kept / "empty").mkdir()
    keep(result(), kept / "other" / "another.json")
    assert main(["bench", "compare", str(kept / first), str(kept / second)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    last = shown.err.splitlines()[-1]

    assert re.search(sentence, last)
