"""The tables [commands.LANGUAGE] of a rules file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asrd_clients.rules.commands import Command, Deed, Effect, Side, Typed
from asrd_clients.rules.reading_languages import known_languages, language_of
from asrd_clients.rules.refusal import Origin, RulesError, harmful_in, kind_of, shown, unknown
from asrd_clients.rules.tokens import key_of, phrase_keys

_KEYS: Final = ["type", "do", "space", "alone", "not_after", "not_before"]
_DEEDS: Final = [deed.value for deed in Deed]
_SIDES: Final = [side.value for side in Side]
LONGEST_TEXT: Final = 10_000
"""Characters of one text that a rule types."""


def read_commands(table: Mapping[str, Any], origin: Origin) -> dict[str, dict[str, Command | None]]:
    """The commands by language and phrase; None where one is switched off.

    Raises:
        RulesError: a language, key or value that cannot be used.
    """
    found: dict[str, dict[str, Command | None]] = {}
    for name, commands in table.items():
        language = language_of(name)
        if language is None:
            meant = unknown(name.lower(), known_languages())
            raise origin.refusal(("commands", name), f"[commands.{name}]: {shown(name)} is no language{meant}")
        if not isinstance(commands, dict):
            raise origin.refusal(("commands", name), f"commands stand under their language: write [commands.{name}]")
        for phrase, raw in commands.items():
            with origin.naming(("commands", name, phrase), phrase):
                found.setdefault(language, {})[phrase] = _command(phrase, raw)
    return found


def typed_text(raw: object) -> str:
    """A text that a rule types.

    Raises:
        RulesError: it is none, or holds what is never typed.
    """
    if not isinstance(raw, str):
        raise RulesError(f"it takes a text in quotes, not {kind_of(raw)}")
    if len(raw) > LONGEST_TEXT:
        raise RulesError(f"the text is longer than {LONGEST_TEXT} characters; make it shorter")
    if found := harmful_in(raw):
        raise RulesError(f"the text holds {found}, which is never typed; take it out")
    return raw


def _command(phrase: str, raw: object) -> Command | None:
    if not phrase_keys(phrase):
        raise RulesError("a command needs words that can be said")
    if raw is False:
        return None
    if isinstance(raw, str):
        return Command(Typed(typed_text(raw)))
    if not isinstance(raw, dict):
        raise RulesError('it takes the text to type in quotes, false, or a table such as { do = "scratch" }')
    for key in raw:
        if key not in _KEYS:
            raise RulesError(f"{key} is no part of a command{unknown(key, _KEYS)}")
    return Command(_effect(raw), _boolean(raw.get("alone", False)), _words(raw, "not_after"), _words(raw, "not_before"))


def _effect(raw: Mapping[str, Any]) -> Effect:
    if ("type" in raw) == ("do" in raw):
        raise RulesError('it takes either type = "a text" or do = "something"')
    if "do" in raw:
        if "space" in raw:
            raise RulesError("space goes with type, not with do; take it out")
        if raw["do"] not in _DEEDS:
            raise RulesError(f"do = {shown(raw['do'])} does not exist{unknown(str(raw['do']), _DEEDS)}")
        return Deed(raw["do"])
    if "space" not in raw:
        return Typed(typed_text(raw["type"]))
    if raw["space"] not in _SIDES:
        raise RulesError(f"space = {shown(raw['space'])} does not exist{unknown(str(raw['space']), _SIDES)}")
    return Typed(typed_text(raw["type"]), Side(raw["space"]))


def _boolean(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise RulesError(f"alone takes true or false, not {kind_of(raw)}")
    return raw


def _words(raw: Mapping[str, Any], key: str) -> frozenset[str]:
    words = raw.get(key, [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise RulesError(f"{key} takes a list of words in quotes")
    return frozenset(map(key_of, words))
