"""Every fenced block of every page does what it shows, or says why it is not run here."""

from __future__ import annotations

import argparse
import configparser
import json
from pathlib import Path
from typing import Any

import pytest

from asrd.config.loading import load_config
from asrd.wire.commands import parse
from asrd_clients.rules.file import load_rules
from tests.docs.marks import KNOWN, LONG, NEEDED, NOT_RUN, WORLDS
from tests.docs.pages import ROOT, Block, Page, blocks, pages
from tests.docs.shell import run_block
from tests.docs.worlds.world import World, new_ground
from tests.wire.schemas import validator

PROGRAMS = ("console", "python")


def of(*languages: str) -> pytest.MarkDecorator:
    """A parameter `block` for each block in one of the languages."""
    found = [block for block in blocks() if block.language in languages]
    return pytest.mark.parametrize("block", found, ids=[block.place for block in found])


def is_run(block: Block) -> bool:
    return block.language in PROGRAMS and not NOT_RUN & set(block.marks) and block.value("by") is None


RUN = [block for block in blocks() if is_run(block)]


@pytest.mark.parametrize("page", pages().values(), ids=list(pages()))
def test_code_is_fenced_and_marked(page: Page) -> None:
    assert not page.indented, f"{page.name}: fence what is indented in lines {page.indented}"
    for block in page.blocks:
        assert block.language in KNOWN, f"{block.place}: {block.language!r} is none of {', '.join(KNOWN)}"
        names = {mark.partition("=")[0] for mark in block.marks}
        assert names <= KNOWN[block.language], f"{block.place}: unknown marks {names - KNOWN[block.language]}"
        assert block.marks or block.language not in NEEDED, f"{block.place}: say {' or '.join(KNOWN[block.language])}"
        assert len(WORLDS & names) <= 1, f"{block.place}: one world at a time"
        assert "$ " in block.text or block.language != "console", f"{block.place}: no line begins with `$ `"
        assert "$ " not in block.text or block.language != "text", f"{block.place}: commands are a console block"


@of(*PROGRAMS)
def test_another_test_file_runs_what_it_is_named_for(block: Block) -> None:
    if by := block.value("by"):
        text = (ROOT / by).read_text(encoding="utf-8")
        assert "tests.docs.pages" in text, f"{block.place}: {by} does not read the pages"


def test_benches_that_take_long_are_run_small_by_their_own_tests() -> None:
    commands = [step.command.split() for block in blocks() if LONG in block.marks for step in block.steps]
    benches = {words[2] for words in commands if words[:2] == ["asrd", "bench"]}
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "bench").rglob("test_*.py")]
    assert len(benches) >= 8
    assert not [bench for bench in benches if not any(f'"{bench}"' in text for text in texts)]


@pytest.mark.parametrize("block", RUN, ids=[block.place for block in RUN])
def test_it_does_what_it_shows(block: Block, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    name = next(iter(WORLDS.intersection(block.marks)), "bare")
    world: World = request.getfixturevalue(f"{name}_world")
    run_block(block, new_ground(tmp_path), world)


@of("python")
def test_python_that_is_not_run_is_python_at_least(block: Block) -> None:
    compile(block.text, block.place, "exec")


@of("toml")
def test_toml_is_taken_by_asrd(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "asrd.toml"
    path.write_text(block.text, encoding="utf-8")
    if "rules" in block.marks:
        load_rules(path)
    else:
        load_config(argparse.Namespace(config=str(path)), {"HOME": str(tmp_path)})


@of("json")
def test_json_is_what_goes_over_the_socket(block: Block) -> None:
    for value in values_of(block):
        for mark in block.marks:
            validator(f"{mark}s").validate(value)
        if "command" in block.marks:
            parse(json.dumps(value))


def values_of(block: Block) -> list[Any]:
    """One value, or one a line."""
    try:
        return [json.loads(block.text)]
    except ValueError:
        return [json.loads(line) for line in block.text.splitlines()]


@of("ini")
def test_ini_can_be_read(block: Block) -> None:
    configparser.ConfigParser(interpolation=None, strict=False).read_string(block.text)
