"""What waits for the hands: messages between the connection's thread and the one that types. Bounded.

An injector may block, since a modifier key is held or a window is slow. Meanwhile a newer partial replaces the older
one of its utterance, and a final all of its partials; a newer status replaces the last. When `limit` others wait, what
comes is not taken: that is minutes of speech that nobody saw typed. It is counted and told.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Final

from asrd_clients.rules.interface import Rules

Item = dict[str, Any] | Rules
LIMIT: Final = 500
_HEARD: Final = frozenset({"hello", "status", "partial", "final", "dropped", "missed", "closed"})
_ENDS: Final = frozenset({"final", "dropped", "missed"})


class Inbox:
    """For one thread that puts and one that takes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._is_finished = self._is_closed = False
        self._refused = 0

    def put(self, item: Item) -> None:
        """Append a message, or rules that hold for what follows. Never waits."""
        with self._changed:
            if isinstance(item, dict) and item.get("type") not in _HEARD:
                return
            self._drop_stale(item)
            if len(self._items) >= self._limit:
                self._refused += isinstance(item, dict) and item["type"] == "final"
                return
            self._items.append(item)
            self._changed.notify_all()

    def take(self) -> Item | None:
        """The oldest; waits for one. None after `close`, whatever waits, and after `finish` when nothing does."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._is_finished or self._is_closed)
            return None if self._is_closed or not self._items else self._items.popleft()

    def pause(self, seconds: float) -> bool:
        """Wait so long; returns at once, and False, after `close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed, seconds)
            return not self._is_closed

    def take_refused(self) -> int:
        """How many finals found no room since the last question."""
        with self._changed:
            refused, self._refused = self._refused, 0
            return refused

    def finish(self) -> None:
        """Nothing more comes; what waits is still to be typed."""
        with self._changed:
            self._is_finished = True
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more is to be typed."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _drop_stale(self, item: Item) -> None:
        if not isinstance(item, dict):
            return
        if item["type"] == "partial" or item["type"] in _ENDS:
            self._drop("partial", item.get("utterance"))
        elif item["type"] == "status":
            self._drop("status", None)

    def _drop(self, kind: str, utterance: object) -> None:
        """Take out what waits of this kind, and of this utterance, since the last greeting."""
        for position in range(len(self._items) - 1, -1, -1):
            other = self._items[position]
            if not isinstance(other, dict):
                continue
            if other["type"] == "hello":
                return
            if other["type"] == kind and other.get("utterance") == utterance:
                del self._items[position]
                return
