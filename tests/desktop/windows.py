"""The windows of a display, as a task bar sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.error import BadWindow
from Xlib.protocol import event as events


@contextmanager
def windows_of(display: str) -> Iterator[Windows]:
    """A connection to a display."""
    opened = Display(display)
    try:
        yield Windows(opened)
    finally:
        opened.close()


class Windows:
    """Extended Window Manager Hints, from a task bar's side."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._root = display.screen().root

    def are_managed(self) -> bool:
        """Whether a window manager runs."""
        return bool(self._values("_NET_SUPPORTING_WM_CHECK"))

    def titles(self) -> dict[int, str]:
        """The title of every window, by its number, in the order in which they came."""
        found = {}
        for number in self._values("_NET_CLIENT_LIST"):
            window = self._display.create_resource_object("window", number)
            with suppress(BadWindow):
                name = window.get_full_text_property(self._display.get_atom("_NET_WM_NAME")) or window.get_wm_name()
                found[number] = str(name or "")
        return found

    def find(self, title: str) -> Any:
        """The last window whose whole title matches, or None."""
        found = [number for number, name in self.titles().items() if re.fullmatch(title, name)]
        return self._display.create_resource_object("window", found[-1]) if found else None

    def activate(self, window: Any) -> bool:
        """Ask for a window to be the active one; whether it has the keyboard already."""
        if self._values("_NET_ACTIVE_WINDOW") == [window.id] and self._has_focus(window):
            return True
        data = (32, [2, X.CurrentTime, 0, 0, 0])
        event = events.ClientMessage(window=window, client_type=self._display.get_atom("_NET_ACTIVE_WINDOW"), data=data)
        self._root.send_event(event, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self._display.sync()
        return False

    def _has_focus(self, window: Any) -> bool:
        """Whether the keyboard goes to a window of the same program."""
        focus = self._display.get_input_focus().focus
        mask = self._display.display.info.resource_id_mask
        return not isinstance(focus, int) and focus.id & ~mask == window.id & ~mask

    def _values(self, name: str) -> list[int]:
        found = self._root.get_full_property(self._display.get_atom(name), X.AnyPropertyType)
        return [] if found is None else list(found.value)
