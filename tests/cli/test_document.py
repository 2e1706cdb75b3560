"""docs/COMMANDS.md as it is written; that it is up to date is tested with the other documents."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asrd.cli.document import document
from asrd.cli.exits import EXIT_CODES
from asrd.cli.main import build_parser
from asrd.cli.parser import Parser
from asrd.cli.walking import commands
from asrd.config.environment import OTHER_VARIABLES
from tests.cli.commands import CHECKOUT


def written(**environment: str) -> str:
    """By another process, as it is made anew."""
    done = subprocess.run(
        [sys.executable, "-m", "asrd.cli.document"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)} | environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    return done.stdout.decode()


def test_it_does_not_depend_on_the_machine(tmp_path: Path) -> None:
    assert document() == written(COLUMNS="40", HOME=str(tmp_path)) == written(COLUMNS="200", HOME="/", ASRD_MODEL="x")


def test_every_flag_is_in_it() -> None:
    text = document()
    for command in commands(build_parser()):
        section = text.partition(f"# {' '.join(('asrd', *command.words))}\n\n")[2].partition("\n#")[0]
        if not command.words:
            continue
        for name in command.parser.format_usage().split():
            flag = name.strip("[]()")
            assert not flag.startswith("--") or flag == "--" or f"`{flag}" in section, (command.words, flag)
        assert isinstance(command.parser, Parser)
        assert command.parser.example in section


@pytest.mark.parametrize(
    "line",
    [
        *(f"| {code} | {what} |" for code, what in EXIT_CODES.items()),
        *(f"| `{name}` | {what} |" for name, what in OTHER_VARIABLES.items()),
        "| [`asrd model pull`](#asrd-model-pull) | fetch models by name |",
        "### asrd model pull",
        "| `NAME...` | name from `asrd model list` |",
        "| `[NAME]` | name from `asrd model list` |",
        "| `DIR\\|NAME...` | model folder or name |",
        "| `-n N`, `--lines N` | the last N lines (default: 100) |",
        "| `--force` | replace files that are there; not with `--append` |",
        "| `--sets DIR` | a folder of tables of speech, and of noise-\\*.tsv; not with `--short` |",
        "Example: `asrd captions -o talk.srt`",
    ],
)
def test_what_it_says(line: str) -> None:
    assert f"\n{line}\n" in document()


def test_what_it_says_in_part() -> None:
    text = document()
    assert "| `--format srt\\|vtt\\|txt\\|jsonl` | cues" in text
    assert "[SERVICE.md](SERVICE.md) tells more." in text
    assert "([START.md](START.md#extras))" in text
    assert "```text\nbash  ~/.local" in text
    assert "lag of 95 % of the partials" in text
    assert "asrd service run" not in text


def test_lines_are_short() -> None:
    assert max(len(line) for line in document().splitlines() if not line.startswith("|")) <= 120
