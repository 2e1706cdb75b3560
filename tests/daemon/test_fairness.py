"""One session may be fast, long or stuck: the others, and the daemon's end, do not suffer from it."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from asrd.daemon.board import Board
from asrd.daemon.counters import Counters
from asrd.daemon.ear import Ear
from asrd.daemon.segmenting import SegmentWork
from asrd.daemon.session import Session
from asrd.events import GapEvent, PartialEvent, SessionEvent, State, StatusEvent
from asrd.options import AudioOptions, PipelineOptions
from asrd.recognizer.engine import Recognizer
from asrd.schedule.jobs import Kind
from asrd.segment.events import Began, Ended, EndReason, Heard, Paused, Resumed
from asrd.segment.stream import StreamSegmenter
from tests.daemon.rig import EXACT, PATIENCE_S, EnergyDetector, clip, links, running, silence, with_pipeline
from tests.daemon.test_pipeline import Slow
from tests.daemon.test_recognising import Bench


def is_overload(event: SessionEvent) -> bool:
    return isinstance(event, StatusEvent) and event.state is State.OVERLOAD


def test_a_session_with_a_full_channel_waits_its_turn() -> None:
    board = Board(PipelineOptions())
    turns: list[str] = []

    class Noting(EnergyDetector):
        def __init__(self, name: str) -> None:
            self.name = name

        def is_speech(self, frame: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bool:
            turns.append(self.name)
            if len(turns) == 6:
                board.end()
            return False

    def session(name: str) -> Session:
        return Session(name, Ear(StreamSegmenter(EXACT, Noting(name))), 160_000, links(board.wake))

    fast, live = (board.add(name, lambda name=name: session(name)) for name in ("fast", "live"))  # type: ignore[misc]
    for _ in range(100):
        fast.hear(np.zeros(480, np.float32))
    for _ in range(3):
        live.hear(np.zeros(480, np.float32))
    SegmentWork(board, Counters(), lambda _event: None).run()
    assert turns[:6] == ["fast", "live", "fast", "live", "fast", "live"]


def test_an_utterance_longer_than_the_backlog_is_recognised_without_partials(recognizer: Recognizer) -> None:
    with running(recognizer, with_pipeline(partials=False, backlog_s=5.0)) as (pipeline, events):
        session = pipeline.open("main")
        audio = clip(8.0)
        for start in range(0, len(audio), 960):
            session.hear(audio[start : start + 960])
        session.close()
        events.until_closed("main")
    assert [final.end for final in events.finals()] == [len(audio)]


def test_an_inbox_is_not_full_while_nothing_can_be_due(recognizer: Recognizer) -> None:
    bench = Bench(recognizer, PipelineOptions(backlog_s=5.0))
    for other in [bench.add(f"s{index}") for index in range(5)]:
        bench.board.hand_over(other, [Began(1, 0)])
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(clip(1.0))])
    task = bench.due()
    assert task is not None
    bench.board.report(task.job, 1.0, cancelled=False)  # six sessions share: the next pass wants 6 s
    for _ in range(5):
        bench.board.hand_over(bench.session, [Heard(clip(1.02))])
    assert not bench.board.is_full(bench.session)


def test_an_overload_is_told_while_the_recognizer_is_stuck(recognizer: Recognizer) -> None:
    config = replace(with_pipeline(backlog_s=5.0), audio=AudioOptions(channel_s=2.0))
    slow = Slow(recognizer)
    with running(slow, config) as (pipeline, events):  # type: ignore[arg-type]
        session = pipeline.open("main")
        while session.channel.overflow_samples == 0:
            session.hear(np.concatenate([clip(0.9), silence(0.6)]))
        events.until(is_overload)
        slow.gate.set()


def test_after_an_overload_in_speech_the_state_is_speech(recognizer: Recognizer) -> None:
    config = replace(with_pipeline(backlog_s=5.0), audio=AudioOptions(channel_s=2.0))
    with running(recognizer, config) as (pipeline, events):
        session = pipeline.open("main")
        session.hear(clip(1.0))
        session.hear(clip(3.0))  # finds no room
        events.until(is_overload)
        session.hear(clip(0.9))
        state = events.until(lambda event: isinstance(event, StatusEvent))
        assert isinstance(state, StatusEvent)
        assert state.state is State.SPEECH


def test_a_drain_that_is_aborted_says_so(recognizer: Recognizer) -> None:
    slow = Slow(recognizer)
    with running(slow) as (pipeline, events):  # type: ignore[arg-type]
        pipeline.open("main").hear(clip(2.1))
        results: list[bool] = []
        stopping = threading.Thread(target=lambda: results.append(pipeline.stop(PATIENCE_S)))
        stopping.start()
        pipeline.abort()
        slow.gate.set()
        stopping.join(PATIENCE_S)
        assert results == [False]
        assert events.finals() == []
        assert GapEvent("main", 0, len(clip(2.1))) in events.all()


def test_a_candidate_that_speech_overtook_does_not_hold_up_the_final(recognizer: Recognizer) -> None:
    bench, audio = Bench(recognizer), clip(3)
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(audio[:20_000]), Paused(20_000)])
    task = bench.board.next_task()
    assert task is not None
    assert task.job.kind is Kind.CANDIDATE
    bench.board.hand_over(bench.session, [Resumed(), Heard(audio[20_000:])])
    assert not bench.board.stop_pass.is_set()
    bench.board.hand_over(bench.session, [Ended(len(audio), EndReason.FLUSH)])
    assert bench.board.stop_pass.is_set()


def test_the_lag_counts_what_still_lies_in_the_channel(recognizer: Recognizer) -> None:
    bench = Bench(recognizer)
    bench.session.channel.put(np.zeros(16_000, np.float32))
    bench.step(Began(1, 0), Heard(clip(0.51)))
    (partial,) = [event for event in bench.events if isinstance(event, PartialEvent)]
    assert partial.lag_s == pytest.approx(1.0 - len(clip(0.51)) / 16_000)
