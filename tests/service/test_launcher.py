"""The program of the bundle, compiled and run here: it is plain POSIX, though macOS is where it is needed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from asrd.service.interface import Wish
from asrd.service.launchd_files import Places, bundle_files

Build = Callable[..., Path]
TELL = "import json, os, sys; print(json.dumps([sys.argv[1:], os.getppid()])); sys.stdout.flush()"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Compiles a launcher that starts the words."""
    if shutil.which("cc") is None and sys.platform.startswith("linux") and os.geteuid() == 0:
        subprocess.run([str(Path(__file__).with_name("install.sh"))], check=False, timeout=600)
    if shutil.which("cc") is None:
        if "CI" in os.environ:
            pytest.fail("no C compiler: tests/service/install.sh brings one")
        pytest.skip("no C compiler: tests/service/install.sh brings one")

    def made(*words: str) -> Path:
        source = next(file for file in bundle_files(Wish(program=words), Places(tmp_path)) if file.path.suffix == ".c")
        path = tmp_path / "launcher.c"
        path.write_bytes(source.content)
        flags = ("-std=gnu99", "-Os", "-Wall", "-Wextra", "-Werror")
        subprocess.run(["cc", *flags, "-o", str(tmp_path / "launcher"), str(path)], check=True)
        return tmp_path / "launcher"

    return made


def test_words_arrive_and_the_launcher_stays_the_parent(build: Build) -> None:
    fixed, given = ['a "b" \\ %s $x ä\n', ""], ["--port", "9 000", "日本", ""]
    launcher = build(sys.executable, "-c", TELL, *fixed)
    with subprocess.Popen([str(launcher), *given], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        words, parent = json.loads(running.stdout.read())
    assert words == [*fixed, *given]
    assert parent == running.pid
    assert running.returncode == 0


@pytest.mark.parametrize("code", [0, 1, 2, 70, 255])
def test_it_ends_with_the_same_code(build: Build, code: int) -> None:
    launcher = build("/bin/sh", "-c", 'exit "$0"')
    assert subprocess.run([str(launcher), str(code)], check=False).returncode == code


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"])
def test_it_dies_of_the_same_signal(build: Build, name: str) -> None:
    launcher = build(sys.executable, "-c", "import os, sys; os.kill(os.getpid(), int(sys.argv[1]))")
    number = signal.Signals[name]
    assert subprocess.run([str(launcher), str(int(number))], check=False).returncode == -number


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_signals_are_handed_on_and_it_waits(build: Build, name: str) -> None:
    script = (
        "import os, signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.2); os.write(1, b'last words\\n'); sys.exit(7)\n"
        f"signal.signal(signal.{name}, end); os.write(1, b'ready\\n')\nwhile True: time.sleep(60)"
    )
    with subprocess.Popen([str(build(sys.executable, "-c", script))], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(signal.Signals[name])
        assert running.stdout.read() == "last words\n"
    assert running.returncode == 7


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_signal_at_once_is_not_lost(build: Build) -> None:
    launcher = build("/bin/sleep", "60")
    for _ in range(20):
        with subprocess.Popen([str(launcher)]) as running:
            until_s = time.monotonic() + 10.0
            # As soon as it is the launcher, and no longer the fork of this process with its own handlers.
            while launcher.name not in Path(f"/proc/{running.pid}/comm").read_text(encoding="ascii"):
                assert time.monotonic() < until_s
            time.sleep(0.002)
            running.send_signal(signal.SIGTERM)
            assert running.wait(10.0) == -signal.SIGTERM


def test_what_cannot_be_started(build: Build) -> None:
    ran = subprocess.run([str(build("/nowhere/python"))], capture_output=True, text=True, check=False)
    assert ran.returncode == 71
    assert ran.stderr == (
        "asrd: /nowhere/python cannot be started (No such file or directory): install the service again\n"
    )
