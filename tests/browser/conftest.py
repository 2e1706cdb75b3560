"""A real Chromium, and pages in it that may not complain."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.chromium import find_chromium, launch_options
from tests.browser.stand import Stand
from tests.browser.views import HD, PATIENCE_MS, View

_INSTALL = Path(__file__).with_name("install.sh")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; installed if that is possible, else the test is skipped, or fails under CI."""
    if sys.platform.startswith("linux") and os.geteuid() == 0 and ("CI" in os.environ or find_chromium() is None):
        subprocess.run([str(_INSTALL)], check=False, timeout=900)
    found = find_chromium()
    if found is None:
        reason = "no Chromium: tests/browser/install.sh as root"
        if "CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


# For this folder alone: while it is there, its event loop runs in the thread of the tests, and no other can.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=chromium, args=launch_options())
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def stand_of_all() -> Iterator[Stand]:
    with Stand() as stand:
        yield stand


@pytest.fixture
def stand(stand_of_all: Stand) -> Stand:
    """A daemon as after its start; `utterance` numbers go on."""
    stand_of_all.stop()
    stand_of_all.start()
    return stand_of_all


@pytest.fixture
def view(browser: Browser, stand: Stand) -> Iterator[View]:
    """A page of 1920 x 1080; at the end it must not have complained about anything."""
    with View(browser, stand, HD) as opened:
        yield opened
    assert opened.complaints == []


@pytest.fixture
def artefacts(tmp_path: Path) -> Path:
    """Where pictures are kept: under CI they are looked at afterwards."""
    folder = Path(os.environ.get("ASRD_ARTEFACTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
