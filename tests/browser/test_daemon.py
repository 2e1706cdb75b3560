"""From a clip through the real daemon and the model that ships to letters on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from asrd.bench.daemon.process import DaemonProcess
from tests.browser import sampling
from tests.browser.stand import Stand
from tests.browser.views import View
from tests.cli.commands import run_process

PATIENCE_MS = 120_000.0  # the recognizer may have to share its cores


@pytest.fixture
def view(browser: Browser, stand_of_all: Stand) -> Iterator[View]:
    with View(browser, stand_of_all) as opened:
        opened.context.set_default_timeout(PATIENCE_MS)
        yield opened
    assert opened.complaints == []


def test_a_played_clip(view: View, tmp_path: Path, artefacts: Path) -> None:
    page = view.page
    with DaemonProcess(["--demo"], tmp_path) as daemon:
        page.goto(f"{daemon.page}overlay?dot=on&lines=3&background=223#token={daemon.token}")
        sampling.begin(page)
        view.until("document.querySelector('.tail:not([data-text=\"\"])')")
        page.screenshot(path=artefacts / "daemon-partial.png")
        view.until("[...captions.utterances.values()].some((one) => one.isEnded)")
        assert "listening" in "".join(row.settled for row in view.rows())
        page.screenshot(path=artefacts / "daemon-final.png")
        found = sampling.end(page)
        assert found.moved == []
        assert found.characters > 20
        port = str(urlsplit(daemon.page).port)
    page.wait_for_selector("#dot.absent")
    with DaemonProcess(["--demo", "--port", port], tmp_path) as daemon:
        page.wait_for_selector("#dot.open")
        view.until("[...captions.utterances.values()].some((one) => !one.isEnded)")
        page.goto(f"{daemon.page}#token={daemon.token}")
        expect(page.locator("#model")).to_contain_text("nano")
        expect(page.locator("#transcript .said")).to_have_count(1)
    expect(page.locator("#state")).to_have_text("Not connected")


def test_the_addresses_that_the_command_prints(view: View, tmp_path: Path) -> None:
    page = view.page
    with DaemonProcess(["--source", "none"], tmp_path) as daemon:

        def printed(*flags: str) -> str:
            port = str(urlsplit(daemon.page).port)
            ran = run_process("overlay", "--port", port, "--token-file", str(daemon.token_file), *flags)
            assert (ran.code, ran.err) == (0, "")
            return ran.out.strip()

        page.goto(printed())
        view.until("diary.run !== ''")
        assert page.url == f"{daemon.page}overlay", "the token does not stay in sight"
        page.evaluate("() => sessionStorage.clear()")  # the tab's own memory of the token
        page.goto(printed("--page"))
        expect(page.locator("#model")).to_contain_text("nano")


def test_the_page_that_leads_there(view: View, tmp_path: Path) -> None:
    """What `asrd overlay --open` gives a browser; see tests/cli/test_overlay.py."""
    page, given = view.page, tmp_path / "given"
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\nprintf %s \"$1\" >'{given}'\n", encoding="utf-8")
    program.chmod(0o700)
    with DaemonProcess(["--source", "none"], tmp_path) as daemon:
        port = str(urlsplit(daemon.page).port)
        flags = ("--port", port, "--token-file", str(daemon.token_file), "--open")
        ran = run_process("overlay", *flags, BROWSER=f"{program} %s", HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path))
        assert (ran.code, ran.err) == (0, "")
        page.goto(given.read_text(encoding="utf-8"))
        page.wait_for_url(f"{daemon.page}overlay")
        view.until("diary.run !== ''")
        assert page.evaluate("() => document.referrer") == ""
