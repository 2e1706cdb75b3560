"""Text for people and programs on standard output or in a file; all else on standard error."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from asrd.errors import AsrdError, ConfigError

_ERASE_LINE = "\r\x1b[K"
# What moves the cursor, changes the terminal or the direction of the text around it, or ends the line.
CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PROGRESS_EVERY_S = 0.1


def write_line(text: str) -> None:
    """Write a line to standard output, at once."""
    Output(sys.stdout, None).write(f"{text}\n")


def write_json(value: Any) -> None:
    """Write a value as one line of JSON to standard output."""
    write_line(as_json(value))


def flush_output() -> None:
    """Write what standard output still holds back.

    Raises:
        ConfigError: it cannot be written.
    """
    with refused(None):
        sys.stdout.flush()


def as_json(value: Any) -> str:
    """A value as JSON in one line."""
    return json.dumps(value, ensure_ascii=False)


def report(message: object) -> None:
    """Write one line about what went wrong to standard error."""
    sys.stderr.write(f"{said_by_us(message)}\n")
    sys.stderr.flush()


def said_by_us(message: object) -> str:
    """The line that tells a person something.

    Control characters are written as escapes: what a server or a file said must not steer the terminal.
    """
    return "asrd: " + CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(message))


class Output:
    """Where the text of a command goes."""

    def __init__(self, file: TextIO, path: Path | None) -> None:
        """`path` is named where `file` cannot be written; None for standard output."""
        self._file = file
        self._path = path
        self.is_used = False

    def write(self, text: str) -> None:
        """Write `text`, at once.

        Raises:
            ConfigError: the file cannot be written.
        """
        self.is_used = True
        with refused(self._path):
            self._file.write(text)
            self._file.flush()


@contextmanager
def open_output(path: Path | None) -> Iterator[Output]:
    """Yield the output to `path`, or to standard output if it is None.

    The file appears, or is replaced, when the block ends; if that is by an exception, or nothing was written, the file
    stays as it was.

    Raises:
        ConfigError: the file cannot be written.
    """
    if path is None:
        yield Output(sys.stdout, None)
    elif path.exists() and not path.is_file() and not path.is_dir():  # a device or a pipe
        with refused(path):
            device = path.open("w", encoding="utf-8", errors="replace")
        with device:
            yield Output(device, path)
    else:
        with _replaced(path) as output:
            yield output


@contextmanager
def _replaced(path: Path) -> Iterator[Output]:
    target = path.resolve()  # what a link points to is replaced, not the link
    if target.is_dir():
        raise ConfigError(f"{path} is a folder: give -o the name of a file")
    work = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    with refused(path):
        file = work.open("x", encoding="utf-8", errors="replace")
    try:
        with file:
            output = Output(file, path)
            yield output
        if output.is_used:
            with refused(path):
                if target.exists():
                    work.chmod(target.stat().st_mode)
                work.replace(target)
    finally:
        work.unlink(missing_ok=True)


@contextmanager
def refused(path: Path | None) -> Iterator[None]:
    """Say in a sentence why `path`, or standard output if it is None, cannot be written; a reader may go away.

    Raises:
        BrokenPipeError: the reader went away.
        ConfigError: it cannot be written.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name, remedy = (path, "choose another place with -o") if path else ("standard output", "send it elsewhere")
        raise ConfigError(f"{name} cannot be written ({error.strerror}): {remedy}") from None


class StatusLine:
    """A line on standard error, or several, overwritten again and again; nothing if that is not a terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._last_s = float("-inf")
        self._rows_above = 0

    @property
    def is_shown(self) -> bool:
        """Whether there is a terminal to show it on."""
        return self._is_shown

    def show(self, text: str, *, now: bool = False) -> None:
        """Show `text`, at most ten times a second unless `now`; each of its lines must fit into one of the terminal."""
        if not self._is_shown or (not now and time.monotonic() - self._last_s < _PROGRESS_EVERY_S):
            return
        self._last_s = time.monotonic()
        sys.stderr.write(self._erasing() + text)
        sys.stderr.flush()
        self._rows_above = text.count("\n")

    def clear(self) -> None:
        """Erase the line."""
        if self._is_shown:
            sys.stderr.write(self._erasing())
            sys.stderr.flush()
            self._rows_above = 0

    def _erasing(self) -> str:
        return f"\r\x1b[{self._rows_above}A\x1b[J" if self._rows_above else _ERASE_LINE

    def __enter__(self) -> StatusLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()


def quit_quietly() -> None:
    """After the reader of standard output went away: keep the interpreter from complaining when it ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


class Failures:
    """What went wrong with single items of a list: each is one line, and does not stop the others.

    Attributes:
        exit_code: of the first failure; 0 if there was none.
    """

    def __init__(self) -> None:
        self.exit_code = 0

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Report an error of the block instead of raising it."""
        try:
            yield
        except AsrdError as error:
            report(error)
            self.exit_code = self.exit_code or error.exit_code
