"""Logging that a stalled reader cannot hold up: in a thread of its own, through a bounded queue.

See `asrd.cli.screen`. What finds no room in the queue is dropped: first come, first kept.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler
from typing import Final

from asrd.cli.screen import Screen

_MAX_WAITING: Final = 1000
_FLUSH_S: Final = 2.0


class _Queued(QueueHandler):
    """Drops what finds no room."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


@contextmanager
def logging_apart(screen: Screen) -> Iterator[None]:
    """While the block lasts, all handlers of the root logger work in a thread of their own.

    On a terminal those of standard error write to `screen`, which keeps lines apart from what is overwritten.
    """
    root = logging.getLogger()
    handlers = list(root.handlers)
    moved = [one for one in handlers if isinstance(one, logging.StreamHandler) and one.stream is sys.stderr]
    moved = moved if screen.is_terminal else []
    for handler in moved:
        handler.setStream(screen)
    waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(_MAX_WAITING)

    def write() -> None:
        while (record := waiting.get()) is not None:
            for handler in handlers:
                if record.levelno >= handler.level:
                    handler.handle(record)

    thread = threading.Thread(target=write, name="log", daemon=True)
    thread.start()
    root.handlers = [_Queued(waiting)]
    try:
        yield
    finally:
        root.handlers = handlers
        try:
            waiting.put(None, timeout=_FLUSH_S)
            thread.join(_FLUSH_S)
        except queue.Full:
            pass  # whoever reads it stands still
        for handler in moved:
            handler.setStream(sys.stderr)
