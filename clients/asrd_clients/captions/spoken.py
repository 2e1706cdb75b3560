"""What an utterance says and when, out of a `final` of the protocol: believed only as far as it makes sense."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from asrd.text.subtitles import TimedText, spread

Message = Mapping[str, Any]
_MAX_S: Final = 1e8  # three years: no session is as old


@dataclass(frozen=True)
class Spoken:
    """An utterance.

    Attributes:
        utterance: its number in the session.
        text: all of it.
        language: the model's name of the language, or "".
        start_s: when it begins.
        end_s: when it ends.
        words: its words and their times, in their order.
        has_times: whether the times are known; else the words are spread over the utterance.
    """

    utterance: int
    text: str
    language: str
    start_s: float
    end_s: float
    words: tuple[TimedText, ...]
    has_times: bool

    def moved(self, at: Callable[[float], float]) -> Spoken:
        """The same on another clock."""
        words = tuple(TimedText(word.text, at(word.start_s), at(word.end_s)) for word in self.words)
        return replace(self, start_s=at(self.start_s), end_s=at(self.end_s), words=words)


def spoken_of(final: Message) -> Spoken | None:
    """The utterance of a final; None if it has no text.

    The words are those of the message where they have times within reason and are the text.
    """
    text = str(final.get("text", ""))
    if not text.strip():
        return None
    start_s = seconds(final.get("start")) or 0.0
    end_s = max(start_s, seconds(final.get("end")) or 0.0)
    words = _timed(final.get("words"))
    has_times = "".join("".join(word.text.split()) for word in words) == "".join(text.split())
    return Spoken(
        utterance=number(final.get("utterance")),
        text=text,
        language=str(final.get("language", "")),
        start_s=start_s,
        end_s=end_s,
        words=tuple(words if has_times else spread(text, start_s, end_s)),
        has_times=has_times,
    )


def seconds(value: object) -> float | None:
    """A time of the protocol, or None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= _MAX_S else None


def number(value: object) -> int:
    """An utterance's number; 0 if it is none."""
    return value if isinstance(value, int) and value > 0 else 0


def _timed(words: object) -> list[TimedText]:
    """The words of a message; none if anything is wrong with any of them."""
    found: list[TimedText] = []
    for word in words if isinstance(words, list) else []:
        start_s, end_s = (seconds(word.get(name)) if isinstance(word, Mapping) else None for name in ("start", "end"))
        if start_s is None or end_s is None:
            return []
        found.append(TimedText(str(word.get("word", "")), start_s, max(start_s, end_s)))
    return found
