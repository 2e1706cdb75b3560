from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from asrd.bench.daemon.process import DaemonProcess
from asrd.cli import type_
from asrd_clients.injectors.interface import Method
from asrd_clients.typist.settings import FocusRule, Mode
from tests.cli.commands import CHECKOUT, Cli, assert_one_line, run_process
from tests.client.fake_daemon import TOKEN, Client, FakeDaemon, final, partial


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_the_flags_name_what_there_is() -> None:
    assert tuple(mode.value for mode in Mode) == type_.MODES
    assert tuple(method.value for method in Method) == type_.METHODS
    assert tuple(rule.value for rule in FocusRule) == type_.FOCUS_RULES


def test_tries_the_rules(cli: Cli) -> None:
    ran = cli("type", "--try", "hello comma new line world \x1b[2J")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "new line" not in ran.out
    assert ran.out.count("\n") == 2
    assert cli("type", "--no-enter", "--try", "hello new line world").out.count("\n") == 1


def test_tries_several_utterances(cli: Cli) -> None:
    assert cli("type", "--try", "hello there", "scratch that", "good morning").out == "Good morning\n"


def test_the_example_is_a_rules_file(cli: Cli, tmp_path: Path) -> None:
    example = cli("type", "--rules-example")
    assert example.code == 0
    rules = tmp_path / "rules.toml"
    rules.write_text(example.out, encoding="utf-8")
    assert cli("type", "--rules", rules, "--try", "hello").code == 0


def test_bad_rules_are_refused_at_the_start(cli: Cli, tmp_path: Path) -> None:
    assert_one_line(cli("type", "--rules", tmp_path / "none.toml", "--try", "x"), 2, "none.toml")
    bad = tmp_path / "bad.toml"
    bad.write_text("this is = = no TOML\n", encoding="utf-8")
    assert_one_line(cli("type", "--rules", bad, "--try", "x"), 2, "bad.toml", "line 1")


def test_the_rules_file_beside_the_configuration_is_used(cli: Cli, tmp_path: Path) -> None:
    rules = tmp_path / "asrd" / "rules.toml"
    rules.parent.mkdir()
    rules.write_text("this is = = no TOML\n", encoding="utf-8")
    assert_one_line(cli("type", "--try", "x"), 2, str(rules))


def test_flags_that_need_others(cli: Cli) -> None:
    assert_one_line(cli("type", "--hold"), 2, "--hotkey")
    assert_one_line(cli("type", "--hotkey", "nonsense+x"), 2, "nonsense")
    assert_one_line(cli("type", "--hold", "--toggle"), 2, "not allowed")
    assert_one_line(cli("type", "--method", "telepathy"), 2, "telepathy")


def test_no_hotkey_without_a_display(cli: Cli) -> None:
    assert_one_line(cli("type", "--method", "stdout", "--hotkey", "f9"), 2, "asrd toggle")


def test_no_daemon(cli: Cli) -> None:
    assert_one_line(cli("type", "--method", "stdout", "--url", "ws://127.0.0.1:9"), 1, "asrd run")


def environment(daemon: DaemonProcess, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASRD_")}
    paths = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "clients")])
    return {**kept, "HOME": str(home), "PYTHONPATH": paths, "PYTHONWARNINGS": "error", "ASRD_TOKEN": daemon.token}


def test_types_what_listen_shows(tmp_path: Path) -> None:
    """Every final of the demonstration, by the model that ships, as `asrd listen` has it; then both end."""
    rules = tmp_path / "plain.toml"
    rules.write_text("", encoding="utf-8")
    with DaemonProcess(["--demo"], tmp_path) as daemon:
        programs = [
            subprocess.Popen(
                [sys.executable, "-m", "asrd", *command, "--url", daemon.url],
                env=environment(daemon, tmp_path),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for command in (["listen", "--json"], ["type", "--method", "stdout", "--rules", str(rules)])
        ]
        try:
            listened, typed = (program.communicate(timeout=120)[0] for program in programs)
        finally:
            for program in programs:
                program.kill()
    messages = [json.loads(line) for line in listened.splitlines()]
    finals = [message["text"] for message in messages if message["type"] == "final"]
    assert len(finals) >= 2
    assert [line.strip() for line in typed.splitlines()] == finals
    assert [program.returncode for program in programs] == [0, 0]


def test_a_hostile_transcript_types_nothing_but_harmless_text(tmp_path: Path) -> None:
    escapes = "\x1b[2J\x1b]0;title\x07one\x1b[31m \x9b2Jtwo\x08\x7f\r\nthree"
    invisible = "four\u202e\u2066\u200b\ufeff\U000e0041\x00 five\ud800\u2028six"
    long = "x" * 1_000_000

    async def script(client: Client) -> None:
        await client.hello()
        await client.send(**partial(escapes, long))
        for number, text in enumerate((escapes, invisible, long), start=1):
            await client.send(**final(number, text))
        await client.send(type="closed")
        await client.stay()

    rules = tmp_path / "plain.toml"
    rules.write_text("", encoding="utf-8")
    with FakeDaemon([script]) as daemon:
        command = ("type", "--method", "stdout", "--mode", "live", "--rules", rules, "--url", daemon.url)
        ran = run_process(*command, ASRD_TOKEN=TOKEN, HOME=str(tmp_path))
    assert ran.code == 0
    words = ran.out.split()
    assert [word.lower() for word in words[:-1]] == ["one", "two", "three", "four", "five", "six"]
    assert set(words[-1].lower()) == {"x"}
    assert 9_990 <= len(words[-1]) <= 10_000
    assert all(character == "\n" or character.isprintable() for character in ran.out)
    assert "990000" in ran.err
    assert "\x1b" not in ran.err


def typing(daemon: DaemonProcess, home: Path) -> subprocess.Popen[str]:
    """A client of the daemon that types to standard output."""
    return subprocess.Popen(
        [sys.executable, "-m", "asrd", "type", "--method", "stdout", "--url", daemon.url],
        env=environment(daemon, home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_reader_that_goes_away_ends_it(tmp_path: Path) -> None:
    with DaemonProcess(["--demo"], tmp_path) as daemon:
        program = typing(daemon, tmp_path)
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline()
        program.stdout.close()
        errors = program.stderr.read()
        program.stderr.close()
        assert program.wait(60) == 1
    assert errors.startswith("asrd: standard output takes no more text")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    with DaemonProcess(["--demo"], tmp_path) as daemon:
        program = typing(daemon, tmp_path)
        assert program.stdout is not None
        first = program.stdout.readline()
        program.send_signal(number)
        _, errors = program.communicate(timeout=60)
    assert first.strip()
    assert program.returncode == 0
    assert errors == ""
