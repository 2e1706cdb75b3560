"""What the recognize thread does with segment events, called directly: no thread, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.daemon.board import Board, Task
from asrd.daemon.counters import Counters
from asrd.daemon.ear import Ear
from asrd.daemon.inbox import Close, Inboxed
from asrd.daemon.recognising import Outlets, RecognizeWork
from asrd.daemon.session import Session
from asrd.events import ClosedEvent, DroppedEvent, FinalEvent, PartialEvent, SessionEvent
from asrd.options import PipelineOptions, SegmentOptions
from asrd.recognizer.engine import Recognizer
from asrd.schedule.jobs import Kind
from asrd.segment.events import Began, Dropped, Ended, EndReason, Heard, Paused, Resumed
from asrd.segment.stream import StreamSegmenter
from tests.daemon.rig import links

FloatArray = npt.NDArray[np.float32]
FRAME = 480


class Deaf:
    """A detector that is never asked."""

    frame_samples = FRAME
    lag_samples = 0

    def is_speech(self, frame: FloatArray) -> bool:
        raise AssertionError("not asked")

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


class Bench:
    """A board with one session, and everything that the recognize work publishes."""

    def __init__(self, recognizer: Recognizer, options: PipelineOptions | None = None) -> None:
        self.board = Board(options or PipelineOptions())
        self.counters = Counters()
        self.events: list[SessionEvent] = []
        self.kept: list[tuple[FinalEvent, FloatArray]] = []
        self.session = self.add("main")
        self.work = RecognizeWork(
            recognizer,
            self.board,
            self.counters,
            Outlets(self.events.append, lambda *kept: self.kept.append(kept)),
        )

    def add(self, name: str) -> Session:
        def make() -> Session:
            return Session(name, Ear(StreamSegmenter(SegmentOptions(), Deaf())), 16_000, links(self.board.wake))

        return self.board.add(name, make)

    def step(self, *events: Inboxed, session: Session | None = None) -> Kind | None:
        """Hand events over, and do the one thing that is due then."""
        self.board.hand_over(session or self.session, events)
        return self.once()

    def once(self) -> Kind | None:
        task = self.due()
        if task is None:
            return None
        self.work.do(task)
        return task.job.kind

    def due(self) -> Task | None:
        """As `next_task`, without waiting for something to do."""
        with self.board._lock:
            self.board._running = None
            return self.board._due()


def clip(seconds: float, seed: int = 1) -> FloatArray:
    return make_clip(ClipSpec(seed, round(seconds * 16_000)))


def finals(events: Sequence[SessionEvent]) -> list[FinalEvent]:
    return [event for event in events if isinstance(event, FinalEvent)]


@pytest.fixture
def bench(recognizer: Recognizer) -> Bench:
    return Bench(recognizer)


def test_the_final_is_the_offline_text_of_what_was_heard(bench: Bench, recognizer: Recognizer) -> None:
    audio = clip(3)
    start = 8000
    assert bench.step(Began(1, start), Heard(audio[:20_000])) is Kind.PARTIAL
    assert bench.step(Heard(audio[20_000:]), Paused(start + len(audio))) is Kind.CANDIDATE
    positions = bench.counters.work.decoder_positions
    assert bench.step(Ended(start + len(audio), EndReason.SILENCE)) is Kind.FINAL
    assert bench.counters.work.decoder_positions == positions, "the candidate was the final: nothing is computed again"
    (final,) = finals(bench.events)
    assert final.text == recognizer.transcribe(audio).text
    assert (final.utterance, final.start, final.end) == (1, start, start + len(audio))
    assert all(start <= word.start <= word.end <= start + len(audio) for word in final.words)
    (_, kept) = bench.kept[0]
    np.testing.assert_array_equal(kept, audio)


def test_committed_text_only_grows_and_revisions_count(bench: Bench) -> None:
    audio = clip(6)
    bench.step(Began(1, 0), Heard(audio[:8000]))
    for start in range(8000, len(audio), 8000):
        bench.step(Heard(audio[start : start + 8000]))
    partials = [event for event in bench.events if isinstance(event, PartialEvent)]
    assert [event.revision for event in partials] == list(range(1, len(partials) + 1))
    assert len(partials) > 3
    for one, two in pairwise(partials):
        assert two.committed.startswith(one.committed)
        assert (one.committed, one.tail) != (two.committed, two.tail), "a pass that changed nothing tells nothing"
        assert one.end < two.end


def test_speech_that_goes_on_after_a_pause_makes_one_utterance(bench: Bench, recognizer: Recognizer) -> None:
    audio = clip(4)
    bench.step(Began(1, 0), Heard(audio[:30_000]), Paused(30_000))
    bench.step(Resumed(), Heard(audio[30_000:]), Paused(len(audio)))
    bench.step(Ended(len(audio), EndReason.SILENCE))
    (final,) = finals(bench.events)
    assert final.text == recognizer.transcribe(audio).text


def test_a_cut_loses_no_sample(bench: Bench, recognizer: Recognizer) -> None:
    audio, cut = clip(5), 50_000
    bench.step(Began(1, 0), Heard(audio[:60_000]))
    bench.step(Ended(cut, EndReason.LIMIT), Began(2, cut), Heard(audio[cut:]))
    bench.step(Ended(len(audio), EndReason.FLUSH))
    bench.once()
    first, second = finals(bench.events)
    assert first.text == recognizer.transcribe(audio[:cut]).text
    assert second.text == recognizer.transcribe(audio[cut:]).text
    assert (first.end, second.start, second.end) == (cut, cut, len(audio))
    assert len(bench.kept[0][1]) == cut


def test_a_dropped_utterance_takes_its_partials_back(bench: Bench) -> None:
    bench.step(Began(1, 0), Heard(clip(1)))
    bench.step(Dropped())
    assert isinstance(bench.events[0], PartialEvent)
    assert bench.events[1:] == [DroppedEvent("main", 1)]
    assert bench.session.open is None


def test_an_utterance_without_words_is_no_final(bench: Bench) -> None:
    silence = np.zeros(100, np.float32)  # too short for anything
    bench.step(Began(1, 0), Heard(silence), Ended(100, EndReason.SILENCE))
    assert bench.events == [DroppedEvent("main", 1)]


def test_a_session_ends_after_its_finals(bench: Bench) -> None:
    bench.step(Began(1, 0), Heard(clip(1)), Ended(16_000, EndReason.FLUSH), Close())
    bench.once()
    assert isinstance(bench.events[0], FinalEvent)
    assert bench.events[-1] == ClosedEvent("main")
    assert bench.board.sessions() == []


def test_two_sessions_do_not_disturb_each_other(bench: Bench, recognizer: Recognizer) -> None:
    other = bench.add("other")
    one, two = clip(4, 1), clip(4, 2)
    for start in range(0, len(one), 16_000):
        begin = start == 0
        bench.step(*([Began(1, 0)] if begin else []), Heard(one[start : start + 16_000]))
        bench.step(*([Began(1, 0)] if begin else []), Heard(two[start : start + 16_000]), session=other)
    bench.step(Ended(len(one), EndReason.SILENCE))
    bench.step(Ended(len(two), EndReason.SILENCE), session=other)
    texts = {final.session: final.text for final in finals(bench.events)}
    assert texts == {"main": recognizer.transcribe(one).text, "other": recognizer.transcribe(two).text}


def test_a_pass_is_stopped_when_more_is_known_and_nothing_is_lost(bench: Bench, recognizer: Recognizer) -> None:
    audio = clip(3)
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(audio[:20_000])])
    task = bench.board.next_task()
    assert task is not None
    bench.board.hand_over(bench.session, [Heard(audio[20_000:]), Paused(len(audio))])
    assert bench.board.stop_pass.is_set()
    bench.work.do(task)
    assert bench.counters.cancelled == 1
    assert bench.events == []
    assert bench.step() is Kind.CANDIDATE
    assert bench.step(Ended(len(audio), EndReason.SILENCE)) is Kind.FINAL
    assert finals(bench.events)[0].text == recognizer.transcribe(audio).text


def test_the_end_does_not_stop_the_candidate_that_will_be_the_final(bench: Bench) -> None:
    audio = clip(2)
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(audio), Paused(len(audio))])
    task = bench.board.next_task()
    assert task is not None
    assert task.job.kind is Kind.CANDIDATE
    bench.board.hand_over(bench.session, [Ended(len(audio), EndReason.SILENCE)])
    assert not bench.board.stop_pass.is_set()


def test_another_sessions_end_stops_no_pass(bench: Bench) -> None:
    other = bench.add("other")
    bench.board.hand_over(bench.session, [Began(1, 0), Heard(clip(2))])
    assert bench.board.next_task() is not None
    bench.board.hand_over(other, [Began(1, 0), Heard(clip(1)), Ended(16_000, EndReason.SILENCE)])
    assert not bench.board.stop_pass.is_set()
