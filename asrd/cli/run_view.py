"""What `asrd run` shows on a terminal: one quiet line, and the text if that is asked for."""

from __future__ import annotations

from asrd.cli.live import line_columns, live_line
from asrd.cli.output import StatusLine
from asrd.events import DroppedEvent, FinalEvent, PartialEvent, SessionEvent, StatusEvent
from asrd.text.columns import harmless
from asrd.wire.commands import MAIN


class RunView:
    """The status line: the state of the daemon's own session, and where clients find it."""

    def __init__(self, *, shows_text: bool) -> None:
        """`shows_text`: the open utterance takes the line while it lasts, and finals are lines of their own."""
        self._line = StatusLine()
        self._shows_text = shows_text
        self._where = ""
        self._state = "starting"

    def begin(self, where: str) -> None:
        """Clients can connect."""
        self._where = where
        self._show_state()

    def show(self, event: SessionEvent) -> str:
        """Take note of an event; returns the line that belongs on standard output, or ""."""
        if event.session != MAIN:
            return ""
        if isinstance(event, StatusEvent):
            self._state = event.message
            self._show_state()
        elif self._shows_text and isinstance(event, PartialEvent):
            self._line.show(live_line(event.committed, event.tail, line_columns()), now=True)
        elif isinstance(event, FinalEvent | DroppedEvent):
            self._line.clear()
            self._show_state()
        return harmless(event.text) if self._shows_text and isinstance(event, FinalEvent) else ""

    def _show_state(self) -> None:
        self._line.show(f"asrd: {self._state} · {self._where}"[: line_columns()], now=True)

    def __enter__(self) -> RunView:
        self._line.show("asrd: loading the model ...", now=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._line.clear()
