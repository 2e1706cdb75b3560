"""The segment thread: takes audio from the channels, finds the utterances in it, hands them to the recognizer."""

from __future__ import annotations

from asrd.daemon.board import Board
from asrd.daemon.channel import Block
from asrd.daemon.counters import Counters
from asrd.daemon.inbox import Close, Inboxed
from asrd.daemon.protocols import Publish
from asrd.daemon.session import Request, Session
from asrd.events import GapEvent, LevelEvent, State, StatusEvent

_OVERLOAD = "the recognizer cannot keep up, and audio was lost: close other programs, or use a smaller model"
_CAUGHT_UP = "the recognizer has caught up"
_MESSAGES = {State.LISTENING: "listening", State.SPEECH: "speech", State.OVERLOAD: _OVERLOAD}


class SegmentWork:
    """Owns the voice detectors. It alone reads the channels."""

    def __init__(self, board: Board, counters: Counters, publish: Publish) -> None:
        self._board = board
        self._counters = counters
        self._publish = publish

    def run(self) -> None:
        """Work until the board says that it is over."""
        while (sessions := self._board.sessions()) is not None:
            served = [self._serve(session) for session in sessions]  # in turns: none waits for another's backlog
            if not any(served):
                self._board.take_wake()

    def _serve(self, session: Session) -> bool:
        """Take one thing of the session, if the recognizer's backlog leaves room; returns whether there was one."""
        session.ear.set_levels(session.wanted_levels)
        if session.is_closing:
            return False
        if self._board.is_full(session):
            self._tell_state(session)
            return False
        turn = session.next_turn()
        if turn is None:
            self._tell_state(session)
            return False
        events: list[Inboxed] = self._hear(session, turn) if isinstance(turn, Block) else _fulfil(session, turn)
        self._tell(session)
        self._tell_state(session)
        self._board.hand_over(session, events)
        return True

    def _hear(self, session: Session, block: Block) -> list[Inboxed]:
        self._counters.audio_samples += len(block.samples)
        return [*session.ear.hear(block.start, block.samples)]

    def _tell(self, session: Session) -> None:
        """Publish what clients should know of the audio itself."""
        ear, name = session.ear, session.name
        if ear.gap is not None:
            start, end = ear.gap
            ear.gap = None
            self._publish(GapEvent(name, start, end))
        if ear.level is not None:
            self._publish(LevelEvent(name, *ear.level))
            ear.level = None

    def _tell_state(self, session: Session) -> None:
        """Publish the session's state if it is another: one at a time, and an overload outdoes the others."""
        before = session.state
        if session.has_overflowed():
            session.state = State.OVERLOAD
        elif before is not State.OVERLOAD or self._board.has_caught_up(session):
            session.state = State.SPEECH if session.ear.in_speech else State.LISTENING
        if session.state is not before:
            message = _CAUGHT_UP if before is State.OVERLOAD else _MESSAGES[session.state]
            self._publish(StatusEvent(session.name, session.state, message))


def _fulfil(session: Session, request: Request) -> list[Inboxed]:
    events: list[Inboxed] = [*session.ear.skip_to(session.asked_at)]
    events += session.ear.cancel() if request is Request.CANCEL else session.ear.flush()
    if request is Request.CLOSE:
        session.is_closing = True
        session.ear.close()
        events.append(Close())
    return events
