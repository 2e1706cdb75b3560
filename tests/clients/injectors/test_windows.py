"""The exact calls that Windows gets, whose functions have the names that they have there."""

# ruff: noqa: N802

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from asrd_clients.injectors.interface import HeldKeyError, InjectError, Method
from asrd_clients.injectors.options import Clock, InjectorOptions
from asrd_clients.injectors.windows import Input, WindowsDesktop, WindowsInjector, load_user32
from tests.clients.injectors.clock import FakeTime

UP, UNICODE = 2, 4


class User32:
    def __init__(self) -> None:
        self.sent: list[list[tuple[int, int, int]]] = []
        self.down: set[int] = set()
        self.releases_after = -1
        self.takes = True
        self.window = 0

    def SendInput(self, count: int, array: Any, size: int) -> int:
        assert size == ctypes.sizeof(Input)
        assert all(one.type == 1 for one in array)
        self.sent.append([(one.u.ki.wVk, one.u.ki.wScan, one.u.ki.dwFlags) for one in array])
        assert len(array) == count
        return count if self.takes else 0

    def GetAsyncKeyState(self, key: int) -> int:
        self.releases_after -= 1
        if self.releases_after == 0:
            self.down.clear()
        return -32768 if key in self.down else 1  # the low bit: it was pressed since the last question

    def GetForegroundWindow(self) -> int:
        return self.window


@pytest.fixture
def user32() -> User32:
    return User32()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def injector(user32: User32, time: FakeTime) -> WindowsInjector:
    return WindowsInjector(InjectorOptions(), time.clock, user32)


def test_the_size_is_that_of_windows() -> None:
    assert ctypes.sizeof(Input) == (40 if ctypes.sizeof(ctypes.c_void_p) == 8 else 28)
    assert Input.u.offset == (8 if ctypes.sizeof(ctypes.c_void_p) == 8 else 4)


def test_text(user32: User32, injector: WindowsInjector) -> None:
    injector.type("é😀\n\t\x1b")
    assert user32.sent == [
        [
            (0, 0xE9, UNICODE),
            (0, 0xE9, UNICODE | UP),
            (0, 0xD83D, UNICODE),
            (0, 0xD83D, UNICODE | UP),
            (0, 0xDE00, UNICODE),
            (0, 0xDE00, UNICODE | UP),
            (0x0D, 0, 0),
            (0x0D, 0, UP),
            (0x09, 0, 0),
            (0x09, 0, UP),
        ]
    ]
    assert injector.method is Method.WINDOWS


def test_what_belongs_together_is_handed_over_together(
    user32: User32, time: FakeTime, injector: WindowsInjector
) -> None:
    injector.type("a" * 15 + "👩‍👩‍👧‍👦" + "b" * 20)
    assert [len(one) for one in user32.sent] == [30 + 22, 32, 8]
    assert time.slept == [0.004] * 3


def test_erase(user32: User32, injector: WindowsInjector) -> None:
    injector.erase(33)
    assert user32.sent == [[(8, 0, 0), (8, 0, UP)] * 32, [(8, 0, 0), (8, 0, UP)]]
    assert injector.can_erase


def test_nothing_to_type(user32: User32, injector: WindowsInjector) -> None:
    injector.type("\x00")
    injector.erase(0)
    assert not user32.sent


def test_waits_while_a_modifier_is_held(user32: User32, time: FakeTime, injector: WindowsInjector) -> None:
    user32.down, user32.releases_after = {0x11}, 10
    injector.type("text")
    assert len(user32.sent) == 1
    assert time.slept.count(0.01) > 0


def test_a_modifier_that_stays_held(user32: User32, injector: WindowsInjector) -> None:
    user32.down = {0x12}
    with pytest.raises(HeldKeyError, match=r"^Alt is held for 10 s") as caught:
        injector.type("text")
    assert caught.value.typed == 0
    assert not user32.sent


def test_a_modifier_in_the_middle_of_a_text(user32: User32, time: FakeTime) -> None:
    def press(seconds: float) -> None:
        time.now_s += seconds
        user32.down = {0x11}

    injector = WindowsInjector(InjectorOptions(), Clock(lambda: time.now_s, press), user32)
    with pytest.raises(HeldKeyError) as caught:
        injector.type("a" * 20)
    assert caught.value.typed == 16
    assert len(user32.sent) == 1


def test_a_window_with_more_rights(user32: User32, injector: WindowsInjector) -> None:
    user32.takes = False
    with pytest.raises(InjectError, match="administrator"):
        injector.type("text")


def test_the_desktop(user32: User32) -> None:
    desktop = WindowsDesktop(user32)
    assert desktop.focus() == ""
    user32.window = 0x1234
    assert desktop.focus() == "windows:0x1234"
    assert desktop.user_acts() == -1
    desktop.close()


@pytest.mark.skipif(sys.platform == "win32", reason="this is Windows")
def test_elsewhere() -> None:
    with pytest.raises(InjectError, match="on Windows alone"):
        load_user32()
