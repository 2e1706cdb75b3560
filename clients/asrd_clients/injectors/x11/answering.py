"""Whether the focused program has come to what was typed: it is asked, as window managers ask whether a program hangs.

Source: Extended Window Manager Hints 1.5, `_NET_WM_PING`. A program answers when it comes to the question, and it
comes to everything in the order in which it was sent; so its answer says that it has read all keys before.
"""

from __future__ import annotations

import select
from typing import Any, Final

from Xlib import X
from Xlib.protocol import event as events

from asrd_clients.injectors.options import Clock
from asrd_clients.injectors.x11.connection import close, connect

_MAX_DEPTH: Final = 16  # windows between a field and its program's window


class Asker:
    """Asks through a connection of its own, so that the answers meet nothing else; it is opened when it is needed."""

    def __init__(self, display: str, clock: Clock) -> None:
        self._name = display
        self._clock = clock
        self._display: Any = None
        self._number = 0

    def wait(self, limit_s: float) -> bool:
        """Wait for the focused program's answer; whether it answers such questions at all.

        One that does answer them, but not within the limit, counts as having answered: it hangs.

        Raises:
            InjectError: the X server is gone.
        """
        if self._display is None:
            self._display = connect(self._name)
        ping, protocols = (self._display.get_atom(name) for name in ("_NET_WM_PING", "WM_PROTOCOLS"))
        window = self._asked_window(ping, protocols)
        if window is None:
            return False
        self._number = (self._number + 1) & 0xFFFFFFFF
        root = self._display.screen().root
        root.change_attributes(event_mask=X.SubstructureNotifyMask)  # the answers go to the root window
        data = (32, [ping, self._number, window.id, 0, 0])
        window.send_event(events.ClientMessage(window=window, client_type=protocols, data=data))
        self._await(ping, limit_s)
        root.change_attributes(event_mask=X.NoEventMask)
        self._display.sync()
        while self._display.pending_events():
            self._display.next_event()
        return True

    def close(self) -> None:
        """Disconnect; twice does no harm."""
        if self._display is not None:
            close(self._display)
            self._display = None

    def _asked_window(self, ping: int, protocols: int) -> Any:
        """The focused window, or that around it which takes the question."""
        window = self._display.get_input_focus().focus
        for _ in range(_MAX_DEPTH):
            if isinstance(window, int) or window == self._display.screen().root:
                return None
            known = window.get_full_property(protocols, X.AnyPropertyType)
            if known is not None and known.format == 32:
                return window if ping in known.value else None
            window = window.query_tree().parent
        return None

    def _await(self, ping: int, limit_s: float) -> None:
        until_s = self._clock.monotonic_s() + limit_s
        while (left_s := until_s - self._clock.monotonic_s()) > 0:
            self._display.flush()
            while self._display.pending_events():
                if self._is_answer(self._display.next_event(), ping):
                    return
            select.select([self._display.fileno()], [], [], left_s)

    def _is_answer(self, event: Any, ping: int) -> bool:
        if event.type & 0x7F != X.ClientMessage or event.data[0] != 32:
            return False
        return bool(event.data[1][0] == ping and event.data[1][1] == self._number)
