"""The table [text] of a rules file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, Final

from asrd.errors import ConfigError
from asrd.text.languages import language_name
from asrd_clients.rules.numbers import check_installed
from asrd_clients.rules.options import Commands, Options, Punctuation
from asrd_clients.rules.refusal import Origin, RulesError, kind_of, shown, unknown

_LARGEST_WORD: Final = 1000
_KEYS: Final = [field.name for field in fields(Options)]


def read_options(table: Mapping[str, Any], origin: Origin) -> Options:
    """The settings of the table.

    Raises:
        RulesError: a key or value that does not exist.
    """
    values = {}
    for key, raw in table.items():
        if key not in _KEYS:
            raise origin.refusal(("text", key), f"text.{key} is no setting{unknown(key, _KEYS)}")
        try:
            values[key] = _READERS[key](raw)
        except ConfigError as error:
            raise origin.refusal(("text", key), f"{key} = {shown(raw)} cannot be used: {error}") from None
    return Options(**values)


def _boolean(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise RulesError(f"it takes true or false, not {kind_of(raw)}")
    return raw


def _numbers(raw: object) -> bool:
    if _boolean(raw):
        check_installed()
    return bool(raw)


def _whole_number(raw: object) -> int:
    if type(raw) is not int or not 0 <= raw <= _LARGEST_WORD:
        raise RulesError(f"it takes a whole number from 0 to {_LARGEST_WORD}")
    return raw


def _language(raw: object) -> str:
    if not isinstance(raw, str):
        raise RulesError("it takes a language's name or code in quotes")
    return language_name(raw)


def _choice(choices: type[Enum]) -> Callable[[object], Enum]:
    names = [choice.value for choice in choices]

    def read(raw: object) -> Enum:
        if raw not in names:
            raise RulesError(f"it takes {' or '.join(map(shown, names))}")
        return choices(raw)

    return read


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "language": _language,
    "commands": _choice(Commands),
    "punctuation": _choice(Punctuation),
    "spacing": _boolean,
    "capitals": _boolean,
    "capital_after_line": _boolean,
    "numbers": _numbers,
    "numbers_from": _whole_number,
}
