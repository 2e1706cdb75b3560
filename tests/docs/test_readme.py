"""The first page stays short; what it shows is run as on every other page (`test_blocks`)."""

from __future__ import annotations

from tests.docs.pages import pages

MOST_LINES = 120  # about two screens


def test_it_is_short() -> None:
    assert len(pages()["README.md"].text.splitlines()) <= MOST_LINES
