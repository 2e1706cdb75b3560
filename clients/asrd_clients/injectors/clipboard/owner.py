"""Owns selections of an X server: whoever owns one must hand it to whoever asks, for as long as it is owned."""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from Xlib import X
from Xlib.protocol import request

from asrd_clients.injectors.clipboard.contents import Contents, Reader, awaited
from asrd_clients.injectors.clipboard.serving import Server
from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.options import Clock
from asrd_clients.injectors.x11.connection import close, connect, talking

_ANSWER_S: Final = 1.0
_MAX_ANSWERS: Final = 64  # those that nobody waited for are dropped, the oldest first


class Owner:
    """A connection with a thread that answers for what is owned.

    Attributes:
        lock: held while the connection is used; all methods but `close` and `wait_until_lost` expect it to be held.
        display: the connection; None when it is closed.
        takers: windows that fetched one of the `watched` kinds of data, since it was cleared.
        watched: kinds of data, as atoms.
        asked_s: when somebody asked for anything the last time.
    """

    def __init__(self, display: str | None, clock: Clock) -> None:
        """Connect to a display; None: that of DISPLAY.

        Raises:
            InjectError: there is no X server.
        """
        self.lock = threading.RLock()
        self.display: Any = connect(display)
        self.takers: list[int] = []
        self.watched: frozenset[int] = frozenset()
        self.asked_s = 0.0
        self._clock = clock
        with talking():
            self._window = self.display.screen().root.create_window(
                0, 0, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask
            )
            self._reader = Reader(self.display, self._window, self._next_event, clock)
            self._server = Server(self.display, self._note_served)
        self._owned: dict[int, tuple[Contents, int]] = {}  # by selection: what is offered, and since when
        self._lost = threading.Event()
        self._answers: deque[Any] = deque(maxlen=_MAX_ANSWERS)
        self._wake_reader, self._wake_writer = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="asrd-clipboard", daemon=True)
        self._thread.start()

    def atom(self, name: str) -> int:
        """The number of a name."""
        return int(self.display.get_atom(name))

    def holds(self, selection: int) -> bool:
        """Whether a selection is ours, as far as the server has told."""
        return selection in self._owned

    def contents(self, selection: int) -> Contents:
        """What a selection has, ours or another's."""
        if selection in self._owned:
            return self._owned[selection][0]
        return self._reader.read(selection, self.time())

    def own(self, selection: int, contents: Contents, time: int = 0) -> None:
        """Take a selection, as of a time of the server; 0: now. Who has taken it since that time keeps it.

        Raises:
            InjectError: somebody keeps it.
        """
        time = time or self.time()
        self._window.set_selection_owner(selection, time)
        if self.owner_of(selection) != self._window.id:
            raise InjectError("another program keeps the clipboard for itself: use --method x11")
        self._owned[selection] = (contents, time)

    def release(self, selection: int) -> None:
        """Leave a selection without an owner."""
        _, since = self._owned.pop(selection)
        request.SetSelectionOwner(display=self.display.display, window=X.NONE, selection=selection, time=since)

    def owned_since(self, selection: int) -> int:
        """The server's time at which a selection became ours."""
        return self._owned[selection][1]

    def owner_of(self, selection: int) -> int:
        """The window that owns a selection; 0: none."""
        return int(getattr(self.display.get_selection_owner(selection), "id", 0))

    def ask(self, selection: int, target: int) -> None:
        """Have a selection's owner do something that is asked of it as if it were data; waits until it is done."""
        self._window.convert_selection(selection, target, self.atom("_ASRD_ASKED"), self.time())
        self._awaited(lambda event: event.type == X.SelectionNotify and event.target == target)

    def time(self) -> int:
        """The server's time: that of a change which is made for it."""
        mark = self.atom("_ASRD_TIME")
        self._window.change_property(mark, mark, 8, b"")
        event = self._awaited(lambda one: one.type == X.PropertyNotify and one.atom == mark)
        return int(event.time) if event else X.CurrentTime

    def client_of(self, resource: int) -> int:
        """The part of a number that is the same for all that a program makes; 0 for none."""
        return int(resource) & ~int(self.display.display.info.resource_id_mask)

    def pump(self, limit_s: float = 0.0) -> None:
        """Serve whoever asks, for so many seconds."""
        until_s = self._clock.monotonic_s() + limit_s
        self._drain()
        while (left_s := until_s - self._clock.monotonic_s()) > 0:
            select.select([self.display.fileno()], [], [], left_s)
            self._drain()

    def wait_until_lost(self) -> None:
        """Wait until nothing is owned any more."""
        self._lost.wait()

    def close(self) -> None:
        """Disconnect; twice does no harm."""
        with self.lock:
            if self.display is None:
                return
            display, self.display = self.display, None
            os.write(self._wake_writer, b"x")
        self._thread.join()
        close(display)
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def _awaited(self, is_wanted: Callable[[Any], bool]) -> Any:
        return awaited(is_wanted, self._next_event, self._clock, _ANSWER_S)

    def _next_event(self, limit_s: float) -> Any:
        """The next event that answers a request of ours; None after so many seconds. Others are served meanwhile."""
        self._drain()
        if not self._answers:
            select.select([self.display.fileno()], [], [], limit_s)
            self._drain()
        return self._answers.popleft() if self._answers else None

    def _drain(self) -> None:
        self.display.flush()  # it may also receive: look at what is pending afterwards
        while self.display.pending_events():
            self._handle(self.display.next_event())
            self.display.flush()

    def _handle(self, event: Any) -> None:
        if event.type == X.SelectionRequest:
            self.asked_s = self._clock.monotonic_s()
            contents, since = self._owned.get(event.selection, ({}, 0))
            self._server.answer(event, contents, since)
        elif event.type == X.SelectionClear:
            self._owned.pop(event.atom, None)
            if not self._owned:
                self._lost.set()
        elif event.type == X.PropertyNotify and self._server.go_on(event):
            return
        elif event.type in (X.SelectionNotify, X.PropertyNotify):
            self._answers.append(event)

    def _note_served(self, window: int, target: int) -> None:
        if target in self.watched:
            self.takers.append(window)

    def _serve(self) -> None:
        while (display := self.display) is not None:
            select.select([display.fileno(), self._wake_reader], [], [])
            with self.lock:
                if self.display is None:
                    return
                try:
                    with talking():
                        self._drain()
                except InjectError:  # the server is gone
                    self._lost.set()
                    return
