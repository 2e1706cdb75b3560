"""Typing by pasting under X11: the text arrives, and the clipboard has afterwards what it had before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrd_clients.injectors.clipboard.injector import ClipboardInjector
from asrd_clients.injectors.clipboard.owner import Owner
from asrd_clients.injectors.clipboard.x11 import BOTH, X11Clipboard
from asrd_clients.injectors.interface import InjectError, Injector, Method
from asrd_clients.injectors.opening import open_injector
from asrd_clients.injectors.options import Clock, InjectorOptions, PasteKeys
from asrd_clients.injectors.x11.injector import X11Injector
from tests.desktop import texts
from tests.desktop.server import DesktopServer, require, until
from tests.desktop.widgets import GtkText, XtermText, expect

pytestmark = pytest.mark.usefixtures("session")
EVERYTHING = " | ".join(texts.ALL.values())
PICTURE = bytes(range(256)) * 4000  # a megabyte: goes in parts


class Copier:
    """Copies and looks, as other programs do."""

    def __init__(self, server: DesktopServer, folder: Path) -> None:
        require("xclip")
        self._server = server
        self._file = folder / "copied"

    def copy(self, data: bytes, kind: str, selection: str = "clipboard") -> None:
        self._file.write_bytes(data)
        subprocess.run(  # it stays in the background, and would keep pipes open
            ["xclip", "-selection", selection, "-t", kind, "-i", str(self._file)],
            env=self._server.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=20,
            check=True,
        )
        until(lambda: self.look(kind, selection) == data, "nothing is copied")

    def look(self, kind: str, selection: str = "clipboard") -> bytes | None:
        done = subprocess.run(
            ["xclip", "-selection", selection, "-t", kind, "-o"],
            env=self._server.environment,
            capture_output=True,
            timeout=20,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None


@pytest.fixture
def copier(server: DesktopServer, tmp_path: Path) -> Copier:
    return Copier(server, tmp_path)


@pytest.fixture
def injector(field: GtkText, session: DesktopServer) -> Iterator[Injector]:
    one = open_injector(Method.CLIPBOARD)
    yield one
    one.close()


@pytest.mark.parametrize("layout", ["us", "de", "ru", "us(dvorak)"])
def test_pastes_on_any_layout(server: DesktopServer, field: GtkText, injector: Injector, layout: str) -> None:
    server.layout(*layout.rstrip(")").split("("))
    injector.type(EVERYTHING)
    expect(field, EVERYTHING)
    injector.type("\n\tx" * 2)
    expect(field, EVERYTHING + "\n\tx\n\tx")
    injector.erase(3)
    expect(field, EVERYTHING + "\n\tx")


def test_a_long_text_goes_in_parts(field: GtkText, injector: Injector) -> None:
    text = "wörd " * 60_000
    injector.type(text)
    expect(field, text)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PICTURE, "image/png"),
        (b"short", "image/png"),
        ("über".encode(), "UTF8_STRING"),
        (b"file:///tmp/a\r\nfile:///tmp/b\r\n", "text/uri-list"),
    ],
)
def test_what_was_copied_is_kept(copier: Copier, field: GtkText, injector: Injector, data: bytes, kind: str) -> None:
    copier.copy(data, kind)
    for word in ("one ", "two "):
        injector.type(word)
    expect(field, "one two ")
    assert copier.look(kind) == data
    for name in ("UTF8_STRING", "text/plain", "x-kde-passwordManagerHint"):
        assert copier.look(name) is None or name == kind


def test_an_empty_clipboard_is_left_empty(copier: Copier, field: GtkText, injector: Injector) -> None:
    copier.copy(b"", "UTF8_STRING")
    with X11Owner():
        pass  # took the clipboard, and has gone with it
    injector.type("secret")
    expect(field, "secret")
    assert copier.look("TARGETS") is None


class X11Owner:
    """A program that takes the clipboard and has nothing to give."""

    def __enter__(self) -> None:
        from Xlib.display import Display

        self._display = Display()
        window = self._display.screen().root.create_window(0, 0, 1, 1, 0, 0)
        window.set_selection_owner(self._display.get_atom("CLIPBOARD"), 0)
        self._display.sync()

    def __exit__(self, *_: object) -> None:
        self._display.close()


def test_what_is_copied_meanwhile_stays(copier: Copier, field: GtkText, session: DesktopServer) -> None:
    class Keys(X11Injector):
        def paste(self, keys: PasteKeys) -> None:
            super().paste(keys)
            expect(field, "text")
            copier.copy(b"of the user", "UTF8_STRING")

    copier.copy(b"before", "UTF8_STRING")
    injector = ClipboardInjector(X11Clipboard(), Keys())
    injector.type("text")
    assert copier.look("UTF8_STRING") == b"of the user"
    injector.close()
    assert copier.look("UTF8_STRING") == b"of the user"


def test_an_owner_that_does_not_answer(field: GtkText, injector: Injector) -> None:
    with X11Owner():
        injector.type("text")
        expect(field, "text")


def test_the_text_is_marked_as_sensitive(copier: Copier, session: DesktopServer) -> None:
    clipboard = X11Clipboard()
    clipboard.lend("dictated")
    assert copier.look("x-kde-passwordManagerHint") == b"secret"
    assert copier.look("UTF8_STRING") == b"dictated"
    clipboard.restore()
    clipboard.close()
    clipboard.close()


def test_nobody_takes_it(copier: Copier, server: DesktopServer, field: GtkText, tmp_path: Path) -> None:
    """xterm pastes with other keys."""
    copier.copy(b"before", "UTF8_STRING")
    terminal = XtermText(server, tmp_path)
    injector = open_injector(Method.CLIPBOARD, InjectorOptions(paste_s=0.5))
    with pytest.raises(InjectError, match=r"did not fetch the text within 0.5 s.*than ctrl\+v"):
        injector.type("text")
    assert copier.look("UTF8_STRING") == b"before"
    injector.close()
    terminal.close()


def test_a_terminal_pastes_with_shift_and_insert(
    copier: Copier, server: DesktopServer, field: GtkText, tmp_path: Path
) -> None:
    copier.copy(b"selected", "UTF8_STRING", "primary")
    copier.copy(b"copied", "UTF8_STRING")
    terminal = XtermText(server, tmp_path)
    injector = open_injector(Method.CLIPBOARD, InjectorOptions(paste_keys=PasteKeys.SHIFT_INSERT))
    injector.type("übers 日本")
    expect(terminal, "übers 日本")
    assert copier.look("UTF8_STRING") == b"copied"
    assert copier.look("UTF8_STRING", "primary") == b"selected"
    injector.close()
    terminal.close()


def test_what_was_copied_outlives_the_process(copier: Copier, field: GtkText, session: DesktopServer) -> None:
    copier.copy(PICTURE, "image/png")
    injector = open_injector(Method.CLIPBOARD)
    injector.type("text")
    injector.close()
    assert copier.look("image/png") == PICTURE
    copier.copy(b"new", "UTF8_STRING")
    assert copier.look("UTF8_STRING") == b"new"


def test_what_is_copied_while_the_keeper_starts_stays(copier: Copier, session: DesktopServer) -> None:
    clipboard = Owner(None, Clock())
    with clipboard.lock:
        atom = clipboard.atom("CLIPBOARD")
        clipboard.own(atom, {})
        since = clipboard.owned_since(atom)
    copier.copy(b"new", "UTF8_STRING")
    until(lambda: copier.look("UTF8_STRING") == b"new", "nothing is copied")
    with clipboard.lock:
        clipboard.pump()
        assert not clipboard.holds(atom)
        with pytest.raises(InjectError):
            clipboard.own(atom, {}, since)
    assert copier.look("UTF8_STRING") == b"new"
    clipboard.close()


def test_the_server_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with DesktopServer(has_window_manager=False) as own:
        monkeypatch.setenv("DISPLAY", own.name)
        clipboard = X11Clipboard(BOTH)
    with pytest.raises(InjectError, match="X server is gone"):
        clipboard.lend("text")
    clipboard.close()
