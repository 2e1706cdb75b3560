from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asrd.errors import ConfigError
from asrd.options import SegmentOptions
from asrd.segment.durations import durations_of
from asrd.segment.events import Dropped, Ended, EndReason, Heard, Paused, SegmentEvent
from asrd.segment.quietest import cut_points
from asrd.segment.segmenter import Segmenter
from tests.segment.listener import STREAM, Listener, Utterance

FRAME = 160  # 10 ms, so that the numbers below are easy
MS = 16
# Three voiced frames of six begin, two go on; 40 ms of pre-roll, 30 of pad, 50 to a pause, 100 to the end.
OPTIONS = SegmentOptions(
    onset_ms=30,
    onset_window_ms=60,
    resume_ms=20,
    preroll_ms=40,
    tail_pad_ms=30,
    pause_ms=50,
    hangover_ms=100,
    min_speech_ms=50,
    max_utterance_s=2.0,
)
SPEECH = "+" * 10
END = "-" * 10


class Run:
    """A segmenter that hears `STREAM` frame by frame: `+` is a voiced frame, `-` is another."""

    def __init__(self, options: SegmentOptions = OPTIONS, frames: str = "") -> None:
        self.segmenter = Segmenter(options, FRAME)
        self.listener = Listener(round(options.max_utterance_s * 16_000))
        self.last: list[SegmentEvent] = []
        self.push(frames)

    def push(self, frames: str) -> Run:
        for letter in frames:
            at = self.segmenter.position
            self.take(self.segmenter.push(STREAM[at : at + FRAME], letter == "+"))
        return self

    def take(self, events: list[SegmentEvent]) -> None:
        self.last = events
        self.listener.take(events)
        assert self.segmenter.in_speech == self.listener.is_open

    def rest(self, samples: int) -> np.ndarray:
        at = self.segmenter.position
        return STREAM[at : at + samples]

    @property
    def only(self) -> Utterance:
        assert len(self.listener.done) == 1
        return self.listener.done[0]


def test_an_utterance_is_its_speech_with_preroll_and_pad() -> None:
    run = Run(frames="-" * 20 + SPEECH + END)
    assert (run.only.start, run.only.end, run.only.reason) == (160 * MS, 330 * MS, EndReason.SILENCE)
    assert run.segmenter.position == 400 * MS


def test_the_preroll_ends_at_the_beginning_of_the_session() -> None:
    assert Run(frames="--" + SPEECH + END).only.start == 0


def test_onset_counts_voiced_frames_in_the_window_from_the_first_of_them() -> None:
    assert not Run(frames="-" * 9 + "++").segmenter.in_speech
    assert not Run(frames="-" * 9 + "+--+---+").segmenter.in_speech
    run = Run(frames="-" * 9 + "+--+-+" + SPEECH + END)
    assert run.only.start == 50 * MS


def test_the_final_is_known_in_the_pause_and_ends_there() -> None:
    run = Run(frames="-" * 20 + SPEECH + "-" * 4)
    assert run.last == []  # the pad has been heard with the third frame
    run.push("-")
    assert run.last == [Paused(330 * MS)]
    run.push("-----")
    assert run.last == [Ended(330 * MS, EndReason.SILENCE)]


def test_what_was_held_back_comes_when_speech_goes_on() -> None:
    run = Run(frames="-" * 20 + SPEECH + "-" * 8 + "+")
    assert run.last == []
    run.push("+")
    assert [type(event).__name__ for event in run.last] == ["Resumed", "Heard"]
    assert isinstance(run.last[1], Heard)
    assert len(run.last[1].samples) == 70 * MS
    run.push(END)
    assert (run.only.start, run.only.end, run.only.pauses) == (160 * MS, 430 * MS, [330 * MS, 430 * MS])


def test_a_single_voiced_frame_in_a_pause_changes_nothing() -> None:
    quiet = Run(frames="-" * 20 + SPEECH + "-" * 10)
    click = Run(frames="-" * 20 + SPEECH + "-" * 7 + "+" + "--")
    assert click.only == quiet.only


def test_a_single_voiced_frame_soon_after_speech_is_speech() -> None:
    run = Run(frames="-" * 20 + SPEECH + "---+" + END)
    assert run.only.end == 370 * MS


def test_speech_that_begins_with_the_end_of_the_hangover_is_the_next_utterance() -> None:
    run = Run(frames="-" * 20 + SPEECH + "-" * 9 + "+" + SPEECH + END)
    first, second = run.listener.done
    assert first.end == 330 * MS
    assert second.start == 350 * MS  # 390 less the pre-roll


def test_the_preroll_does_not_reach_into_the_utterance_before() -> None:
    run = Run(replace(OPTIONS, preroll_ms=500), frames=SPEECH + END + SPEECH + END)
    first, second = run.listener.done
    assert first.end == second.start == 130 * MS


def test_a_pause_waits_for_a_longer_pad() -> None:
    run = Run(replace(OPTIONS, tail_pad_ms=75, pause_ms=30), frames=SPEECH + "-------")
    assert "Paused" not in run.listener.names
    assert run.push("-").last[-1] == Paused(175 * MS)
    assert isinstance(run.last[0], Heard)
    assert len(run.last[0].samples) == 5 * MS


def test_pause_and_end_may_come_together() -> None:
    run = Run(replace(OPTIONS, pause_ms=100, tail_pad_ms=100), frames=SPEECH + END)
    assert run.last[-2:] == [Paused(200 * MS), Ended(200 * MS, EndReason.SILENCE)]


def test_too_little_speech_is_dropped_and_may_be_preroll() -> None:
    run = Run(replace(OPTIONS, preroll_ms=500), frames="++++" + END)
    assert run.last[-1] == Dropped()
    run.push(SPEECH + END)
    dropped, spoken = run.listener.done
    assert dropped.reason is None
    assert (spoken.number, spoken.start) == (2, 0)


def test_a_flush_ends_at_once_with_samples_too_few_for_a_frame() -> None:
    run = Run(frames=SPEECH)
    run.take(run.segmenter.flush(run.rest(100)))
    assert (run.only.end, run.only.reason) == (100 * MS + 100, EndReason.FLUSH)
    assert run.segmenter.position == 100 * MS + 100


def test_a_flush_in_a_word_needs_no_pad_for_the_rest() -> None:
    run = Run(replace(OPTIONS, tail_pad_ms=0), frames=SPEECH)
    run.take(run.segmenter.flush(run.rest(100)))
    assert run.only.end == 100 * MS + 100


def test_a_flush_in_a_pause_ends_where_the_pause_said() -> None:
    run = Run(frames=SPEECH + "-" * 8)
    run.take(run.segmenter.flush(run.rest(100)))
    assert run.last == [Ended(130 * MS, EndReason.FLUSH)]


def test_a_flush_takes_a_voiced_frame_that_was_not_believed_yet() -> None:
    run = Run(frames=SPEECH + "-" * 8 + "+")
    run.take(run.segmenter.flush())
    assert run.only.end == 190 * MS


def test_the_rest_before_a_flush_may_be_too_much() -> None:
    run = Run(frames="+" * 200)
    run.take(run.segmenter.flush(run.rest(100)))
    assert [utterance.reason for utterance in run.listener.done] == [EndReason.LIMIT, EndReason.FLUSH]
    assert run.listener.done[1].end == 2000 * MS + 100


def test_a_flush_without_an_utterance_says_nothing_and_loses_nothing() -> None:
    run = Run(frames="-" * 10)
    run.take(run.segmenter.flush(run.rest(100)))
    assert run.last == []
    run.push(SPEECH + END)
    assert run.only.start == 100 * MS + 100 - 40 * MS


def test_the_stream_goes_on_after_a_flush_in_a_word() -> None:
    run = Run(frames=SPEECH)
    run.take(run.segmenter.flush())
    run.push(SPEECH + END)
    first, second = run.listener.done
    assert first.end == second.start == 100 * MS


def test_voiced_frames_before_a_flush_do_not_count_after_it() -> None:
    run = Run(frames=SPEECH)
    run.take(run.segmenter.flush())
    assert not run.push("++").segmenter.in_speech
    assert run.push("+").segmenter.in_speech


def test_a_gap_ends_the_utterance_before_it() -> None:
    run = Run(frames=SPEECH)
    run.take(run.segmenter.gap(1234, run.rest(7)))
    assert (run.only.end, run.only.reason) == (100 * MS + 7, EndReason.GAP)
    assert run.segmenter.position == 100 * MS + 7 + 1234
    run.listener.earliest = run.segmenter.position
    run.push(SPEECH + END)
    assert run.listener.done[1].start == 100 * MS + 7 + 1234


def test_voiced_frames_before_a_gap_do_not_count_after_it() -> None:
    run = Run(frames="++")
    run.take(run.segmenter.gap(1))
    assert not run.push("+").segmenter.in_speech


def test_a_cancelled_utterance_does_not_come_back() -> None:
    run = Run(frames=SPEECH)
    run.take(run.segmenter.cancel())
    assert run.last == [Dropped()]
    run.listener.earliest = run.segmenter.position
    run.push("++").take(run.segmenter.cancel())
    assert run.last == []
    run.push(SPEECH + END)
    assert (run.listener.done[1].number, run.listener.done[1].start) == (2, 100 * MS)


def test_a_long_utterance_is_cut_like_whole_audio() -> None:
    run = Run(frames="+" * 1000)
    run.take(run.segmenter.flush())
    ends = [utterance.end for utterance in run.listener.done]
    assert ends[:-1] == cut_points(STREAM[: 10_000 * MS], 32_000)
    assert {utterance.reason for utterance in run.listener.done[:-1]} == {EndReason.LIMIT}


def test_a_short_end_of_a_cut_utterance_is_kept() -> None:
    run = Run(replace(OPTIONS, min_speech_ms=1000), frames="+" * 201)
    run.push(END)
    assert [utterance.reason for utterance in run.listener.done] == [EndReason.LIMIT, EndReason.SILENCE]


def test_silence_after_a_cut_is_no_utterance() -> None:
    patient = replace(OPTIONS, hangover_ms=1500, tail_pad_ms=1500, pause_ms=1500)
    segmenter = Segmenter(patient, FRAME)
    loud, quiet = STREAM[:FRAME], np.zeros(FRAME, np.float32)
    events = [event for _ in range(110) for event in segmenter.push(loud, voiced=True)]
    events += [event for _ in range(300) for event in segmenter.push(quiet, voiced=False)]
    ends = [event for event in events if isinstance(event, Ended | Dropped)]
    assert ends == [Ended(1100 * MS, EndReason.LIMIT), Dropped()]


def test_half_a_voiced_frame_after_a_cut_is_still_speech() -> None:
    patient = replace(OPTIONS, hangover_ms=600, tail_pad_ms=600)
    segmenter = Segmenter(patient, FRAME)
    stream = np.ones((300, FRAME), np.float32)
    stream[140:150] = 0.01  # the quiet place ends with the speech,
    stream[149, FRAME // 2] = 0.001  # and the quietest sample lies in its last frame
    events = [e for at, frame in enumerate(stream) for e in segmenter.push(frame, voiced=at < 150)]
    ends = [event for event in events if isinstance(event, Ended | Dropped)]
    assert ends == [Ended(1495 * MS, EndReason.LIMIT), Ended(2100 * MS, EndReason.SILENCE)]


def test_a_pad_that_ends_beyond_the_limit_is_cut() -> None:
    run = Run(replace(OPTIONS, hangover_ms=426, tail_pad_ms=426), frames="+" * 158 + "-" * 42)
    assert run.listener.done == []  # 2000 ms are the limit, and the pad lacks 6 ms
    run.push("-")
    assert run.listener.done[0].reason is EndReason.LIMIT


def test_an_utterance_that_reaches_the_limit_in_a_pause_ends_there() -> None:
    run = Run(frames="+" * 194 + "-" * 7)
    assert run.last[-1] == Ended(1970 * MS, EndReason.SILENCE)
    assert run.segmenter.position == 2010 * MS


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"hangover_ms": 40}, ("pause_ms (50 ms)", "hangover_ms (40 ms)")),
        ({"tail_pad_ms": 150}, ("tail_pad_ms (150 ms)", "hangover_ms (100 ms)")),
        ({"onset_ms": 70}, ("onset_ms (70 ms)", "onset_window_ms (60 ms)")),
        ({"resume_ms": 40}, ("resume_ms (40 ms)", "onset_ms (30 ms)")),
        ({"preroll_ms": 950}, ("preroll_ms", "1010 ms", "half of max_utterance_s (1000 ms)")),
        ({"min_speech_ms": 1001}, ("min_speech_ms", "half of max_utterance_s")),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes: dict[str, int], names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as refused:
        Segmenter(replace(OPTIONS, **changes), FRAME)  # type: ignore[arg-type]
    assert all(name in str(refused.value) for name in names)


def test_durations_are_rounded_up_to_whole_frames() -> None:
    durations = durations_of(OPTIONS, 320)  # 20 ms
    assert (durations.onset_frames, durations.window_frames, durations.resume_frames) == (2, 3, 1)
    assert durations_of(OPTIONS, 321).resume_frames == 1
    assert durations_of(OPTIONS, 319).resume_frames == 2


def test_the_hangover_counts_from_the_true_end_of_speech() -> None:
    options = replace(OPTIONS, pause_ms=100, tail_pad_ms=120, hangover_ms=300)
    assert durations_of(options, 320).hangover == 4800
    assert durations_of(options, 320, lag_samples=1024).hangover == 4800 - 1024
    assert durations_of(options, 320, lag_samples=4000).hangover == 1920, "not before all of it was heard"


def test_the_defaults_fit_each_other() -> None:
    Segmenter(SegmentOptions(), 320)


@pytest.mark.parametrize("shape", [(159,), (161,), (1, 160), ()])
def test_another_frame_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        Segmenter(OPTIONS, FRAME).push(np.zeros(shape, np.float32), voiced=False)


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Segmenter(OPTIONS, 0)
    with pytest.raises(ValueError, match="-1"):
        Segmenter(OPTIONS, FRAME).gap(-1)
