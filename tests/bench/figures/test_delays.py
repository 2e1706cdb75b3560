"""Which words stand in another text, and when each was shown and settled."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from asrd.bench.figures.alignment import matches
from asrd.bench.figures.delays import TimedWord, WordDelays, timed_words, word_delays
from asrd.bench.figures.utterances import Look

WORDS = st.lists(st.sampled_from("abc"), max_size=7)


def test_words_match_as_early_as_they_can() -> None:
    assert matches(["the", "cat"], ["the", "cat", "saw", "the", "dog"]) == [(0, 0), (1, 1)]
    assert matches(["a", "x", "c"], ["a", "b", "c"]) == [(0, 0), (2, 2)]
    assert matches(["x", "a"], ["a", "x", "a"]) == [(0, 1), (1, 2)]
    assert matches(["a", "b"], ["b", "a"]) == [(1, 0)]
    assert matches([], ["a"]) == matches(["a"], []) == []


@given(WORDS, WORDS)
def test_matches_are_equal_words_in_order(one: list[str], other: list[str]) -> None:
    pairs = matches(one, other)
    assert all(one[first] == other[second] for first, second in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))
    assert len(pairs) == len(matches(other, one))


def test_each_word_is_shown_and_committed_once() -> None:
    looks = [
        Look(1.0, [], ["good"]),
        Look(2.0, ["good"], ["good", "mourning"]),
        Look(3.0, ["good"], ["good", "morning", "how"]),
        Look(4.0, ["good", "morning"], ["good", "morning", "who"]),
    ]
    assert timed_words(looks, ["good", "morning", "how", "are"], 5.0) == [
        TimedWord("good", 1.0, 2.0),
        TimedWord("morning", 3.0, 4.0),
        TimedWord("how", 3.0, 5.0),
        TimedWord("are", 5.0, 5.0),
    ]


def test_delays_count_from_the_true_end_of_each_word() -> None:
    heard = [TimedWord("good", 1.0, 2.0), TimedWord("day", 2.5, 4.0)]
    found = word_delays([("good", 0.75), ("fine", 1.0), ("day", 1.5)], heard)
    assert found == WordDelays(shown=(0.25, 1.0), committed=(1.25, 2.5), missed=1)
    assert word_delays([("well", 1.0)], []) == WordDelays(missed=1)
