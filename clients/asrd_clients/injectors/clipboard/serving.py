"""Hands data of a selection to the programs that ask for it.

Source: Inter-Client Communication Conventions Manual, section 2.2 (what the owner does), 2.7.2 (INCR properties).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from Xlib import X
from Xlib.protocol import event as events

from asrd_clients.injectors.clipboard.contents import Contents, Data

_PART: Final = 64 << 10  # bytes that go in one property
_MAX_TRANSFERS: Final = 16  # at a time; another is refused
_INTEGER, _ATOM = 19, 4  # predefined atoms


class Server:
    """Answers requests; long data goes in parts, as the other side fetches them."""

    def __init__(self, display: Any, served: Callable[[int, int], None]) -> None:
        """`served(window, target)` is told when somebody has got data."""
        self._display = display
        self._served = served
        self._targets, self._timestamp, self._multiple, self._incr, self._pair = (
            display.get_atom(name) for name in ("TARGETS", "TIMESTAMP", "MULTIPLE", "INCR", "ATOM_PAIR")
        )
        self._transfers: dict[tuple[int, int], tuple[Any, int, Data, int]] = {}

    def answer(self, request: Any, contents: Contents, since: int) -> None:
        """Answer a SelectionRequest; `since`: the time at which the selection became ours."""
        place = request.property or request.target  # old programs name no property
        if request.target == self._multiple:
            is_done = self._answer_many(request.requestor, place, contents, since)
        else:
            is_done = self._put(request.requestor, place, request.target, contents, since)
        request.requestor.send_event(
            events.SelectionNotify(
                time=request.time,
                requestor=request.requestor,
                selection=request.selection,
                target=request.target,
                property=place if is_done else X.NONE,
            )
        )

    def go_on(self, event: Any) -> bool:
        """Send the next part if a PropertyNotify says that the last was fetched; whether it was about that."""
        key = (event.window.id, event.atom)
        if event.state != X.PropertyDelete or key not in self._transfers:
            return False
        window, target, data, at = self._transfers[key]
        part = data.value[at : at + _PART]
        window.change_property(event.atom, data.type, data.format, part)
        if part:
            self._transfers[key] = (window, target, data, at + len(part))
        else:
            del self._transfers[key]
            self._served(window.id, target)
        return True

    def _put(self, window: Any, place: int, target: int, contents: Contents, since: int) -> bool:
        if target == self._targets:
            offered = [self._targets, self._timestamp, self._multiple, *contents]
            window.change_property(place, _ATOM, 32, struct.pack(f"={len(offered)}I", *offered))
            return True
        if target == self._timestamp:
            window.change_property(place, _INTEGER, 32, struct.pack("=I", since))
            return True
        data = contents.get(target)
        if data is None:
            return False
        if len(data.value) > _PART:
            return self._begin(window, place, target, data)
        window.change_property(place, data.type, data.format, data.value)
        self._served(window.id, target)
        return True

    def _begin(self, window: Any, place: int, target: int, data: Data) -> bool:
        if len(self._transfers) >= _MAX_TRANSFERS:
            self._transfers.pop(next(iter(self._transfers)))  # whoever began first and does not fetch on
        window.change_attributes(event_mask=X.PropertyChangeMask)
        window.change_property(place, self._incr, 32, struct.pack("=I", len(data.value)))
        self._transfers[window.id, place] = (window, target, data, 0)
        return True

    def _answer_many(self, window: Any, place: int, contents: Contents, since: int) -> bool:
        pairs = window.get_full_property(place, X.AnyPropertyType)
        if pairs is None or pairs.format != 32:
            return False
        atoms = list(pairs.value)
        for at in range(0, len(atoms) - 1, 2):
            if not self._put(window, atoms[at + 1], atoms[at], contents, since):
                atoms[at + 1] = X.NONE
        window.change_property(place, self._pair, 32, struct.pack(f"={len(atoms)}I", *atoms))
        return True
