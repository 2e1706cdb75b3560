"""A hotkey on a real X server, pressed on a keyboard that looks real to it."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from asrd.errors import ConfigError
from asrd_clients.typist.hotkey import parse_keys
from asrd_clients.typist.hotkey_x11 import X11Hotkey
from tests.desktop.keyboard import ALT, CAPS_LOCK, CONTROL, A, Keyboard
from tests.desktop.server import DesktopServer

SPACE, NUM_LOCK, F9 = 65, 77, 75
REPEATED_S = 1.5  # longer than the X server's delay before auto-repeat (0.66 s), and some repeats more
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def server() -> Iterator[DesktopServer]:
    with DesktopServer(has_window_manager=False) as one:
        yield one


@pytest.fixture
def keyboard(server: DesktopServer) -> Iterator[Keyboard]:
    one = Keyboard(server.name)
    yield one
    for key in (SPACE, CONTROL, ALT, A, F9):
        one.release(key)
    one.close()


class Told:
    """What a hotkey has told."""

    def __init__(self, hotkey: X11Hotkey) -> None:
        self.words: queue.Queue[str] = queue.Queue()
        hotkey.begin(lambda: self.words.put("down"), lambda: self.words.put("up"))

    def next(self) -> str:
        return self.words.get(timeout=PATIENCE_S)

    def is_silent(self, seconds: float) -> bool:
        try:
            self.words.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def hotkey(server: DesktopServer) -> Iterator[X11Hotkey]:
    one = X11Hotkey(parse_keys("ctrl+alt+space"), server.name)
    yield one
    one.close()


def chord(keyboard: Keyboard) -> None:
    for key in (CONTROL, ALT, SPACE):
        keyboard.press(key)


def unchord(keyboard: Keyboard) -> None:
    for key in (SPACE, ALT, CONTROL):
        keyboard.release(key)


def test_press_and_release(hotkey: X11Hotkey, keyboard: Keyboard) -> None:
    told = Told(hotkey)
    assert hotkey.keys == 3
    for _ in range(3):
        chord(keyboard)
        assert told.next() == "down"
        unchord(keyboard)
        assert told.next() == "up"


def test_auto_repeat_is_no_release(hotkey: X11Hotkey, keyboard: Keyboard) -> None:
    told = Told(hotkey)
    chord(keyboard)
    assert told.next() == "down"
    assert told.is_silent(REPEATED_S)
    unchord(keyboard)
    assert told.next() == "up"
    assert told.is_silent(0.3)


def test_the_modifiers_may_be_let_go_first(hotkey: X11Hotkey, keyboard: Keyboard) -> None:
    told = Told(hotkey)
    chord(keyboard)
    keyboard.release(CONTROL)
    keyboard.release(ALT)
    assert told.next() == "down"
    assert told.is_silent(0.3)
    keyboard.release(SPACE)
    assert told.next() == "up"


@pytest.mark.parametrize("locks", [(CAPS_LOCK,), (NUM_LOCK,), (CAPS_LOCK, NUM_LOCK)])
def test_locks_do_not_matter(hotkey: X11Hotkey, keyboard: Keyboard, locks: tuple[int, ...]) -> None:
    told = Told(hotkey)
    for lock in locks:
        keyboard.tap(lock)
    try:
        chord(keyboard)
        assert told.next() == "down"
        unchord(keyboard)
        assert told.next() == "up"
    finally:
        for lock in locks:
            keyboard.tap(lock)


def test_other_keys_are_not_its_affair(hotkey: X11Hotkey, keyboard: Keyboard) -> None:
    told = Told(hotkey)
    keyboard.tap(SPACE)
    keyboard.press(CONTROL)
    keyboard.tap(SPACE)
    keyboard.tap(A)
    assert told.is_silent(0.5)


def test_keys_that_are_taken_are_refused_in_a_sentence(hotkey: X11Hotkey, server: DesktopServer) -> None:
    with pytest.raises(ConfigError, match=r"ctrl\+alt\+space: another program has taken these keys"):
        X11Hotkey(parse_keys("ctrl+alt+space"), server.name)
    hotkey.close()
    X11Hotkey(parse_keys("ctrl+alt+space"), server.name).close()


def test_a_key_without_modifiers(server: DesktopServer, keyboard: Keyboard) -> None:
    hotkey = X11Hotkey(parse_keys("f9"), server.name)
    told = Told(hotkey)
    keyboard.tap(F9)
    assert (told.next(), told.next()) == ("down", "up")
    hotkey.close()


def test_a_key_that_the_keyboard_lacks(server: DesktopServer) -> None:
    with pytest.raises(ConfigError, match="this keyboard has no key"):
        X11Hotkey(parse_keys("ctrl+日"), server.name)


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_no_server() -> None:  # python-xlib leaves its socket open
    with pytest.raises(ConfigError, match="DISPLAY"):
        X11Hotkey(parse_keys("f9"), ":987")


def test_close_twice(server: DesktopServer) -> None:
    hotkey = X11Hotkey(parse_keys("f9"), server.name)
    Told(hotkey)
    hotkey.close()
    hotkey.close()


def test_a_server_that_goes_away_ends_the_thread_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    with DesktopServer(has_window_manager=False) as other:
        hotkey = X11Hotkey(parse_keys("f9"), other.name)
        Told(hotkey)
    hotkey.close()
    assert "Traceback" not in capfd.readouterr().err
