"""Results as text for people."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings

from asrd.bench.outcome.result import Bound, Kind, Result, Table
from asrd.bench.outcome.text import COLUMNS, as_text, figure, measures_table, paragraph, table
from asrd.text.columns import columns
from tests.bench.outcome.results import MACHINE, measure, result, results


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0, "", "0"),
        (-0.0, "", "0"),
        (3, "ms", "3 ms"),
        (0.12345, "", "0.123"),
        (12.345, "x", "12.3 x"),
        (123.45, "MB", "123 MB"),
        (-12.345, "", "-12.3"),
        (1234567.8, "", "1234568"),
        (0.00001234, "", "1.23e-05"),
        (None, "ms", "-"),
        (math.nan, "ms", "-"),
        (math.inf, "", "-"),
    ],
)
def test_a_figure_has_three_digits_that_count(value: float | None, unit: str, shown: str) -> None:
    assert figure(value, unit) == shown


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    assert table(["clip", "n", "said"], [["a", "5", "one"], ["longer", "12 to 13", "three words"], ["b", "-", ""]]) == (
        "| clip   |        n | said        |\n"
        "| ------ | -------: | ----------- |\n"
        "| a      |        5 | one         |\n"
        "| longer | 12 to 13 | three words |\n"
        "| b      |        - |             |\n"
    )


def test_a_cell_cannot_break_its_table() -> None:
    shown = table(["said"], [["a | b\nc\x1b[31m\u202e"], ["二三"]])
    assert shown.count("\n") == 4
    assert "a \\| b c [31m" in shown
    assert len({columns(line) for line in shown.splitlines()}) == 1


def test_one_very_long_cell_does_not_widen_the_others() -> None:
    shown = table(["said", "n"], [["x" * 300, "1"], ["y", "2"]]).splitlines()
    assert len(shown[2]) > 300
    assert all(len(line) < 30 for line in (shown[0], shown[1], shown[3]))


def test_a_narrow_column_has_a_rule_that_markdown_knows() -> None:
    assert table(["a", "b"], []) == "| a   |   b |\n| --- | --: |\n"


def test_measures_with_their_spread_and_bound() -> None:
    shown = measures_table(
        [
            measure(210.0, 200.0, 230.0, count=50, bound=Bound(at_most=250.0)),
            measure(3.0, name="lost", kind=Kind.COUNTER, unit="", bound=Bound(at_most=0.0)),
        ]
    )
    assert shown == (
        "| measure   |  value |     spread |   n | bound             |\n"
        "| --------- | -----: | ---------: | --: | ----------------- |\n"
        "| final.p95 | 210 ms | 200 to 230 |  50 | at most 250       |\n"
        "| lost      |      3 |          - |   1 | at most 0: broken |\n"
    )


def test_columns_that_nothing_fills_are_left_out() -> None:
    assert "spread" not in measures_table([measure(1.0)])
    assert "bound" not in measures_table([measure(1.0)])


def test_a_result_names_machine_model_settings_samples_and_notes() -> None:
    one = result(
        measure(1.0),
        settings={"final": "best", "drafts": True, "context": None, "clips_s": [2, 5], "rules": []},
        tables=[Table("Clips", ["clip"], [["a"]])],
        notes=["Two clips cannot be read."],
    )
    shown = as_text(one)
    assert all(f"- {key}: {value}\n" in shown for key, value in MACHINE.items())
    assert "model small 1 (sha256 0123456789ab...); 3 clips; 2026-11-23, in 12.3 s.\n" in shown
    assert "Settings: final best, drafts on, context none, clips_s 2 5, rules none.\n" in shown
    assert "**Clips**\n\n| clip |" in shown
    assert shown.endswith("\nTwo clips cannot be read.\n")


def test_running_text_keeps_its_width_and_its_long_words() -> None:
    lines = paragraph("word " * 100 + "x" * 200).splitlines()
    assert all(len(line) <= COLUMNS for line in lines[:-1])
    assert lines[-1] == "x" * 200


@given(results)
@settings(max_examples=60, deadline=None)
def test_any_result_can_be_shown(one: Result) -> None:
    shown = as_text(one)
    assert all(character.isprintable() or character == "\n" for character in shown if character.isascii())
