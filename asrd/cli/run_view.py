"""What `asrd run` shows on a terminal: one quiet line, and the text if that is asked for."""

from __future__ import annotations

from asrd.cli.live import dim, line_columns, live_text, text_lines
from asrd.cli.screen import Screen
from asrd.events import DroppedEvent, FinalEvent, PartialEvent, SessionEvent, State, StatusEvent
from asrd.text.columns import harmless
from asrd.wire.commands import MAIN

_TROUBLE = (State.MIC_LOST, State.MIC_PERMISSION, State.OVERLOAD)


class RunView:
    """The state of the daemon's own session, and where clients find it, on the screen's status line."""

    def __init__(self, screen: Screen, *, shows_text: bool, tells_trouble: bool = False) -> None:
        """Begin before the model is loaded.

        Args:
            screen: where it is shown.
            shows_text: the open utterance takes the line while it lasts, and finals are lines of their own.
            tells_trouble: where there is no status line, a sentence tells of trouble with the microphone.
        """
        self._screen = screen
        self._shows_text = shows_text
        self._tells_trouble = tells_trouble and not screen.is_terminal
        self._where = ""
        self._state = "starting"
        self._is_open = False
        screen.show(dim("asrd: loading the model ..."))

    def begin(self, where: str) -> None:
        """Clients can connect."""
        self._where = where
        self._show_state()

    def show(self, event: SessionEvent) -> None:
        """Show an event."""
        if event.session != MAIN:
            return
        if isinstance(event, StatusEvent):
            self._take_state(event)
        elif isinstance(event, PartialEvent) and self._shows_text:
            self._is_open = True
            self._screen.show(live_text(event.committed, event.tail))
        elif isinstance(event, FinalEvent | DroppedEvent):
            self._is_open = False
            self._show_state()
        if isinstance(event, FinalEvent) and self._shows_text and (text := harmless(event.text)):
            self._screen.print(text_lines(text))

    def _take_state(self, event: StatusEvent) -> None:
        if event.state in _TROUBLE and event.message != self._state and self._tells(event):
            self._screen.note(harmless(event.message))
        self._state = event.message
        if not self._is_open:  # what is being said stays in sight
            self._show_state()

    def _tells(self, event: StatusEvent) -> bool:
        """Whether trouble is a line of its own: on the status line its end, which says what to do, may be cut off."""
        return self._tells_trouble or (self._screen.is_terminal and len(f"asrd: {event.message}") > line_columns())

    def _show_state(self) -> None:
        self._screen.show(dim(f"asrd: {harmless(self._state)} · {self._where}"[: line_columns()]))
