"""A result that is kept comes back as it was; a broken file is one sentence."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from asrd.bench.outcome.json_form import as_object, from_object
from asrd.bench.outcome.result import Bound, Kind, Line, Measure, Result, Series, Shape, Table
from asrd.bench.outcome.store import keep, paths_in, read
from asrd.errors import ConfigError
from tests.bench.outcome.results import measure, result, results

FULL = result(
    measure(3.5, 3.0, 4.0, bound=Bound(at_most=5.0)),
    Measure("lost", 0, "", Kind.COUNTER),
    tables=[Table("Clips", ["clip", "n"], [["a", "1"]])],
    series=[Series("lag", "Lag", Shape.LINES, "s", "s", [Line("one", (0.0, 1.0), (2.0, 3.0))])],
    settings={"threads": 2, "drafts": True, "clips_s": [2.0, 5.0]},
    notes=["A note."],
)


@given(results)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_comes_back(one: Result) -> None:
    with TemporaryDirectory() as folder:
        back = read(keep(one, Path(folder) / "kept.json"))
    assert as_object(back) == as_object(one)


def test_a_result_comes_back_with_its_types(tmp_path: Path) -> None:
    back = read(keep(FULL, tmp_path))
    assert back.measure("final.p95") == FULL.measure("final.p95")
    assert back.measure("lost").kind is Kind.COUNTER
    assert back.tables[0].rows == (("a", "1"),)
    assert back.series[0].shape is Shape.LINES
    assert back.settings == FULL.settings
    assert back.notes == ("A note.",)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_becomes_none(tmp_path: Path, value: float) -> None:
    path = keep(result(measure(value, value, value)), tmp_path)
    assert "NaN" not in path.read_text()
    assert "Infinity" not in path.read_text()
    back = read(path).measure("final.p95")
    assert (back.value, back.low, back.high) == (None, None, None)


def test_a_folder_gets_the_name_of_the_bench_and_a_file_its_own(tmp_path: Path) -> None:
    assert keep(FULL, tmp_path / "new" / "folder") == tmp_path / "new" / "folder" / "latency.json"
    assert keep(FULL, tmp_path / "mine.json") == tmp_path / "mine.json"
    assert [path.name for path in paths_in(tmp_path)] == ["mine.json"]


def test_each_measure_is_a_line(tmp_path: Path) -> None:
    lines = keep(FULL, tmp_path).read_text().splitlines()
    assert sum('"name": "lost"' in line for line in lines) == 1
    assert len(lines) < 30


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    keep(FULL, tmp_path)
    keep(FULL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["latency.json"]


def changed(**members: Any) -> dict[str, Any]:
    return {**as_object(FULL), **members}


def without(name: str) -> dict[str, Any]:
    return {key: member for key, member in as_object(FULL).items() if key != name}


def inner(place: str, **members: Any) -> dict[str, Any]:
    (first, *rest) = as_object(FULL)[place]
    return changed(**{place: [{**first, **members}, *rest]})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "no object"),
        (3, "no object"),
        ({}, "has no 'schema'"),
        (changed(schema=2), "schema 2 is not 1"),
        (without("wall_s"), "has no 'wall_s'"),
        (changed(more=1), "unknown more"),
        (changed(bench=3), "bench is 3"),
        (changed(wall_s="long"), "wall_s is 'long'"),
        (changed(machine={"cores": 2}), "no list of texts"),
        (changed(measures=["x"]), "'x' is no object"),
        (changed(notes="abc"), "notes is 'abc'"),
        (changed(notes=[3]), "no list of texts"),
        (changed(measures=[as_object(FULL)["measures"][0]] * 2), "measured twice: final.p95"),
        (inner("measures", value="3"), "value is '3'"),
        (inner("measures", kind="speed"), "'speed' is not a valid Kind"),
        (inner("measures", better="up"), "'up' is not a valid Better"),
        (inner("measures", bound={"at_most": "1", "at_least": None}), "at_most is '1'"),
        (inner("measures", bound={"below": 1, "at_most": 1, "at_least": 1}), "unknown below"),
        (inner("tables", rows=[["a"]]), "not as long as its header"),
        (inner("tables", rows=["ab"]), "no list of texts"),
        (inner("series", shape="pie"), "'pie' is not a valid Shape"),
        (inner("series", lines=[{"label": "", "x": [1], "y": []}]), "1 x and 0 y"),
        (inner("series", lines=[{"label": "", "x": ["1"], "y": [1]}]), "not of numbers"),
    ],
)
def test_a_broken_result_is_one_sentence(tmp_path: Path, value: Any, reason: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(value))
    with pytest.raises(ConfigError) as caught:
        read(path)
    sentence = str(caught.value)
    assert reason in sentence
    assert sentence.startswith(str(path))
    assert "\n" not in sentence


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'"' + b"x" * 10_000 + b'"'])
def test_a_broken_file_is_one_short_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        read(path)
    assert len(str(caught.value)) < 300 + 2 * len(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"No such file.*make it with `asrd bench"):
        read(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="holds no result"):
        paths_in(tmp_path)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose another place with --store"):
        keep(FULL, tmp_path / "file" / "below")


def test_names_are_unique() -> None:
    with pytest.raises(ValueError, match=r"measured twice: final\.p95"):
        result(measure(1.0), measure(2.0))
    assert from_object(as_object(FULL)).measure("lost").value == 0
    with pytest.raises(KeyError):
        FULL.measure("none")
