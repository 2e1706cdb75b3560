"""What is made of messages and their times: every measure of a clip, and what cannot be matched."""

from __future__ import annotations

import pytest

from asrd.bench.daemon.matching import Heard, Tally, heard_of
from asrd.bench.daemon.script import Said
from asrd.bench.figures.stability import Stability
from tests.bench.figures.messages import dropped, final, gap, partial, status

FIRST = Said(1.0, 3.0, "good day", (("good", 1.75), ("day", 3.0)), "first")
SECOND = Said(6.0, 7.0, "yes", clip="second")
MESSAGES = [
    status(1.1, "speech"),
    partial(1.25, 1, "", "", (0.75, 1.125)),  # no text yet
    partial(1.5, 1, "", "Good", (0.75, 1.25)),
    partial(2.5, 1, "Good", " they", (0.75, 2.25)),
    partial(3.25, 1, "Good", " day", (0.75, 3.0)),
    status(3.5, "listening"),
    final(3.75, 1, "Good day.", (0.75, 3.25)),
    status(6.1, "speech"),
    status(7.75, "listening"),
    final(8.0, 2, "Yes", (5.75, 7.25)),
]


def test_every_measure_of_a_clip() -> None:
    (first, second), tally = heard_of([FIRST, SECOND], MESSAGES)
    assert first.first_partial_s == 0.5
    assert first.final_after_speech_s == 0.75
    assert first.final_after_endpoint_s == 0.25
    assert first.lags_s == [0.125, 0.25, 0.25, 0.25]
    assert first.words is not None
    assert first.words.shown == (-0.25, 0.25)
    assert first.words.committed == (0.75, 0.75)
    # Shown for good 0.5 s and 2.25 s after the onset of 2 s of speech; the second counts, and the pace is 1 s a word.
    assert first.laal_s == pytest.approx((0.5 + (2.25 - 1.0)) / 2)
    assert first.stability == Stability(words=2, erased=2, unstable=2)
    assert second == Heard(2.0, 1.0, 0.25, 2.0, [], None, Stability(words=1), clip="second")
    assert tally == Tally(clips=2)


def test_a_committed_word_may_go_on_and_no_letter_may_go() -> None:
    def committed(*texts: str) -> int:
        messages = [partial(2.0 + step, 1, text, "", (0.75, 2.0)) for step, text in enumerate(texts)]
        (heard,), _ = heard_of([FIRST], messages)
        return heard.erased_letters

    assert committed("light", "light-roast", "light-roast, good") == 0
    assert committed("light", "late") == 4


def test_a_final_of_punctuation_has_no_lag() -> None:
    (heard,), tally = heard_of([FIRST], [final(3.75, 1, "...", (0.75, 3.25))])
    assert (heard.laal_s, tally.without_final) == (None, 0)


def test_a_longer_reference_makes_the_speaker_faster() -> None:
    (heard,), _ = heard_of([Said(1.0, 3.0, "very good day now")], MESSAGES[:7])
    assert heard.laal_s == pytest.approx((0.5 + (2.25 - 0.5)) / 2)


def test_a_clip_that_was_split() -> None:
    messages = [
        partial(2.0, 1, "", "good", (0.75, 1.75)),
        status(2.1, "listening"),
        final(2.25, 1, "good", (0.75, 1.75)),
        status(2.5, "speech"),
        final(3.75, 2, "day", (2.0, 3.25)),
    ]
    (heard,), tally = heard_of([FIRST], messages)
    assert tally == Tally(clips=1, split=1)
    assert heard.final_after_speech_s == 0.75
    assert heard.final_after_endpoint_s is None  # the last one was cut: no end-point was told
    assert heard.words is not None
    assert heard.words.shown == (0.25, 0.75)
    assert heard.laal_s == pytest.approx((1.0 + (2.75 - 1.0)) / 2)


def test_what_cannot_be_matched_is_counted() -> None:
    messages = [
        final(0.75, 1, "what", (0.0, 0.5)),  # before anybody spoke
        partial(2.0, 2, "", "good", (0.75, 1.75)),  # never ended
        gap(4.0, 3.0, 4.5),
        partial(4.5, 3, "", "hm", (4.0, 4.5)),
        dropped(5.0, 3),
    ]
    (first, second), tally = heard_of([FIRST, SECOND], messages)
    assert tally == Tally(clips=2, without_final=2, strays=1, unended=1, gaps=1, lost_s=1.5)
    assert first.first_partial_s == 1.0
    assert (first.final_after_speech_s, first.laal_s, first.words) == (None, None, None)
    assert second == Heard(None, None, None, None, [0.0], None, Stability(), clip="second")
    assert first.stability == Stability(words=1)  # what belongs to no clip is counted with the next


def test_one_final_with_two_clips_in_it_is_counted_once_and_tells_no_delay() -> None:
    third = Said(9.0, 10.0, "no", clip="third")
    messages = [
        partial(3.5, 1, "Good", " they", (0.75, 3.25)),
        partial(6.75, 1, "Goo", " day yes", (0.75, 6.5)),
        status(7.5, "listening"),
        final(8.0, 1, "Good day yes", (0.75, 7.25)),
        final(11.0, 2, "No", (8.75, 10.25)),
    ]
    (first, second, alone), tally = heard_of([FIRST, SECOND, third], messages)
    assert tally == Tally(clips=3, merged=1)
    assert first == Heard(
        None, None, None, None, [0.25, 0.25], None, Stability(3, 2 + 3, 2 + 1, 1, 0), erased_letters=1, clip="first"
    )
    assert second == Heard(None, None, None, None, [], None, Stability(), clip="second")
    assert (alone.first_partial_s, alone.final_after_speech_s, alone.stability.words) == (2.0, 1.0, 1)


def test_a_clip_of_two_utterances_one_of_which_it_shares_tells_no_delay() -> None:
    messages = [final(2.0, 1, "good", (0.75, 1.75)), final(8.0, 2, "day yes", (2.0, 7.25))]
    (first, second), tally = heard_of([FIRST, SECOND], messages)
    assert tally == Tally(clips=2, split=1, merged=1)
    assert (first.first_partial_s, second.first_partial_s, first.words) == (None, None, None)
    assert (first.stability.words, second.stability.words) == (3, 0)


def test_what_comes_after_the_last_clip_is_counted_with_it() -> None:
    messages = [partial(9.0, 1, "hm", "", (8.0, 8.5)), partial(9.5, 1, "oh", "", (8.0, 9.25))]
    (first, second), _ = heard_of([FIRST, SECOND], messages)
    assert (first.lags_s, second.lags_s, second.erased_letters) == ([], [0.5, 0.25], 2)


def test_the_end_point_is_that_of_the_same_utterance() -> None:
    late = [
        status(3.5, "listening"),
        status(6.1, "speech"),
        status(7.75, "listening"),
        final(8.0, 1, "Good day.", (0.75, 3.25)),
        final(8.25, 2, "Yes", (5.75, 7.25)),
    ]
    (first, second), _ = heard_of([FIRST, SECOND], late)
    assert (first.final_after_endpoint_s, second.final_after_endpoint_s) == (4.5, 0.5)


def test_an_end_point_that_comes_after_the_final_is_that_of_another_utterance() -> None:
    (heard,), _ = heard_of([FIRST], [final(3.75, 1, "Good", (0.75, 3.25)), status(4.5, "listening")])
    assert heard.final_after_endpoint_s is None


def test_tallies_add_up() -> None:
    assert Tally(clips=2, gaps=1, lost_s=0.5) + Tally(clips=3, lost_s=1.0) == Tally(clips=5, gaps=1, lost_s=1.5)
