"""The borders of the daemon's core: what lies exactly on a limit, at an end, or between two parts."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from asrd.daemon import recognising
from asrd.daemon.board import Board
from asrd.daemon.channel import Block, Channel
from asrd.daemon.counters import Counters
from asrd.daemon.ear import Ear
from asrd.daemon.inbox import Close, Inbox, Inboxed
from asrd.daemon.protocols import OverloadError
from asrd.daemon.recognising import Outlets, RecognizeWork
from asrd.daemon.segmenting import SegmentWork
from asrd.daemon.session import OpenUtterance, Request, Session
from asrd.errors import NativeError
from asrd.events import (
    ClosedEvent,
    DroppedEvent,
    FinalEvent,
    GapEvent,
    PartialEvent,
    SessionEvent,
    State,
    StatusEvent,
)
from asrd.options import PipelineOptions
from asrd.recognizer.engine import Recognizer
from asrd.schedule.jobs import Job, Kind
from asrd.segment.events import Began, Dropped, Ended, EndReason, Heard, Paused, Resumed
from asrd.segment.stream import StreamSegmenter
from tests.daemon.rig import EXACT, PATIENCE_S, EnergyDetector, clip, links, running, silence
from tests.daemon.test_recognising import Bench

FloatArray = npt.NDArray[np.float32]
BACKLOG_S = 5.0
BACKLOG = round(BACKLOG_S * 16_000)


@pytest.fixture
def bench(recognizer: Recognizer) -> Bench:
    return Bench(recognizer)


def zeros(samples: int) -> FloatArray:
    return np.zeros(samples, np.float32)


def session_of(wakes: list[None] | None = None) -> Session:
    """A session that nobody serves."""
    noted: list[None] = [] if wakes is None else wakes
    return Session("main", Ear(StreamSegmenter(EXACT, EnergyDetector())), 16_000, links(lambda: noted.append(None)))


class Desk:
    """The segment thread's work on one session, called directly; the recognize thread is not there."""

    def __init__(self, options: PipelineOptions | None = None, channel_samples: int = 160_000) -> None:
        self.board = Board(options or PipelineOptions(backlog_s=BACKLOG_S))
        self.counters = Counters()
        self.events: list[SessionEvent] = []
        self.detector = CountingDetector()
        ear = Ear(StreamSegmenter(EXACT, self.detector))
        self.session = self.board.add("main", lambda: Session("main", ear, channel_samples, links(self.board.wake)))
        self._work = SegmentWork(self.board, self.counters, self.events.append)

    def serve(self) -> None:
        """Do all that is to be done now."""
        before: object = None
        while before != (now := (self.session.ear.position, len(self.events), len(self.session._requests))):
            before = now
            self._work._serve(self.session)

    def states(self) -> list[State]:
        return [event.state for event in self.events if isinstance(event, StatusEvent)]


class CountingDetector(EnergyDetector):
    """Counts how often it is closed."""

    closes = 0

    def close(self) -> None:
        self.closes += 1


# Channel and session


def test_a_block_counts_before_anybody_is_woken() -> None:
    rooms: list[int] = []
    channel = Channel(100, lambda: rooms.append(channel.room()))
    channel.put(zeros(30))
    assert rooms == [70]


def test_a_block_that_just_fits_is_taken() -> None:
    channel = Channel(100, lambda: None)
    channel.put(zeros(100))
    assert (channel.room(), channel.overflow_samples) == (0, 0)


def test_a_request_stands_between_the_blocks_around_it() -> None:
    session = session_of()
    session.hear(zeros(10))
    session.flush()
    session.hear(zeros(20))
    session.cancel()
    turns = [session.next_turn() for _ in range(5)]
    told = [len(turn.samples) if isinstance(turn, Block) else turn for turn in turns]
    assert told == [10, Request.FLUSH, 20, Request.CANCEL, None]


def test_a_rate_of_levels_is_looked_at_at_once() -> None:
    wakes: list[None] = []
    session = session_of(wakes)
    session.levels(5.0)
    assert len(wakes) == 1
    assert session.wanted_levels == 5.0


def test_of_requests_at_one_place_the_first_counts_and_the_close() -> None:
    session = session_of([])
    for _ in range(1000):
        session.flush()
        session.cancel()
    session.close()
    assert [session.next_turn(), session.next_turn(), session.next_turn()] == [Request.FLUSH, Request.CLOSE, None]


def test_a_sample_that_is_no_number_is_silence() -> None:
    broken = np.full(960, np.nan, np.float32)
    broken[1] = np.inf
    session = session_of([])
    session.hear(broken)
    block = session.next_turn()
    assert isinstance(block, Block)
    assert session.ear.hear(block.start, block.samples) == []


def test_a_level_is_that_of_its_own_stretch() -> None:
    ear = Ear(StreamSegmenter(EXACT, EnergyDetector()))
    ear.set_levels(10.0)
    levels = []
    for position, amplitude in enumerate((0.5, 0.05)):
        ear.hear(position * 1600, np.full(1600, amplitude, np.float32))
        assert ear.level is not None
        levels.append(ear.level[0])
    assert levels == pytest.approx([-6.02, -26.02], abs=0.01)


def test_a_new_rate_begins_a_new_stretch() -> None:
    ear = Ear(StreamSegmenter(EXACT, EnergyDetector()))
    ear.set_levels(10.0)
    ear.hear(0, np.full(1000, 0.5, np.float32))
    ear.set_levels(20.0)
    ear.hear(1000, np.full(800, 0.05, np.float32))
    assert ear.level is not None
    assert ear.level[0] == pytest.approx(-26.02, abs=0.01)


def test_an_inbox_knows_how_much_audio_waits_in_it() -> None:
    inbox = Inbox()
    for event in (Began(1, 0), Heard(zeros(30)), Heard(zeros(20)), Ended(50, EndReason.FLUSH), Heard(zeros(7))):
        inbox.put(event)
    assert inbox.samples == 57
    assert len(inbox.take_until(lambda event: isinstance(event, Ended))) == 4
    assert inbox.samples == 7
    inbox.take_until(lambda _event: False)
    assert inbox.samples == 0


# Board


def test_no_session_begins_after_a_failure(bench: Bench) -> None:
    assert bench.board.fail(NativeError("broke"))
    assert not bench.board.fail(KeyError("later"))
    assert isinstance(bench.board.failure, NativeError), "the first error is the reason"
    with pytest.raises(OverloadError, match="shutting down"):
        bench.add("late")


def test_the_backlog_is_full_at_its_limit_and_caught_up_below_a_quarter(recognizer: Recognizer) -> None:
    bench = Bench(recognizer, PipelineOptions(backlog_s=BACKLOG_S))
    board, session = bench.board, bench.session
    board.hand_over(session, [Began(1, 0), Heard(zeros(BACKLOG // 4 - 1)), Ended(1, EndReason.FLUSH)])
    assert board.has_caught_up(session)
    board.hand_over(session, [Began(2, 0), Heard(zeros(1))])
    assert not board.has_caught_up(session)
    board.hand_over(session, [Heard(zeros(BACKLOG - BACKLOG // 4 - 1))])
    assert not board.is_full(session)
    board.hand_over(session, [Heard(zeros(1)), Ended(1, EndReason.FLUSH)])
    assert board.is_full(session)


def test_room_in_a_full_backlog_wakes_the_segment_thread(recognizer: Recognizer) -> None:
    bench = Bench(recognizer, PipelineOptions(backlog_s=BACKLOG_S))
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(zeros(BACKLOG)), Ended(1, EndReason.FLUSH)])
    assert bench.board._wakes.empty()
    assert bench.due() is not None
    assert not bench.board._wakes.empty()


def test_events_of_a_session_that_was_aborted_lead_to_nothing(bench: Bench) -> None:
    bench.session.hear(zeros(16_000))
    bench.board.end()
    bench.board.hand_over(bench.session, [Began(1, 100), Heard(clip(1.0)), Ended(16_100, EndReason.FLUSH)])
    bench.board.set_partials("main", partials=False)
    assert bench.once() is None
    assert bench.board.sessions() is None
    assert bench.board.dropped() == [bench.session]
    assert bench.session.unfinished() == (100, 16_000), "what it would have led to is known to be lost"


def test_what_is_unfinished_begins_with_the_oldest_utterance_without_a_final(bench: Bench) -> None:
    session = bench.session
    assert session.unfinished() is None, "nothing came"
    session.hear(zeros(1000))
    assert session.unfinished() == (0, 1000), "the segment thread has not looked at it"
    bench.board.hand_over(session, [Began(2, 600), Heard(zeros(300)), Ended(900, EndReason.FLUSH), Began(3, 950)])
    assert session.unfinished() == (600, 1000)
    bench.session.open = OpenUtterance(1, 200, SimpleNamespace())  # type: ignore[arg-type]
    assert session.unfinished() == (200, 1000)


def test_what_the_segment_thread_found_no_speech_in_is_not_unfinished() -> None:
    desk = Desk()
    desk.session.hear(silence(0.3))
    desk.serve()
    assert desk.session.unfinished() is None
    desk.session.lost(500)
    assert desk.session.unfinished() == (4800, 5300)


def test_a_session_that_has_ended_leaves_nothing_behind(bench: Bench) -> None:
    bench.step(Began(1, 0), Heard(clip(1.0)), Ended(16_000, EndReason.FLUSH), Close())
    bench.once()
    bench.board.set_partials("main", partials=False)
    assert bench.once() is None
    assert not bench.board._schedule._streams
    assert not bench.session.ended_s


def test_stopping_waits_no_longer_than_there_is_something_to_wait_for(recognizer: Recognizer) -> None:
    with running(recognizer) as (pipeline, events):
        pipeline.open("main").hear(clip(1.0))
        began_s = time.monotonic()
        assert pipeline.stop(PATIENCE_S)
        assert time.monotonic() - began_s < PATIENCE_S / 2
        assert not any(thread.is_alive() for thread in pipeline._threads)
        assert len(events.finals()) == 1


@pytest.mark.parametrize("reason", [EndReason.FLUSH, EndReason.GAP, EndReason.LIMIT])
def test_an_end_without_a_pause_stops_a_pass_over_a_part(bench: Bench, reason: EndReason) -> None:
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(clip(1.0))])
    assert bench.due() is not None
    bench.board.hand_over(bench.session, [Heard(clip(1.0)), Ended(32_000, reason)])
    assert bench.board.stop_pass.is_set()


def test_a_dropped_utterance_needs_no_candidate(bench: Bench) -> None:
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(clip(1.0)), Paused(16_000)])
    task = bench.due()
    assert task is not None
    assert task.job.kind is Kind.CANDIDATE
    bench.board.hand_over(bench.session, [Dropped()])
    assert bench.board.stop_pass.is_set()


def test_the_end_stops_the_pass_that_runs(bench: Bench) -> None:
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(clip(1.0))])
    assert bench.due() is not None
    bench.board.end()
    assert bench.board.stop_pass.is_set()


def test_a_failure_stops_the_pass_that_runs(bench: Bench) -> None:
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(clip(1.0))])
    assert bench.due() is not None
    bench.board.fail(NativeError("broke"))
    assert bench.board.stop_pass.is_set()
    assert bench.board.sessions() is None


def test_after_a_failure_not_everything_was_published(bench: Bench) -> None:
    bench.board.fail(NativeError("broke"))
    bench.board.remove("main")
    assert not bench.board.drain(0.0)


def test_a_pass_that_is_over_is_not_stopped(bench: Bench) -> None:
    assert bench.step(Began(1, 0), Heard(clip(1.0))) is Kind.PARTIAL
    assert bench.once() is None  # nothing runs from here on
    bench.board.hand_over(bench.session, [Heard(clip(1.0)), Ended(32_000, EndReason.FLUSH)])
    assert not bench.board.stop_pass.is_set()


def test_a_pass_that_was_stopped_in_a_pause_comes_when_speech_goes_on(bench: Bench) -> None:
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(clip(1.0))])
    task = bench.due()
    assert task is not None
    bench.board.hand_over(bench.session, [Paused(16_000)])
    bench.board.hand_over(bench.session, [Resumed()])
    bench.work.do(task)
    assert bench.counters.cancelled == 1
    assert bench.once() is Kind.PARTIAL


def test_speech_that_went_on_before_its_candidate_began_needs_none(bench: Bench) -> None:
    assert bench.step(Began(1, 0), Heard(clip(1.0)), Paused(16_000), Resumed()) is Kind.PARTIAL


# Segment thread


def test_a_gap_is_counted_once() -> None:
    desk = Desk()
    desk.session.hear(silence(0.3))
    desk.session.lost(1000)
    desk.session.hear(silence(0.3))
    desk.serve()
    desk.session.hear(silence(0.3))
    desk.serve()
    gap = GapEvent("main", 4800, 5800)
    assert [event for event in desk.events if isinstance(event, GapEvent)] == [gap]
    assert desk.counters.audio_samples == 3 * 4800


def test_only_a_change_of_state_is_told() -> None:
    desk = Desk()
    for block in (silence(0.3), clip(0.3), clip(0.3), silence(0.6), silence(0.3)):
        desk.session.hear(block)
        desk.serve()
    assert desk.states() == [State.SPEECH, State.LISTENING]


def test_speech_is_told_before_the_recognizer_gets_it() -> None:
    desk = Desk()
    waiting: list[int] = []
    desk._work = SegmentWork(desk.board, desk.counters, lambda _event: waiting.append(desk.session.inbox.samples))
    desk.session.hear(clip(0.3))
    desk._work._serve(desk.session)
    assert waiting == [0]
    assert desk.session.inbox.samples > 0


def test_an_overload_is_told_once_and_taken_back_once() -> None:
    desk = Desk(channel_samples=16_000)
    desk.session.hear(silence(1.5))  # more than there is room for
    for _ in range(3):
        desk.session.hear(silence(0.3))
        desk.serve()
    assert desk.states() == [State.OVERLOAD, State.LISTENING]


def test_a_full_backlog_leaves_the_channel_alone() -> None:
    desk = Desk()
    for _ in range(9):
        desk.session.hear(clip(0.6))
        desk.session.hear(silence(0.36))
    desk.serve()
    assert BACKLOG <= desk.session.inbox.samples < BACKLOG + 16_000
    assert desk.session.room() < 160_000


def test_after_the_close_nothing_is_heard_and_the_detector_is_free() -> None:
    desk = Desk()
    desk.session.hear(clip(0.3))
    desk.session.close()
    desk.session.close()
    desk.session.hear(clip(0.3))
    desk.serve()
    assert desk.counters.audio_samples == 4800
    assert desk.detector.closes == 1
    taken = desk.session.inbox.take_until(lambda _event: False)
    assert [type(event) for event in taken[-2:]] == [Ended, Close]
    assert [event for event in taken if isinstance(event, Close)] == [Close()]


# Recognize thread


def test_one_final_or_drop_at_a_time(bench: Bench) -> None:
    two: list[Inboxed] = [Began(2, 16_000), Heard(clip(1.0)), Ended(32_000, EndReason.FLUSH)]
    bench.step(Began(1, 0), Heard(clip(1.0)), Dropped(), *two)
    assert bench.events == [DroppedEvent("main", 1)]
    assert bench.once() is Kind.FINAL
    assert isinstance(bench.events[-1], FinalEvent)


def test_a_final_tells_the_work_of_all_passes(bench: Bench) -> None:
    audio = clip(2.0)
    bench.step(Began(1, 0), Heard(audio), Paused(len(audio)))
    computed = bench.counters.work.decoder_positions
    bench.step(Ended(len(audio), EndReason.SILENCE))
    final = bench.events[-1]
    assert isinstance(final, FinalEvent)
    assert final.timing.decode_s > 0, "the candidate was the final, and took its time"
    bench.step(Began(2, 0), Heard(audio), Ended(len(audio), EndReason.FLUSH))
    assert bench.counters.work.decoder_positions > computed > 0


def test_a_partial_tells_how_far_it_is_behind(bench: Bench) -> None:
    audio = clip(0.99)
    ear = bench.session.ear = Ear(StreamSegmenter(EXACT, EnergyDetector()))
    bench.session.hear(audio)
    block = bench.session.channel.take()
    assert block is not None
    ear.hear(block.start, block.samples)
    bench.step(Began(1, 0), Heard(audio[:8000]))
    (partial,) = [event for event in bench.events if isinstance(event, PartialEvent)]
    assert partial.lag_s == pytest.approx((len(audio) - partial.end) / 16_000)
    assert partial.lag_s > 0.4


def test_a_dropped_utterance_leaves_nothing_in_the_decoder(bench: Bench) -> None:
    bench.step(Began(1, 0), Heard(clip(1.0)))
    closes: list[None] = []
    assert bench.session.open is not None
    bench.session.open.utterance._close = lambda: closes.append(None)
    bench.step(Dropped())
    assert len(closes) == 1


def test_the_delay_of_a_final_is_that_of_its_own_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    delays: list[float] = []
    monkeypatch.setattr(bench.work._observer, "final", delays.append)
    for number in (1, 2):
        bench.step(Began(number, 0), Heard(clip(1.0)), Ended(16_000, EndReason.FLUSH))
    assert len(delays) == 2
    assert not bench.session.ended_s


def test_every_pass_is_counted_and_timed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[tuple[Kind, float]] = []
    monkeypatch.setattr(bench.work._observer, "passed", lambda *told: passed.append(told))
    ticks = iter(range(100))
    clock = SimpleNamespace(perf_counter=lambda: float(next(ticks)), monotonic=time.monotonic)
    monkeypatch.setattr(recognising, "time", clock)
    bench.step(Began(1, 0), Heard(clip(1.0)))
    bench.board._schedule.took(recognising_job(), 0.0)
    bench.step(Heard(clip(1.0)))
    assert bench.counters.passes[Kind.PARTIAL] == 2
    assert passed == [(Kind.PARTIAL, 1.0)] * 2


def recognising_job() -> Job:
    return Job("main", Kind.PARTIAL)


def test_a_name_is_free_when_its_session_is_told_to_have_ended(recognizer: Recognizer) -> None:
    bench = Bench(recognizer)
    again: list[Session] = []

    def publish(event: SessionEvent) -> None:
        if isinstance(event, ClosedEvent):
            again.append(bench.add(event.session))

    bench.work = RecognizeWork(recognizer, bench.board, bench.counters, Outlets(publish))
    bench.step(Close())
    assert len(again) == 1
