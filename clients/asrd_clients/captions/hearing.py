"""When words were said, told from how the text grew.

A final's word times are those of the pass that first had a word in its last form: a correction makes all words behind
it late, by seconds. Better is what the partials tell: at each `end`, so many characters had been said. Measured with
nano on read speech, 94 first words of sentences within utterances, played in real time: 0.27 s off on average, against
1.3 s of the words' own times and 0.48 s of an even spread. The model writes a word shortly before it is said out, which
is what `_AHEAD_S` is. An utterance begins with what was heard before its onset, and ends with a pad.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from asrd.text.subtitles import TimedText, spread
from asrd_clients.captions.spoken import Spoken

_AHEAD_S: Final = 0.2
_PREROLL_S: Final = 0.4
_PAD_S: Final = 0.2
_MOST_SHARE: Final = 0.25  # of an utterance, for either of them
_FEWEST: Final = 2  # partials
_MAX_UTTERANCES: Final = 32
_MAX_POINTS: Final = 5_000  # per utterance; later partials are not needed
_FASTEST_PER_S: Final = 40.0  # characters: no one speaks so fast
_LONGEST_PAUSE_S: Final = 1.0  # a longer one would have ended the utterance


class Hearing:
    """Follows the partials of the utterances that have not ended."""

    def __init__(self) -> None:
        self._heard: OrderedDict[int, list[tuple[float, int]]] = OrderedDict()
        self._last_end_s = -1.0

    def forget(self) -> None:
        """Utterances count anew."""
        self._heard.clear()
        self._last_end_s = -1.0

    def partial(self, utterance: int, end_s: float, text: str) -> None:
        """Up to `end_s`, so much was said."""
        points = self._heard.setdefault(utterance, [])
        if len(points) < _MAX_POINTS:
            points.append((end_s, _length(text)))
        if len(self._heard) > _MAX_UTTERANCES:
            self._heard.popitem(last=False)

    def ended(self, spoken: Spoken) -> Spoken:
        """The utterance with the best word times that are known."""
        points = self._heard.pop(spoken.utterance, [])
        words = spoken.words if spoken.has_times else spread(spoken.text, spoken.start_s, spoken.end_s)
        start_s, end_s = self._speech(spoken)
        self._last_end_s = spoken.end_s
        if len(points) >= _FEWEST:
            return replace(spoken, words=_along(words, _growth(points, words, start_s, end_s)), has_times=True)
        if spoken.has_times and _is_natural(words):
            return replace(spoken, words=_within(words, start_s, end_s))
        return replace(spoken, words=tuple(spread(spoken.text, start_s, end_s)), has_times=False)

    def _speech(self, spoken: Spoken) -> tuple[float, float]:
        """From when to when there is speech in the utterance; one that goes on from the last has no pre-roll."""
        most_s = _MOST_SHARE * (spoken.end_s - spoken.start_s)
        goes_on = 0.0 <= spoken.start_s - self._last_end_s < 0.01
        return spoken.start_s + (0.0 if goes_on else min(_PREROLL_S, most_s)), spoken.end_s - min(_PAD_S, most_s)


def _length(text: str) -> int:
    return len("".join(text.split()))


def _growth(
    points: Sequence[tuple[float, int]], words: Sequence[TimedText], start_s: float, end_s: float
) -> list[tuple[int, float]]:
    """Characters and when they were said: both only grow. Where the text shrank, what came before said too much."""
    total = sum(_length(word.text) for word in words)
    curve: list[tuple[int, float]] = [(0, start_s)]
    for heard_s, length in points:
        at_s = min(heard_s + _AHEAD_S, end_s)
        while len(curve) > 1 and curve[-1][0] >= min(length, total):
            curve.pop()
        if length > curve[-1][0] and at_s > curve[-1][1] and length < total:
            curve.append((length, at_s))
    return [*curve, (total, max(end_s, curve[-1][1]))]


def _along(words: Sequence[TimedText], curve: Sequence[tuple[int, float]]) -> tuple[TimedText, ...]:
    """The words where the curve has their characters."""
    lengths = [length for length, _ in curve]

    def at(count: int) -> float:
        index = min(max(1, bisect_right(lengths, count)), len(curve) - 1)
        (first, first_s), (last, last_s) = curve[index - 1], curve[index]
        return first_s + (last_s - first_s) * (count - first) / max(1, last - first)

    found, done = [], 0
    for word in words:
        first, done = done, done + _length(word.text)
        found.append(TimedText(word.text, at(first), at(done)))
    return tuple(found)


def _is_natural(words: Sequence[TimedText]) -> bool:
    """Whether somebody could have spoken so: no three words in no time, no pause that would have been an end."""
    for index in range(len(words) - 1):
        three = words[index : index + 3]
        fast = _length("".join(word.text for word in three)) > _FASTEST_PER_S * (three[-1].end_s - three[0].start_s)
        if fast or three[1].start_s - three[0].end_s > _LONGEST_PAUSE_S:
            return False
    return True


def _within(words: Sequence[TimedText], start_s: float, end_s: float) -> tuple[TimedText, ...]:
    """The words' times, moved together if they reach into the pre-roll or the pad."""
    first_s, last_s = words[0].start_s, words[-1].end_s
    from_s, to_s = max(first_s, start_s), min(last_s, end_s)
    scale = max(0.0, to_s - from_s) / (last_s - first_s) if last_s > first_s else 0.0

    def at(was_s: float) -> float:
        return from_s + (was_s - first_s) * scale

    return tuple(TimedText(word.text, at(word.start_s), at(word.end_s)) for word in words)
