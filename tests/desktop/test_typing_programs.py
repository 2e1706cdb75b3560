"""Text typed into a terminal and into a browser.

Their server is not that of the other tests: a window manager reads the keyboard map anew at each change, and on a busy
machine it is still at the changes of fifty tests when these windows wait to be shown.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from asrd_clients.injectors.interface import Injector
from tests.desktop import texts
from tests.desktop.server import DesktopServer
from tests.desktop.widgets import ChromiumText, XtermText, expect

pytestmark = pytest.mark.usefixtures("session")


def test_a_terminal(server: DesktopServer, injector: Injector, tmp_path: Path) -> None:
    terminal = XtermText(server, tmp_path)
    injector.type(texts.EVERYTHING + "\n" + "x" * 3000)
    injector.erase(2)
    expect(terminal, texts.EVERYTHING + "\n" + "x" * 3000 + terminal.ERASED * 2)
    server.screenshot("typed-terminal")
    terminal.close()


def test_a_browser(server: DesktopServer, injector: Injector, tmp_path: Path) -> None:
    browser = ChromiumText(server, tmp_path)
    injector.type(texts.EVERYTHING + "\n" + "The quick brown fox. " * 100)
    injector.erase(5)
    expect(browser, (texts.EVERYTHING + "\n" + "The quick brown fox. " * 100)[:-5])
    server.screenshot("typed-browser")
    browser.close()
