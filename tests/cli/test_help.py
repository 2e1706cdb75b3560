"""The help of every command: what fits, what it says, and that nothing in it is untrue."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrd.cli.main import build_parser, parse
from asrd.cli.parser import Parser
from asrd.cli.walking import Command, commands
from asrd.config.definition import by_name
from asrd.config.flags import add_config_flags

ALL = list(commands(build_parser()))
FLAG = re.compile(r"(?<![\w=-])--?[a-z][a-z-]*")
SPAN = re.compile(r"`([^`]*)`")
DOCS = Path(__file__).parents[2] / "docs"


def name_of(command: Command) -> str:
    return " ".join(("asrd", *command.words))


@pytest.fixture(params=ALL, ids=name_of)
def command(request: pytest.FixtureRequest) -> Command:
    found: Command = request.param
    return found


def shown(command: Command) -> Iterator[argparse.Action]:
    """Its arguments without commands, and without what its help leaves out."""
    for action in command.parser._actions:
        if not isinstance(action, argparse._SubParsersAction) and action.help != argparse.SUPPRESS:
            yield action


def sentences(command: Command) -> str:
    """All that its help says in words."""
    parser = command.parser
    groups = [group.description for group in parser._action_groups]
    helps = [action.help for action in shown(command)]
    return "\n".join(filter(None, [parser.description, parser.epilog, *groups, *helps]))


@pytest.mark.parametrize("columns", ["50", "80", "200"])
def test_fits_80_columns(command: Command, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = command.parser.format_help().splitlines()
    assert lines[0].startswith(f"usage: {name_of(command)} ")
    assert max(map(len, lines)) <= 80


def test_a_wide_terminal_changes_nothing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = command.parser.format_help()
    monkeypatch.setenv("COLUMNS", "200")
    assert command.parser.format_help() == text


def test_every_argument_is_explained(command: Command) -> None:
    for action in command.parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            continue  # each of its commands has a line
        is_setting = action.dest in by_name()  # those that `asrd config` lists, and second names
        assert action.help, action
        assert action.help != argparse.SUPPRESS or is_setting, action


def test_the_style(command: Command) -> None:
    """Helps are phrases, descriptions sentences."""
    for text in (command.help_text if command.words else "x", *(action.help or "" for action in shown(command))):
        assert text[0] not in " ABCDEFGHIJKLMNOPQRSTUVWXYZ", text
        assert text[-1] not in ". ,;", text
        assert "  " not in text, text
        assert " (default)" not in text or "default:" not in text, text
    for sentence in filter(None, (command.parser.description, command.parser.epilog)):
        assert sentence.rstrip("`)")[-1] in ".!", sentence
    assert command.parser.description


def test_flags_in_the_text_exist(command: Command) -> None:
    """Alone a flag is one of this command; of others only in a span that begins with their name."""
    known = set(command.parser._option_string_actions)
    for action in shown(command):
        text = SPAN.sub(lambda span: "" if is_command_line(span[1]) else span[0], action.help or "")
        check_flags(text, known)
    rest = "\n".join(filter(None, (command.parser.description, command.parser.epilog)))
    check_flags(SPAN.sub(lambda span: "" if is_command_line(span[1]) else span[0], rest), known)
    for span in SPAN.findall(sentences(command)):
        if span.startswith("asrd ") and "COMMAND" not in span:
            check_call(span)


def is_command_line(span: str) -> bool:
    return span.startswith(("asrd ", "pip ", "systemd "))


def check_flags(text: str, known: set[str]) -> None:
    for flag in FLAG.findall(text):
        assert flag in known or flag == "-vv", (flag, text)


def check_call(span: str) -> None:
    """The words name a command, and the flags behind them are its own."""
    words = shlex.split(span)[1:]
    here = next(found for found in ALL if not found.words)
    while words and (below := [found for found in here.below if found.words[-1] == words[0]]):
        (here,), words = below, words[1:]
    assert here.words, span
    assert not here.below or not words, f"{span} has no such command"
    check_flags(" ".join(words), set(here.parser._option_string_actions))


def test_documents_in_the_text_exist(command: Command) -> None:
    for path in re.findall(r"docs/(\w+\.md)", sentences(command)):
        assert (DOCS / path).exists(), path


def test_the_example_is_a_command_line(command: Command) -> None:
    example = command.parser.example if isinstance(command.parser, Parser) else ""
    if not example:
        required = [action for action in shown(command) if action.required or not action.option_strings]
        assert not required or command.below, f"{name_of(command)} takes {required[0].metavar}: show an example"
        return
    assert example.startswith(f"{name_of(command)} ")
    assert len(example) <= 78
    args = parse(shlex.split(example)[1:])
    assert callable(args.run)
    assert command.parser.format_help().endswith(f"\nexample:\n  {example}\n")


def test_paragraphs_and_hyphens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    parser = Parser(
        prog="p", description="One two three four five six --eight-nine-ten.\n\n  kept  as it is\n  b\n\nEnd."
    )
    assert "five six\n--eight-nine-ten.\n\n  kept  as it is\n  b\n\nEnd.\n" in parser.format_help()


def test_a_percent_sign_of_a_setting_is_shown() -> None:
    parser = Parser(prog="p")
    add_config_flags(parser)
    assert "%%" not in parser.format_help()
