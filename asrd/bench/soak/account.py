"""The account of one session: what it told, and what is missing in it.

Messages are numbered without holes on each connection; utterances are numbered without holes within a session, and each
of them ends once: with a final or by being dropped. What was heard and came to nothing is told as a gap.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from asrd.bench.sets.truth import Speech
from asrd.geometry import seconds_of
from asrd.wire.commands import MAIN

Message = Mapping[str, Any]
_OF_A_SESSION: Final = ("partial", "final", "dropped", "gap", "closed", "level")
_STOPPING: Final = "stopping"
_KEPT: Final = 6  # messages that a finding shows
_SHOWN_CHARACTERS: Final = 160  # of each


class Wrong(str, Enum):
    """What can be wrong."""

    LOST = "lost"  # a final that neither came nor was taken back
    HOLE = "hole"  # messages or utterances out of order, twice, or not numbered one after the other
    TEXT = "text"  # another text, or another place, than the same samples give otherwise
    UNEXPECTED = "unexpected"  # the daemon answers a fault otherwise than it should


@dataclass(frozen=True)
class Finding:
    """Something is wrong; `sentence` has the evidence in it."""

    wrong: Wrong
    who: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.wrong.value}: {self.who}: {self.sentence}"


class Account:
    """Takes the messages of one connection in their order.

    Attributes:
        who: for findings.
        session: that is heard now.
        run: of the daemon.
        state: what the session is doing, as it was told last.
        finals: by their utterances' numbers; those of the `recent` of a greeting are not among them.
        dropped: utterances that came to nothing.
        gaps: seconds from, to.
        is_closed: whether the session has ended.
        findings: what is wrong.
    """

    def __init__(self, who: str) -> None:
        self.who = who
        self.session = ""
        self.run = ""
        self.state = ""
        self.finals: dict[int, Message] = {}
        self.dropped: set[int] = set()
        self.gaps: list[tuple[float, float]] = []
        self.is_closed = False
        self.findings: list[Finding] = []
        self._seq = 0
        self._ended: int | None = 0  # the last utterance that has; None: not known yet
        self._begun = 0
        self._begun_at_s = 0.0
        self._is_stopping = False
        self._ends_in_gap = False  # nothing of the session was told after one
        self._last: deque[str] = deque(maxlen=_KEPT)

    def take(self, message: Message) -> None:
        """Take the next message."""
        self._last.append(json.dumps(message, ensure_ascii=False)[:_SHOWN_CHARACTERS])
        self._seq += 1
        if message["seq"] != self._seq:
            self.find(Wrong.HOLE, f"message {message['seq']} where {self._seq} was due")
            self._seq = message["seq"]
        if self.is_closed and message["type"] in _OF_A_SESSION:
            self.find(Wrong.HOLE, f"a {message['type']} after the session was closed")
        match message["type"]:
            case "hello":
                self._greet(message)
            case "partial":
                self._open(message["utterance"], message["start"])
            case "final":
                self._end(message["utterance"])
                self.finals[message["utterance"]] = message
            case "dropped":
                self._end(message["utterance"])
                self.dropped.add(message["utterance"])
            case "gap":
                self.gaps.append((message["start"], message["end"]))
            case "closed":
                self.is_closed = True
        self.state = message.get("state", self.state)
        self._is_stopping |= self.state == _STOPPING
        if message["type"] in _OF_A_SESSION:
            self._ends_in_gap = message["type"] == "gap"

    def find(self, wrong: Wrong, sentence: str) -> None:
        """Note what is wrong, with the last messages."""
        self.findings.append(Finding(wrong, self.who, f"{sentence}; the last messages: {' '.join(self._last)}"))

    def end(self) -> None:
        """No more comes. A session of one's own must be closed, and its last utterance have ended or lie in a gap.

        A daemon that stops before it has recognised everything tells the rest as a gap instead of closing the session.
        """
        if self.session in ("", MAIN):
            return
        is_told = any(start <= self._begun_at_s < end for start, end in self.gaps)
        if self._ended is not None and self._begun > self._ended and not is_told:
            self.find(Wrong.LOST, f"utterance {self._begun} was begun, and neither ended nor was told as a gap")
        if not self.is_closed and not (self._is_stopping and self._ends_in_gap):
            self.find(Wrong.LOST, "the session was never closed")

    def uncovered(self, speech: Sequence[Speech]) -> list[Speech]:
        """Stretches of speech that lie in no final and in no gap."""
        intervals = [*self.gaps, *((final["start"], final["end"]) for final in self.finals.values())]
        return [
            one
            for one in speech
            if not any(start < seconds_of(one.end) and end > seconds_of(one.start) for start, end in intervals)
        ]

    def _greet(self, hello: Message) -> None:
        self.run = hello["run"]
        if hello["session"] == self.session:
            return
        self.session, self.is_closed = hello["session"], False
        self.finals, self.dropped, self.gaps, self._ends_in_gap = {}, set(), [], False
        self._ended, self._begun = (None if self.session == MAIN else 0), 0

    def _open(self, utterance: int, start_s: float) -> None:
        if self._ended is not None and utterance <= self._ended:
            self.find(Wrong.HOLE, f"a partial of utterance {utterance}, which has ended")
        self._begun, self._begun_at_s = max(self._begun, utterance), start_s

    def _end(self, utterance: int) -> None:
        due = None if self._ended is None else self._ended + 1
        if due is not None and utterance > due:
            self.find(Wrong.LOST, f"utterance {utterance} where {due} was due")
        elif due is not None and utterance < due:
            self.find(Wrong.HOLE, f"utterance {utterance} has ended twice")
        self._ended = max(utterance, self._ended or 0)
