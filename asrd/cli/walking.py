"""The commands of a parser as a list: for what is written from it, as the completion of shells and docs/COMMANDS.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


@dataclass(frozen=True)
class Command:
    """A command that people give; one without a line in the help of its parent is none.

    Attributes:
        words: what follows `asrd`, as in ("model", "pull"); empty for asrd itself.
        help_text: the line about it in its parent's help.
        parser: what parses its arguments.
    """

    words: tuple[str, ...]
    help_text: str
    parser: argparse.ArgumentParser

    @property
    def below(self) -> tuple[Command, ...]:
        """Its own commands, in the order of the help."""
        found = (action for action in self.parser._actions if isinstance(action, argparse._SubParsersAction))
        return tuple(command for action in found for command in self._listed(action))

    def _listed(self, action: _Subparsers) -> Iterator[Command]:
        for choice in action._get_subactions():
            yield Command((*self.words, choice.dest), choice.help or "", action.choices[choice.dest])


def commands(parser: argparse.ArgumentParser) -> Iterator[Command]:
    """All commands, each before its own, asrd itself first."""
    yield from _with_those_below(Command((), parser.description or "", parser))


def _with_those_below(command: Command) -> Iterator[Command]:
    yield command
    for below in command.below:
        yield from _with_those_below(below)
