"""The tables [replace], [patterns] and [vocabulary] of a rules file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from asrd.text.toml_lines import Path
from asrd_clients.rules.patterns import Pattern, compile_pattern
from asrd_clients.rules.reading_commands import typed_text
from asrd_clients.rules.reading_languages import known_languages, language_of
from asrd_clients.rules.refusal import Origin, RulesError, kind_of, shown, unknown
from asrd_clients.rules.replacing import Replacement
from asrd_clients.rules.text_rules import ANY
from asrd_clients.rules.tokens import tokens_of
from asrd_clients.rules.vocabulary import Vocabulary

_Entry = TypeVar("_Entry")


def read_replacements(table: Mapping[str, Any], origin: Origin) -> tuple[Replacement, ...]:
    """The literal replacements.

    Raises:
        RulesError: one that cannot be used.
    """
    return _read(table, "replace", origin, _replacement)


def read_patterns(table: Mapping[str, Any], origin: Origin) -> tuple[Pattern, ...]:
    """The regular expressions.

    Raises:
        RulesError: one that cannot be used.
    """
    return _read(table, "patterns", origin, _pattern)


_VOCABULARY: Final = ["terms", "correct", "likeness", "send"]
_MOST_TERMS: Final = 2000
_LONGEST_TERM: Final = 100


def read_vocabulary(table: Mapping[str, Any], origin: Origin) -> Vocabulary:
    """The names and terms.

    Raises:
        RulesError: a key or term that cannot be used.
    """
    for key, raw in table.items():
        if key not in _VOCABULARY:
            sentence = f"vocabulary.{key} is no setting{unknown(key, _VOCABULARY)}"
        else:
            sentence = _wrong_vocabulary(key, raw)
        if sentence:
            raise origin.refusal(("vocabulary", key), sentence)
    return Vocabulary(**{**table, "terms": tuple(table.get("terms", ()))})


def _wrong_vocabulary(key: str, raw: object) -> str:
    if key in ("correct", "send"):
        return "" if isinstance(raw, bool) else f"{key} takes true or false, not {kind_of(raw)}"
    if key == "likeness":
        is_share = isinstance(raw, int | float) and not isinstance(raw, bool) and 0.5 <= raw <= 1
        return "" if is_share else f"likeness = {shown(raw)} cannot be used: it takes a number from 0.5 to 1"
    if not isinstance(raw, list) or not all(isinstance(term, str) for term in raw):
        return 'terms takes a list of texts, as in ["Ada Lovelace", "Kubernetes"]'
    if len(raw) > _MOST_TERMS:
        return f"there are {len(raw)} terms; at most {_MOST_TERMS} can be used"
    return next(filter(None, map(_wrong_term, raw)), "")


def _wrong_term(term: str) -> str:
    try:
        typed_text(term)
    except RulesError as error:
        return f"the term {shown(term)}: {error}"
    if len(term) > _LONGEST_TERM or "\n" in term or "\t" in term or not any(map(str.isalpha, term)):
        return f"the term {shown(term)} cannot be used: it takes words, at most {_LONGEST_TERM} characters in one line"
    return ""


def _read(
    table: Mapping[str, Any], name: str, origin: Origin, made: Callable[[str, object, str], _Entry]
) -> tuple[_Entry, ...]:
    """The entries of a table, each made of what is looked for, what the file says about it, and its language."""
    found = []
    for where, language, find, raw in _entries(table, name, origin):
        with origin.naming(where, find):
            found.append(made(find, raw, language))
    return tuple(found)


def _entries(table: Mapping[str, Any], name: str, origin: Origin) -> Iterator[tuple[Path, str, str, object]]:
    """Each entry: where it stands, its language, what is looked for, and what the file says about it."""
    for key, raw in table.items():
        if not isinstance(raw, dict) or "type" in raw:
            yield (name, key), ANY, key, raw
            continue
        language = language_of(key)
        if language is None:
            meant = unknown(key.lower(), known_languages())
            raise origin.refusal((name, key), f"[{name}.{key}]: {shown(key)} is no language{meant}")
        for find, inner in raw.items():
            yield (name, key, find), language, find, inner


def _parts(raw: object, keys: list[str]) -> tuple[str, bool]:
    """What is typed, and the one further boolean."""
    if not isinstance(raw, dict):
        return typed_text(raw), False
    for key in raw:
        if key not in keys:
            raise RulesError(f"{key} does not belong here{unknown(key, keys)}")
    flag = raw.get(keys[1], False)
    if not isinstance(flag, bool):
        raise RulesError(f"{keys[1]} takes true or false, not {kind_of(flag)}")
    if "type" not in raw:
        raise RulesError('it lacks type = "what is typed"')
    return typed_text(raw["type"]), flag


def _replacement(find: str, raw: object, language: str) -> Replacement:
    if not tokens_of(find.strip()):
        raise RulesError("there is nothing to look for; write the words that are to be replaced")
    text, match_case = _parts(raw, ["type", "match_case"])
    return Replacement(find.strip(), text, language, match_case)


def _pattern(find: str, raw: object, language: str) -> Pattern:
    text, ignore_case = _parts(raw, ["type", "ignore_case"])
    return compile_pattern(find, text, language, ignore_case=ignore_case)
