"""From a detector's answers to utterances, and from those to mistakes."""

from __future__ import annotations

import math

import numpy as np

from asrd.bench.sets.truth import Speech
from asrd.bench.vad.scenes import Scene, Span
from asrd.bench.vad.scoring import Found, NoiseScore, find_utterances, score
from tests.bench.vad.signals import trace, variant


def test_utterances_of_a_trace_are_its_voiced_stretches() -> None:
    chosen = variant("hangover_ms=300", "onset_ms/onset_window_ms=60/60")
    found = find_utterances(trace("-" * 50 + "+" * 20 + "-" * 10 + "+" * 20 + "-" * 30 + "+" * 10), chosen)
    assert found == [
        Found(50 * 320, 53 * 320, 100 * 320, 115 * 320),
        Found(130 * 320, 133 * 320, 140 * 320, 140 * 320),  # where the audio ends
    ]


def test_the_hangover_is_less_by_the_lag_of_the_detector_as_in_the_daemon() -> None:
    pattern, chosen = (
        "+" * 20 + "-" * 31 + "+" * 20,
        variant("hangover_ms=700"),
    )  # a pause of 620 ms, and 60 ms of voice
    assert len(find_utterances(trace(pattern), chosen)) == 1
    assert len(find_utterances(trace(pattern, lag_samples=1024), chosen)) == 2


def test_what_is_cut_for_its_length_is_one_utterance() -> None:
    assert find_utterances(trace("+" * 500), variant("max_utterance_s=2.0")) == [
        Found(0, 3 * 320, 500 * 320, 500 * 320)
    ]


def test_too_short_utterances_are_dropped() -> None:
    pattern = "-" * 20 + "+" * 5 + "-" * 100
    assert [one.is_dropped for one in find_utterances(trace(pattern), variant("min_speech_ms=200"))] == [True]
    assert [one.is_dropped for one in find_utterances(trace(pattern), variant("min_speech_ms=100"))] == [False]


def test_what_is_dropped_is_neither_found_nor_a_false_start() -> None:
    speech = Scene("made", "clean", np.zeros(48_000, np.float32), (Speech(16_000, 32_000),))
    result = score(speech, [Found(16_000, 17_000, 0, 0, is_dropped=True), Found(40_000, 41_000, 0, 0, is_dropped=True)])
    assert (result.clips[0].missed, result.false_starts) == (1, 0)
    noise = Scene("made", "", np.zeros(48_000, np.float32), noises=(Span(0, 48_000),))
    found = [Found(0, 100, 0, 9000, is_dropped=True), Found(16_000, 17_000, 32_000, 40_000)]
    assert score(noise, found).noises == (NoiseScore(1, 1, 1.0, 3.0),)


def test_only_a_threshold_of_its_own_moves_what_is_voiced() -> None:
    answers = trace("+" * 50)
    answers.answers[:] = 0.55
    assert find_utterances(answers, variant(detector="silero:0.6")) == []
    assert len(find_utterances(answers, variant(detector="silero:0.55"))) == 1
    assert len(find_utterances(answers, variant(detector="webrtc:3"))) == 1


def test_a_score_counts_each_kind_of_mistake() -> None:
    speech = tuple(Speech(at, at + 1600) for at in (16_000, 32_000, 48_000, 64_000))
    scene = Scene("made", "clean", np.zeros(160_000, np.float32), speech)
    found = [
        Found(16_160, 17_000, 16_800, 28_000),  # split
        Found(17_200, 17_500, 17_760, 28_800),
        Found(31_840, 32_900, 48_100),  # bridges two
        Found(100_000, 101_000, 116_000),  # nobody speaks
    ]
    result = score(scene, found)
    assert result.false_starts == 1
    assert [clip.missed for clip in result.clips] == [0, 0, 0, 1]
    assert [clip.split for clip in result.clips] == [1, 0, 0, 0]
    assert [clip.merged for clip in result.clips[:3]] == [0, 1, 0]
    assert math.isnan(result.clips[3].merged)  # no pause follows
    first = result.clips[0]
    assert (first.onset_ms, first.known_ms, first.end_ms, first.closed_ms) == (10.0, 62.5, 10.0, 700.0)
    for other in result.clips[1:]:
        assert all(map(math.isnan, (other.onset_ms, other.known_ms, other.end_ms, other.closed_ms)))


def test_an_utterance_that_only_meets_the_edge_of_speech_is_none_in_it() -> None:
    scene = Scene("made", "clean", np.zeros(48_000, np.float32), (Speech(16_000, 32_000),))
    result = score(scene, [Found(8000, 9000, 16_000), Found(32_000, 33_000, 40_000)])
    assert (result.false_starts, result.clips[0].missed) == (2, 1)


def test_false_starts_in_noise_belong_to_the_recording_in_which_they_begin() -> None:
    spans = (Span(0, 16_000), Span(16_000, 48_000))
    scene = Scene("made", "", np.zeros(48_000, np.float32), noises=spans)
    result = score(scene, [Found(0, 100, 4000), Found(12_000, 12_500, 24_000), Found(40_000, 41_000, 44_000)])
    assert result.clips == ()
    assert result.false_starts == 3
    assert result.noises == (NoiseScore(2, 0, 0.5, 1.0), NoiseScore(1, 0, 0.75, 2.0))
