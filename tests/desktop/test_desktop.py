"""What is known of the focus and of what the user presses, under X11."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from asrd_clients.injectors.interface import Desktop, InjectError, Method
from asrd_clients.injectors.opening import available_methods, open_desktop, open_injector
from asrd_clients.injectors.x11.connection import close, connect, talking
from asrd_clients.injectors.x11.desktop import X11Desktop
from asrd_clients.injectors.x11.keymap import Key
from asrd_clients.injectors.x11.xkb import Xkb
from tests.desktop import texts
from tests.desktop.keyboard import A, Keyboard
from tests.desktop.server import DesktopServer, until
from tests.desktop.widgets import GtkText, XtermText, expect

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def desktop(field: GtkText, session: DesktopServer) -> Iterator[Desktop]:
    one = open_desktop()
    assert isinstance(one, X11Desktop)
    yield one
    one.close()


@pytest.fixture
def keyboard(server: DesktopServer) -> Iterator[Keyboard]:
    one = Keyboard(server.name)
    yield one
    one.close()


def test_a_change_of_focus_is_seen(server: DesktopServer, desktop: Desktop, tmp_path: Path) -> None:
    first = desktop.focus()
    assert first
    assert desktop.focus() == first
    terminal = XtermText(server, tmp_path)
    assert desktop.focus() not in ("", first)
    server.activate("text")
    assert desktop.focus() == first
    terminal.close()


def test_typing_does_not_look_like_a_change_of_focus(desktop: Desktop, field: GtkText) -> None:
    injector = open_injector()
    first = desktop.focus()
    injector.type(texts.CJK)
    expect(field, texts.CJK)
    injector.erase(1)
    assert desktop.focus() == first
    injector.close()


def expect_acts(desktop: Desktop, keyboard: Keyboard, acts: int) -> None:
    """So many and no more: a key of the keyboard, which is the last of them, tells that all others have come."""
    before = desktop.user_acts()
    keyboard.tap(A)
    until(lambda: desktop.user_acts() > max(before, acts), lambda: f"{desktop.user_acts()} acts")
    assert desktop.user_acts() == acts + 1


def test_our_own_keys_are_not_the_users(desktop: Desktop, keyboard: Keyboard, field: GtkText) -> None:
    injector = open_injector()
    for text in texts.ALL.values():
        injector.type(text)
        injector.erase(3)
    injector.close()
    expect_acts(desktop, keyboard, 0)


def test_keys_of_a_keyboard_are_the_users(desktop: Desktop, keyboard: Keyboard, field: GtkText) -> None:
    injector = open_injector()
    injector.type("aaa")
    keyboard.tap(A)
    injector.type("aaa")
    expect(field, "a" * 7)
    expect_acts(desktop, keyboard, 1)
    injector.close()


def test_keys_and_buttons_of_other_programs_are_the_users(
    server: DesktopServer, desktop: Desktop, keyboard: Keyboard
) -> None:
    """As of a remote desktop: XTest presses those as well."""
    server.run("xdotool", "key", "a")
    until(lambda: desktop.user_acts() == 1, "the key is not seen")
    server.run("xdotool", "click", "1")
    until(lambda: desktop.user_acts() == 2, "the button is not seen")
    expect_acts(desktop, keyboard, 2)


@pytest.mark.parametrize(
    ("kind", "detail", "flags", "is_act"),
    [
        (13, A, 0, True),
        (13, A, 1 << 16, False),
        (15, 1, 0, True),
        (15, 3, 0, True),
        (15, 4, 0, False),
        (15, 7, 0, False),
    ],
)
def test_a_key_that_repeats_and_the_wheel_are_no_acts(
    desktop: Desktop, kind: int, detail: int, flags: int, is_act: bool
) -> None:
    assert isinstance(desktop, X11Desktop)
    data = struct.pack("=HIIHHI", 3, 1000, detail, 250, 2, flags) + bytes(12)
    event = SimpleNamespace(type=35, evtype=kind, data=data)
    assert desktop._is_act(event) is is_act


def test_another_program_types_on_our_behalf(server: DesktopServer, field: GtkText, keyboard: Keyboard) -> None:
    injector = open_injector(Method.XDOTOOL)
    desktop = open_desktop()
    injector.type("text")
    expect(field, "text")
    expect_acts(desktop, keyboard, 0)
    injector.close()
    server.run("xdotool", "key", "a")
    until(lambda: desktop.user_acts() == 2, "the key is not seen")
    desktop.close()


def test_the_server_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with DesktopServer() as own:
        monkeypatch.setenv("DISPLAY", own.name)
        desktop = open_desktop()
        assert isinstance(desktop, X11Desktop)
    assert desktop.focus() == ""
    desktop.user_acts()
    desktop.close()
    desktop.close()
    assert desktop.focus() == ""


def test_a_request_that_the_server_refuses_does_not_end_the_connection(session: DesktopServer) -> None:
    display = connect()
    xkb = Xkb(display)
    keymap = xkb.keymap()
    xkb.set_keys(200, [Key((99,) * 4, 1, 2, (0, 0))], keymap.keycodes)  # there is no such type: BadValue
    assert xkb.keymap() == keymap
    with pytest.raises(InjectError, match="refused a request"), talking():
        display.create_resource_object("window", 0x7FFFFFFF).get_geometry()
    assert xkb.state().held == 0
    close(display)


def test_without_a_window_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    with DesktopServer(has_window_manager=False) as own:
        monkeypatch.setenv("DISPLAY", own.name)
        desktop, keyboard = open_desktop(), Keyboard(own.name)
        assert desktop.focus()
        keyboard.tap(A)
        until(lambda: desktop.user_acts() == 1, "the key is not seen")
        keyboard.close()
        desktop.close()


def test_what_can_be_used() -> None:
    found = {one.method: one for one in available_methods()}
    assert list(found)[:2] == [Method.X11, Method.XDOTOOL]
    assert set(found) == set(Method)
    assert {Method.X11, Method.CLIPBOARD, Method.STDOUT} <= {one.method for one in found.values() if one.is_usable}
    assert all(one.reason for one in found.values())
