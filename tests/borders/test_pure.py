"""Borders of the pure parts: the last value on this side, the first on the other."""

from __future__ import annotations

import numpy as np
import pytest

from asrd.geometry import samples_of
from asrd.mel.growing import GrowingLogMel
from asrd.mel.spectrum import normalise, plain_log_mel
from asrd.recognizer.joining import join_pieces
from asrd.recognizer.piece import _keep_beginning
from asrd.segment.quietest import cut_points, quietest_cut
from asrd.text.loops import token_limit
from asrd.text.prompt import build_prompt
from asrd.text.stabilizer import Stabilizer
from asrd.text.transcript import parse_transcript
from asrd.text.units import join_texts, split_units
from asrd.values import Hypothesis, Timing, Work
from tests.mel.test_log_mel import noise
from tests.text.test_prompt import LetterTokenizer

LIMIT = 160_000


@pytest.mark.parametrize(("seconds", "samples"), [(0.1, 1600), (1.001, 16_016), (1.00004, 16_001)])
def test_seconds_become_the_nearest_sample(seconds: float, samples: int) -> None:
    assert samples_of(seconds) == samples


def test_exactly_the_samples_of_the_first_frame() -> None:
    growing = GrowingLogMel()
    signal = noise(8000)
    growing.append(signal[:200])  # all that frame 0 covers, but one less than its mirror needs
    growing.append(signal[200:])
    view = growing.view()
    np.testing.assert_array_equal(normalise(view.log_mel, view.level), plain_log_mel(signal))


def test_the_open_frame_has_room_when_the_store_is_full() -> None:
    growing = GrowingLogMel()
    growing.append(noise(256_170))
    view = growing.view()
    assert (view.frozen_frames, len(view.log_mel)) == (1600, 1601)  # the store begins with room for 1600
    np.testing.assert_array_equal(normalise(view.log_mel, view.level), plain_log_mel(noise(256_170)))


def test_the_cut_is_the_sample_nearest_zero_of_the_quietest_100_ms() -> None:
    samples = np.full(LIMIT, 0.5, np.float32)
    samples[100_000:100_480] = 0.01  # 30 ms: a stop consonant
    samples[120_000:121_600] = -0.1
    samples[120_700] = 0.001
    assert quietest_cut(samples, LIMIT) == 120_700


def test_only_the_second_half_of_a_short_limit_is_looked_at() -> None:
    samples = np.random.default_rng(0).standard_normal(96_000).astype(np.float32)
    samples[20_000:30_000] = 0
    assert quietest_cut(samples, 96_000) >= 48_000


def test_exactly_the_limit_is_one_piece() -> None:
    assert cut_points(np.ones(LIMIT, np.float32), LIMIT) == []
    assert len(cut_points(np.ones(LIMIT + 1, np.float32), LIMIT)) == 1


def test_context_up_to_the_models_limit_is_taken() -> None:
    assert len(build_prompt(LetterTokenizer(), context="x" * 9993).head) > 10_000


def test_token_limit_grows_with_the_audio() -> None:
    assert [token_limit(s) for s in (0, 1, 16_000, 480_000)] == [32, 33, 52, 632]


def test_a_lasting_contradiction_does_not_change_what_was_committed() -> None:
    stabilizer = Stabilizer(margin_samples=0)
    for position, text in enumerate(["I scream", "I scream", "Ice cream is good", "Ice cream is good"], 1):
        stabilizer.update(text, position)
    assert (stabilizer.committed, stabilizer.tail) == ("I scream", " is good")


def test_a_word_that_only_the_final_has_gets_its_share() -> None:
    stabilizer = Stabilizer(margin_samples=0)
    stabilizer.update("one", 8000)
    stabilizer.finish("one two", 8000)
    assert [(u.text, u.start, u.end) for u in stabilizer.words()] == [("one", 0, 4000), ("two", 4000, 8000)]


def test_combining_marks_stay_with_their_character() -> None:
    thai = "\u0e01\u0e47\u0e14\u0e35 \u0e19\u0e35\u0e49"
    assert split_units(thai) == ["\u0e01\u0e47", "\u0e14\u0e35", " \u0e19\u0e35\u0e49"]


def test_joining_right() -> None:
    assert join_texts("ok", "\u4f60\u597d") == "ok\u4f60\u597d"


def test_what_was_shown_stays_even_where_repetition_is_repaired() -> None:
    kept = _keep_beginning(parse_transcript("language English<asr_text>" + "no " * 30), "no no no")
    assert kept.text == "no no no no"


def piece(text: str, language: str, committed: str = "", tail: str = "", cost: int = 1) -> Hypothesis:
    return Hypothesis(
        text, language, committed, tail, False, 100, (cost,), timing=Timing(mel_s=cost), work=Work(mel_frames=cost)
    )


def test_languages_are_named_once_in_order() -> None:
    pieces = [piece("a", "German"), piece("b", ""), piece("c", "English"), piece("d", "German")]
    joined = join_pieces(list(enumerate(pieces)), is_final=True)
    assert (joined.text, joined.language) == ("a b c d", "German,English")


@pytest.mark.parametrize(
    ("committed", "tail", "shown"),
    [("", "two three", ("one", " two three")), ("two", " three", ("one two", " three")), ("", "", ("one", ""))],
)
def test_committed_and_tail_are_the_text(committed: str, tail: str, shown: tuple[str, str]) -> None:
    last = piece(committed + tail, "", committed, tail)
    joined = join_pieces([(0, piece("one", "", "one")), (100, last)], is_final=False)
    assert (joined.committed, joined.tail) == shown
    assert joined.committed + joined.tail == joined.text


def test_costs_are_added_up() -> None:
    joined = join_pieces([(0, piece("a", "", cost=3)), (100, piece("b", "", cost=4))], is_final=True)
    assert (joined.work, joined.timing) == (Work(mel_frames=7), Timing(mel_s=7))
    assert (joined.tokens, joined.samples) == ((3, 4), 200)
