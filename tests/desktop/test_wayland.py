"""Text typed into windows of sway, without a screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from asrd_clients.injectors.interface import Injector, Method
from asrd_clients.injectors.opening import available_methods, open_desktop, open_injector
from tests.desktop import texts
from tests.desktop.server import until
from tests.desktop.wayland import SwayServer
from tests.desktop.widgets import GtkText, expect

EVERYTHING = " | ".join(texts.ALL.values())


@pytest.fixture(scope="module")
def sway() -> Iterator[SwayServer]:
    with SwayServer() as one:
        yield one


@pytest.fixture(scope="module")
def window(sway: SwayServer) -> Iterator[GtkText]:
    one = GtkText(sway)
    yield one
    one.close()


@pytest.fixture
def field(sway: SwayServer, window: GtkText, monkeypatch: pytest.MonkeyPatch) -> GtkText:
    """An empty text field that has the focus; this process's session is that of its compositor."""
    for name, value in sway.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DISPLAY", raising=False)
    sway.activate("text")
    window.clear()
    return window


@pytest.fixture
def injector(field: GtkText) -> Iterator[Injector]:
    said: list[str] = []
    one = open_injector(notice=said.append)
    assert said == ["typing with wtype (Wayland)"]
    yield one
    one.close()


@pytest.mark.parametrize("name", texts.ALL)
def test_any_script(field: GtkText, injector: Injector, name: str) -> None:
    injector.type(texts.ALL[name])
    expect(field, texts.ALL[name])


def test_dashes_lines_and_tabs(field: GtkText, injector: Injector) -> None:
    text = "-s 1\n--\t-k Return\n- \\n $HOME `id` %s\n"
    injector.type(text)
    expect(field, text)


def test_more_characters_than_a_keyboard_has_keys(field: GtkText, injector: Injector) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    injector.type(text)
    expect(field, text)


def test_erase(field: GtkText, injector: Injector) -> None:
    assert injector.can_erase
    injector.type("Hello, wörld")
    injector.erase(5)
    expect(field, "Hello, ")


def test_nothing_but_text_is_typed(field: GtkText, injector: Injector) -> None:
    injector.type("a\x1b[31mb\x03c\x7f\x08d\u202ee\x00f")
    expect(field, "a[31mbcdef")


@pytest.mark.parametrize(("data", "kind"), [(bytes(range(256)) * 400, "image/png"), ("über".encode(), "text/plain")])
def test_pasting_keeps_what_was_copied(sway: SwayServer, field: GtkText, data: bytes, kind: str) -> None:
    sway.copy(data, kind)
    injector = open_injector(Method.CLIPBOARD)
    injector.type(EVERYTHING + "\nnext")
    expect(field, EVERYTHING + "\nnext")
    assert sway.run("wl-paste", "--no-newline", "--type", kind) == data
    injector.close()
    assert sway.run("wl-paste", "--no-newline", "--type", kind) == data


def test_pasting_leaves_an_empty_clipboard_empty(sway: SwayServer, field: GtkText) -> None:
    sway.run("wl-copy", "--clear")
    injector = open_injector(Method.CLIPBOARD)
    injector.type("secret")
    expect(field, "secret")
    injector.close()
    with pytest.raises(AssertionError):
        sway.run("wl-paste")


def test_the_focus_is_seen(sway: SwayServer, field: GtkText) -> None:
    desktop = open_desktop()
    first = desktop.focus()
    assert first.startswith("sway:")
    other = GtkText(sway, "other")
    until(lambda: desktop.focus() != first, "the new window is not seen")
    sway.activate("text")
    until(lambda: desktop.focus() == first, "the old window is not seen")
    other.close()
    assert desktop.user_acts() == -1
    desktop.close()
    desktop.close()
    assert desktop.focus() == ""


def test_what_can_be_used(field: GtkText) -> None:
    usable = {one.method for one in available_methods() if one.is_usable}
    assert {Method.WTYPE, Method.CLIPBOARD, Method.STDOUT} <= usable
    assert available_methods()[0].method is Method.WTYPE
