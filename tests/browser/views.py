"""A page in the browser, and what is seen on it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.stand import Stand
from tests.server.harness import SECRET

HD: Final = (1920, 1080)
PATIENCE_MS: Final = 30_000.0
# A connection that cannot be made is told of by the browser itself.
_OF_THE_NETWORK: Final = ("WebSocket connection to", "Failed to load resource")
_ROWS: Final = """() => [...document.querySelectorAll(".utterance:not(.gone) .row")].map((row) => ({
  settled: [...row.querySelectorAll(".settled")].map((piece) => piece.textContent).join(""),
  tail: row.querySelector(".tail").textContent,
}))"""


@dataclass(frozen=True)
class Row:
    """A line of subtitles."""

    settled: str
    tail: str = ""

    @property
    def text(self) -> str:
        return self.settled + self.tail


@dataclass
class View:
    """A page; `complaints` are its errors and what its policy forbade."""

    browser: Browser
    stand: Stand
    size: tuple[int, int] = HD
    options: Mapping[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # of the network, which some tests make on purpose

    def __enter__(self) -> View:
        width, height = self.size
        self.context = self.browser.new_context(viewport={"width": width, "height": height}, **self.options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()

    def open(self, path: str, token: str = SECRET) -> Page:
        """Go to a page, and wait until it has been greeted."""
        self.page.goto(f"{self.stand.address}{path}#token={token}")
        self.until("diary.run !== ''")
        return self.page

    def overlay(self, query: str = "", token: str = SECRET) -> Page:
        """The subtitles, with the parameters of a query; they do not fade unless that says so."""
        stays = "" if "fade=" in query else "fade=0"
        return self.open("/overlay?" + "&".join(filter(None, (query, stays))), token)

    def stop_clock(self) -> None:
        """From now on the page's time goes on by `page.clock.run_for` alone."""
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1)

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(f"() => {condition}")  # a bare expression would be evaluated, which is forbidden

    def rows(self) -> list[Row]:
        """The lines that are shown, and those that roll away."""
        return [Row(**row) for row in self.page.evaluate(_ROWS)]

    def until_rows(self, *texts: str) -> None:
        """Wait until exactly these lines are shown."""
        self.page.wait_for_function(
            """(wanted) => {
              const rows = [...document.querySelectorAll(".utterance:not(.gone) .row")];
              return JSON.stringify(rows.map((row) => row.textContent)) === JSON.stringify(wanted);
            }""",
            arg=list(texts),
        )

    def until_text(self, text: str) -> None:
        """Wait until the subtitles end with a text, blanks and line breaks aside."""
        self.page.wait_for_function(
            """(text) => {
              const rows = [...document.querySelectorAll(".utterance:not(.gone) .row")];
              return rows.map((row) => row.textContent).join("").replace(/ /g, "").endsWith(text);
            }""",
            arg=text.replace(" ", ""),
        )

    def until_still(self) -> None:
        """Wait until nothing rolls or fades."""
        self.until(
            "document.getAnimations().every(({ playState }) => playState === 'finished' || playState === 'idle')"
        )

    def picture(self, *, is_clear: bool = False) -> Image.Image:
        """A screenshot; of a clear one, what is not drawn is transparent."""
        return Image.open(io.BytesIO(self.page.screenshot(omit_background=is_clear))).convert("RGBA")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        is_of_the_network = message.text.startswith(_OF_THE_NETWORK)
        (self.troubles if is_of_the_network else self.complaints).append(message.text)
