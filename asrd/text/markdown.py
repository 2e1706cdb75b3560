"""Tables of Markdown, for the pages that are made from the code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a line for each row; a | within a cell must be escaped."""
    lines = (f"| {' | '.join(row)} |\n" for row in rows)
    return "".join((f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n", *lines))
