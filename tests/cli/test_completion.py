"""Completion in real shells: each is given the script and a line, and says what it would offer at TAB."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from asrd.cli import completion, model
from asrd.cli.completion_run import script, words_of
from asrd.cli.main import build_parser
from asrd.cli.walking import commands
from asrd.store.manifest import entries
from asrd.text.languages import language_name
from tests.cli.commands import Cli, assert_one_line
from tests.docs.pages import pages
from tests.docs.shell import run_block
from tests.docs.worlds.world import World, new_ground

HERE = Path(__file__).parent
MODELS = set(entries())
# What is shown for a value that nobody but the user knows, or that has too many forms.
FREE = {
    "N",
    "H",
    "HZ",
    "CPS",
    "SECONDS",
    "TEXT",
    "KEYS",
    "URL",
    "LIST",
    "BOUND",
    "FLAG",
    "-- FLAGS",
    "NAME=COMMAND",
} | {
    "NAME",
    "A,B",
    "SETTINGS=VALUES",
}

Offers = Callable[[str], set[str]]


def bash(folder: Path, line: str) -> set[str]:
    words = ["", *shlex.split(line)][1:] if not line.endswith(" ") else [*shlex.split(line), ""]
    steps = (
        f". {shlex.quote(str(folder / 'asrd.bash'))}; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}",
        "$(complete -p asrd | sed 's/.*-F \\([^ ]*\\).*/\\1/') 2>/dev/null",  # compopt: no completion is going on
        "printf '%s\\n' \"${COMPREPLY[@]}\"",
    )
    return _said(["bash", "--norc", "-c", "; ".join(steps)], folder)


def zsh(folder: Path, line: str) -> set[str]:
    found = folder.parent / "found"
    found.unlink(missing_ok=True)
    _said(["zsh", "-f", str(HERE / "complete.zsh"), str(folder), line, str(found)], folder)
    *words, end = found.read_text(encoding="utf-8").splitlines()
    assert end == "END"
    return set(words)


def fish(folder: Path, line: str) -> set[str]:
    steps = f"source {shlex.quote(str(folder / 'asrd.fish'))}; complete -C {shlex.quote(line)}"
    return {word.partition("\t")[0].rstrip("/") for word in _said(["fish", "--no-config", "-c", steps], folder)}


def require(shell: str) -> None:
    if shutil.which(shell) is None:
        assert "CI" not in os.environ, "tests/cli/install.sh installs it"
        pytest.skip(f"{shell} is not installed")


def _said(command: list[str], folder: Path) -> set[str]:
    environment = os.environ | {"HOME": str(folder.parent), "TERM": "dumb"}
    done = subprocess.run(
        command, cwd=folder.parent / "here", env=environment, capture_output=True, timeout=60, check=True
    )
    assert done.stderr.decode() == ""
    return set(filter(None, done.stdout.decode().splitlines()))


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three scripts under the names that the shells expect; beside them the folder where lines are typed."""
    folder = tmp_path_factory.mktemp("completion") / "scripts"
    folder.mkdir()
    for name, shell in (("asrd.bash", "bash"), ("_asrd", "zsh"), ("asrd.fish", "fish")):
        (folder / name).write_text(script(build_parser(), shell), encoding="utf-8")
    here = folder.parent / "here"
    (here / "clips").mkdir(parents=True)
    (here / "clip.wav").touch()
    return folder


@pytest.fixture(params=[bash, zsh, fish], ids=lambda shell: shell.__name__)
def offers(request: pytest.FixtureRequest, scripts: Path) -> Offers:
    require(request.param.__name__)
    return partial(request.param, scripts)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("asrd mo", {"model"}),
        ("asrd model pu", {"pull"}),
        ("asrd bench com", {"compare"}),
        ("asrd service ", {"install", "uninstall", "start", "stop", "restart", "status", "logs"}),
        ("asrd completion ", {"bash", "zsh", "fish"}),
        ("asrd --ver", {"--version", "--verbose"}),
        ("asrd captions -o talk.srt --fo", {"--format", "--force"}),
        ("asrd captions --format ", {"srt", "vtt", "txt", "jsonl"}),
        ("asrd type --mode l", {"live", "live-committed"}),
        ("asrd model export --decoder q4", {"q4_0", "q4_k"}),
        ("asrd model random --size ", {"tiny", "small", "0.6b", "1.7b"}),
        ("asrd run --segment-v", {"--segment-vad"}),
        ("asrd run --segment-vad ", {"silero", "webrtc"}),
        ("asrd run --segment-p", {"--segment-preroll-ms", "--segment-pause-ms"}),
        ("asrd run --source ", {"mic", "stdin", "none"}),
        ("asrd run --language kor", {"korean"}),
        ("asrd transcribe --language e", {"english"}),
        ("asrd transcribe clip.wav --language a", {"auto", "arabic"}),
        ("asrd model pull ", MODELS),
        ("asrd model pull nano qwen3-asr-0", {"qwen3-asr-0.6b", "qwen3-asr-0.6b-q8"}),
        ("asrd run --model n", {"nano"}),
        ("asrd transcribe --model ", MODELS | {"clips"}),
        ("asrd model verify nano cl", {"clips"}),
        ("asrd transcribe cl", {"clip.wav", "clips"}),
        ("asrd transcribe other.wav cl", {"clip.wav", "clips"}),
        ("asrd transcribe --stream -o cl", {"clip.wav", "clips"}),
        ("asrd model export cl", {"clips"}),
        ("asrd bench compare clip.wav cl", {"clip.wav", "clips"}),
    ],
)
def test_offered(offers: Offers, line: str, offered: set[str]) -> None:
    assert offers(line) == offered


def test_every_command_and_its_flags(offers: Offers) -> None:
    """The first level here; one shell and one level deeper is like the next."""
    parser = build_parser()
    assert offers("asrd ") == {command.words[0] for command in commands(parser) if len(command.words) == 1}
    (pull,) = (command for command in commands(parser) if command.words == ("model", "pull"))
    assert offers("asrd model pull --") == {name for name in pull.parser._option_string_actions if name[:2] == "--"}


# What a shell knows of asrd that was started like any other, after the commands in docs/COMMANDS.md.
KNOWS = {
    "zsh": (["zsh", "-i", "-c", "print $_comps[asrd]"], "_asrd"),
    "fish": (["fish", "-c", "complete -C 'asrd mod'"], "model"),
    "bash": (["bash", "-c", ". ~/.local/share/bash-completion/completions/asrd; complete -p asrd"], "complete "),
}


@pytest.mark.parametrize("shell", KNOWS)
def test_installed_as_documented(shell: str, tmp_path: Path) -> None:
    require(shell)
    (block,) = (block for block in pages()["docs/COMMANDS.md"].blocks if f"asrd completion {shell}" in block.text)
    ground = new_ground(tmp_path)
    run_block(block, ground, World())
    command, said = KNOWS[shell]
    done = subprocess.run(command, env=World().variables(ground), capture_output=True, timeout=60, check=True)
    assert done.stdout.decode().startswith(said)


def test_the_command_prints_the_script(cli: Cli) -> None:
    for shell in completion.SHELLS:
        ran = cli("completion", shell)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == script(build_parser(), shell) + "\n"


def test_another_shell(cli: Cli) -> None:
    assert_one_line(cli("completion", "csh"), 2, "'csh'")
    assert_one_line(cli("completion", "bahs"), 2, "did you mean bash?")


def test_the_script_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def written() -> list[str]:
        return [script(build_parser(), shell) for shell in completion.SHELLS]

    monkeypatch.setenv("COLUMNS", "40")
    narrow = written()
    monkeypatch.setenv("COLUMNS", "200")
    assert narrow == written()


def arguments() -> list[tuple[tuple[str, ...], argparse.Action]]:
    """All that take a value, and are no commands."""
    return [
        (command.words, action)
        for command in commands(build_parser())
        for action in command.parser._actions
        if action.nargs != 0 and not isinstance(action, argparse._SubParsersAction)
    ]


def test_whatever_could_be_completed_is() -> None:
    """A new flag must be of a known kind: one that lists its words, a file, a folder, a model, or a free value."""
    parser = build_parser()
    script(parser, "bash")
    for command in commands(parser):
        for action in command.parser._actions:
            if action.nargs != 0 and action.metavar not in FREE:
                assert action.choices or hasattr(action, "complete"), (command.words, action)


def test_words_can_be_given() -> None:
    """What is offered is taken."""
    for words, action in arguments():
        for word in words_of(action, words) if not action.choices else ():
            if action.dest in ("language", "model.language") and word != "auto":
                assert language_name(word)


def test_words_of_conversion_are_those_of_the_converter() -> None:
    pytest.importorskip("gguf")
    from asrd.convert.decoder_gguf import Arch
    from asrd.convert.gguf_types import DECODER_TYPES
    from asrd.convert.graph_builder import Precision
    from asrd.convert.random_checkpoint import SIZES

    assert get_args(Precision) == model.ENCODERS
    assert DECODER_TYPES == model.DECODERS
    assert get_args(Arch) == model.ARCHITECTURES
    assert SIZES == model.SIZES
