"""Subtitles: words with times become cues, cues become SubRip or WebVTT text.

Sources: the SubRip format as players read it; WebVTT (W3C); for lengths and durations the usual practice of
subtitling (two lines of 42 columns, about 1 to 7 s).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from asrd.text.units import join_texts, split_units
from asrd.values import Word

_SENTENCE_ENDS: Final = ".!?…。！？｡"
_CLAUSE_ENDS: Final = ",;:،、，；："
_CLOSERS: Final = "\"'”’»)]」』）】"
_MS_PER_S: Final = 1000


@dataclass(frozen=True)
class Cue:
    """A subtitle: `text` of one or more lines, shown from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class TimedText:
    """A word, or any piece of text, and when it was spoken, in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class CueLimits:
    """What a cue may be.

    Attributes:
        line_columns: width of a line; a wide (Chinese, Japanese, Korean) character takes two columns.
        lines: lines in a cue.
        min_s: shorter cues stay longer, unless the next one comes.
        max_s: longer ones are split.
        pause_s: silence that ends a cue.
    """

    line_columns: int = 42
    lines: int = 2
    min_s: float = 1.0
    max_s: float = 7.0
    pause_s: float = 0.8


def timed_words(words: Iterable[Word]) -> list[TimedText]:
    """A hypothesis's words as timed text."""
    return [TimedText(word.text, word.start_s, word.end_s) for word in words]


def spread(text: str, start_s: float, end_s: float) -> list[TimedText]:
    """The words of `text`, whose own times are not known, over a span: each as long as its share of the characters."""
    units = [unit.strip() for unit in split_units(text) if unit.strip()]
    total = sum(map(len, units))
    spread_units, done = [], 0
    for unit in units:
        first, last = (start_s + (end_s - start_s) * n / total for n in (done, done + len(unit)))
        spread_units.append(TimedText(unit, first, last))
        done += len(unit)
    return spread_units


def cues_of(words: Sequence[TimedText], limits: CueLimits = CueLimits()) -> list[Cue]:
    """Words in order of time as cues that do not overlap; times are whole milliseconds."""
    pieces = [piece for word in words if word.text.strip() for piece in _pieces(word, limits)]
    groups: list[list[_Piece]] = []
    while pieces:
        count = _first_cue(pieces, limits)
        groups.append(pieces[:count])
        pieces = pieces[count:]
    return _timed(groups, limits)


def to_srt(cues: Iterable[Cue]) -> str:
    """The cues as a SubRip file."""
    blocks: list[str] = []
    for cue in cues:
        # SubRip has no escapes; an arrow would be read as a time line.
        if text := _lines(cue.text).replace("-->", "->"):
            span = f"{_timestamp(cue.start_s, ',')} --> {_timestamp(cue.end_s, ',')}"
            blocks.append(f"{len(blocks) + 1}\n{span}\n{text}\n")
    return "\n".join(blocks)


def to_vtt(cues: Iterable[Cue]) -> str:
    """The cues as a WebVTT file."""
    blocks = ["WEBVTT\n"]
    for cue in cues:
        if text := _lines(cue.text):
            span = f"{_timestamp(cue.start_s, '.')} --> {_timestamp(cue.end_s, '.')}"
            escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            blocks.append(f"{span}\n{escaped}\n")
    return "\n".join(blocks)


@dataclass(frozen=True)
class _Piece:
    text: str
    start_s: float
    end_s: float
    is_glued: bool  # the rest of a word that was cut: no space before it


def _pieces(word: TimedText, limits: CueLimits) -> list[_Piece]:
    """The word, in several pieces if it is wider than a line."""
    text = " ".join(word.text.split())
    parts = []
    while _columns(text) > limits.line_columns:
        cut = next(n for n in range(len(text), 0, -1) if _columns(text[:n]) <= limits.line_columns or n == 1)
        parts.append(text[:cut])
        text = text[cut:]
    parts.append(text)
    total = sum(map(len, parts)) or 1
    pieces, done = [], 0
    for index, part in enumerate(parts):
        first, last = (
            word.start_s + (word.end_s - word.start_s) * n / total if n < total else word.end_s
            for n in (done, done + len(part))
        )
        pieces.append(_Piece(part, first, last, index > 0))
        done += len(part)
    return pieces


def _first_cue(pieces: Sequence[_Piece], limits: CueLimits) -> int:
    """How many pieces the first cue takes."""
    start_s = pieces[0].start_s
    for count in range(1, len(pieces)):
        before, after = pieces[count - 1], pieces[count]
        if after.start_s - before.end_s >= limits.pause_s:
            return count
        if _ends_with(before, _SENTENCE_ENDS) and before.end_s - start_s >= limits.min_s:
            return count
        if after.end_s - start_s > limits.max_s or _fill(pieces[: count + 1], limits) is None:
            return _back_to_clause(pieces, count)
    return len(pieces)


def _back_to_clause(pieces: Sequence[_Piece], count: int) -> int:
    """Of at most `count` pieces, how many to take: up to the last end of a clause in their second half, if any."""
    for fewer in range(count, count // 2, -1):
        if _ends_with(pieces[fewer - 1], _SENTENCE_ENDS + _CLAUSE_ENDS):
            return fewer
    return count


def _fill(pieces: Sequence[_Piece], limits: CueLimits) -> list[str] | None:
    """The pieces in full lines, or None if there are too few lines."""
    lines = [pieces[0].text]
    for piece in pieces[1:]:
        longer = _join(lines[-1], piece)
        if _columns(longer) <= limits.line_columns:
            lines[-1] = longer
        else:
            lines.append(piece.text)
    return lines if len(lines) <= limits.lines else None


def _balanced(pieces: Sequence[_Piece], limits: CueLimits) -> str:
    """The pieces of a cue in as few lines as they need; two lines break after a clause, or near the middle."""
    lines = _fill(pieces, limits) or [_text(pieces)]
    if len(lines) != 2:
        return "\n".join(lines)
    breaks = []
    for count in range(1, len(pieces)):
        first, second = _text(pieces[:count]), _text(pieces[count:])
        widths = _columns(first), _columns(second)
        if max(widths) <= limits.line_columns:
            bonus = limits.line_columns // 2 if _ends_with(pieces[count - 1], _SENTENCE_ENDS + _CLAUSE_ENDS) else 0
            breaks.append((abs(widths[0] - widths[1]) - bonus, f"{first}\n{second}"))
    return min(breaks)[1]


def _timed(groups: Sequence[Sequence[_Piece]], limits: CueLimits) -> list[Cue]:
    cues: list[Cue] = []
    free_ms = 0  # nothing may start before
    starts_ms = [_ms(group[0].start_s) for group in groups]
    for index, group in enumerate(groups):
        start_ms = max(starts_ms[index], free_ms)
        spoken_ms = min(_ms(group[-1].end_s), start_ms + _ms(limits.max_s))
        end_ms = max(spoken_ms, start_ms + _ms(limits.min_s))
        if index + 1 < len(groups):
            end_ms = min(end_ms, starts_ms[index + 1])
        end_ms = max(end_ms, start_ms + 1)
        cues.append(Cue(start_ms / _MS_PER_S, end_ms / _MS_PER_S, _balanced(group, limits)))
        free_ms = end_ms
    return cues


def _text(pieces: Sequence[_Piece]) -> str:
    text = ""
    for piece in pieces:
        text = _join(text, piece)
    return text


def _join(text: str, piece: _Piece) -> str:
    return text + piece.text if piece.is_glued else join_texts(text, piece.text)


def _ends_with(piece: _Piece, characters: str) -> bool:
    return piece.text.rstrip(_CLOSERS).endswith(tuple(characters))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _lines(text: str) -> str:
    """The text without the blank lines that would end a cue."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _ms(seconds: float) -> int:
    return round(seconds * _MS_PER_S)


def _timestamp(seconds: float, mark: str) -> str:
    minutes, ms = divmod(max(0, _ms(seconds)), 60 * _MS_PER_S)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{ms // _MS_PER_S:02d}{mark}{ms % _MS_PER_S:03d}"
