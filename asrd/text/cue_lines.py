"""The lines of a cue: as few as it needs, of about the same width, broken where readers do not stumble."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Final

from asrd.text.cue_pieces import Joint, Piece, joined

_COST: Final = {
    Joint.SENTENCE: 0,
    Joint.CLAUSE: 0,
    Joint.BEFORE_CONJUNCTION: 14,
    Joint.PLAIN: 21,
    Joint.AFTER_SMALL_WORD: 32,
    Joint.WITHIN_WORD: 60,
}
_NEVER: Final = 1 << 40


class Widths:
    """How wide any run of neighbouring pieces is, without joining them."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._ends = [0, *accumulate(piece.space + piece.columns for piece in pieces)]
        self._pieces = pieces

    def of(self, first: int, end: int) -> int:
        """Columns of pieces `first` to `end`, the latter excluded; there is at least one."""
        return self._ends[end] - self._ends[first] - self._pieces[first].space


class LineFill:
    """How pieces that come one after the other fill the lines of a cue, each as full as it can be.

    Attributes:
        lines: so far.
        columns: of all pieces, were they in one line.
    """

    def __init__(self, line_columns: int) -> None:
        self._line_columns = line_columns
        self._used = 0
        self.lines = 0
        self.columns = 0

    def would_need(self, piece: Piece) -> int:
        """Lines with one more piece."""
        return self.lines + (0 if self._fits(piece) else 1)

    def add(self, piece: Piece) -> None:
        """Put it into the line, or begin another."""
        if self._fits(piece):
            self._used += piece.space + piece.columns
        else:
            self.lines += 1
            self._used = piece.columns
        self.columns += piece.columns + (piece.space if self.columns else 0)

    def _fits(self, piece: Piece) -> bool:
        return self.lines > 0 and self._used + piece.space + piece.columns <= self._line_columns


def balanced_lines(pieces: Sequence[Piece], line_columns: int) -> list[str]:
    """The pieces of a cue in as few lines as they need: the breaks that cost least, of width and of sense."""
    fill = LineFill(line_columns)
    for piece in pieces:
        fill.add(piece)
    if fill.lines == 1:
        return [joined(pieces)]
    widths = Widths(pieces)
    even = widths.of(0, len(pieces)) / fill.lines

    @cache
    def best(first: int, lines: int) -> tuple[float, tuple[int, ...]]:
        """Least cost of pieces from `first` on in so many lines, and where the lines end."""
        if lines == 1:
            width = widths.of(first, len(pieces))
            return (abs(width - even) if width <= line_columns else _NEVER), (len(pieces),)
        found: tuple[float, tuple[int, ...]] = (_NEVER, ())
        for end in range(first + 1, len(pieces) - lines + 2):
            width = widths.of(first, end)
            if width > line_columns:
                break
            rest, ends = best(end, lines - 1)
            found = min(found, (abs(width - even) + _COST[pieces[end].joint] + rest, (end, *ends)))
        return found

    lines, begin = [], 0
    for end in best(0, fill.lines)[1]:
        lines.append(joined(pieces[begin:end]))
        begin = end
    return lines
