"""What is shown on a terminal while a command works: on standard error alone, and gone when it ends."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asrd.cli.live import line_columns, live_line
from asrd.cli.output import StatusLine
from tests.cli.commands import CHECKOUT, speech, write_wav

ERASE = "\r\x1b[K"


def run_on_terminal(*args: str | Path) -> tuple[int, str, str]:
    """Run asrd with standard error on a terminal: exit code, standard output, what the terminal got."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "asrd", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=follower,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    ) as process:
        os.close(follower)
        shown = b""
        while select.select([leader], [], [], 60)[0]:
            try:
                data = os.read(leader, 4096)
            except OSError:  # the other side was closed
                break
            if not data:
                break
            shown += data
        assert process.stdout is not None
        out = process.stdout.read().decode()
    os.close(leader)
    return process.returncode, out, shown.decode()


@pytest.fixture
def long_clip(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "long.wav", speech(6.0))


def test_live_text(long_clip: Path, tiny_model: Path) -> None:
    code, out, shown = run_on_terminal("transcribe", long_clip, "--stream", "--threads", "1", "--model", tiny_model)
    assert code == 0
    assert out.strip()
    assert "\x1b" not in out
    frames = shown.split(ERASE)
    assert len(frames) > 10
    assert all(frame.startswith("\x1b[1m") for frame in frames[1:-1])
    assert frames[-1] == ""


def test_progress(long_clip: Path, tiny_model: Path) -> None:
    code, out, shown = run_on_terminal(
        "transcribe", long_clip, "--max-utterance", "2", "--threads", "1", "--model", tiny_model
    )
    assert code == 0
    assert out.strip()
    assert f"{ERASE}0 of 6 s" in shown
    assert shown.endswith(ERASE)


def test_nothing_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with StatusLine() as status:
        status.show("50 %", now=True)
    assert capfd.readouterr().err == ""


def test_a_line_keeps_its_end() -> None:
    assert live_line("hello ", "world", 80) == "\x1b[1mhello \x1b[0m\x1b[2mworld\x1b[0m"
    assert live_line("hello ", "world", 7) == "\x1b[1mo \x1b[0m\x1b[2mworld\x1b[0m"
    assert live_line("hello ", "world", 3) == "\x1b[1m\x1b[0m\x1b[2mrld\x1b[0m"
    assert live_line("", "天气很好", 5) == "\x1b[1m\x1b[0m\x1b[2m很好\x1b[0m"


@pytest.mark.parametrize(("columns", "width"), [(0, 79), (1, 0), (50, 49)])
def test_a_terminal_without_columns_counts_as_one_of_80(
    columns: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((columns, 24)))  # as Python 3.10 gives it
    assert line_columns() == width


def test_a_transcript_does_not_move_the_cursor() -> None:
    assert live_line("a\x1b[2Jb", "c\nd\r", 80) == "\x1b[1ma [2Jb\x1b[0m\x1b[2mc d \x1b[0m"
