"""Threads that others may hold up: a reader who stands still, a native library that hangs.

The interpreter would wait at its end for such a thread, or for a lock that it holds; `asrd.cli.main` ends without that.
"""

from __future__ import annotations

import threading
from typing import Final

PATIENCE_S: Final = 2.0
_waited_for: list[threading.Thread] = []


def has_ended(thread: threading.Thread, limit_s: float = PATIENCE_S) -> bool:
    """Whether a thread, one that may be left behind (a daemon), ends within so many seconds."""
    _waited_for[:] = [one for one in _waited_for if one.is_alive()]
    _waited_for.append(thread)  # before waiting: a signal may end that
    thread.join(limit_s)
    return not thread.is_alive()


def is_held_up() -> bool:
    """Whether a thread that was waited for still goes on."""
    return any(thread.is_alive() for thread in _waited_for)
