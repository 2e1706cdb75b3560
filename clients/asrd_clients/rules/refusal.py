"""Where and why a rules file is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from asrd.errors import ConfigError
from asrd.text.suggest import did_you_mean
from asrd.text.toml_lines import Lines, Path
from asrd_clients.rules.clean import harmful

_LONG: Final = 60  # characters
_KINDS: Final[dict[type, str]] = {
    bool: "a boolean",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


class RulesError(ConfigError):
    """A rules file cannot be used; the sentence names the file, the line, the reason and what to do."""


class Origin:
    """Names the lines of one rules text in refusals."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._lines: Lines | None = None

    def refusal(self, where: Path, sentence: str) -> RulesError:
        """The error that names the line of the key `where`."""
        if self._lines is None:
            self._lines = Lines(self._text)
        return RulesError(f"{self._name}, line {self._lines.of(where)}: {sentence}")

    @contextmanager
    def naming(self, where: Path, key: str) -> Iterator[None]:
        """Inside, a refusal is told with the line of the key `where`."""
        try:
            yield
        except RulesError as error:
            raise self.refusal(where, f"{shown(key)}: {error}") from None


def kind_of(value: object) -> str:
    """What a value is, in words."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def shown(value: object) -> str:
    """A value in a sentence: as TOML writes it, and short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else kind_of(value)
    return text if len(text) <= _LONG else f"{text[: _LONG - 3]}..."


def unknown(name: str, known: list[str]) -> str:
    """The end of a sentence about a name that does not exist."""
    return did_you_mean(name, known) or f"; there are: {', '.join(known)}"


def harmful_in(text: str) -> str:
    """The first character of `text` that is never typed, as in U+001B, or ""."""
    for character in text:
        if harmful(character) or (character.isspace() and character not in " \n\t\u00a0\u202f\u3000"):
            return f"U+{ord(character):04X}"
    return ""
