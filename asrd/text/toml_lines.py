"""Which line of a TOML text a key stands on; the parser of the standard library does not tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from asrd.text import toml

Path: TypeAlias = "tuple[str, ...]"
"""The names from the top to a value, as in ("server", "port")."""


_ENDS: Final = ("]", "}", '"""', "'''")
# Characters that are parsed in all, a second's worth: a statement of n lines may be tried n times.
_MOST_PARSED: Final = 1 << 21


class Lines:
    """The lines of the keys of a valid TOML text.

    The text is parsed statement by statement, so that every way of writing a key is found.
    """

    def __init__(self, text: str) -> None:
        self._statements = list(_statements(text))

    def of(self, wanted: Path) -> int:
        """The line, counted from 1, on which `wanted` or the first thing inside it is written.

        1 if it is nowhere, or behind a statement of so many lines that finding its end would take too long.
        """
        for number, paths in self._statements:
            if any(path[: len(wanted)] == wanted for path in paths):
                return number
        return 1


def _statements(text: str) -> Iterator[tuple[int, list[Path]]]:
    """Each statement's first line, and what it writes."""
    table: Path = ()
    pending: list[str] = []
    parsed_characters = 0
    for number, line in enumerate(text.split("\n"), start=1):
        pending.append(line.rstrip("\r"))
        if len(pending) > 1 and not any(end in line for end in _ENDS):
            continue  # cannot be the last line of it; a long array would be parsed again and again
        statement = "\n".join(pending)
        parsed_characters += len(statement)
        if parsed_characters > _MOST_PARSED:
            return
        try:
            parsed = toml.loads(statement)
        except toml.TOMLDecodeError:  # goes on in the next line
            continue
        first = number - len(pending) + 1
        is_header = pending[0].lstrip().startswith("[")
        pending = []
        paths = list(_paths(parsed))
        if is_header:
            table = paths[0]
            yield first, [table]
        else:
            yield first, [table + path for path in paths]


def _paths(value: Mapping[str, Any]) -> Iterator[Path]:
    """The paths of all values, in their order; no recursion, as dotted keys may lead thousands of tables down."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, inner = waiting.pop()
        innermost = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], dict) else inner
        if isinstance(innermost, dict) and innermost:
            waiting += [((*path, key), one) for key, one in reversed(innermost.items())]
        elif path:
            yield path
