"""The documentation as data: its pages, and in each the headings, links, code spans, pictures and fenced blocks.

A fenced block begins with a language and, after it, marks that say how the tests treat it: see `tests.docs.marks`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
# Parts of pages that a generator puts together are no pages.
_FOLDERS = ("", "docs", "model", "model/nano", "clients", "launchd")
_PROMPT = "$ "


@dataclass(frozen=True)
class Step:
    """A command of a console block.

    Attributes:
        command: what is typed; several lines where all but the last end in a backslash.
        output: the lines shown below it.
        line: where it is in its page, from 1.
    """

    command: str
    output: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: its page, relative to the repository.
        line: of its fence, from 1.
        language: the first word after the fence, or "".
        marks: the words after that.
        text: what is in it.
    """

    page: str
    line: int
    language: str
    marks: tuple[str, ...]
    text: str

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.page}:{self.line}"

    def value(self, name: str) -> str | None:
        """What stands after `NAME=` among the marks."""
        return next((mark.partition("=")[2] for mark in self.marks if mark.startswith(f"{name}=")), None)

    @property
    def steps(self) -> list[Step]:
        """The commands of a console block, each with what is shown below it."""
        found: list[Step] = []
        lines = iter(enumerate(self.text.splitlines(), self.line + 1))
        for number, line in lines:
            if line.startswith(_PROMPT):
                command = line.removeprefix(_PROMPT)
                while command.endswith("\\"):
                    command += "\n" + next(lines)[1]
                found.append(Step(command, (), number))
            else:
                assert found, f"{self.page}:{number}: output stands before any command; a command begins with `$ `"
                last = found[-1]
                found[-1] = Step(last.command, (*last.output, line), last.line)
        return found


@dataclass(frozen=True)
class Place:
    """A link's or picture's address, or a code span, and its line in the page."""

    text: str
    line: int


class Page:
    """A Markdown file, read."""

    def __init__(self, path: Path) -> None:
        """`path` lies in the repository."""
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")

    @cached_property
    def tokens(self) -> list[Token]:
        """As GitHub reads it: CommonMark with tables."""
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        """Its fenced blocks in order."""
        found = []
        for token in self.tokens:
            if token.type == "fence":
                words = token.info.split()
                language, marks = (words[0], tuple(words[1:])) if words else ("", ())
                found.append(Block(self.name, _line(token), language, marks, token.content))
        return found

    @cached_property
    def indented(self) -> list[int]:
        """The lines where blocks begin that are code by their indentation alone."""
        return [_line(token) for token in self.tokens if token.type == "code_block"]

    @cached_property
    def anchors(self) -> list[str]:
        """What can be linked to after a `#`, one for each heading, as GitHub makes them."""
        counts: Counter[str] = Counter()
        found = []
        for opening, inline in zip(self.tokens, self.tokens[1:], strict=False):
            if opening.type == "heading_open":
                anchor = anchor_of(_shown(inline))
                found.append(f"{anchor}-{counts[anchor]}" if counts[anchor] else anchor)
                counts[anchor] += 1
        return found

    @cached_property
    def links(self) -> list[Place]:
        """The addresses of its links."""
        return [Place(str(token.attrGet("href")), line) for token, line in self._inner("link_open")]

    @cached_property
    def pictures(self) -> list[Place]:
        """The addresses of its pictures."""
        return [Place(str(token.attrGet("src")), line) for token, line in self._inner("image")]

    @cached_property
    def spans(self) -> list[Place]:
        """Its code spans; in tables `\\|` is read as `|`, as GitHub does."""
        return [Place(token.content, line) for token, line in self._inner("code_inline")]

    @cached_property
    def prose(self) -> list[tuple[int, str]]:
        """Its numbered lines outside of blocks and tables."""
        inside: set[int] = set()
        for token in self.tokens:
            if token.type in ("fence", "code_block", "table_open") and token.map is not None:
                inside.update(range(token.map[0] + 1, token.map[1] + 1))
        return [(number, line) for number, line in enumerate(self.text.splitlines(), 1) if number not in inside]

    def _inner(self, kind: str) -> Iterator[tuple[Token, int]]:
        row = 0
        for token in self.tokens:
            row = _line(token) if token.map is not None else row  # cells of a table have no place of their own
            line = row
            for child in token.children or ():
                line += child.type in ("softbreak", "hardbreak")
                if child.type == kind:
                    yield child, line


def anchor_of(heading: str) -> str:
    """The anchor that GitHub gives to a heading: small letters, no punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@cache
def pages() -> dict[str, Page]:
    """Every page by its name, README.md first."""
    paths = [path for folder in _FOLDERS for path in sorted((ROOT / folder).glob("*.md"))]
    return {page.name: page for page in map(Page, paths)}


def blocks() -> list[Block]:
    """The blocks of every page."""
    return [block for page in pages().values() for block in page.blocks]


def blocks_by(test_file: str) -> list[Block]:
    """The blocks with the mark `by=` of a test file, which is to run them; `test_file` from the repository's root."""
    found = [block for block in blocks() if block.value("by") == test_file]
    assert found, f"no page has a block with the mark by={test_file}"
    return found


def _line(token: Token) -> int:
    assert token.map is not None
    return token.map[0] + 1


def _shown(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
