"""Settings on the command line: `--<table>-<key>`, as in --server-port, and short names for the most used."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from asrd.config.checking import value_of_text
from asrd.config.definition import FLAG_ALIASES, Setting, Value, by_name, settings
from asrd.config.places import expanded

_METAVARS: Final = {bool: "YES|NO", int: "N", float: "N", str: "TEXT", tuple: "A,B"}


@dataclass(frozen=True)
class Flag:
    """A value, and the flag as it was written."""

    value: Value
    name: str


def add_config_flags(parser: argparse.ArgumentParser, only: Sequence[str] | None = None) -> None:
    """Declare --config and a flag for every setting, or for those named in `only`.

    Of all of them the help shows the ones with a short name, so that it fits on a screen.
    """
    shown = FLAG_ALIASES if only is None else only
    group = parser.add_argument_group(
        "settings",
        None
        if only is not None
        else "Every other setting is a flag as well, such as --segment-hangover-ms 800; `asrd config` shows them all.",
    )
    group.add_argument("--config", metavar="FILE", help="configuration file (default: see `asrd config --path`)")
    for setting in settings():
        if only is None or setting.name in only:
            _add_flags(group, setting, is_shown=setting.name in shown)


def _add_flags(group: argparse._ArgumentGroup, setting: Setting, *, is_shown: bool) -> None:
    """The first of its flags with the help, the others without."""
    for flag in setting.flags:
        group.add_argument(
            flag,
            dest=setting.name,
            action=_Keep,
            metavar="PATH" if setting.is_path else _METAVARS[setting.kind],
            help=setting.help_text.replace("%", "%%") if is_shown and flag == setting.flags[0] else argparse.SUPPRESS,
        )


def read_flags(args: argparse.Namespace) -> dict[str, Flag]:
    """What the command line says, by setting name.

    Raises:
        ConfigError: a value cannot be used; with the flag.
    """
    given = {name: value for name, value in vars(args).items() if name in by_name() and isinstance(value, _Given)}
    return {name: Flag(_value(by_name()[name], kept), kept.flag) for name, kept in given.items()}


@dataclass(frozen=True)
class _Given:
    flag: str
    text: str


class _Keep(argparse.Action):
    """Keeps the text and the flag as it was written; the values are checked together with the other origins."""

    def __call__(self, _parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, _Given(option_string, values))


def _value(setting: Setting, given: _Given) -> Value:
    value = value_of_text(setting, given.text, given.flag)
    return expanded(value) if setting.is_path else value
