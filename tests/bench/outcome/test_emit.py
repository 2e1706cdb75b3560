"""What becomes of a result: printed, kept, drawn, held to its bounds."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from asrd.bench.outcome.json_form import as_object
from asrd.bench.outcome.result import Bound, Line, Series, Shape
from asrd.bench.outcome.store import read
from asrd.bench.outcome.text import as_text
from asrd.cli.bench.emit import BrokenBoundError, emit
from asrd.cli.bench.flags.shared import add_result_flags
from asrd.errors import ConfigError
from tests.bench.outcome.results import measure, result

SERIES = Series("lag", "Lag", Shape.LINES, "s", "s", [Line("", (0.0, 1.0), (1.0, 2.0))])
ONE = result(measure(3.0), series=[SERIES])


def flags(*argv: str) -> Namespace:
    parser = ArgumentParser()
    add_result_flags(parser)
    return parser.parse_args(argv)


def test_text_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert emit(ONE, flags()) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (as_text(ONE) + "\n", "")


def test_json_is_the_result_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert emit(ONE, flags("--json")) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == json.loads(json.dumps(as_object(ONE)))
    assert out.count("\n") == 1


def test_it_is_kept_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert emit(ONE, flags("--store", str(tmp_path / "a"), "--plots", str(tmp_path / "b"))) == 0
    assert as_object(read(tmp_path / "a" / "latency.json")) == as_object(ONE)
    assert (tmp_path / "b" / "latency-lag.png").is_file()
    assert capsys.readouterr().err.splitlines() == [
        f"asrd: kept in {tmp_path / 'a' / 'latency.json'}",
        f"asrd: drawn: {tmp_path / 'b' / 'latency-lag.png'}",
    ]


def test_a_broken_bound_ends_with_an_error_after_everything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BrokenBoundError, match=r"^bench latency: final\.p95 is 3 ms, not at most 2$") as caught:
        emit(ONE, flags("--bound", "final.p95<=2", "--store", str(tmp_path)))
    assert caught.value.exit_code == 1
    assert "at most 2: broken" in capsys.readouterr().out
    assert read(tmp_path / "latency.json").measure("final.p95").bound == Bound(at_most=2.0)


def test_all_broken_bounds_are_told_and_kept_ones_are_not() -> None:
    two = result(measure(3.0, bound=Bound(at_most=1.0)), measure(3.0, name="b"), measure(3.0, name="c"))
    with pytest.raises(BrokenBoundError, match=r"final\.p95 is 3 ms, not at most 1; c is 3 ms, not at least 5$"):
        emit(two, flags("--bound", "b<=3", "--bound", "c>=5"))


def test_a_bound_on_what_is_not_measured_is_refused_after_everything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean final\.p95\?"):
        emit(ONE, flags("--bound", "final.p99<=2", "--store", str(tmp_path)))
    assert (tmp_path / "latency.json").is_file()


def test_what_is_measured_is_shown_even_where_it_can_not_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose another place with --store"):
        emit(ONE, flags("--store", str(tmp_path / "file")))
    assert "final.p95" in capsys.readouterr().out
