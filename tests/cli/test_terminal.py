"""What is shown on a terminal while a command works: on standard error alone, and gone when it ends."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asrd.cli.live import line_columns, live_lines, text_lines, wrapped
from asrd.cli.output import StatusLine
from tests.cli.commands import CHECKOUT, speech, write_wav
from tests.cli.terminal import Terminal

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
    frames = re.split(r"\r(?:\x1b\[K|\x1b\[\d+A\x1b\[J)", shown)
    assert len(frames) > 10
    assert all(frame.startswith(("\x1b[1m", "\x1b[2m")) for frame in frames[1:-1])
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


def lit(settled: str, tail: str) -> str:
    return (f"\x1b[1m{settled}\x1b[0m" if settled else "") + (f"\x1b[2m{tail}\x1b[0m" if tail else "")


def test_what_has_settled_is_bright_and_the_rest_dim() -> None:
    assert live_lines("hello ", "world", 80, 5) == [lit("hello ", "world")]
    assert live_lines("hello wo", "rld", 7, 5) == [lit("hello", ""), lit("wo", "rld")]
    assert live_lines("hello ", "my world", 5, 5) == [lit("hello", ""), lit("", "my"), lit("", "world")]
    assert live_lines("", "", 80, 5) == [""]


def test_of_a_long_text_the_end_is_seen() -> None:
    assert live_lines("one two ", "three", 5, 2) == [lit("two", ""), lit("", "three")]
    assert live_lines("one two ", "three", 5, 0) == [lit("", "three")]


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("hello world", 11, ["hello world"]),
        ("hello world", 10, ["hello ", "world"]),
        ("a  b", 3, ["a  ", "b"]),
        ("incomprehensible", 6, ["incomp", "rehens", "ible"]),
        ("an incomprehensible", 6, ["an ", "incomp", "rehens", "ible"]),
        ("aaaa bb cc", 4, ["aaaa ", "bb ", "cc"]),
        ("天气很好", 5, ["天气", "很好"]),
        ("e\u0301" * 4, 2, ["e\u0301e\u0301"] * 2),
        ("ab", 0, ["ab"]),
        ("", 10, [""]),
    ],
    ids=repr,
)
def test_lines_are_cut_between_words_where_possible(text: str, columns: int, lines: list[str]) -> None:
    assert wrapped(text, columns) == lines
    assert "".join(wrapped(text, columns)) == text


def test_finished_text_is_one_line_but_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda *_: os.terminal_size((8, 24)))
    assert text_lines("one two three") == "one two three"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert text_lines("one two three") == "one two\nthree"


def test_several_lines_are_overwritten(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    terminal = Terminal()
    with StatusLine() as status:
        for text in ("one", "two\nthree\nfour", "five\nsix", "seven", "eight\nnine"):
            status.show(text, now=True)
            terminal.feed(capsys.readouterr().err.replace("\n", "\r\n"))
            assert [line for line in terminal.text() if line] == text.split("\n")
    terminal.feed(capsys.readouterr().err.replace("\n", "\r\n"))
    assert "".join(terminal.text()) == ""
    assert (terminal.row, terminal.column) == (0, 0)


@pytest.mark.parametrize(("columns", "width"), [(0, 79), (1, 0), (50, 49)])
def test_a_terminal_without_columns_counts_as_one_of_80(
    columns: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shutil, "get_terminal_size", lambda *_: os.terminal_size((columns, 24))
    )  # as Python 3.10 gives it
    assert line_columns() == width


def test_a_transcript_does_not_move_the_cursor() -> None:
    assert live_lines("a\x1b[2Jb", "c\nd\r", 80, 5) == [lit("a [2Jb", "c d")]
