"""Code spans name what there is: commands and flags, make targets, modules, files, tests."""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

from asrd.text import toml
from tests.docs.commands import unknown
from tests.docs.pages import ROOT, Page, Place, blocks, pages

PAGES = pytest.mark.parametrize("page", pages().values(), ids=list(pages()))
OWN = ("asrd", "clients", "docs", "launchd", "model", "tests", ".ci")
PATH = re.compile(rf"(?:{'|'.join(OWN)})/[\w./-]+")
PLACEHOLDER = re.compile(r"[A-Z]{2,}")
TEST_FILE = re.compile(r"(?:tests/(?:\w+/)*)?(test_\w+)(?:\.py)?((?:(?:\.|::)\w+)*)")


# A changelog names what is no more.
@pytest.mark.parametrize(
    "page", [page for name, page in pages().items() if name != "CHANGELOG.md"], ids=lambda page: page.name
)
def test_commands_and_their_flags_are_those_of_the_parser(page: Page) -> None:
    for span in page.spans:
        if span.text.startswith("asrd "):
            refusal = unknown(span.text)
            assert not refusal, f"{page.name}:{span.line}: {refusal}"


def test_commands_of_blocks_that_are_not_run_are_those_of_the_parser() -> None:
    for block in blocks():
        for step in block.steps if block.language == "console" else ():
            command = re.sub(r"\\\n\s*", "", step.command)
            for part in re.split(r"\s*(?:[;&]+|\|(?!\w)|\d?>\S*.*)\s*", command.partition("  #")[0]):
                if part.startswith("asrd "):
                    assert not unknown(part), f"{block.page}:{step.line}: {unknown(part)}"


def commands_in(page: Page) -> list[Place]:
    """Code spans, and the commands of console blocks."""
    steps = [step for block in page.blocks if block.language == "console" for step in block.steps]
    return [*page.spans, *(Place(step.command.partition("  #")[0], step.line) for step in steps)]


@PAGES
def test_make_targets_exist(page: Page) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for place in commands_in(page):
        if place.text.startswith("make "):
            words = place.text.removeprefix("make ").replace("|", " ")
            for target in re.findall(r"(?<!\S)[a-z][a-z-]*(?!\S)", words):
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page.name}:{place.line}: no make {target}"


@PAGES
def test_modules_that_are_run_exist(page: Page) -> None:
    for place in commands_in(page):
        for module in re.findall(r"python -m ((?:asrd|model|tests)[\w.]*)", place.text):
            assert is_module(module), f"{page.name}:{place.line}: {module}"


def is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


@PAGES
def test_files_exist(page: Page) -> None:
    for span in page.spans:
        if PATH.fullmatch(span.text):
            path = ROOT / span.text
            # Modules are named without their suffix in some places.
            is_there = path.exists() or path.with_suffix(".py").exists() or span.text in packaged()
            if not is_there:  # perhaps with a place to fill in, such as asrd/cli/NAME.py
                is_there = bool(list(path.parent.glob(PLACEHOLDER.sub("*", path.name))))
            assert is_there, f"{page.name}:{span.line}: there is no {span.text}"


@PAGES
def test_tests_exist(page: Page) -> None:
    for span in page.spans:
        if found := TEST_FILE.fullmatch(span.text):
            names = [name for name in re.split(r"\.|::", found[2]) if name]
            assert any(set(names) <= defined_in(path) for path in files_of(found[1])), (
                f"{page.name}:{span.line}: there is no {span.text}"
            )


def test_there_is_something_to_check() -> None:
    spans = [span.text for page in pages().values() for span in page.spans]
    assert sum(text.startswith("asrd ") for text in spans) > 50
    assert sum(PATH.fullmatch(text) is not None for text in spans) > 50
    assert sum(TEST_FILE.fullmatch(text) is not None for text in spans) > 50


@cache
def packaged() -> set[str]:
    """What the wheel carries under another name."""
    project = toml.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    return {*wheel["sources"].values(), *wheel["force-include"].values()}


@cache
def files_of(name: str) -> list[Path]:
    return list((ROOT / "tests").rglob(f"{name}.py"))


@cache
def defined_in(path: Path) -> set[str]:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kinds)}
