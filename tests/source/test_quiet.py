from __future__ import annotations

import os
import threading

import pytest

from asrd.source.quiet import native_stderr_silenced


def write(text: str) -> None:
    os.write(2, text.encode())


def test_nothing_is_heard_meanwhile(capfd: pytest.CaptureFixture[str]) -> None:
    write("before ")
    with native_stderr_silenced(True), native_stderr_silenced(True):
        write("within ")
    with native_stderr_silenced(False):
        write("after")
    assert capfd.readouterr().err == "before after"


def test_two_threads_leave_it_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    """The second would keep what the first put there, if it did not wait."""
    is_within, may_leave = threading.Event(), threading.Event()

    def hold() -> None:
        with native_stderr_silenced(True):
            is_within.set()
            may_leave.wait(10)

    first = threading.Thread(target=hold)

    def outlast() -> None:
        with native_stderr_silenced(True):
            first.join(10)

    second = threading.Thread(target=outlast)
    first.start()
    assert is_within.wait(10)
    second.start()
    second.join(0.05)  # time to go wrong
    may_leave.set()
    second.join(10)
    write("heard")
    assert capfd.readouterr().err == "heard"
