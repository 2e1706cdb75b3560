"""What a spoken command is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Deed(Enum):
    """Commands that type nothing of their own, by their names in the rules file."""

    SCRATCH = "scratch"
    NO_SPACE = "no-space"
    CAPITAL = "capital"
    CAPITALS_ON = "capitals-on"
    CAPITALS_OFF = "capitals-off"
    LITERAL = "literal"


class Side(Enum):
    """Where a typed text has a space, by its names in the rules file."""

    BEFORE = "before"
    AFTER = "after"
    BOTH = "both"
    NONE = "none"


@dataclass(frozen=True)
class Typed:
    """A text that a command types.

    Attributes:
        text: the text; line feeds and tabs in it press their keys.
        space: where it has a space; None: as its characters and the language have it.
    """

    text: str
    space: Side | None = None


Effect: TypeAlias = "Typed | Deed"


@dataclass(frozen=True)
class Command:
    """What a phrase does, and where it is none.

    Attributes:
        effect: what it does.
        alone: it is a command only in an utterance that holds nothing but commands.
        not_after: after one of these words it is an ordinary word, as `period` after `that`.
        not_before: before one of these words it is an ordinary word, as `period` before `of`.
    """

    effect: Effect
    alone: bool = False
    not_after: frozenset[str] = frozenset()
    not_before: frozenset[str] = frozenset()
