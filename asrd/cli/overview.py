"""The parser of `asrd` itself: its help lists the commands by what they are for."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from asrd.cli.parser import Parser


class TopParser(Parser):
    """Knows all commands, in groups.

    Attributes:
        commands: the name of each -> its parser.
    """

    def __init__(self, commands: Mapping[str, Iterable[ModuleType]], **options: Any) -> None:
        """`commands`: what a group is for -> modules with `add_parser`."""
        super().__init__(**options)
        subparsers = self.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
        listed = subparsers._choices_actions
        self._groups: dict[str, list[argparse.Action]] = {}
        self.commands: Mapping[str, argparse.ArgumentParser] = subparsers.choices
        for group, modules in commands.items():
            before = len(listed)
            for module in modules:
                module.add_parser(subparsers)
            self._groups[group] = list(listed[before:])

    def format_help(self) -> str:
        """See the base class."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        self._add_commands(formatter)
        formatter.start_section("options")
        formatter.add_arguments(action for action in self._actions if action.option_strings)
        formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def format_overview(self) -> str:
        """The commands alone, for who gave none."""
        formatter = self._get_formatter()
        self._add_commands(formatter)
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def _add_commands(self, formatter: argparse.HelpFormatter) -> None:
        formatter.add_text(self.description)
        for group, listed in self._groups.items():
            formatter.start_section(group)
            formatter.add_arguments(listed)
            formatter.end_section()
