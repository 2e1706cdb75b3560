"""Sessions and the two threads that serve them.

    source -> Channel -> [segment thread: VAD, segmenter] -> Inbox -> [recognize thread] -> events

| queue | limit | when it is full |
|---|---|---|
| channel, one a session | `audio.channel_s` | the newest audio is lost, counted, and told as a gap |
| inbox, one a session | `pipeline.backlog_s` of audio | the segment thread leaves the channel alone, which then fills |
| job slots | one partial or candidate a session | the newest replaces the one before; finals are never dropped |
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from asrd.daemon.board import Board
from asrd.daemon.counters import Counters
from asrd.daemon.ear import Ear
from asrd.daemon.recognising import Outlets, RecognizeWork
from asrd.daemon.segmenting import SegmentWork
from asrd.daemon.session import Links, Session
from asrd.events import ClosedEvent, GapEvent
from asrd.geometry import samples_of
from asrd.options import Config
from asrd.recognizer.engine import Recognizer
from asrd.segment.detector import VoiceDetector
from asrd.segment.stream import StreamSegmenter
from asrd.values import UtteranceOptions

_log = logging.getLogger(__name__)
_JOIN_S = 5.0


class Pipeline:
    """Made with an open recognizer, which it does not close. Its sessions are `protocols.AudioSession`s.

    Attributes:
        counters: what was done so far.
        on_failure: called once, from the thread that failed, when a worker raised; the pipeline has then ended.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        make_detector: Callable[[], VoiceDetector],
        config: Config,
        outlets: Outlets,
    ) -> None:
        self.counters = Counters()
        self.on_failure: Callable[[BaseException], None] = lambda _error: None
        self._recognizer = recognizer
        self._make_detector = make_detector
        self._config = config
        self._publish = outlets.publish
        self._board = Board(config.pipeline)
        self._drained: bool | None = None
        runs = {
            "asrd-segment": SegmentWork(self._board, self.counters, outlets.publish).run,
            "asrd-recognize": RecognizeWork(recognizer, self._board, self.counters, outlets).run,
        }
        self._threads = [
            threading.Thread(target=self._guard, args=(run,), name=name, daemon=True) for name, run in runs.items()
        ]

    def start(self) -> None:
        """Begin the work."""
        for thread in self._threads:
            thread.start()

    def open(self, name: str) -> Session:
        """See `protocols.Sessions.open`."""
        return self._board.add(name, lambda: self._session(name))

    def backlog_s(self) -> dict[str, float]:
        """Seconds of audio of each session that wait for the recognizer."""
        return self._board.backlog_s()

    @property
    def failure(self) -> BaseException | None:
        """Why a worker ended before its time."""
        return self._board.failure

    @property
    def is_running(self) -> bool:
        """Whether a thread is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self, drain_s: float) -> bool:
        """Finish all sessions, then end the threads; returns whether every final was published within `drain_s`.

        What is not finished by then is stopped between two tokens, and told as a gap. Another thread may call `abort`
        meanwhile. Again: nothing, and the same answer.
        """
        if self._drained is None:
            self._drained = self._board.drain(drain_s)
            self.abort()
            deadline = time.monotonic() + max(_JOIN_S, drain_s)
            for thread in self._threads:
                if thread.ident is not None:
                    thread.join(max(0.0, deadline - time.monotonic()))
            self._tell_lost()
        return self._drained

    def abort(self) -> None:
        """End at once: what is not finished is lost."""
        self._board.end()

    def _tell_lost(self) -> None:
        """What came of sessions that nobody closed: a gap, or that nothing is missing but to have been closed."""
        for session in self._board.dropped():
            lost = session.unfinished()
            self._publish(ClosedEvent(session.name) if lost is None else GapEvent(session.name, *lost))

    def _session(self, name: str) -> Session:
        ear = Ear(StreamSegmenter(self._config.segment, self._make_detector()))
        links = Links(self._board.wake, self._check_options, partial(self._board.set_partials, name))
        return Session(name, ear, samples_of(self._config.audio.channel_s), links)

    def _check_options(self, options: UtteranceOptions) -> None:
        self._recognizer.prepare(options)  # reads the vocabulary alone, which never changes

    def _guard(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the daemon must end and say so
            _log.debug("%s failed", threading.current_thread().name, exc_info=True)
            if self._board.fail(error):
                self.on_failure(error)


def warm_up(recognizer: Recognizer) -> None:
    """A first pass over a second of noise, so that the first utterance does not pay for what is done once."""
    recognizer.transcribe(np.random.default_rng(0).normal(0.0, 0.01, samples_of(1.0)).astype(np.float32))
