"""A session's messages, utterance by utterance. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Message = Mapping[str, Any]
Timed = tuple[float, Message]
"""When a message arrived, in seconds of the session's audio clock, and the message (docs/PROTOCOL.md)."""


@dataclass(frozen=True)
class Look:
    """A text as it was shown.

    Attributes:
        at_s: when.
        committed: words that had settled.
        words: all of them, the settled ones included.
    """

    at_s: float
    committed: Sequence[str]
    words: Sequence[str]


@dataclass(frozen=True)
class Utterance:
    """What a client was told of one utterance.

    Attributes:
        number: its name within the session.
        partials: in order.
        final: None where there was none.
        was_dropped: whether it was taken back instead.
    """

    number: int
    partials: Sequence[Timed]
    final: Timed | None
    was_dropped: bool

    @property
    def has_ended(self) -> bool:
        """Whether its end was told, one way or the other."""
        return self.final is not None or self.was_dropped

    def looks(self, words_of: Callable[[str], list[str]] = str.split) -> list[Look]:
        """Its partials as they were shown; `words_of` tells the words of a text."""
        return [
            Look(at_s, words_of(message["committed"]), words_of(message["committed"] + message["tail"]))
            for at_s, message in self.partials
        ]

    @property
    def final_s(self) -> float:
        """When its final arrived; there must be one."""
        assert self.final is not None
        return self.final[0]

    @property
    def text(self) -> str:
        """Of its final; "" where there is none."""
        return str(self.final[1]["text"]) if self.final else ""

    @property
    def start_s(self) -> float:
        """Where it begins in the audio, as the daemon has it; 0.0 where no text of it was told."""
        return float(self._last["start"]) if self._last else 0.0

    @property
    def end_s(self) -> float:
        """Where it ends, as far as it was told."""
        return float(self._last["end"]) if self._last else 0.0

    @property
    def _last(self) -> Message | None:
        if self.final is not None:
            return self.final[1]
        return self.partials[-1][1] if self.partials else None


def utterances_of(messages: Iterable[Timed]) -> list[Utterance]:
    """All utterances of a session, in the order of their numbers."""
    partials: dict[int, list[Timed]] = {}
    finals: dict[int, Timed] = {}
    dropped: set[int] = set()
    for at_s, message in messages:
        match message["type"]:
            case "partial":
                partials.setdefault(message["utterance"], []).append((at_s, message))
            case "final":
                finals[message["utterance"]] = (at_s, message)
            case "dropped":
                dropped.add(message["utterance"])
    numbers = sorted({*partials, *finals, *dropped})
    return [Utterance(one, partials.get(one, ()), finals.get(one), one in dropped) for one in numbers]
