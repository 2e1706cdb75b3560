"""What `asrd listen` writes: finished text on standard output, all else on standard error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Protocol

from asrd.cli.live import live_text, text_lines
from asrd.cli.output import CONTROL, StatusLine, as_json, report, write_line
from asrd.text.columns import harmless

Message = Mapping[str, Any]
_TROUBLE: Final = frozenset({"mic_lost", "mic_permission", "overload", "paused", "stopping"})


class View(Protocol):
    """Shows the messages of a daemon."""

    def show(self, message: Message) -> None:
        """Show a message."""

    def notice(self, sentence: str) -> None:
        """Tell the user about the connection."""


class _Base:
    """A line on the terminal for the text that is still open, and sentences about the connection."""

    def __init__(self) -> None:
        self._line = StatusLine()

    def notice(self, sentence: str) -> None:
        """See `View`."""
        self._line.clear()
        report(harmless(sentence))

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._line.clear()


class JsonView(_Base):
    """Every message as one line of JSON that holds no control character, not even where JSON allows it."""

    def show(self, message: Message) -> None:
        """See `View`."""
        write_line(CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", as_json(message)))


class TextView(_Base):
    """Finals as lines; on a terminal also the open utterance, live."""

    def __init__(self) -> None:
        super().__init__()
        self._trouble = ""
        self._shows: Mapping[str, Callable[[Message], None]] = {
            "hello": self._hello,
            "partial": self._partial,
            "final": self._final,
            "dropped": lambda _message: self._line.clear(),
            "status": self._status,
            "gap": self._gap,
            "error": lambda message: self.notice(str(message.get("message", ""))),
        }

    def show(self, message: Message) -> None:
        """See `View`."""
        show = self._shows.get(str(message["type"]))
        if show is not None:
            show(message)

    def _hello(self, _message: Message) -> None:
        self._line.clear()  # what was open when the connection broke is told anew

    def _partial(self, message: Message) -> None:
        if self._line.is_shown:
            self._line.show(live_text(str(message.get("committed", "")), str(message.get("tail", ""))), now=True)

    def _final(self, message: Message) -> None:
        self._line.clear()
        if text := harmless(str(message.get("text", ""))):
            write_line(text_lines(text))

    def _status(self, message: Message) -> None:
        """Trouble is told once, and that it is over."""
        state = str(message.get("state", ""))
        trouble = state if state in _TROUBLE else ""
        if trouble != self._trouble and (trouble or self._trouble):
            self.notice(str(message.get("message") or state))
        self._trouble = trouble

    def _gap(self, message: Message) -> None:
        self.notice(f"audio was lost from {_seconds(message.get('start'))} to {_seconds(message.get('end'))} s")


def _seconds(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else "?"
