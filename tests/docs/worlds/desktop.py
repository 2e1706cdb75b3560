"""The world of the mark `desktop`: a real window with a text field that has the focus, and the daemon that speaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.desktop.server import DesktopServer
from tests.desktop.widgets import GtkText
from tests.docs.worlds.daemon import DaemonWorld
from tests.docs.worlds.world import Ground

_SAID: Final = ("short demonstration", "on the screen", "change for a moment", "they settle", "left this machine")
_SHOWN_BY: Final = ("DISPLAY", "GDK_BACKEND", "LC_ALL", "NO_AT_BRIDGE", "GTK_IM_MODULE")
_FOREIGN: Final = ("WAYLAND_DISPLAY", "XAUTHORITY", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")


class DesktopWorld(DaemonWorld):
    """What is dictated must stand in the window at a block's end."""

    def __init__(self, folder: Path) -> None:
        """`folder` is empty. The desktop begins with the first block."""
        super().__init__(folder)
        self._server: DesktopServer | None = None
        self._window: GtkText | None = None

    def enter(self, ground: Ground) -> None:
        """The daemon speaks, and the window is empty and has the focus."""
        super().enter(ground)
        if self._server is None:
            self._server = DesktopServer()
            self._window = GtkText(self._server)
        assert self._window
        self._server.activate("text")
        self._window.clear()
        self.environment |= {name: self._server.environment[name] for name in _SHOWN_BY}

    def variables(self, ground: Ground) -> dict[str, str]:
        """Of a session at this desktop."""
        return {name: value for name, value in super().variables(ground).items() if name not in _FOREIGN}

    def lives(self, ground: Ground, written: str) -> bool:
        """Dictation lives when a sentence stands in the window; what it writes is shown as well."""
        return super().lives(ground, written) and self._holds_a_sentence()

    def leave(self, ground: Ground) -> None:
        """What was typed stays."""
        super().leave(ground)
        assert self._window
        assert self._holds_a_sentence(), f"the window holds {self._window.text()!r}, and nothing of what was said"

    def close(self) -> None:
        """End the desktop and the daemon."""
        super().close()
        if self._window is not None:
            self._window.close()
        if self._server is not None:
            self._server.close()

    def _holds_a_sentence(self) -> bool:
        assert self._window
        text = self._window.text().lower()
        return any(words in text for words in _SAID)


@pytest.fixture(scope="module")
def desktop_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DesktopWorld]:
    """One desktop for all blocks of a test file."""
    world = DesktopWorld(tmp_path_factory.mktemp("desktop"))
    yield world
    world.close()
