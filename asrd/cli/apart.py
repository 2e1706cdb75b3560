"""Writing that a stalled reader cannot hold up: in threads of their own, through bounded queues.

A terminal that was stopped (Ctrl-S) or a pipe whose reader stands still would otherwise stop the event loop, and
with it every client. What finds no room in a queue is dropped: lines first come, first kept.
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

_MAX_WAITING: Final = 1000
_FLUSH_S: Final = 2.0


class LinePrinter:
    """Writes lines to standard output; a context manager, whose end waits a little for the last lines."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue(_MAX_WAITING)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._write, name="standard-output", daemon=True)

    def print(self, line: str) -> None:
        """Have a line written.

        Raises:
            OSError: an earlier one could not be, as when the reader went away (BrokenPipeError).
        """
        if self._failure is not None:
            raise self._failure
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            logging.getLogger("asrd").warning("standard output is not read: a line was dropped")

    def __enter__(self) -> LinePrinter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._lines.put(None, timeout=_FLUSH_S)
        except queue.Full:
            return
        self._thread.join(_FLUSH_S)

    def _write(self) -> None:
        try:
            while (line := self._lines.get()) is not None:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        except (OSError, ValueError) as error:
            self._failure = error


class _Queued(QueueHandler):
    """Drops what finds no room."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


@contextmanager
def logging_apart() -> Iterator[None]:
    """While the block lasts, all handlers of the root logger work in a thread of their own."""
    root = logging.getLogger()
    handlers = list(root.handlers)
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
