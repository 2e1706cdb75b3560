"""The recognize thread: the only one that touches the recognizer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from asrd.daemon.board import Board, Task
from asrd.daemon.counters import Counters, Observer
from asrd.daemon.inbox import Close, Inboxed
from asrd.daemon.memory import give_back
from asrd.daemon.protocols import FloatArray, Publish
from asrd.daemon.session import OpenUtterance, Session
from asrd.errors import Cancelled
from asrd.events import ClosedEvent, DroppedEvent, FinalEvent, PartialEvent
from asrd.geometry import seconds_of
from asrd.recognizer.engine import Recognizer
from asrd.schedule.jobs import Kind
from asrd.segment.events import Began, Dropped, Ended, EndReason, Heard
from asrd.values import Hypothesis, Word

OnFinal = Callable[[FinalEvent, FloatArray], None]
"""Takes a final and its samples, (n,) float32; called from the recognize thread, must return at once."""


@dataclass(frozen=True)
class Outlets:
    """Where everything goes that comes out of the pipeline.

    Attributes:
        publish: takes the events of all sessions.
        on_final: gets each final with its audio as well; None: audio is not kept.
        observer: is told how long things take.
    """

    publish: Publish
    on_final: OnFinal | None = None
    observer: Observer = field(default_factory=Observer)


class RecognizeWork:
    """Owns the utterances of all sessions."""

    def __init__(self, recognizer: Recognizer, board: Board, counters: Counters, outlets: Outlets) -> None:
        self._recognizer = recognizer
        self._board = board
        self._counters = counters
        self._publish = outlets.publish
        self._on_final = outlets.on_final
        self._observer = outlets.observer

    def run(self) -> None:
        """Work until the board says that it is over."""
        while (task := self._board.next_task()) is not None:
            self.do(task)

    def do(self, task: Task) -> None:
        """Let the session's utterance meet what came, and recognise it."""
        started = time.perf_counter()
        cancelled = False
        try:
            self._update(task.session, task.events)
            if task.job.kind is not Kind.FINAL and task.session.open is not None:
                self._look(task.session, task.session.open)
        except Cancelled:
            cancelled = True
            self._counters.cancelled += 1
        cost_s = time.perf_counter() - started
        self._counters.passes[task.job.kind] += 1
        self._observer.passed(task.job.kind, cost_s)
        self._board.report(task.job, cost_s, cancelled=cancelled)

    def _update(self, session: Session, events: Sequence[Inboxed]) -> None:
        """Let the open utterance meet what came."""
        for event in events:
            match event:
                case Began(number, start):
                    session.open = OpenUtterance(number, start, self._recognizer.utterance(session.options))
                case Heard(samples) if session.open is not None:
                    session.open.utterance.append(samples)
                    if self._on_final is not None:
                        session.open.audio.append(samples)
                case Ended(end, reason) if session.open is not None:
                    self._finish(session, session.open, end, reason)
                case Dropped() if session.open is not None:
                    session.open.utterance.abandon()
                    self._drop(session, session.open)
                case Close():
                    self._board.remove(session.name)
                    self._publish(ClosedEvent(session.name))
                    give_back()
                case _:
                    pass

    def _look(self, session: Session, now: OpenUtterance) -> None:
        """Recognise the open utterance so far, and tell if its text has changed."""
        hypothesis = now.utterance.hypothesis(self._board.stop_pass)
        self._count(now, hypothesis)
        shown = (hypothesis.committed, hypothesis.tail)
        if shown == now.shown:
            return
        now.shown = shown
        now.revision += 1
        end = now.start + hypothesis.samples
        lag_s = seconds_of(max(0, session.channel.position - end))
        self._publish(
            PartialEvent(
                session=session.name,
                utterance=now.number,
                revision=now.revision,
                committed=hypothesis.committed,
                tail=hypothesis.tail,
                language=hypothesis.language,
                start=now.start,
                end=end,
                lag_s=lag_s,
            )
        )

    def _finish(self, session: Session, now: OpenUtterance, end: int, reason: EndReason) -> None:
        if reason is EndReason.LIMIT:
            now.utterance.truncate(end - now.start)
        hypothesis = now.utterance.final(self._board.stop_pass)
        self._count(now, hypothesis)
        ended_s = session.ended_s.popleft()
        if not hypothesis.text:
            self._drop(session, now)
            return
        session.open = None
        final = FinalEvent(
            session=session.name,
            utterance=now.number,
            text=hypothesis.text,
            language=hypothesis.language,
            start=now.start,
            end=end,
            words=tuple(Word(word.text, word.start + now.start, word.end + now.start) for word in hypothesis.words),
            timing=now.timing,
        )
        self._publish(final)
        self._observer.final(time.monotonic() - ended_s)
        if self._on_final is not None:
            self._on_final(final, np.concatenate(now.audio)[: end - now.start])

    def _drop(self, session: Session, now: OpenUtterance) -> None:
        session.open = None
        self._publish(DroppedEvent(session.name, now.number))

    def _count(self, now: OpenUtterance, hypothesis: Hypothesis) -> None:
        now.timing += hypothesis.timing
        self._counters.work += hypothesis.work
