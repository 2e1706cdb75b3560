"""The spoken commands that are built in, one file a language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Final

from asrd_clients.rules.commands import Command

_MODULES: Final = MappingProxyType(
    {
        "Chinese": "chinese",
        "Cantonese": "chinese",
        "English": "english",
        "French": "french",
        "German": "german",
        "Italian": "italian",
        "Japanese": "japanese",
        "Portuguese": "portuguese",
        "Spanish": "spanish",
    }
)
LANGUAGES: Final = tuple(_MODULES)


@cache
def built_in(language: str) -> Mapping[str, Command]:
    """The commands of a language, given by the model's name for it, by phrase; none for a language without a table."""
    module = _MODULES.get(language)
    if module is None:
        return MappingProxyType({})
    commands: Mapping[str, Command] = import_module(f"asrd_clients.rules.tables.{module}").COMMANDS
    return commands
