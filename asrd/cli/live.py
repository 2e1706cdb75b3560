"""Text that is still being recognised, on a terminal: the settled part bright, what may change dim."""

from __future__ import annotations

import shutil
import unicodedata
from typing import Final

from asrd.cli.output import StatusLine
from asrd.text.columns import harmless_part
from asrd.values import Hypothesis

_COLUMNS: Final = 80
_BRIGHT, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class LiveText:
    """Shows hypotheses on one line of standard error; the end of the text where it is longer than the line."""

    def __init__(self) -> None:
        self._status = StatusLine()

    def show(self, hypothesis: Hypothesis) -> None:
        """Show a hypothesis instead of the one before."""
        if self._status.is_shown:
            self._status.show(live_line(hypothesis.committed, hypothesis.tail, line_columns()), now=True)

    def __enter__(self) -> LiveText:
        return self

    def __exit__(self, *_: object) -> None:
        self._status.clear()


def line_columns() -> int:
    """How wide a line may be that is overwritten: a full one would wrap. Some terminals say that they have none."""
    return (shutil.get_terminal_size().columns or _COLUMNS) - 1


def live_line(committed: str, tail: str, columns: int) -> str:
    """The last `columns` columns of the text, with the terminal's codes for bright and dim."""
    settled, open_end = harmless_part(committed), harmless_part(tail)
    text = settled + open_end
    start = _fitting_start(text, columns)
    return f"{_BRIGHT}{settled[start:]}{_PLAIN}{_DIM}{open_end[max(0, start - len(settled)) :]}{_PLAIN}"


def _fitting_start(text: str, columns: int) -> int:
    start = len(text)
    while start > 0:
        columns -= 2 if unicodedata.east_asian_width(text[start - 1]) in "WF" else 1
        if columns < 0:
            break
        start -= 1
    return start
