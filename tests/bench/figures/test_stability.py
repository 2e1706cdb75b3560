"""From the messages of a session to its steadiness."""

from __future__ import annotations

from typing import Any

import pytest

from asrd.bench.figures.stability import Stability, lags_s, stability_of


def partial(at: float, utterance: int, committed: str, tail: str) -> tuple[float, dict[str, Any]]:
    return at, {"type": "partial", "utterance": utterance, "committed": committed, "tail": tail}


def final(at: float, utterance: int, text: str, start: float = 0.0, end: float = 4.0) -> tuple[float, dict[str, Any]]:
    return at, {"type": "final", "utterance": utterance, "text": text, "start": start, "end": end}


CAT = [
    partial(1.0, 1, "", "the"),
    partial(2.0, 1, "the", " cat"),
    partial(2.5, 2, "", "one"),  # utterances overlap in time
    partial(3.0, 1, "", "a cat sat"),
    (3.2, {"type": "status", "state": "idle"}),
    partial(4.0, 1, "a", " cat sat on"),
    final(5.0, 1, "the cat sat on"),
    final(6.0, 2, "one two", start=2.0, end=6.0),
]


def test_what_was_taken_back() -> None:
    found = stability_of(CAT)
    assert found == Stability(words=6, erased=6, unstable=2, erased_committed=1, commit_errors=1)
    assert found.ratios()["normalised_erasure"] == 1.0
    assert found.ratios()["unstable_partial_word_ratio"] == pytest.approx(2 / 6, abs=1e-4)


def test_lag_of_each_utterance() -> None:
    first, second = lags_s(CAT)
    assert first == 5.0  # no word stayed before the final, and after the end of the audio only the first counts
    assert second == pytest.approx(((2.5 - 2.0) + (4.0 - 2.0)) / 2)


def test_a_final_without_text_or_partials() -> None:
    assert stability_of([partial(1.0, 1, "a", "b"), final(2.0, 1, " ")]) == Stability()
    assert stability_of([final(2.0, 1, "one two")]) == Stability(words=2)
    assert Stability().ratios()["commit_error_rate"] == 0.0
