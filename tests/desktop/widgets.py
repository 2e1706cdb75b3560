"""Windows with text, and what stands in them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from tests.desktop.server import DesktopServer, require, until

_SYSTEM_PYTHON: Final = "/usr/bin/python3"
_GTK_SCRIPT: Final = Path(__file__).with_name("gtk_text.py")
_PAGE: Final = (
    "<!doctype html><meta charset=utf-8><title>chromium</title><textarea autofocus style='width:95%;height:80vh'>"
)


class Session(Protocol):
    """Where programs show their windows."""

    def start(self, command: list[str], *, talks: bool = False) -> subprocess.Popen[Any]:
        """Start a program there."""


class Widget(Protocol):
    """A text field that has the keyboard's focus."""

    def text(self) -> str:
        """What stands in it now."""

    def clear(self) -> None:
        """Empty it."""


def expect(widget: Widget, text: str, limit_s: float = 20.0) -> None:
    """Wait until a widget holds a text, and no more.

    Raises:
        AssertionError: it holds another.
    """
    try:
        until(lambda: widget.text() == text, "", limit_s)
    except AssertionError:
        assert widget.text() == text


def gtk_python() -> str:
    """The system's Python with GTK, or a skip."""
    checked = subprocess.run(
        [_SYSTEM_PYTHON, "-c", "import gi; gi.require_version('Gtk', '3.0')"], capture_output=True, check=False
    )
    if checked.returncode:
        require("no GTK for /usr/bin/python3")
    return _SYSTEM_PYTHON


class GtkText:
    """A GTK text view in a window of its own."""

    def __init__(self, server: Session, title: str = "text") -> None:
        self._process = server.start([gtk_python(), str(_GTK_SCRIPT), title], talks=True)
        until(lambda: bool(self._ask("text")["focused"]), f"the window {title} does not get the focus")

    def text(self) -> str:
        return str(self._ask("text")["text"])

    def clear(self) -> None:
        self._ask("clear")

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("end\n")
        self._process.stdin.flush()
        self._process.wait(10)

    def _ask(self, what: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class XtermText:
    """xterm, and the bytes that a program in it gets, as text."""

    ERASED: Final = "\x7f"

    def __init__(self, server: DesktopServer, folder: Path, title: str = "xterm") -> None:
        require("xterm")
        self._file = folder / f"{title}.txt"
        ready = folder / f"{title}.ready"
        script = f"stty raw -echo; touch {ready}; exec cat >> {self._file}"
        self._process = server.start(["xterm", "-u8", "-title", title, "-e", "sh", "-c", script])
        until(ready.exists, "xterm does not start")
        server.activate(title)

    def text(self) -> str:
        return self._file.read_bytes().decode("utf-8", "replace").replace("\r", "\n").replace("\b", self.ERASED)

    def clear(self) -> None:
        self._file.write_bytes(b"")

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)


class ChromiumText:
    """A text area in Chromium."""

    def __init__(self, server: DesktopServer, folder: Path) -> None:
        require("chromium")
        sync_api = pytest.importorskip("playwright.sync_api")
        page = folder / "page.html"
        page.write_text(_PAGE, encoding="utf-8")
        self._playwright = sync_api.sync_playwright().start()
        self._browser = self._playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path="/usr/bin/chromium",
            headless=False,
            no_viewport=True,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", f"--app={page.as_uri()}"],  # no address bar
            env=server.environment,
        )
        self._page = self._browser.pages[0]
        self._page.wait_for_selector("textarea")
        server.activate("chromium")

    def text(self) -> str:
        return str(self._page.evaluate("document.querySelector('textarea').value"))

    def clear(self) -> None:
        self._page.evaluate("document.querySelector('textarea').value = ''")

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()
