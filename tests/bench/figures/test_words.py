"""Error rates against jiwer and against the definition of the edit distance."""

from __future__ import annotations

import importlib.util
from functools import cache

import jiwer
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asrd.bench.figures.normalising import normalised
from asrd.bench.figures.words import Errors, check_installed, counts_characters, error_rate, errors_of, rate_difference
from asrd.errors import ConfigError
from tests.bench.needs import NEEDS_TEXT2NUM

pytestmark = NEEDS_TEXT2NUM
WORDS = st.lists(st.sampled_from(["a", "b", "c'd", "7", "é", "日"]), max_size=8).map(" ".join)
PLAIN = st.text(st.sampled_from("abc ,.!?XY"), max_size=30)
JIWER_WORDS = jiwer.Compose(
    [
        jiwer.ToLowerCase(),
        jiwer.SubstituteRegexes({r"[,.!?]": " "}),
        jiwer.RemoveMultipleSpaces(),
        jiwer.Strip(),
        jiwer.ReduceToListOfListOfWords(),
    ]
)


def distance(one: str, other: str) -> int:
    left, right = one.split(), other.split()

    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        kept = between(i - 1, j - 1) + (left[i - 1] != right[j - 1])
        return min(kept, between(i - 1, j) + 1, between(i, j - 1) + 1)

    return between(len(left), len(right))


@given(WORDS, WORDS)
def test_edits_are_the_fewest(reference: str, text: str) -> None:
    found = errors_of(reference, text)
    assert found.edits == distance(reference, text)
    assert found.length == len(reference.split())
    assert found.length - found.deletions + found.insertions == len(text.split())


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6))
def test_a_set_has_the_rate_of_jiwer(pairs: list[tuple[str, str]]) -> None:
    references, texts = (list(side) for side in zip(*pairs, strict=True))
    assume(any(references))
    rate = error_rate([errors_of(*pair) for pair in pairs])
    assert rate.value == pytest.approx(100 * jiwer.wer(references, texts))
    assert rate.low <= rate.high


@given(PLAIN, PLAIN)
def test_jiwer_with_its_own_normalising(reference: str, text: str) -> None:
    expected = jiwer.process_words(reference, text, reference_transform=JIWER_WORDS, hypothesis_transform=JIWER_WORDS)
    found = errors_of(normalised(reference), normalised(text))
    assert found.edits == expected.substitutions + expected.deletions + expected.insertions


@given(st.text("今日は晴", min_size=1, max_size=8), st.text("今日は晴", max_size=8))
def test_characters_as_jiwer_counts_them(reference: str, text: str) -> None:
    found = errors_of(" ".join(reference), text, by_character=True)
    assert found.percent == pytest.approx(100 * jiwer.cer(reference, text))


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (["今日は晴れ", "OK です"], True),
        (["สวัสดี ครับ"], True),
        (["good morning 日本"], False),
        (["안녕 하세요"], False),
        (["123", ""], False),
        ([], False),
    ],
)
def test_what_is_counted_goes_by_the_script(references: list[str], expected: bool) -> None:
    assert counts_characters(references) is expected


def test_a_set_by_hand() -> None:
    errors = [errors_of("a b c d", "a x c"), errors_of("e", "e f")]
    assert errors == [Errors(1, 1, 0, 4), Errors(0, 0, 1, 1)]
    assert sum(errors, Errors()) == Errors(1, 1, 1, 5)
    assert errors[0].percent == 50.0
    assert error_rate(errors).value == 60.0
    assert Errors(insertions=2).percent == 200.0


def test_a_difference_is_drawn_in_pairs() -> None:
    """Both ways vary from clip to clip, and by nothing beside each other."""
    before = [Errors(substitutions=at % 4, length=4) for at in range(40)]
    after = [Errors(substitutions=at % 4 + 1, length=4) for at in range(40)]
    difference = rate_difference(before, after)
    assert (difference.value, difference.low, difference.high) == (25.0, 25.0, 25.0)
    assert error_rate(before).high - error_rate(before).low > 10.0
    assert error_rate(before) == error_rate(before)
    with pytest.raises(ValueError, match="shorter"):
        rate_difference(before, after[1:])


def test_without_jiwer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asrd.bench.figures.words.find_spec", lambda _name: None)
    for call in (check_installed, lambda: errors_of("a", "b")):
        with pytest.raises(ConfigError, match=r"jiwer.*the extra `bench`"):
            call()
    assert importlib.util.find_spec("jiwer")
