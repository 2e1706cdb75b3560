"""Loops in a text, and the error rate over clips."""

from __future__ import annotations

import pytest

from model.train.normalise import Errors, has_loop, word_error_rate


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("", False),
        ("no no no no no", False),
        ("no no no no no no", True),
        ("make it large make it large", False),
        ("Make it large. Make it large. Make it large.", True),
        ("I want a small coffee please I want a small coffee please", True),
        ("I want a small coffee, then I want a small tea", False),
    ],
)
def test_a_loop_is_told_from_emphasis(text: str, loops: bool) -> None:
    assert has_loop(text) == loops


def test_the_rate_is_all_edits_over_all_words() -> None:
    rate = word_error_rate([Errors(1, 10), Errors(3, 10), Errors(0, 20)])
    assert rate.percent == pytest.approx(10.0)
    assert rate.low < rate.percent < rate.high


def test_the_interval_does_not_change_from_run_to_run() -> None:
    errors = [Errors(index % 3, 7) for index in range(50)]
    assert word_error_rate(errors) == word_error_rate(errors)
