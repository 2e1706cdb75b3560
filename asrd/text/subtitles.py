"""Subtitles as text: cues in the formats SubRip and WebVTT, each block as it stands in a file.

Sources: the SubRip format as players read it; WebVTT (W3C). What a player would obey is replaced: SubRip has no
escapes, and players honour tags like those of HTML and override codes of SubStation in braces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from asrd.text.columns import harmless
from asrd.text.cue_pieces import TimedText, to_ms
from asrd.text.cues import Cue, CueLimits, CueMaker, cues_of
from asrd.text.units import split_units
from asrd.values import Word

__all__ = [
    "VTT_HEADER",
    "Cue",
    "CueLimits",
    "CueMaker",
    "TimedText",
    "cues_of",
    "spread",
    "srt_block",
    "timed_words",
    "to_srt",
    "to_vtt",
    "vtt_block",
]

VTT_HEADER: Final = "WEBVTT\n"
_MS_PER_S: Final = 1000
# As wide as what they stand for, and like it to the eye.
_SRT_LOOKALIKES: Final = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "∖"})
_SRT_TIME: Final = re.compile(r"\d:\d{1,2}:\d{1,2}[.,]\d")  # some readers take any line with two of these for a cue's
_VTT_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_RIGHT_TO_LEFT: Final = ("R", "AL")
_RIGHT_TO_LEFT_MARK: Final = "\u200f"


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


def to_srt(cues: Iterable[Cue]) -> str:
    """The cues as a SubRip file."""
    blocks: list[str] = []
    for cue in cues:
        if block := srt_block(len(blocks) + 1, cue):
            blocks.append(block)
    return "\n".join(blocks)


def to_vtt(cues: Iterable[Cue]) -> str:
    """The cues as a WebVTT file."""
    return "\n".join([VTT_HEADER, *filter(None, map(vtt_block, cues))])


def srt_block(number: int, cue: Cue) -> str:
    """A cue as a block of SubRip, an empty line to come before it unless it is the first; "" if it has no text."""
    text = _SRT_TIME.sub(lambda found: found[0].replace(":", "∶"), _lines(cue.text).translate(_SRT_LOOKALIKES))
    return f"{number}\n{_stamp(cue.start_s, ',')} --> {_stamp(cue.end_s, ',')}\n{text}\n" if text else ""


def vtt_block(cue: Cue) -> str:
    """A cue as a block of WebVTT, an empty line to come before it; "" if it has no text."""
    text = _lines(cue.text).translate(_VTT_ESCAPES)
    return f"{_stamp(cue.start_s, '.')} --> {_stamp(cue.end_s, '.')}\n{text}\n" if text else ""


def _lines(text: str) -> str:
    """The text without what would end a cue or steer a player; lines from right to left are marked as such."""
    lines = [line for line in map(harmless, text.split("\n")) if line]
    letters = [_is_right_to_left(character) for character in text if _is_strong(character)]
    return "\n".join(map(_marked, lines) if 2 * sum(letters) > len(letters) else lines)


def _marked(line: str) -> str:
    """The line with a right-to-left mark where it begins or ends with anything but such a letter.

    Players take a line's direction from its first letter, or set every line from left to right: either way the full
    stop of an Arabic line would be on the wrong side. Isolates would do, too, but fewer players know them.
    """
    before = "" if _is_right_to_left(line[0]) else _RIGHT_TO_LEFT_MARK
    after = "" if _is_right_to_left(line[-1]) else _RIGHT_TO_LEFT_MARK
    return f"{before}{line}{after}"


def _is_strong(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("L", *_RIGHT_TO_LEFT)


def _is_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def _stamp(seconds: float, mark: str) -> str:
    minutes, ms = divmod(max(0, to_ms(seconds)), 60 * _MS_PER_S)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{ms // _MS_PER_S:02d}{mark}{ms % _MS_PER_S:03d}"
