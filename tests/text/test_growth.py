"""Where words lie, told from how the text grew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.text.growth import Growth
from asrd.text.stabilizer import Stabilizer
from asrd.text.units import split_units
from asrd.values import Word

SECOND = 16_000
AHEAD = 3200
TEXT = "the quick brown fox jumps over it"


def grown(*passes: tuple[float, str]) -> Stabilizer:
    """Passes at so many seconds; the last one is the final."""
    stabilizer = Stabilizer(margin_samples=0)
    *shown, (end_s, text) = passes
    for at_s, said in shown:
        stabilizer.update(said, round(at_s * SECOND))
    stabilizer.finish(text, round(end_s * SECOND))
    return stabilizer


def starts(words: tuple[Word, ...]) -> list[int]:
    return [word.start for word in words]


def test_a_word_follows_what_was_there_before() -> None:
    assert grown((1.0, "one"), (2.0, "one two"), (3.0, "one two threefour five")).words() == (
        Word("one", 0, SECOND + AHEAD),
        Word("two", SECOND + AHEAD, 2 * SECOND + AHEAD),
        Word("threefour", 2 * SECOND + AHEAD, 2 * SECOND + AHEAD + (SECOND - AHEAD) * 9 // 13),
        Word("five", 2 * SECOND + AHEAD + (SECOND - AHEAD) * 9 // 13, 3 * SECOND),
    )


def test_a_correction_does_not_make_the_words_behind_it_late() -> None:
    found = starts(
        grown((1.0, "the quick"), (4.0, "the quack brown"), (5.0, "the quick brown fox"), (6.0, TEXT)).words()
    )
    assert (found[0], found[2], found[3]) == (0, SECOND + AHEAD, 4 * SECOND + AHEAD)
    assert found[4] == 5 * SECOND + AHEAD


def test_a_text_that_shrinks_had_said_too_much() -> None:
    words = grown((1.0, "the quick brown fox jumps"), (2.0, "the quick"), (6.0, TEXT)).words()
    assert words[2].start == 2 * SECOND + AHEAD


def test_a_pause_lies_between_two_words() -> None:
    words = grown((1.0, "one"), (2.0, "one"), (3.0, "one"), (4.0, "one two")).words()
    assert words == (Word("one", 0, SECOND + AHEAD), Word("two", 3 * SECOND + AHEAD, 4 * SECOND))


def test_nobody_speaks_as_fast_as_a_text_that_catches_up() -> None:
    """Without the limit all but the first word would lie in the last 50 ms."""
    words = grown((0.5, "the"), (2.75, "the"), (3.0, TEXT)).words()
    assert words == grown((3.0, TEXT)).words()
    assert words[1].start == 3 * SECOND * 3 // 27


@pytest.mark.parametrize(("at_s", "begins_at"), [(1.19, SECOND * 119 // 100 + AHEAD), (1.21, 0)])
def test_the_limit_is_25_characters_a_second(at_s: float, begins_at: int) -> None:
    """15 characters of 25 in the last 0.6 s."""
    last = grown((at_s, "abcdefghij"), (2.0, "abcdefghij klmnopqrstuvwxy")).words()[1]
    assert last.start == (begins_at or 2 * SECOND * 10 // 25)


def test_a_single_pass_is_spread_over_the_speech() -> None:
    assert grown((4.0, "one three ab")).words(8000, 58_000) == (
        Word("one", 8000, 23_000),
        Word("three", 23_000, 48_000),
        Word("ab", 48_000, 58_000),
    )


def test_what_was_heard_beyond_a_cut_does_not_count() -> None:
    words = grown((1.0, "one"), (5.0, "one two"), (2.0, "one two three")).words()
    assert [word.end for word in words] == [SECOND + AHEAD, *[word.end for word in words[1:-1]], 2 * SECOND]
    assert words[1].start == SECOND + AHEAD


def test_a_pass_before_speech_began_does_not_count() -> None:
    words = grown((1.0, "one"), (6.0, "one two")).words(2 * SECOND, 5 * SECOND)
    assert words == (Word("one", 32_000, 56_000), Word("two", 56_000, 80_000))


def test_white_space_at_the_end_is_no_word() -> None:
    assert grown((1.0, "one ")).words() == (Word("one", 0, SECOND),)
    assert grown((1.0, "  ")).words() == ()
    assert grown((1.0, "")).words() == ()


PASSES = st.lists(st.tuples(st.integers(0, 40_000), st.text("ab .\u4f60\u0e01\u0e31", max_size=40)), max_size=16)


@given(PASSES, st.text("abc \u4f60\u3002", max_size=60), st.integers(0, 300_000), st.data())
def test_words_lie_in_order_within_the_speech(
    passes: list[tuple[int, str]], text: str, samples: int, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, samples))
    end = data.draw(st.integers(start, samples))
    stabilizer, position = Stabilizer(0), 0
    for step, said in passes:
        position += step
        stabilizer.update(said, position)
    stabilizer.finish(text, samples)
    words = stabilizer.words(start, end)
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert all(start <= edge <= end and isinstance(edge, int) for edge in edges)
    assert [word.text for word in words] == [unit.strip() for unit in split_units(text) if unit.strip()]


@given(st.lists(st.integers(0, 30), max_size=300))
def test_memory_is_bounded_by_the_longest_text(lengths: list[int]) -> None:
    growth = Growth()
    for position, length in enumerate(lengths):
        growth.heard(["x" * length], position)
    assert len(growth._points) <= 31
