"""Only plain files are read, at once, and no more of them than they may hold; what is written is there as a whole."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from asrd.plain_file import open_plain, read_plain, replace_plain, written_beside

Make: TypeAlias = Callable[[Path], Path]
_LIMIT_S = 30.0  # for a process that should have ended long before


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def endless(_folder: Path) -> Path:
    return Path("/dev/zero")


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


NO_FILES = pytest.mark.parametrize("make", [pipe, endless])


def program(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python, in a process of its own: what waits for ever must not hold up all tests."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )


def asrd(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return program("-m", "asrd", *arguments, **environment)


def refused(ran: subprocess.CompletedProcess[str], code: int, *words: object) -> None:
    assert (ran.returncode, ran.stdout) == (code, "")
    assert ran.stderr.startswith("asrd: ")
    assert ran.stderr.count("\n") == 1
    for word in words:
        assert str(word) in ran.stderr


def test_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"words\r\n")
    (tmp_path / "link").symlink_to("file")
    assert read_plain(tmp_path / "file", 7) == read_plain(tmp_path / "link", 7) == b"words\r\n"
    with open_plain(tmp_path / "file") as file:
        assert file.read(3) == b"wor"


def test_no_more_than_it_may_hold(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"words")
    with pytest.raises(OSError, match="it is longer than 4 bytes") as caught:
        read_plain(tmp_path / "file", 4)
    assert caught.value.errno == errno.EFBIG


def test_a_device() -> None:
    before = open_files()
    with pytest.raises(OSError, match="it is a pipe or a device, no plain file") as caught:
        open_plain(Path("/dev/zero"))
    assert caught.value.filename == "/dev/zero"
    assert open_files() == before


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody writes into it."""
    script = "import pathlib, sys; from asrd.plain_file import open_plain; open_plain(pathlib.Path(sys.argv[1]))"
    ran = program("-c", script, pipe(tmp_path))
    assert ran.returncode == 1
    assert "it is a pipe or a device, no plain file" in ran.stderr


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "gone")
    with pytest.raises(IsADirectoryError):
        open_plain(tmp_path)
    with pytest.raises(ValueError, match="null"):
        open_plain(Path("a\0b"))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        with pytest.raises(OSError, match="socket"):
            open_plain(tmp_path / "socket")


@pytest.mark.parametrize("umask", [0, 0o077])
def test_a_file_is_replaced(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        replace_plain(tmp_path / "file", b"words\r\n")
        assert ((tmp_path / "file").stat().st_mode & 0o777, (tmp_path / "file").read_bytes()) == (0o600, b"words\r\n")
        replace_plain(tmp_path / "file", b"", 0o755)
        assert ((tmp_path / "file").stat().st_mode & 0o777, (tmp_path / "file").read_bytes()) == (0o755, b"")
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_is_written_is_on_the_disk_first_and_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def sync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        seen.append((status.st_mode & 0o777, status.st_size, (tmp_path / "file").exists()))

    monkeypatch.setattr(os, "fsync", sync)
    replace_plain(tmp_path / "file", b"words", 0o644)
    assert seen == [(0o600, 5, False)]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_plain(tmp_path / "folder", b"words")
    with pytest.raises(OSError, match="too long"):
        replace_plain(tmp_path / ("x" * 250), b"words")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            replace_plain(tmp_path / "file", b"words")
    with written_beside(tmp_path / "file", b"words") as work:
        assert work.read_bytes() == b"words"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@NO_FILES
def test_configuration(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path)
    refused(asrd("config", "--config", path), 2, f"the configuration file {path}", "no plain file", "check --config")
    refused(asrd("config", ASRD_CONFIG=str(path)), 2, f"the configuration file {path}", "no plain file")


def test_no_configuration_at_all() -> None:
    ran = asrd("config", ASRD_CONFIG=os.devnull)
    assert (ran.returncode, ran.stderr) == (0, "")


@NO_FILES
def test_rules(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path)
    ran = asrd("type", "--rules", path, "--try", "new line")
    refused(ran, 2, f"the rules file {path}", "no plain file", "check --rules")


@NO_FILES
def test_description_of_a_model(make: Make, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "asrd.json").symlink_to(make(tmp_path))
    ran = asrd("model", "show", tmp_path / "model")
    refused(ran, 3, tmp_path / "model" / "asrd.json", "no plain file", "fetch or export the model again")


@NO_FILES
def test_tokens(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path)
    refused(asrd("listen", "--token-file", path), 2, f"the token file {path}", "no plain file")


@NO_FILES
def test_certificates(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path)
    ran = asrd("listen", "--url", "wss://127.0.0.1:1", "--ca", path, ASRD_TOKEN="x" * 40)
    refused(ran, 2, f"the certificates in {path}", "no plain file", "check --ca")


@NO_FILES
def test_checkpoints(make: Make, tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "config.json").symlink_to(make(tmp_path))
    ran = asrd("model", "export", tmp_path / "checkpoint", tmp_path / "made")
    refused(ran, 3, tmp_path / "checkpoint" / "config.json", "no plain file")
