"""What can be set in the rules file, apart from its tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Commands(Enum):
    """Where spoken commands are taken for such."""

    ANYWHERE = "anywhere"
    ALONE = "alone"
    OFF = "off"


class Punctuation(Enum):
    """Whose punctuation is typed."""

    ALL = "all"
    SPOKEN = "spoken"


@dataclass(frozen=True)
class Options:
    """Settings of the table `[text]`.

    Attributes:
        language: spoken language where the daemon does not tell it, by the model's name.
        commands: where commands are taken for such: anywhere, only in utterances of nothing else, or nowhere.
        punctuation: all: the model's and the spoken one; spoken: only what was said as a command.
        spacing: put a space between utterances where the language has one.
        capitals: set capitals after a sentence end and take them away where a sentence goes on.
        capital_after_line: set a capital after a line break.
        numbers: write numbers as digits.
        numbers_from: numbers below this that stand alone stay words.
    """

    language: str = "English"
    commands: Commands = Commands.ANYWHERE
    punctuation: Punctuation = Punctuation.ALL
    spacing: bool = True
    capitals: bool = True
    capital_after_line: bool = True
    numbers: bool = False
    numbers_from: int = 4
