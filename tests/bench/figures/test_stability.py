"""From the messages of a session to its steadiness."""

from __future__ import annotations

from asrd.bench.figures.stability import Stability, stability
from asrd.bench.figures.utterances import Look, utterances_of
from tests.bench.figures.messages import dropped, final, gap, partial, status

CAT = [
    partial(1.0, 1, "", "the"),
    partial(2.0, 1, "the", " cat"),
    partial(2.5, 2, "", "one"),  # utterances overlap in time
    partial(3.0, 1, "", "a cat sat"),
    status(3.2, "idle"),
    partial(4.0, 1, "a", " cat sat on"),
    final(5.0, 1, "the cat sat on"),
    final(6.0, 2, "one two"),
]


def test_what_was_taken_back() -> None:
    found = sum((stability(one.looks(), one.text.split()) for one in utterances_of(CAT)), Stability())
    assert found == Stability(words=6, erased=6, unstable=2, erased_committed=1, commit_errors=1)


def test_the_vector_of_ratios() -> None:
    """The vector of METRICS: NE 6/4, UPWR 2/4."""
    texts = [text.split() for text in ("the", "the cat", "a cat sat", "a cat sat on")]
    found = stability([Look(1.0, [], words) for words in texts], ["the", "cat", "sat", "on"])
    assert found.erased / found.words == 1.5
    assert found.unstable / found.words == 0.5


def test_committed_words_count_by_what_was_committed_last() -> None:
    looks = [Look(1.0, ["a"], ["a", "b"]), Look(2.0, ["a", "b", "c"], ["a", "b", "c"])]
    assert stability(looks, ["a", "x", "c"]).commit_errors == 1
    assert stability(looks, ["a", "x", "c"]).erased_committed == 0


def test_a_final_without_text_or_partials() -> None:
    assert stability([Look(1.0, ["a"], ["a", "b"])], []) == Stability()
    assert stability([], ["one", "two"]) == Stability(words=2)


def test_messages_utterance_by_utterance() -> None:
    first, second, third = utterances_of(
        [
            gap(0.5, 0.0, 0.2),
            partial(1.0, 3, "", "x", (2.0, 2.5)),
            partial(1.5, 1, "one", " two", (0.1, 1.2)),
            dropped(2.0, 3),
            final(2.5, 2, "three", (1.4, 2.0)),
        ]
    )
    assert (first.number, first.has_ended, first.text) == (1, False, "")
    assert (first.start_s, first.end_s) == (0.1, 1.2)
    assert first.looks(lambda text: text.upper().split()) == [Look(1.5, ["ONE"], ["ONE", "TWO"])]
    assert (second.number, second.final_s, second.start_s, second.end_s) == (2, 2.5, 1.4, 2.0)
    assert (third.has_ended, third.was_dropped, third.final) == (True, True, None)
    assert [one.number for one in utterances_of([dropped(1.0, 7)])] == [7]
    assert utterances_of([dropped(1.0, 7)])[0].end_s == 0.0
