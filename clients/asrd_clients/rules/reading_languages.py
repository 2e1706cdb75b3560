"""Language names as keys of a rules file."""

from __future__ import annotations

from typing import Final

from asrd.errors import ConfigError
from asrd.text.languages import LANGUAGES, language_name
from asrd_clients.rules.text_rules import ANY

_ANY_NAMES: Final = ("any", "all")


def language_of(key: str) -> str | None:
    """The model's name for a language, `ANY` for "any"; None if `key` is no language."""
    if key.lower() in _ANY_NAMES:
        return ANY
    try:
        return language_name(key)
    except ConfigError:
        return None


def known_languages() -> list[str]:
    """All names, for suggestions."""
    return [*(name.lower() for name in LANGUAGES), "any"]
