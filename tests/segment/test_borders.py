"""The borders of the segmenter: a frame that lies across a cut, and durations that are met exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from asrd.segment.events import Began, Dropped, Ended, EndReason, SegmentEvent
from asrd.segment.framer import Framer
from asrd.segment.quietest import earliest_cut, quietest_cut
from asrd.segment.segmenter import Segmenter
from asrd.segment.tape import Tape
from tests.segment.test_segmenter import FRAME, MS, OPTIONS, Run

FloatArray = npt.NDArray[np.float32]
CUT = 1985 * MS  # in the midst of a frame, before the limit of two seconds


def loud_but_for_the_cut() -> FloatArray:
    """Two seconds and more, whose quietest place before the limit is `CUT`."""
    samples = np.full(4 * 16_000, 0.5, np.float32)
    samples[CUT - 95 * MS : CUT + 5 * MS] = 0.01
    samples[CUT] = 0.0
    return samples


def push(segmenter: Segmenter, frames: str) -> list[SegmentEvent]:
    audio, events = loud_but_for_the_cut(), []
    for letter in frames:
        at = segmenter.position
        events += segmenter.push(audio[at : at + FRAME], letter == "+")
    return events


def told(events: list[SegmentEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_voiced_frame_across_the_cut_is_voiced_after_it() -> None:
    segmenter = Segmenter(OPTIONS, FRAME)
    events = push(segmenter, "+" * 199 + "-" * 20)  # the last voiced frame: 1980 to 1990 ms
    ends = [event for event in events if isinstance(event, Ended | Dropped)]
    assert ends == [Ended(CUT, EndReason.LIMIT), Ended(2020 * MS, EndReason.SILENCE)]


def test_silence_after_a_cut_is_counted_from_the_end_of_speech() -> None:
    segmenter = Segmenter(OPTIONS, FRAME)
    events = push(segmenter, "+" * 198 + "-" * 4)  # speech ends at 1980 ms, before the cut
    assert Began(2, CUT) in events
    assert "Paused" not in told(events)
    assert told(push(segmenter, "-"))[-1] == "Paused"
    assert told(push(segmenter, "-" * 4)) == []
    assert push(segmenter, "-") == [Dropped()]  # nothing was voiced after the cut


def test_a_flush_that_cuts_ends_the_rest_and_not_what_was_cut() -> None:
    segmenter = Segmenter(OPTIONS, FRAME)
    events = push(segmenter, "+" * 198 + "-" * 2)  # just as long as is allowed
    assert told(events)[-1] == "Heard"
    events = segmenter.flush(np.full(100, 0.5, np.float32))
    assert [event for event in events if isinstance(event, Ended | Dropped)] == [
        Ended(CUT, EndReason.LIMIT),
        Dropped(),
    ]


def test_the_rest_before_a_flush_is_heard_but_is_no_proof_of_speech() -> None:
    run = Run(replace(OPTIONS, min_speech_ms=40), frames="++++")
    run.take(run.segmenter.flush(run.rest(100)))
    assert (run.only.reason, run.only.end) == (EndReason.FLUSH, 40 * MS + 100)
    run = Run(replace(OPTIONS, min_speech_ms=41), frames="++++")
    run.take(run.segmenter.flush(run.rest(100)))
    assert run.only.reason is None


def test_just_enough_speech_is_an_utterance() -> None:
    assert Run(frames="+" * 5 + "-" * 10).only.reason is EndReason.SILENCE
    assert Run(frames="+" * 4 + "-" * 10).only.reason is None


def test_a_voiced_frame_that_was_not_believed_is_no_speech() -> None:
    run = Run(frames="++++" + "-" * 7 + "+" + "--")
    assert run.only.reason is None


def test_many_flushes_in_silence_hold_no_audio() -> None:
    segmenter = Segmenter(OPTIONS, FRAME)
    for _ in range(500):
        assert segmenter.flush(np.zeros(FRAME - 1, np.float32)) == []
    assert segmenter.position == 500 * (FRAME - 1)
    assert segmenter._tape.end - segmenter._tape.start <= (40 + 60) * MS


def test_what_waits_for_its_frame_does_not_keep_the_block() -> None:
    framer = Framer(FRAME)
    framer.cut(np.zeros(100 * FRAME + 1, np.float32))
    assert framer.waiting == 1
    assert framer._rest.base is None


def test_a_tape_grows_in_few_steps_and_forgets_no_more_than_it_holds() -> None:
    tape = Tape()
    rooms = set()
    for _ in range(1000):
        tape.append(np.zeros(FRAME, np.float32))
        rooms.add(len(tape._room))
    assert len(rooms) < 10
    tape.forget_before(tape.end + 1)
    assert tape.start == tape.end == 1000 * FRAME


def test_the_search_for_a_cut_reaches_back_five_seconds_and_no_further_than_half() -> None:
    assert earliest_cut(20 * 16_000) == 15 * 16_000
    assert earliest_cut(4 * 16_000) == 2 * 16_000
    assert quietest_cut(np.zeros(3200, np.float32), 3200) == 3200  # too little to search in
