"""Windows that tests type into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desktop.server import DesktopServer
from tests.desktop.widgets import GtkText


@pytest.fixture(scope="module")
def server() -> Iterator[DesktopServer]:
    """A desktop with a window manager, shared by a file's tests."""
    with DesktopServer() as one:
        yield one


@pytest.fixture(scope="module")
def gtk(server: DesktopServer) -> Iterator[GtkText]:
    """A text field that has the focus."""
    widget = GtkText(server)
    yield widget
    widget.close()


@pytest.fixture
def field(server: DesktopServer, gtk: GtkText) -> Iterator[GtkText]:
    """The text field, empty, with the focus, and the US layout."""
    server.layout("us")
    server.activate("text")
    gtk.clear()
    yield gtk
    server.layout("us")


@pytest.fixture
def session(server: DesktopServer, monkeypatch: pytest.MonkeyPatch) -> DesktopServer:
    """This process's session is the server's."""
    monkeypatch.setenv("DISPLAY", server.name)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XAUTHORITY", raising=False)
    return server
