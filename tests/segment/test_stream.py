from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.options import SegmentOptions
from asrd.segment.events import EndReason, Heard, SegmentEvent
from asrd.segment.framer import Framer
from asrd.segment.stream import StreamSegmenter
from asrd.segment.tape import Tape
from tests.segment.listener import STREAM, Listener

FRAME = 320


class LoudDetector:
    """Voiced is what is louder than a tenth of full scale; counts what is done with it."""

    frame_samples = FRAME
    lag_samples = 0

    def __init__(self) -> None:
        self.resets = self.closes = 0

    def is_speech(self, frame: npt.NDArray[np.float32]) -> bool:
        assert frame.shape == (FRAME,)
        return bool(np.sqrt(np.mean(frame**2)) > 0.1)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closes += 1


def bursts(seed: int, seconds: float) -> npt.NDArray[np.float32]:
    """Loud and quiet stretches of the stream, of 10 ms to 900 ms each."""
    random, samples = np.random.default_rng(seed), round(seconds * 16_000)
    gains = np.concatenate([np.full(random.integers(160, 14_400), random.choice([0.01, 0.9])) for _ in range(99)])
    return np.asarray(STREAM[:samples] * gains[:samples], np.float32)


def told(events: list[SegmentEvent]) -> list[object]:
    return [event.samples.tobytes() if isinstance(event, Heard) else event for event in events]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 99), sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=60), lost=st.integers(0, 999))
def test_events_do_not_depend_on_the_blocks(seed: int, sizes: list[int], lost: int) -> None:
    samples = bursts(seed, 6.0)
    edges = np.minimum(np.cumsum([0, *sizes]), len(samples))
    stopped = int(edges[-1])
    results = []
    for points in ([0, stopped], edges, range(0, stopped + 1, max(1, stopped))):
        stream = StreamSegmenter(SegmentOptions(max_utterance_s=2.0), LoudDetector())
        events: list[SegmentEvent] = []
        for start, end in zip(points, [*points[1:], stopped], strict=True):
            events += stream.hear(samples[start:end])
            assert stream.position == end
        events += stream.gap(lost)
        assert stream.position == stopped + lost
        events += [*stream.hear(samples[stopped:]), *stream.flush()]
        results.append(told(events))
    assert results[0] == results[1] == results[2]


def test_frames_that_are_changed_later_change_no_event() -> None:
    stream = StreamSegmenter(SegmentOptions(), LoudDetector())
    block = STREAM[:16_000].copy()
    events = stream.hear(block)
    block[:] = 0
    listener = Listener(1 << 30)
    listener.take(events)
    listener.take(stream.flush())
    assert listener.done[0].reason is EndReason.FLUSH
    assert listener.done[0].end == 16_000


def test_a_gap_resets_the_detector_and_close_closes_it() -> None:
    detector = LoudDetector()
    stream = StreamSegmenter(SegmentOptions(), detector)
    stream.hear(STREAM[:1000])
    stream.gap(10)
    assert (detector.resets, detector.closes, stream.position) == (1, 0, 1010)
    stream.close()
    assert detector.closes == 1


def test_a_cancelled_stream_goes_on() -> None:
    stream = StreamSegmenter(SegmentOptions(), LoudDetector())
    stream.hear(STREAM[:16_000])
    assert stream.in_speech
    assert len(stream.cancel()) == 1
    assert not stream.in_speech
    assert stream.position == 16_000


def test_frames_and_the_rest_are_the_blocks() -> None:
    framer = Framer(7)
    frames = [frame for start in range(0, 100, 10) for frame in framer.cut(STREAM[start : start + 10])]
    assert {frame.shape for frame in frames} == {(7,)}
    assert framer.waiting == 2
    assert framer._rest.base is None  # a view would keep its block in memory
    np.testing.assert_array_equal(np.concatenate([*frames, framer.take_rest()]), STREAM[:100])
    assert framer.waiting == 0


def test_a_frame_has_samples() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Framer(0)


@settings(max_examples=60, deadline=None)
@given(moves=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), max_size=40))
def test_a_tape_holds_what_was_not_forgotten(moves: list[tuple[int, int]]) -> None:
    tape = Tape()
    for added, kept in moves:
        tape.append(STREAM[tape.end : tape.end + added])
        tape.forget_before(tape.end - kept)
        np.testing.assert_array_equal(tape.read(tape.start, tape.end), STREAM[tape.start : tape.end])
        assert tape.end - tape.start <= max(kept, 0) or tape.start == 0


def test_a_tape_gives_its_memory_back() -> None:
    tape = Tape()
    tape.append(STREAM[:1_000_000])
    tape.forget_before(999_900)
    for _ in range(7000):
        tape.append(STREAM[:320])
        tape.forget_before(tape.end - 320)
    assert len(tape._room) <= 8192


def test_what_was_read_from_a_tape_stays_as_it_is() -> None:
    tape = Tape()
    tape.append(STREAM[:100])
    read = tape.read(0, 100)
    tape.restart(500)
    tape.append(STREAM[500:600])
    np.testing.assert_array_equal(read, STREAM[:100])
    np.testing.assert_array_equal(tape.read(500, 600), STREAM[500:600])


def test_a_tape_refuses_what_it_does_not_hold() -> None:
    tape = Tape()
    tape.append(STREAM[:100])
    tape.forget_before(50)
    for start, end in ((49, 60), (60, 101), (70, 60)):
        with pytest.raises(ValueError, match="not within"):
            tape.read(start, end)
