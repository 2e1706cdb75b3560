from __future__ import annotations

import threading

from asrd.events import State
from asrd.source.worker import SourceThread
from tests.source.fakes import Told


class Counting(SourceThread):
    """Waits once, when it is let."""

    def __init__(self, told: Told) -> None:
        super().__init__("the counter", "test", told.publish, told.finished)
        self.may_wait = threading.Event()

    def _work(self) -> None:
        assert self.may_wait.wait(10)
        self._wait(None)
        self._tell(State.LISTENING, "one")
        self._tell(State.LISTENING, "one")
        self._tell(State.LISTENING, "two")


def test_what_was_asked_before_a_wait_ends_it() -> None:
    told = Told()
    source = Counting(told)
    source.begin()
    source.pause()  # the thread is not waiting yet
    source.may_wait.set()
    assert told.wait_for_end() is None
    assert source._is_paused


def test_a_state_is_published_when_it_is_another() -> None:
    told = Told()
    source = Counting(told)
    assert (source.status().state, source.status().message) == (State.IDLE, "the counter has not begun")
    source.begin()
    source.pause()
    source.may_wait.set()
    told.wait_for_end()
    assert [event.message for event in told.events] == ["one", "two"]
    assert source.status() == told.events[-1]


def test_a_publisher_that_raises_ends_the_source() -> None:
    told = Told()
    source = Counting(told)
    error = RuntimeError("boom")

    def fail(_: object) -> None:
        raise error

    source._publish = fail
    source.begin()
    source.pause()
    source.may_wait.set()
    assert told.wait_for_end() is error


def test_finished_may_close() -> None:
    told = Told()
    source = Counting(told)

    def close(error: BaseException | None) -> None:
        source.close()
        told.finished(error)

    source._finished = close
    source.begin()
    source.pause()
    source.may_wait.set()
    assert told.wait_for_end() is None
