"""The segment thread: takes audio from the channels, finds the utterances in it, hands them to the recognizer."""

from __future__ import annotations

from asrd.daemon.board import Board
from asrd.daemon.channel import Block
from asrd.daemon.counters import Counters
from asrd.daemon.protocols import Publish
from asrd.daemon.session import Close, Inboxed, Request, Session
from asrd.events import GapEvent, LevelEvent, State, StatusEvent

_OVERLOAD = "the recognizer cannot keep up, and audio was lost: close other programs, or use a smaller model"
_CAUGHT_UP = "the recognizer has caught up"


class SegmentWork:
    """Owns the voice detectors. It alone reads the channels."""

    def __init__(self, board: Board, counters: Counters, publish: Publish) -> None:
        self._board = board
        self._counters = counters
        self._publish = publish

    def run(self) -> None:
        """Work until the board says that it is over."""
        while (sessions := self._board.sessions()) is not None:
            for session in sessions:
                self._serve(session)
            self._board.take_wake()

    def _serve(self, session: Session) -> None:
        """Take what the session has, as long as the recognizer's backlog leaves room."""
        rate = session.levels_asked()
        if rate is not None:
            session.ear.set_levels(rate)
        while not session.is_closing and not self._board.is_full(session):
            turn = session.next_turn()
            if turn is None:
                return
            was_in_speech = session.ear.in_speech
            events: list[Inboxed] = self._hear(session, turn) if isinstance(turn, Block) else _fulfil(session, turn)
            self._tell(session, was_in_speech)
            self._board.hand_over(session, events)

    def _hear(self, session: Session, block: Block) -> list[Inboxed]:
        self._counters.audio_samples += len(block.samples)
        return [*session.ear.hear(block.start, block.samples)]

    def _tell(self, session: Session, was_in_speech: bool) -> None:
        """Publish what clients should know of the audio itself."""
        ear, name = session.ear, session.name
        if ear.gap is not None:
            start, end = ear.gap
            ear.gap = None
            self._counters.gaps += 1
            self._counters.lost_samples += end - start
            self._publish(GapEvent(name, start, end))
        if session.has_overflowed():
            session.is_overloaded = True
            self._publish(StatusEvent(name, State.OVERLOAD, _OVERLOAD))
        elif session.is_overloaded and self._board.has_caught_up(session):
            session.is_overloaded = False
            self._publish(StatusEvent(name, State.LISTENING, _CAUGHT_UP))
        if ear.in_speech != was_in_speech:
            state = State.SPEECH if ear.in_speech else State.LISTENING
            self._publish(StatusEvent(name, state, state.value))
        if ear.level is not None:
            self._publish(LevelEvent(name, *ear.level))
            ear.level = None


def _fulfil(session: Session, request: Request) -> list[Inboxed]:
    events: list[Inboxed] = [*session.ear.skip_to(session.asked_at)]
    events += session.ear.cancel() if request is Request.CANCEL else session.ear.flush()
    if request is Request.CLOSE:
        session.is_closing = True
        session.ear.close()
        events.append(Close())
    return events
