"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from asrd.cli.main import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAX_LINES = 120  # about two screens


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Every command of the console blocks with the output that is shown below it."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command.partition("  #")[0].strip(), output))
    return found


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands are meant to be typed in a checkout, with the model that comes with asrd."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("ASRD_MODEL", raising=False)


def words(text: str) -> list[str]:
    """Without punctuation and capitals: they may differ between processors and releases of ONNX Runtime."""
    return re.findall(r"[\w']+", text.lower())


@pytest.mark.parametrize(("command", "output"), [c for c in commands() if c[0].startswith("asrd")])
def test_a_command_prints_what_is_shown(
    checkout: None, capfd: pytest.CaptureFixture[str], command: str, output: str
) -> None:
    assert main(shlex.split(command)[1:]) == 0
    printed = capfd.readouterr()
    assert words(printed.out) == words(output)
    assert printed.err == ""


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command, _ in commands() if command.startswith("make")]
    assert targets == ["run", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_the_python_example_runs(checkout: None, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    offline, grown = capsys.readouterr().out.splitlines()
    assert offline == grown != ""


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= MAX_LINES
