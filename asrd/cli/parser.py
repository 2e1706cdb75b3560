"""What all commands share: how flags are parsed, and how a command's work is imported late."""

from __future__ import annotations

import argparse
import importlib
import shutil
import textwrap
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from asrd.errors import ConfigError
from asrd.installing import with_extra
from asrd.text.suggest import did_you_mean

Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"
Run = Callable[[argparse.Namespace], int]
_HELP_COLUMNS = 80


class _Formatter(argparse.HelpFormatter):
    """Help of at most 80 columns, however wide the terminal. No word is broken at a hyphen: it may be a flag.

    Paragraphs stay apart, and indented lines stay as they are.
    """

    def __init__(self, prog: str, **options: Any) -> None:
        options["width"] = min(_HELP_COLUMNS, shutil.get_terminal_size().columns) - 2
        super().__init__(prog, **options)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        parts = (
            [indent + line for line in part.splitlines()]
            if part.startswith(" ")
            else [indent + line for line in self._split_lines(part, width - len(indent))]
            for part in text.split("\n\n")
        )
        return "\n\n".join(map("\n".join, parts))


class Parser(argparse.ArgumentParser):
    """Knows `-v`, and reports a wrong command line as a `ConfigError` instead of ending the process.

    Attributes:
        example: a command line that shows what the command is for, below everything else in its help; "" if none does.
    """

    def __init__(self, *, example: str = "", **options: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, "allow_abbrev": False, **options})
        self.example = example
        # Without a default, or that of a command would replace what was given before it.
        self.add_argument(
            "-v",
            "--verbose",
            action="count",
            default=argparse.SUPPRESS,
            help="log to standard error; -vv logs everything",
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """See the base class, for whose caller nothing unknown is left: only here it is known what may be meant."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            flags = [argument.partition("=")[0] for argument in unknown if argument.startswith("-")]
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._meant(flags)}")
        return parsed, unknown

    def format_help(self) -> str:
        """The help, with the example below it."""
        return super().format_help() + (f"\nexample:\n  {self.example}\n" if self.example else "")

    def error(self, message: str) -> NoReturn:
        """Raise the sentence about a wrong command line."""
        raise ConfigError(f"{message}{'' if message.endswith('?') else ';'} see {self.prog} --help")

    def _meant(self, flags: list[str]) -> str:
        known = [name for action in self._actions for name in action.option_strings]
        return next(filter(None, (did_you_mean(flag, known) for flag in flags)), "")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            if meant := did_you_mean(str(value), map(str, action.choices or ())):
                error.message = f"invalid choice: {value!r}{meant}"  # without the whole list of choices
            raise


def deferred(module: str, function: str = "run", *, extra: str = "") -> Run:
    """A command's function that is imported when it is called; `extra` names the dependencies that it needs."""

    def run(args: argparse.Namespace) -> int:
        try:
            imported = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not extra or (error.name or "").startswith("asrd"):
                raise
            raise ConfigError(f"this command needs the package {error.name}: {with_extra(extra)}") from None
        return int(getattr(imported, function)(args))

    return run


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """An argument type: an integer within limits."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {minimum} to {maximum}")
        return value

    return parse


def seconds(minimum: float, maximum: float) -> Callable[[str], float]:
    """An argument type: a number of seconds within limits."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from {minimum:g} to {maximum:g}")
        return value

    return parse
