"""The formulas against the vectors of the literature, slow definitions, simuleval, simulstream and jiwer."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.bench.figures.streaming import (
    commit_errors,
    erased_words,
    first_shown,
    length_adaptive_average_lagging,
    unstable_words,
)

CAT = [text.split() for text in ("the", "the cat", "a cat sat", "a cat sat on", "the cat sat on")]
WORDS = st.lists(st.sampled_from("abc"), max_size=6)


def test_the_vector_of_erasure_and_unstable_words() -> None:
    assert (erased_words(CAT), unstable_words(CAT), len(CAT[-1])) == (6, 2, 4)


def test_the_vector_of_lag() -> None:
    assert length_adaptive_average_lagging([1.0, 1.5, 2.5, 3.0], 3.0) == pytest.approx(0.875)


@pytest.mark.parametrize(
    "vector", json.loads(Path(__file__).with_name("laal_vectors.json").read_text(encoding="utf-8"))
)
def test_lag_as_simuleval_has_it(vector: dict[str, Any]) -> None:
    """Random input with the values of `LAALScorer` of simuleval 1.1.4 (PyPI), made by `make_laal_vectors.py`."""
    expected_s = vector.pop("laal_s")
    assert length_adaptive_average_lagging(**vector) == pytest.approx(expected_s, abs=1e-8)


@pytest.mark.parametrize(
    "vector", json.loads(Path(__file__).with_name("simulstream_vectors.json").read_text(encoding="utf-8"))
)
def test_erasure_delays_and_lag_as_simulstream_has_them(vector: dict[str, Any]) -> None:
    """Random histories with the values of simulstream 1.0.0 (PyPI), made by `make_simulstream_vectors.py`."""
    texts = [text.split() for text in vector["texts"]]
    assert erased_words(texts) / len(texts[-1]) == pytest.approx(vector["normalised_erasure"])
    shown_s = first_shown(list(zip(vector["times_s"], texts, strict=True)), texts[-1])
    assert shown_s == pytest.approx(vector["delays_s"])
    lag_s = length_adaptive_average_lagging(shown_s, vector["audio_s"], reference_words=vector["reference_words"])
    assert lag_s == pytest.approx(vector["laal_s"])


def test_only_words_up_to_the_end_of_the_audio_count() -> None:
    assert length_adaptive_average_lagging([1.0, 3.0, 3.0, 3.0], 3.0) == pytest.approx((1.0 + 3.0 - 0.75) / 2)


def test_a_longer_reference_makes_the_pace_faster() -> None:
    assert length_adaptive_average_lagging([1.0, 2.0], 2.0, reference_words=4) == pytest.approx((1.0 + 1.5) / 2)
    assert length_adaptive_average_lagging([1.0, 2.0], 2.0, words=4) == pytest.approx((1.0 + 1.5) / 2)


@pytest.mark.parametrize(("delays_s", "audio_s"), [([], 1.0), ([1.0], 0.0)])
def test_no_lag_of_nothing(delays_s: list[float], audio_s: float) -> None:
    with pytest.raises(ValueError, match="not defined"):
        length_adaptive_average_lagging(delays_s, audio_s)


def test_committed_words_that_the_final_contradicts() -> None:
    assert commit_errors(["the", "cat"], ["the", "cat", "sat"]) == 0
    assert commit_errors(["the", "cat", "sat"], ["the", "bat", "sat"]) == 1
    assert commit_errors(["the", "cat"], ["the"]) == 1
    assert commit_errors(["well", "done"], ["well,", "done"]) == 1
    assert commit_errors([], ["the"]) == commit_errors([], []) == 0


def test_a_committed_word_that_the_final_goes_on_with_is_not_contradicted() -> None:
    assert commit_errors(["light"], ["light-roast,", "please"]) == 0
    assert commit_errors(["the", "ca"], ["the", "cat", "sat"]) == 0
    assert commit_errors(["the", "bat", "sa"], ["the", "cat", "sat"]) == 1
    assert commit_errors(["the", "a"], ["the", "cat", "and"]) == 1  # it goes on with another word
    assert commit_errors(["the", "ca"], ["the"]) == 1
    assert commit_errors(["cats"], ["cat"]) == 1


@given(st.lists(st.sampled_from(["a", "ab", "abc", "b", "ba"]), min_size=1, max_size=8), st.integers(0, 30))
def test_no_beginning_of_a_final_is_contradicted(words: list[str], letters: int) -> None:
    text = " ".join(words)
    assert commit_errors(text[:letters].split(), words) == 0


def test_when_words_were_shown_for_good() -> None:
    history = list(zip((1.0, 2.0, 3.0, 4.0, 5.0), CAT, strict=True))
    assert first_shown(history, CAT[-1]) == [5.0, 5.0, 5.0, 5.0]
    assert first_shown(history[:2], CAT[1]) == [1.0, 2.0]
    assert first_shown([(1.0, ["a", "b"]), (2.0, ["a"]), (3.0, ["a", "b"])], ["a", "b"]) == [1.0, 3.0]


@given(WORDS, WORDS)
def test_alignment_by_trying_everything(before: list[str], after: list[str]) -> None:
    def is_within(some: tuple[str, ...], words: list[str]) -> bool:
        rest = iter(words)
        return all(word in rest for word in some)

    best = max(
        size
        for size in range(len(before) + 1)
        if any(is_within(some, after) for some in itertools.combinations(before, size))
    )
    assert unstable_words([before, after]) == len(before) - best


def test_alignment_agrees_with_jiwer_where_words_only_come_and_go() -> None:
    """Where words are substituted as well, an edit alignment may keep fewer than the longest common subsequence."""
    rng = random.Random(7)
    for _ in range(300):
        before = [rng.choice("abcdefgh") for _ in range(rng.randint(1, 12))]
        after = [word for word in before if rng.random() < 0.7] or before[:1]
        found = jiwer.process_words(" ".join(before), " ".join(after))
        assert unstable_words([before, after]) == found.deletions + found.substitutions


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_what_is_erased_is_unstable_at_most(history: list[list[str]]) -> None:
    assert unstable_words(history) <= erased_words(history)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.integers(1, 5))
def test_growing_text_is_stable(words: list[str], step: int) -> None:
    history = [words[:end] for end in range(0, len(words) + step, step)]
    assert erased_words(history) == unstable_words(history) == 0
