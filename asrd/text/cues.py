"""Words with times become cues: one engine for files and for text that is still coming.

The rules are the usual ones of subtitling. Line length, two lines, the gap of two frames (83 ms at 24 frames a second),
closing of small gaps, at most 7 s, breaks after punctuation and before conjunctions but not after articles: Netflix,
"Timed Text Style Guide: General Requirements" and "Subtitle Timing Guidelines". Its shortest cue is 5/6 s, others' and
ours is 1 s. Reading speed: Netflix's guides for most languages say 17 characters a second, for English 20, for Chinese
9; here characters are counted as columns, so that 17 are 8.5 Chinese ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

from asrd.text.cue_lines import LineFill, Widths, balanced_lines
from asrd.text.cue_pieces import Joint, Part, Piece, TimedText, parts_of, piece_of, to_ms

_MS_PER_S: Final = 1000
# What a forced break costs, in the same unit as a cue that is left empty by an eighth.
_COST: Final = {
    Joint.SENTENCE: 0.0,
    Joint.CLAUSE: 1.0,
    Joint.BEFORE_CONJUNCTION: 4.0,
    Joint.PLAIN: 6.0,
    Joint.AFTER_SMALL_WORD: 9.0,
    Joint.WITHIN_WORD: 12.0,
}
_COST_EMPTY: Final = 8.0
_COST_TOO_SHORT: Final = 20.0


@dataclass(frozen=True)
class Cue:
    """A subtitle: `text` of one or more lines, shown from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class CueLimits:
    """What a cue may be.

    Attributes:
        line_columns: width of a line, at least 2; a wide (Chinese, Japanese, Korean) character takes two columns.
        lines: lines in a cue.
        columns_per_s: reading speed: a cue stays so long that it need not be read faster, if the next one leaves time.
        min_s: shorter cues stay longer, or take in what follows; only speech that fills a cue in less is an exception.
        max_s: longer ones are split, and what is silence then is cut off.
        pause_s: silence that ends a cue.
        gap_s: between two cues, so that the eye notices the change; given up only for `min_s`.
        chain_s: a smaller gap than this flickers: the first cue then stays until `gap_s` before the next.
    """

    line_columns: int = 42
    lines: int = 2
    columns_per_s: float = 17.0
    min_s: float = 1.0
    max_s: float = 7.0
    pause_s: float = 0.8
    gap_s: float = 0.083
    chain_s: float = 0.5


def cues_of(words: Iterable[TimedText], limits: CueLimits = CueLimits()) -> list[Cue]:
    """Words in order of time as cues that do not overlap; times are whole milliseconds."""
    maker = CueMaker(limits)
    return [*maker.add(words), *maker.finish()]


class CueMaker:
    """Makes cues of words as they come. What it holds back is less than two cues' words, however long it goes on.

    However the words are portioned out, and whatever `heard` truly says in between, the cues are the same.
    """

    def __init__(self, limits: CueLimits = CueLimits(), free_s: float = 0.0) -> None:
        """No cue starts before `free_s`."""
        self._limits = limits
        self._free_ms = to_ms(free_s)
        self._last: Piece | None = None
        self._open: list[Piece] = []
        self._fill = LineFill(limits.line_columns)

    def add(self, words: Iterable[TimedText]) -> list[Cue]:
        """The cues that are settled by more words."""
        parts = (part for word in words for part in parts_of(word, self._limits.line_columns))
        return [cue for part in parts for cue in self._add(part)]

    def heard(self, until_s: float) -> list[Cue]:
        """The cue that is settled, if one is, by the news that no later word begins before `until_s`."""
        if not self._open:
            return []
        until_ms = to_ms(until_s)
        is_pause = until_ms - self._open[-1].end_ms >= to_ms(self._limits.pause_s)
        wanted_ms = self._wanted_end_ms(self._start_ms(), self._open[-1].end_ms, self._fill.columns)
        if not is_pause or not self._may_end(until_ms) or until_ms < wanted_ms + to_ms(self._limits.chain_s):
            return []
        return [self._close(len(self._open), until_ms)]

    def finish(self) -> list[Cue]:
        """The last cue, if there is one; after it another text may begin."""
        return [self._close(len(self._open), None)] if self._open else []

    def _add(self, part: Part) -> Iterator[Cue]:
        piece = self._last = piece_of(part, self._last)
        while self._open and (count := self._break(piece)):
            following_ms = self._open[count].start_ms if count < len(self._open) else piece.start_ms
            yield self._close(count, following_ms)
        self._open.append(piece)
        self._fill.add(piece)

    def _break(self, piece: Piece) -> int:
        """After how many of the open pieces the cue ends, now that `piece` follows; 0 if it goes on."""
        limits, before, all_of_them = self._limits, self._open[-1], len(self._open)
        is_pause = piece.start_ms - before.end_ms >= to_ms(limits.pause_s)
        if is_pause and self._may_end(piece.start_ms):
            return all_of_them
        if piece.joint is Joint.SENTENCE and self._is_readable(piece.start_ms):
            return all_of_them
        is_long = piece.end_ms - self._start_ms() > to_ms(limits.max_s)
        if is_long or self._fill.would_need(piece) > limits.lines:
            return all_of_them if is_pause else self._best_break(piece)
        return 0

    def _best_break(self, piece: Piece) -> int:
        """After how many of the open pieces the cue ends if it must."""
        row = [*self._open, piece]
        widths = Widths(row)
        whole = widths.of(0, len(self._open))

        def cost(count: int) -> float:
            empty = _COST_EMPTY * (1.0 - widths.of(0, count) / whole)
            short = 0.0 if self._may_end(row[count].start_ms) else _COST_TOO_SHORT
            return _COST[row[count].joint] + empty + short

        return min(range(len(self._open), 0, -1), key=cost)

    def _may_end(self, following_ms: int) -> bool:
        """Whether the open cue, if words of the next one begin then, would be shown for the minimum time."""
        return self._shown_ms(following_ms) >= to_ms(self._limits.min_s)

    def _is_readable(self, following_ms: int) -> bool:
        """Likewise, whether it could be read."""
        return self._may_end(following_ms) and self._shown_ms(following_ms) >= self._reading_ms(self._fill.columns)

    def _shown_ms(self, following_ms: int) -> int:
        return following_ms - to_ms(self._limits.gap_s) - self._start_ms()

    def _start_ms(self) -> int:
        return max(self._open[0].start_ms, self._free_ms)

    def _reading_ms(self, columns: int) -> int:
        return ceil(columns * _MS_PER_S / self._limits.columns_per_s)

    def _wanted_end_ms(self, start_ms: int, spoken_ms: int, columns: int) -> int:
        """When a cue ends if nothing follows."""
        shown_ms = max(to_ms(self._limits.min_s), self._reading_ms(columns))
        return min(max(spoken_ms, start_ms + shown_ms), start_ms + to_ms(self._limits.max_s))

    def _close(self, count: int, following_ms: int | None) -> Cue:
        """The first `count` open pieces as a cue; `following_ms` is when the next one's words begin."""
        pieces, start_ms = self._open[:count], self._start_ms()
        end_ms = self._wanted_end_ms(start_ms, pieces[-1].end_ms, Widths(pieces).of(0, count))
        if following_ms is not None:
            end_ms = self._before(following_ms, start_ms, end_ms)
        self._free_ms = max(end_ms, start_ms + 1)
        self._open = self._open[count:]
        self._fill = LineFill(self._limits.line_columns)
        for piece in self._open:
            self._fill.add(piece)
        text = "\n".join(balanced_lines(pieces, self._limits.line_columns))
        return Cue(start_ms / _MS_PER_S, self._free_ms / _MS_PER_S, text)

    def _before(self, following_ms: int, start_ms: int, end_ms: int) -> int:
        """The end of a cue that another one follows: up to the gap before it, the minimum time before the gap."""
        limits = self._limits
        if following_ms - end_ms >= to_ms(limits.chain_s):
            return end_ms
        chained_ms = min(following_ms - to_ms(limits.gap_s), start_ms + to_ms(limits.max_s))
        return max(chained_ms, min(following_ms, start_ms + to_ms(limits.min_s)))
