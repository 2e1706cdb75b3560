from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.commands import Cli, assert_one_line, run_process
from tests.client.fake_daemon import TOKEN, FakeDaemon
from tests.client.test_steering import answers, status

COMMANDS = ("toggle", "start", "stop", "pause", "resume")


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASRD_TOKEN", TOKEN)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_says_the_new_state_in_a_word(cli: Cli) -> None:
    with FakeDaemon([answers("listening", {"pause": [status("paused", "closed until resume")]}, [])]) as daemon:
        assert cli("toggle", "--url", daemon.url) == (0, "paused\n", "")
        ran = cli("pause", "--json", "--url", daemon.url)
        assert json.loads(ran.out) == {"state": "paused", "message": "closed until resume"}
        assert daemon.tokens == [f"Bearer {TOKEN}"] * 2


def test_a_microphone_in_trouble(cli: Cli) -> None:
    with FakeDaemon([answers("paused", {"start": [status("mic_lost", "it was unplugged")]}, [])]) as daemon:
        assert cli("start", "--url", daemon.url) == (1, "mic_lost\n", "asrd: it was unplugged\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_refusal(cli: Cli, command: str) -> None:
    error = {"type": "error", "code": "unavailable", "message": "the daemon has no \x1b[2Jmicrophone"}
    with FakeDaemon([answers("listening", {command: [error], "pause": [error]}, [])]) as daemon:
        assert_one_line(cli(command, "--url", daemon.url), 1, "has no \\x1b[2Jmicrophone")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_daemon(cli: Cli, command: str) -> None:
    assert_one_line(cli(command, "--url", "ws://127.0.0.1:9"), 1, "asrd run")


def test_a_state_that_is_no_word_is_not_printed(cli: Cli) -> None:
    with FakeDaemon([answers("idle", {"resume": [status("\x1b[2J")]}, [])]) as daemon:
        assert "\x1b" not in cli("resume", "--url", daemon.url).out


def test_a_shortcut_needs_nothing_heavy() -> None:
    """It is to act at once: neither numpy nor a native library is loaded."""
    code = (
        "import sys; import asrd.cli.main, asrd.cli.steer_run; "
        "print([name for name in ('numpy', 'onnxruntime', 'sounddevice', 'asrd.recognizer') if name in sys.modules])"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_help() -> None:
    for command in COMMANDS:
        ran = run_process(command, "--help")
        assert ran.code == 0
        assert "shortcut" in ran.out
