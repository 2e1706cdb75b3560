"""Windows that tests type into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from asrd_clients.injectors.interface import Injector, Method
from asrd_clients.injectors.opening import open_injector
from asrd_clients.injectors.options import InjectorOptions
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


@pytest.fixture
def injector(session: DesktopServer) -> Iterator[Injector]:
    """Types by X11, and does not wait long for a modifier to be released."""
    one = open_injector(Method.X11, InjectorOptions(modifier_wait_s=0.2))
    yield one
    one.close()
