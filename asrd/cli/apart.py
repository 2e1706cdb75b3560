"""Standard error that native libraries cannot silence, and logging that a stalled reader cannot hold up.

The latter is done in a thread of its own, through a bounded queue.

See `asrd.cli.screen`. What finds no room in the queue is dropped: first come, first kept. At the end it is waited for a
little; see `asrd.cli.held_up`.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import QueueHandler
from typing import Final, TextIO

from asrd.cli.held_up import PATIENCE_S, has_ended, is_held_up
from asrd.cli.screen import Screen

_MAX_WAITING: Final = 1000


class _Queued(QueueHandler):
    """Drops what finds no room."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


@contextmanager
def stderr_apart() -> Iterator[None]:
    """While the block lasts, what Python writes to standard error has a descriptor of its own.

    A microphone that opens meanwhile silences the other one: see `asrd.source.quiet`.
    """
    shared = sys.stderr
    try:
        descriptor = os.dup(shared.fileno())
    except (OSError, ValueError):  # it is no file, or closed
        yield
        return
    own = open(descriptor, "w", buffering=1, encoding=shared.encoding, errors=shared.errors)  # noqa: SIM115, PTH123
    _write_to(own)
    try:
        yield
    finally:
        if not is_held_up():  # by whoever reads it, perhaps: closing it would wait
            _write_to(shared)
            own.close()


def _write_to(stream: TextIO) -> None:
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
            handler.setStream(stream)
    sys.stderr = stream


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
    queued: list[logging.Handler] = [_Queued(waiting)]
    root.handlers = queued
    try:
        yield
    finally:
        root.handlers = handlers
        with suppress(queue.Full):
            waiting.put(None, timeout=PATIENCE_S)
        if has_ended(thread):
            for handler in moved:
                handler.setStream(sys.stderr)
        else:  # whoever reads it stands still: nobody else may wait for the handlers
            root.handlers = queued
