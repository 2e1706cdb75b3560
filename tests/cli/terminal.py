"""asrd on a terminal of its own, and what a person sees on it."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.commands import CHECKOUT

COLUMNS, ROWS = 80, 24
PATIENCE_S = 60
BRIGHT, DIM, PLAIN = "1", "2", "0"
_PIECE = re.compile(r"\x1b\[(\d*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")
_BEGUN = re.compile(r"\x1b(\[\d*)?\Z")


@dataclass
class Terminal:
    """Knows what asrd writes, and fails at anything else. Lines without end below each other, nothing scrolls away."""

    columns: int = COLUMNS
    rows: list[list[tuple[str, str]]] = field(default_factory=lambda: [[]])  # letters and how they are lit
    row: int = 0
    column: int = 0
    light: str = PLAIN
    begun: str = ""

    def feed(self, text: str) -> None:
        text = self.begun + text
        begun = _BEGUN.search(text)
        self.begun = begun[0] if begun else ""
        for found in _PIECE.finditer(text.removesuffix(self.begun)):
            number, code = found[1], found[2]
            if code == "m":
                assert number in (BRIGHT, DIM, PLAIN), found[0]
                self.light = number
            elif code == "K":
                del self.rows[self.row][self.column :]
            elif code == "J":
                del self.rows[self.row + 1 :]
                del self.rows[self.row][self.column :]
            elif code == "A":
                self.row -= int(number)
                assert self.row >= 0
            elif found[0] == "\r":
                self.column = 0
            elif found[0] == "\n":
                self._next_row()
            else:
                assert code is None, found[0]
                for letter in found[0]:
                    self._put(letter)

    def text(self) -> list[str]:
        """The lines, without blanks at their ends."""
        return ["".join(letter for letter, _ in row).rstrip() for row in self.rows]

    def lit(self, light: str) -> str:
        """All letters that are lit so."""
        return "".join(letter for row in self.rows for letter, lit in row if lit == light)

    def _put(self, letter: str) -> None:
        if self.column == self.columns:
            self._next_row()
            self.column = 0
        row = self.rows[self.row]
        row[self.column : self.column + 1] = [(letter, self.light)]
        self.column += 1

    def _next_row(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])


@dataclass
class Shown:
    """How a command ended on a terminal.

    Attributes:
        frames: the lines after everything that was written at once.
        bright: what was bright in each of them.
        dim: what was dim.
        code: its exit code.
    """

    frames: list[list[str]]
    bright: list[str]
    dim: list[str]
    code: int | None = None

    @property
    def last(self) -> list[str]:
        return [line for line in self.frames[-1] if line]


def on_terminal(
    *args: str | Path,
    environment: Mapping[str, str] | None = None,
    columns: int = COLUMNS,
    interrupt_at: Callable[[list[str]], bool] = lambda lines: False,
) -> Shown:
    """Run asrd with all of its streams on a terminal; Ctrl-C comes when `interrupt_at` finds it time."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    found = {name: value for name, value in os.environ.items() if not name.startswith("ASRD_")}
    terminal, shown = Terminal(columns), Shown([], [], [])
    decoder, is_interrupted = codecs.getincrementaldecoder("utf-8")(), False
    process = subprocess.Popen(
        [sys.executable, "-m", "asrd", *map(str, args)],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        env=found | {"PYTHONPATH": str(CHECKOUT), "TERM": "xterm"} | dict(environment or {}),
    )
    os.close(follower)
    try:
        while data := _read(leader):
            terminal.feed(decoder.decode(data))
            shown.frames.append(terminal.text())
            shown.bright.append(terminal.lit(BRIGHT))
            shown.dim.append(terminal.lit(DIM))
            if not is_interrupted and interrupt_at(shown.frames[-1]):
                is_interrupted = True
                process.send_signal(signal.SIGINT)
        shown.code = process.wait(PATIENCE_S)
    finally:
        process.kill()
        process.wait()
        os.close(leader)
    return shown


def _read(leader: int) -> bytes:
    """What was written; nothing at the end."""
    if not select.select([leader], [], [], PATIENCE_S)[0]:
        return b""
    try:
        return os.read(leader, 65_536)
    except OSError:  # the other side was closed
        return b""
