"""Every promise names the tests that hold it (that these are there: `test_spans`)."""

from __future__ import annotations

from tests.docs.pages import ROOT, pages

PAGE = pages()["docs/PROMISES.md"]


def rows() -> list[tuple[str, str]]:
    """Each promise, and what holds it."""
    lines = [line for line in PAGE.text.splitlines() if line.startswith("| ") and line != "| promise | held by |"]
    return [(promise.strip(), held.strip()) for _, promise, held, _ in (line.split("|") for line in lines)]


def test_each_is_held_by_tests() -> None:
    assert len(rows()) > 10
    for promise, held in rows():
        names = [name.strip("` ") for name in held.split(",")]
        assert all(name.startswith("tests/") for name in names), f"{promise}: {held}"


def test_each_folder_has_tests() -> None:
    for span in PAGE.spans:
        folder = ROOT / span.text
        assert not folder.is_dir() or list(folder.rglob("test_*.py")), f"{span.text} has no tests"
