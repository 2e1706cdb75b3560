"""What the segment thread and the recognize thread share: sessions, inboxes and job slots, behind one lock."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asrd.daemon.inbox import Close, Inboxed
from asrd.daemon.protocols import OverloadError
from asrd.daemon.session import Session
from asrd.events import State
from asrd.geometry import samples_of, seconds_of
from asrd.options import PipelineOptions
from asrd.schedule.jobs import Job, Kind, Schedule
from asrd.segment.events import Began, Dropped, Ended, Heard, Paused, Resumed
from asrd.stop import StopSignal


@dataclass(frozen=True)
class Task:
    """A job, its session, and what the recognizer has not met yet: up to the first end for a final, else everything."""

    job: Job
    session: Session
    events: Sequence[Inboxed]


class Board:
    """Every method may be called from any thread; `next_task` and `take_wake` wait.

    Attributes:
        stop_pass: stops the pass that runs.
        failure: the first error of a thread, after which both end.
    """

    def __init__(self, options: PipelineOptions) -> None:
        self.stop_pass = StopSignal()
        self.failure: BaseException | None = None
        self._options = options
        self._backlog_samples = samples_of(options.backlog_s)
        self._lock = threading.Condition()
        self._sessions: dict[str, Session] = {}
        self._schedule = Schedule(options)
        self._running: Job | None = None
        self._is_stopping = False
        self._dropped: list[Session] = []  # were ended before their time
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()

    def add(self, name: str, make: Callable[[], Session]) -> Session:
        """A session begins.

        Raises:
            OverloadError: there is no room for it.
        """
        with self._lock:
            self._check_room(name)
        session = make()  # loads a voice detector: not while the threads wait
        with self._lock:
            try:
                self._check_room(name)
            except OverloadError:
                session.ear.close()
                raise
            self._sessions[name] = session
            self._schedule.add(name)
        return session

    def remove(self, name: str) -> None:
        """A session has ended."""
        with self._lock:
            self._sessions.pop(name, None)
            self._schedule.remove(name)
            self._lock.notify_all()

    def sessions(self) -> list[Session] | None:
        """The open sessions; None when the threads are to end."""
        with self._lock:
            return None if self._is_over() else list(self._sessions.values())

    def backlog_s(self) -> dict[str, float]:
        """Seconds of audio of each session that wait for the recognizer."""
        with self._lock:
            return {name: seconds_of(session.inbox.samples) for name, session in self._sessions.items()}

    def is_full(self, session: Session) -> bool:
        """Whether a session has as much audio waiting for the recognizer as is allowed.

        Without an end in it the inbox is never full: nothing might be due then, and it would stay so. What it holds
        is then less than one utterance.
        """
        return session.inbox.ends > 0 and session.inbox.samples >= self._backlog_samples

    def has_caught_up(self, session: Session) -> bool:
        """Whether it has little enough waiting for an overload to be over."""
        return session.inbox.samples + session.channel.waiting < self._backlog_samples // 4

    def set_partials(self, name: str, partials: bool) -> None:
        """Whether a session wants partial passes."""
        with self._lock:
            if name in self._sessions:
                self._schedule.set_partials(name, partials)

    def wake(self) -> None:
        """There is something for the segment thread. Never waits."""
        self._wakes.put(None)

    def take_wake(self) -> None:
        """Wait until there was a wake-up; one look at all sessions answers every one so far."""
        self._wakes.get()
        while not self._wakes.empty():
            self._wakes.get()

    def hand_over(self, session: Session, events: Sequence[Inboxed]) -> None:
        """The segment thread has these for the recognizer. A pass that they make pointless is stopped."""
        if not events:
            return
        with self._lock:
            for event in events:
                session.inbox.put(event)
            if session.name not in self._sessions:
                return  # it was aborted
            for event in events:
                self._enter(session.name, event)
            resumed = any(isinstance(event, Resumed) for event in events)
            if resumed and self._running == Job(session.name, Kind.CANDIDATE):
                self._running = Job(session.name, Kind.PARTIAL)  # no final comes of it any more
            if self._is_superseded(session.name, events):
                self.stop_pass.set()
            self._lock.notify_all()

    def next_task(self) -> Task | None:
        """Wait for what the recognizer should do next; None when it is to end."""
        with self._lock:
            self._running = None
            while not self._is_over():
                task = self._due()
                if task is not None:
                    return task
                self._lock.wait()
            return None

    def report(self, job: Job, cost_s: float, *, cancelled: bool) -> None:
        """The job took so long, or was stopped."""
        with self._lock:
            self._schedule.took(job, cost_s)
            if cancelled:
                self._schedule.cancelled(job)

    def drain(self, limit_s: float) -> bool:
        """Close all sessions, let none begin, and wait until all have ended; returns whether they did in time."""
        with self._lock:
            self._is_stopping = True
            for session in self._sessions.values():
                session.close()
            self._lock.wait_for(self._is_over, limit_s)
            return not self._sessions and not self._dropped and self.failure is None

    def end(self) -> None:
        """Drop what is left: both threads end, and a pass that runs is stopped between two tokens."""
        with self._lock:
            self._is_stopping = True
            self._dropped += self._sessions.values()
            self._sessions.clear()
            self.stop_pass.set()
            self._lock.notify_all()
        self.wake()

    def dropped(self) -> Sequence[Session]:
        """The sessions that were ended before their time."""
        with self._lock:
            return list(self._dropped)

    def fail(self, error: BaseException) -> bool:
        """A thread failed; returns whether it was the first."""
        with self._lock:
            first = self.failure is None
            self.failure = self.failure or error
            self.stop_pass.set()
            self._lock.notify_all()
        self.wake()
        return first

    def _check_room(self, name: str) -> None:
        if self._is_stopping or self.failure is not None:
            raise OverloadError("the daemon is shutting down: connect again when it is back")
        most = self._options.max_sessions
        if len(self._sessions) >= most:
            raise OverloadError(
                f"{most} sessions are open, as many as pipeline.max_sessions allows: try again when one has ended"
            )
        if name in self._sessions:
            raise OverloadError(f"a session named {name!r} is open: wait until it has ended, or take another name")

    def _due(self) -> Task | None:
        job = self._schedule.next()
        if job is None:
            return None
        self._running = job
        self.stop_pass.clear()
        session = self._sessions[job.stream]
        was_full = self.is_full(session)
        events = session.inbox.take_until(lambda event: isinstance(event, Ended | Dropped | Close))
        if was_full or session.state is State.OVERLOAD:
            self.wake()
        return Task(job, session, events)

    def _is_over(self) -> bool:
        return self.failure is not None or (self._is_stopping and not self._sessions)

    def _enter(self, name: str, event: Inboxed) -> None:
        match event:
            case Began():
                self._schedule.began(name)
            case Heard(samples):
                self._schedule.heard(name, len(samples))
            case Paused():
                self._schedule.paused(name)
            case Resumed():
                self._schedule.resumed(name)
            case Ended():
                self._sessions[name].ended_s.append(time.monotonic())
                self._schedule.ended(name)
            case Dropped() | Close():
                self._schedule.ended(name)

    def _is_superseded(self, name: str, events: Sequence[Inboxed]) -> bool:
        """Whether the running pass is void, or covers only a part of an utterance whose whole audio is known now."""
        partial, candidate = (self._running == Job(name, kind) for kind in (Kind.PARTIAL, Kind.CANDIDATE))
        whole_known = any(isinstance(event, Paused | Ended | Dropped) for event in events)
        dropped = any(isinstance(event, Dropped) for event in events)
        return (partial and whole_known) or (candidate and dropped)
