"""Text that is still being recognised, on a terminal: the settled part bright, what may change dim."""

from __future__ import annotations

import re
import shutil
import sys
from typing import Final

from asrd.cli.output import StatusLine
from asrd.text.columns import columns as width_of
from asrd.text.columns import cut_to_columns, harmless_part
from asrd.values import Hypothesis

_COLUMNS, _ROWS = 80, 24
_BRIGHT, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_WORD: Final = re.compile(r"\S+\s*|\s+")


class LiveText:
    """Shows hypotheses on standard error, each in the place of the one before."""

    def __init__(self) -> None:
        self._status = StatusLine()

    def show(self, hypothesis: Hypothesis) -> None:
        """Show a hypothesis instead of the one before."""
        if self._status.is_shown:
            self._status.show(live_text(hypothesis.committed, hypothesis.tail), now=True)

    def __enter__(self) -> LiveText:
        return self

    def __exit__(self, *_: object) -> None:
        self._status.clear()


def line_columns() -> int:
    """How wide a line may be that is overwritten: a full one would wrap. Some terminals say that they have none."""
    return (shutil.get_terminal_size((_COLUMNS, _ROWS)).columns or _COLUMNS) - 1


def live_text(committed: str, tail: str) -> str:
    """The text in lines that fit into the terminal, with its codes for bright and dim; the last ones if it is long."""
    rows = shutil.get_terminal_size((_COLUMNS, _ROWS)).lines or _ROWS
    return "\n".join(live_lines(committed, tail, line_columns(), rows - 1))


def dim(text: str) -> str:
    """Text that is no result, such as what goes on."""
    return _lit(_DIM, text)


def text_lines(text: str) -> str:
    """Finished text for standard output: on a terminal in the lines in which it was seen to grow, else in one."""
    if not sys.stdout.isatty():
        return text
    return "\n".join(line.rstrip() for line in wrapped(text, line_columns()))


def live_lines(committed: str, tail: str, columns: int, rows: int) -> list[str]:
    """The last `rows` lines of the text, at least one, each of at most `columns` columns, at least 2."""
    settled = harmless_part(committed)
    text = settled + harmless_part(tail)
    shown, begin = [], 0
    for line in wrapped(text, columns):
        end = begin + len(line.rstrip())
        middle = min(max(begin, len(settled)), end)
        shown.append(_lit(_BRIGHT, text[begin:middle]) + _lit(_DIM, text[middle:end]))
        begin += len(line)
    return shown[-max(1, rows) :]


def wrapped(text: str, columns: int) -> list[str]:
    """The text in parts that fit into so many columns, blanks at their ends aside; cut between words where possible."""
    lines = [""]
    for word in _WORD.findall(text):
        letters = word.rstrip()
        if width_of(lines[-1] + letters) <= columns:
            lines[-1] += word
        else:
            parts = cut_to_columns(letters, max(2, columns))
            parts[-1] += word[len(letters) :]
            lines = [*lines, *parts] if lines[-1] else parts
    return lines


def _lit(code: str, text: str) -> str:
    return f"{code}{text}{_PLAIN}" if text else ""
