from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrd.cli import main as main_module
from asrd.cli import transcribe
from asrd.cli.exits import BROKEN_PIPE, BUG, EXIT_CODES, INTERRUPTED, NO_COMMAND
from asrd.cli.main import build_parser, main, parse
from asrd.errors import AsrdError
from asrd.server.listening import AddressTakenError
from tests.cli.commands import CHECKOUT, Cli, assert_one_line, run_process


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from asrd.cli.main import main; main(['transcribe', '--help']); main(['--help']);"
        "heavy = {'numpy', 'onnxruntime', 'soundfile', 'soxr', 'onnx', 'gguf'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stderr.decode() == ""
    assert done.returncode == 0


def test_without_a_command_the_commands_are_shown(cli: Cli) -> None:
    ran = cli()
    assert (ran.code, ran.out) == (2, "")
    assert "asrd run --try" in ran.err
    assert "options:" not in ran.err
    assert max(map(len, ran.err.splitlines())) <= 80
    assert set(build_parser().commands) <= {line.split()[0] for line in ran.err.splitlines() if line.startswith("  ")}


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("frob",), "'frob'"),
        (("model",), "ACTION"),
        (("model", "frob"), "'frob'"),
        (("transcribe",), "FILE"),
        (("inspect", "a", "b"), "unrecognized arguments: b"),
        (("--frob",), "--frob"),
    ],
    ids=repr,
)
def test_wrong_command_lines(args: tuple[str, ...], word: str, cli: Cli) -> None:
    assert_one_line(cli(*args), 2, word, "--help")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("lisen",), "asrd: argument COMMAND: invalid choice: 'lisen'; did you mean listen? see asrd --help"),
        (("model", "shwo"), "invalid choice: 'shwo'; did you mean show? see asrd model --help"),
        (("--versoin",), "unrecognized arguments: --versoin; did you mean --version? see asrd --help"),
        (("listen", "--replya=123456789", "x"), "--replya=123456789 x; did you mean --replay? see asrd listen --help"),
        (("run", "--xyzzy", "--server-prot", "3"), "3; did you mean --server-port? see asrd run --help"),
        (("run", "--raw-encoding", "s16"), "did you mean s16le? see asrd run --help"),
        (("listen", "--xyzzy"), "unrecognized arguments: --xyzzy; see asrd listen --help"),
        (("listen", "replay"), "unrecognized arguments: replay; see asrd listen --help"),
    ],
    ids=repr,
)
def test_what_was_probably_meant(args: tuple[str, ...], sentence: str, cli: Cli) -> None:
    assert cli(*args).err.endswith(f"{sentence}\n")


def test_parse_gives_the_function_of_the_command() -> None:
    args = parse(["transcribe", "-v", "a.wav", "b.wav"])
    assert args.run is transcribe.run
    assert (args.files, args.verbose) == (["a.wav", "b.wav"], 1)
    assert parse(["-vv", "transcribe", "a.wav"]).verbose == 2
    assert parse(["transcribe", "a.wav"]).verbose == 0
    assert parse(["model", "show", "-vv", "a"]).verbose == 2


def failing(error: BaseException) -> object:
    def run(_args: argparse.Namespace) -> int:
        raise error

    return lambda _argv: argparse.Namespace(run=run, verbose=0)


def closed(redirection: str, *args: str, home: Path, port: int) -> subprocess.CompletedProcess[str]:
    """How a real process ends one of whose streams the shell has closed."""
    found = {name: value for name, value in os.environ.items() if not name.startswith(("ASRD_", "XDG_"))}
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "asrd", *args],
        env=found | {"PYTHONPATH": str(CHECKOUT), "HOME": str(home), "ASRD_SERVER_PORT": str(port)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class TestErrors:
    def test_a_bug(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(main_module, "parse", failing(ZeroDivisionError("division by\nzero")))
        assert_one_line(cli(), 70, "unexpected ZeroDivisionError: division by\\nzero", "ASRD_DEBUG=1")

    def test_a_bug_with_its_traceback(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_DEBUG", "1")
        monkeypatch.setattr(main_module, "parse", failing(ZeroDivisionError("division by zero")))
        ran = cli()
        assert ran.code == 70
        assert ran.err.startswith("Traceback")
        assert "asrd: unexpected ZeroDivisionError: division by zero" in ran.err

    def test_interrupted(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(main_module, "parse", failing(KeyboardInterrupt()))
        assert tuple(cli()) == (130, "", "")

    def test_the_reader_went_away(self, tiny_model: Path) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", "asrd", "model", "show", str(tiny_model)],
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 141

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
    def test_a_full_disk(self) -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(
                [sys.executable, "-m", "asrd", "--version"],
                env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=60,
                check=False,
            )
        assert done.returncode == 2
        assert done.stderr.startswith(b"asrd: standard output cannot be written")
        assert done.stderr.count(b"\n") == 1

    @pytest.mark.parametrize("command", ["--version", "overlay", "overlay --json", "transcribe asrd/models/demo.opus"])
    def test_a_standard_output_that_is_closed(self, command: str, free_port: int, tmp_path: Path) -> None:
        done = closed(">&-", *command.split(), home=tmp_path, port=free_port)
        assert done.returncode == 2, done.stderr
        last = done.stderr.splitlines()[-1]
        assert last == "asrd: standard output cannot be written (Bad file descriptor): send it elsewhere"
        assert "bug" not in done.stderr
        assert "Exception" not in done.stderr

    @pytest.mark.parametrize("command", ["--help", "overlay --revoke"])
    def test_what_needs_no_standard_output(self, command: str, free_port: int, tmp_path: Path) -> None:
        done = closed(">&-", *command.split(), home=tmp_path, port=free_port)
        assert done.returncode == 0
        assert "Exception" not in done.stderr

    def test_a_standard_error_that_is_closed(self, free_port: int, tmp_path: Path) -> None:
        done = closed("2>&-", "overlay", home=tmp_path, port=free_port)
        assert (done.returncode, done.stdout[:7]) == (0, "http://")
        assert closed("2>&-", "model", "show", "none", home=tmp_path, port=free_port).returncode == 3

    def test_a_character_that_the_terminal_lacks(self, tiny_model: Path) -> None:
        ran = run_process("model", "show", tiny_model / "né", PYTHONIOENCODING="ascii")
        assert_one_line(ran, 3, "no model folder")


def test_verbose_logs_to_standard_error(clip: Path, tiny_model: Path) -> None:
    quiet, loud = (
        run_process("transcribe", clip, "--threads", "1", "--model", tiny_model, *flags) for flags in ((), ("-vv",))
    )
    assert quiet.out == loud.out
    assert quiet.err == ""
    assert "asrd.llama" in loud.err


def test_main_takes_the_arguments_of_the_process(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    monkeypatch.setattr(sys, "argv", ["asrd", "--help"])
    assert main() == 0


def test_every_command_stands_in_its_group() -> None:
    text = build_parser().format_help()
    groups = {block.split(":")[0]: block for block in text.split("\n\n")}
    for group, commands in {
        "speak": ("run", "listen", "type", "captions", "overlay", "toggle", "start", "stop", "pause", "resume"),
        "files": ("transcribe", "inspect"),
        "models": ("model",),
        "look after it": ("service", "devices", "doctor", "config", "bench", "completion"),
    }.items():
        assert [line.split()[0] for line in groups[group].splitlines()[1:]] == list(commands)
    assert text.index("speak:") < text.index("files:") < text.index("models:") < text.index("look after it:")


def test_every_exit_code_has_a_meaning() -> None:
    assert AddressTakenError in all_subclasses(AsrdError)
    errors: list[type[AsrdError]] = [AsrdError, *all_subclasses(AsrdError)]
    assert {error.exit_code for error in errors} | {0, BUG, INTERRUPTED, BROKEN_PIPE, NO_COMMAND} == set(EXIT_CODES)


def all_subclasses(kind: type[AsrdError]) -> Iterator[type[AsrdError]]:
    for one in kind.__subclasses__():
        yield one
        yield from all_subclasses(one)
