"""What a command writes that goes on while it is being read, by a thread of its own and in one order.

A terminal that was stopped (Ctrl-S) or a pipe whose reader stands still would otherwise stop the event loop, and
with it every client. Lines wait in a bounded queue; what finds no room is dropped: first come, first kept. Of the
status line the newest counts.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import Final

from asrd.cli.held_up import PATIENCE_S, has_ended
from asrd.cli.output import StatusLine, said_by_us, write_line
from asrd.errors import ConfigError

MAX_WAITING: Final = 1000


class Screen:
    """Lines on standard output and standard error, and below them a line that is overwritten.

    A context manager, whose end waits a little for the last lines, but not after a KeyboardInterrupt; see
    `asrd.cli.held_up`. It is also a stream for log handlers.
    """

    def __init__(self) -> None:
        self._status_line = StatusLine()
        self._changed = threading.Condition()
        self._lines: deque[tuple[bool, str]] = deque()  # whether it is for standard output
        self._status = ""
        self._has_new_status = self._is_writing = self._has_ended = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="screen", daemon=True)

    @property
    def is_terminal(self) -> bool:
        """Whether the status line is seen by somebody."""
        return self._status_line.is_shown

    def print(self, text: str) -> None:
        """Have text written to standard output.

        Raises:
            ConfigError: earlier text could not be.
            BrokenPipeError: the reader went away.
        """
        if self._failure is not None:
            raise self._failure
        self._add(True, text)

    def note(self, sentence: str) -> None:
        """Have a sentence for people written to standard error."""
        self._add(False, said_by_us(sentence))

    def write(self, text: str) -> None:
        """Have lines, such as those of a log handler, written to standard error as they are."""
        self._add(False, text.rstrip("\n"))

    def flush(self) -> None:
        """Wait a little until everything is written, as log handlers do in their own thread."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._is_writing or self._lines or self._has_new_status), PATIENCE_S)

    def show(self, text: str) -> None:
        """Show text instead of what was shown before, below all lines; "" for nothing."""
        with self._changed:
            self._status, self._has_new_status = text, True
            self._changed.notify_all()

    def _add(self, is_output: bool, text: str) -> None:
        with self._changed:
            has_room = len(self._lines) < MAX_WAITING
            if has_room:
                self._lines.append((is_output, text))
                self._changed.notify_all()
        if not has_room and is_output:
            logging.getLogger("asrd").warning("standard output is not read: a line was dropped")

    def __enter__(self) -> Screen:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._changed:
            self._status, self._has_new_status, self._has_ended = "", True, True
            self._changed.notify_all()
        has_ended(self._thread, 0.0 if kind is KeyboardInterrupt else PATIENCE_S)

    def _work(self) -> None:
        has_ended = False
        while not has_ended:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._lines or self._has_new_status or self._has_ended)
                lines, self._lines = self._lines, deque()
                status, has_ended = self._status, self._has_ended
                self._has_new_status, self._is_writing = False, True
            self._write(lines, status)

    def _write(self, lines: deque[tuple[bool, str]], status: str) -> None:
        with suppress(OSError, ValueError):  # nobody is there any more to be told on standard error
            if lines or not status:
                self._status_line.clear()
        for is_output, text in lines:
            if is_output:
                self._write_output(text)
            else:
                with suppress(OSError, ValueError):
                    sys.stderr.write(f"{text}\n")
                    sys.stderr.flush()
        with suppress(OSError, ValueError):
            if status:
                self._status_line.show(status, now=True)

    def _write_output(self, text: str) -> None:
        if self._failure is None:
            try:
                write_line(text)
            except (ConfigError, OSError, ValueError) as error:
                self._failure = error
