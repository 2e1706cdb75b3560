"""What a selection holds under X11, and how it goes from one program to another.

Source: Inter-Client Communication Conventions Manual, section 2 (selections), 2.7.2 (INCR properties).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from Xlib import X

from asrd_clients.injectors.options import Clock

MAX_BYTES: Final = 64 << 20
# What is not fetched in time is lost to the user: long enough for a picture on a busy machine.
_ANSWER_S: Final = 3.0  # for one kind of data, and for each part of a long one
_ALL_S: Final = 15.0  # for all of them
# These are about the selection itself, or name resources that go with their owner.
_NOT_KEPT: Final = (
    "TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY",
    "PIXMAP", "BITMAP", "DRAWABLE", "COLORMAP", "FOREGROUND", "BACKGROUND", "WINDOW", "CLIENT_WINDOW",
)  # fmt: skip


@dataclass(frozen=True)
class Data:
    """One kind of data: its type (an atom), its unit in bits, and the bytes."""

    type: int
    format: int
    value: bytes


Contents = Mapping[int, Data]  # by target, an atom


def awaited(is_wanted: Callable[[Any], bool], next_event: Callable[[float], Any], clock: Clock, limit_s: float) -> Any:
    """The first event that is wanted; None if there is none within `limit_s`.

    `next_event`: the next one, or None after so many seconds.
    """
    until_s = clock.monotonic_s() + limit_s
    while (left_s := until_s - clock.monotonic_s()) > 0:
        event = next_event(left_s)
        if event is not None and is_wanted(event):
            return event
    return None


class _SilentError(Exception):
    """The owner of a selection does not answer."""


class Reader:
    """Fetches what another program offers, as far as it answers."""

    def __init__(self, display: Any, window: Any, next_event: Callable[[float], Any], clock: Clock) -> None:
        """`next_event`: the next event of the window that concerns fetching, or None after so many seconds."""
        self._display = display
        self._window = window
        self._next_event = next_event
        self._clock = clock
        self._property = display.get_atom("_ASRD_PASTE")
        self._incr = display.get_atom("INCR")

    def read(self, selection: int, time: int) -> Contents:
        """All kinds of data that a selection has; none if nobody owns it."""
        until_s = self._clock.monotonic_s() + _ALL_S
        found: dict[int, Data] = {}
        room = MAX_BYTES
        try:
            for target in self._targets(selection, time):
                if self._clock.monotonic_s() > until_s:
                    break
                data = self._convert(selection, target, time, room)
                if data is not None:
                    found[target] = data
                    room -= len(data.value)
        except _SilentError:
            pass  # it hangs, or has gone; what was fetched before is kept
        return found

    def _targets(self, selection: int, time: int) -> list[int]:
        data = self._convert(selection, self._display.get_atom("TARGETS"), time, MAX_BYTES)
        if data is None or data.format != 32:
            return [self._display.get_atom(name) for name in ("UTF8_STRING", "STRING")]
        left_out = {self._display.get_atom(name) for name in _NOT_KEPT}
        return [target for target in dict.fromkeys(memoryview(data.value).cast("I")) if target not in left_out]

    def _convert(self, selection: int, target: int, time: int, room: int) -> Data | None:
        """One kind of data; None if it is refused, or too long.

        Raises:
            _SilentError: no answer came.
        """
        self._window.delete_property(self._property)
        self._window.convert_selection(selection, target, self._property, time)
        event = self._awaited(lambda one: one.type == X.SelectionNotify and one.target == target)
        if event.property == X.NONE:
            return None
        data = self._take()
        if data is None or data.type != self._incr:
            return data if data is None or len(data.value) <= room else None
        return self._rest(room)

    def _rest(self, room: int) -> Data | None:
        """Data in parts, each when the last was deleted; the last is empty."""
        parts: list[bytes] = []
        while True:
            self._awaited(self._is_new_part)
            part = self._take()
            if part is None:
                continue
            if not part.value:
                return Data(part.type, part.format, b"".join(parts))
            parts.append(part.value)
            room -= len(part.value)
            if room < 0:
                return None

    def _is_new_part(self, event: Any) -> bool:
        is_ours = event.type == X.PropertyNotify and event.atom == self._property
        return bool(is_ours and event.state == X.PropertyNewValue)

    def _awaited(self, is_wanted: Callable[[Any], bool]) -> Any:
        event = awaited(is_wanted, self._next_event, self._clock, _ANSWER_S)
        if event is None:
            raise _SilentError
        return event

    def _take(self) -> Data | None:
        got = self._window.get_property(self._property, X.AnyPropertyType, 0, MAX_BYTES // 4, delete=True)
        if got is None:
            return None
        value = got.value if got.value is not None else b""
        return Data(got.property_type, got.format or 8, value if isinstance(value, bytes) else bytes(memoryview(value)))
