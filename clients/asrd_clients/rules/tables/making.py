"""How a table of commands is written down."""

from __future__ import annotations

from asrd_clients.rules.commands import Command, Effect, Typed
from asrd_clients.rules.tokens import key_of


def command(effect: Effect | str, *, not_after: str = "", not_before: str = "", alone: bool = False) -> Command:
    """A command; a bare text is typed, the words around it that make it an ordinary word are separated by spaces."""
    return Command(
        Typed(effect) if isinstance(effect, str) else effect,
        alone,
        frozenset(map(key_of, not_after.split())),
        frozenset(map(key_of, not_before.split())),
    )


def table(*parts: dict[str, Effect | str | Command]) -> dict[str, Command]:
    """The parts of a table as one."""
    return {
        phrase: entry if isinstance(entry, Command) else command(entry)
        for part in parts
        for phrase, entry in part.items()
    }


def each(phrases: str, entry: Effect | str | Command) -> dict[str, Effect | str | Command]:
    """Several phrases for the same thing, separated by `|`."""
    return dict.fromkeys((phrase.strip() for phrase in phrases.split("|")), entry)
