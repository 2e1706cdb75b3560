"""Reads rules out of a TOML text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asrd.text import toml
from asrd_clients.rules.reading_commands import read_commands
from asrd_clients.rules.reading_options import read_options
from asrd_clients.rules.reading_words import read_patterns, read_replacements, read_vocabulary
from asrd_clients.rules.refusal import Origin, RulesError, unknown
from asrd_clients.rules.text_rules import RuleSet, TextRules

LONGEST_FILE: Final = 1_000_000
"""Characters of a rules file."""
_TABLES: Final = ["text", "commands", "replace", "patterns", "vocabulary"]


def parse_rules(text: str, origin: str) -> TextRules:
    """The rules that `text` holds.

    Args:
        text: TOML.
        origin: the file's name, for messages.

    Raises:
        RulesError: they cannot be used; the sentence names the line.
    """
    return TextRules(_rule_set(_parsed(text, origin), Origin(origin, text)))


def _parsed(text: str, origin: str) -> Mapping[str, Any]:
    if len(text) > LONGEST_FILE:
        raise RulesError(f"{origin} is longer than {LONGEST_FILE} characters: no rules are that long")
    try:
        parsed: Mapping[str, Any] = toml.loads(text)
    except ValueError as error:  # a number of thousands of digits is one that is no TOMLDecodeError
        raise RulesError(f"{origin} is no valid TOML: {error}; put texts between quotes") from None
    except RecursionError:
        raise RulesError(f"{origin} is no valid TOML: it is nested too deeply") from None
    return parsed


def _rule_set(parsed: Mapping[str, Any], origin: Origin) -> RuleSet:
    for name, content in parsed.items():
        if name not in _TABLES:
            raise origin.refusal((name,), f"[{name}] is no table of the rules{unknown(name, _TABLES)}")
        if not isinstance(content, dict):
            raise origin.refusal((name,), f"{name} is a table: write [{name}] and its keys below it")
    return RuleSet(
        options=read_options(parsed.get("text", {}), origin),
        commands=read_commands(parsed.get("commands", {}), origin),
        replacements=read_replacements(parsed.get("replace", {}), origin),
        patterns=read_patterns(parsed.get("patterns", {}), origin),
        vocabulary=read_vocabulary(parsed.get("vocabulary", {}), origin),
    )
