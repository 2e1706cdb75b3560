"""A reader who stands still keeps no command from ending: a full pipe, a terminal that was stopped with Ctrl-S."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from asrd.cli import apart, screen
from asrd.cli.apart import logging_apart
from asrd.cli.held_up import has_ended, is_held_up
from asrd.cli.screen import Screen
from tests.cli.commands import CHECKOUT

CTRL_S = b"\x13"
RUN = ("run", "--source", "none", "--port", "0")
PATIENCE_S = 60


@pytest.fixture
def full_pipe() -> Iterator[int]:
    """The end to write into, which takes nothing more; nobody reads the other one."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"\0" * 512)
    os.set_blocking(writing, True)
    yield writing
    os.close(reading)
    os.close(writing)


class Started:
    """asrd, with its streams where a test wants them."""

    def __init__(self, folder: Path, *args: str, stdout: int, stderr: int) -> None:
        names = {"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "asrd", *args],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=os.environ | dict.fromkeys(names, str(folder)) | {"PYTHONPATH": str(CHECKOUT)},
        )
        self._watchdog = threading.Timer(PATIENCE_S, self.process.kill)

    def __enter__(self) -> Started:
        self._watchdog.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.communicate()

    def wait_for(self, words: bytes, stream: IO[bytes] | None) -> None:
        assert stream is not None
        assert any(words in line for line in stream), "it ended before"

    def end(self, *signals: int) -> int:
        for number in signals:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def test_nobody_reads_standard_output(full_pipe: int, tmp_path: Path) -> None:
    with Started(tmp_path, *RUN, "--json", stdout=full_pipe, stderr=subprocess.PIPE) as asrd:
        asrd.wait_for(b"ready: ", asrd.process.stderr)
        assert asrd.end(signal.SIGTERM) == 0


def test_nobody_reads_standard_error(full_pipe: int, tmp_path: Path) -> None:
    with Started(tmp_path, *RUN, "--json", stdout=subprocess.PIPE, stderr=full_pipe) as asrd:
        asrd.wait_for(b"url", asrd.process.stdout)
        assert asrd.end(signal.SIGTERM) == 0


def test_nobody_reads_and_it_is_asked_again(full_pipe: int, tmp_path: Path) -> None:
    with Started(tmp_path, *RUN, "--json", stdout=subprocess.PIPE, stderr=full_pipe) as asrd:
        asrd.wait_for(b"url", asrd.process.stdout)
        assert asrd.end(signal.SIGTERM, signal.SIGINT, signal.SIGINT) in (0, 128 + signal.SIGINT)


def test_an_error_that_nobody_reads(full_pipe: int, tmp_path: Path) -> None:
    """The daemon ends by itself, since its model is not there."""
    flags = ("-vv", "--model", str(tmp_path))
    with Started(tmp_path, *RUN, *flags, stdout=subprocess.DEVNULL, stderr=full_pipe) as asrd:
        assert asrd.end() == 3


def test_a_terminal_that_was_stopped(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    try:
        with Started(tmp_path, *RUN, stdout=follower, stderr=follower) as asrd:
            shown = b""
            while b"ws://" not in shown:
                shown += os.read(leader, 4096)
            os.write(leader, CTRL_S)
            assert asrd.end(signal.SIGTERM) == 0
    finally:
        os.close(leader)
        os.close(follower)


def test_standard_output_that_takes_nothing(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    flags = ("run", "--demo", "--fast", "--port", "0")
    with full.open("wb") as out, Started(tmp_path, *flags, stdout=out.fileno(), stderr=subprocess.PIPE) as asrd:
        _, said = asrd.process.communicate(timeout=PATIENCE_S)
        assert asrd.process.returncode == 2, said
        assert said.splitlines()[-1].startswith(b"asrd: standard output cannot be written (No space left on device): ")
        assert b"bug" not in said


def test_who_is_held_up_ends_without_clean_up_but_says_what_is_wrong() -> None:
    script = (
        "import atexit, threading; from asrd.cli.held_up import has_ended; from asrd.cli.main import main;"
        "thread = threading.Thread(target=threading.Event().wait, daemon=True); thread.start();"
        "has_ended(thread, 0); atexit.register(print, 'cleaned up'); main(['frob']); print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"'frob'" in done.stderr


def test_whether_a_thread_has_ended() -> None:
    goes_on = threading.Event()
    thread = threading.Thread(target=goes_on.wait, args=(PATIENCE_S,))
    thread.start()
    assert not has_ended(thread, 0)
    assert is_held_up()
    goes_on.set()
    assert has_ended(thread, PATIENCE_S)
    assert not is_held_up()


def test_after_a_second_signal_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []

    def ended(thread: threading.Thread, limit_s: float = 1.0) -> bool:
        limits.append(limit_s)
        if thread.name == "log":
            raise KeyboardInterrupt
        return has_ended(thread)

    for module in (screen, apart):
        monkeypatch.setattr(module, "has_ended", ended)
    with pytest.raises(KeyboardInterrupt), Screen() as shown, logging_apart(shown):
        pass
    assert limits == [1.0, 0.0]
