"""The thread behind a source: how it is steered, what it tells, and how it ends."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Final

from asrd.events import State, StatusEvent
from asrd.source.interface import Finished, PublishStatus

_JOIN_S: Final = 5.0  # a native library that hangs must not keep the daemon from ending


class SourceThread(ABC):
    """Carries out in its own thread what the methods of `Source` ask for; a daemon thread, so Ctrl-C is never held up.

    Subclasses write `_work`, which looks at `_is_paused` and `_is_closed` after every `_wait`.
    """

    def __init__(self, label: str, session: str, publish: PublishStatus, finished: Finished) -> None:
        """`label` names the source in sentences."""
        self._label = label
        self._session = session
        self._publish = publish
        self._finished = finished
        self._changed = threading.Condition()  # guards the flags, and what subclasses let other threads change
        self._is_paused = False
        self._is_closed = False
        self._is_poked = False
        self._status = StatusEvent(session, State.IDLE, f"{label} has not begun")
        self._thread = threading.Thread(target=self._main, name=f"source-{session}", daemon=True)

    def begin(self) -> None:
        """Start the thread. Once."""
        self._thread.start()

    def start(self) -> None:  # noqa: B027 - means nothing to most sources
        """Open the source, under the policy `on-demand`."""

    def stop(self) -> None:  # noqa: B027
        """Close the source, under the policy `on-demand`."""

    def used(self) -> None:  # noqa: B027
        """Somebody is listening: counts for the policy `idle:N`."""

    def pause(self) -> None:
        """Hear nothing until `resume`; the open utterance is finished."""
        self._is_paused = True
        self._poke()

    def resume(self) -> None:
        """Take `pause` back."""
        self._is_paused = False
        self._poke()

    def status(self) -> StatusEvent:
        """The state as it was last published."""
        return self._status

    def close(self) -> None:
        """End the thread and free what it holds, within five seconds; idempotent."""
        self._is_closed = True
        self._poke()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    @abstractmethod
    def _work(self) -> None:
        """What the thread does until the source has ended or is closed; it frees what it opened."""

    def _poke(self) -> None:
        """End the thread's wait, or the next one if it is not waiting: something was asked of it."""
        with self._changed:
            self._is_poked = True
            self._changed.notify_all()

    def _wait(self, seconds: float | None) -> None:
        """Wait so long, or until poked; None: only for that."""
        with self._changed:
            if not self._is_poked:
                self._changed.wait(seconds)
            self._is_poked = False

    def _tell(self, state: State, message: str) -> None:
        """Publish the state, if it is another."""
        event = StatusEvent(self._session, state, message)
        if event != self._status:
            self._status = event
            self._publish(event)

    def _main(self) -> None:
        error = None
        try:
            self._work()
        except BaseException as raised:  # noqa: BLE001 - handed on
            error = raised
        if error is not None or not self._is_closed:
            self._finished(error)
