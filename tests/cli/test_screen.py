"""What `asrd run` writes while it goes on: in one order, held up by nobody."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading

import pytest

from asrd.cli.apart import logging_apart, stderr_apart
from asrd.cli.run_view import RunView
from asrd.cli.screen import MAX_WAITING, Screen
from asrd.events import DroppedEvent, FinalEvent, PartialEvent, SessionEvent, State, StatusEvent
from asrd.source.quiet import native_stderr_silenced
from tests.cli.terminal import BRIGHT, DIM, Terminal


class Both(io.StringIO):
    """Standard output and standard error of one terminal."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return super().write(text.replace("\n", "\r\n"))  # as the terminal's driver does


def terminal(monkeypatch: pytest.MonkeyPatch) -> Both:
    """From the test itself: before it, pytest puts its own streams there."""
    shown = Both()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, shown)
    return shown


def seen(shown: Both) -> Terminal:
    terminal = Terminal()
    terminal.feed(shown.getvalue())
    return terminal


def partial(committed: str, tail: str) -> PartialEvent:
    return PartialEvent("main", 1, 1, committed, tail, "English", 0, 16_000, 0.0)


def final(text: str, session: str = "main") -> FinalEvent:
    return FinalEvent(session, 1, text, "English", 0, 16_000)


def watched(monkeypatch: pytest.MonkeyPatch, *events: SessionEvent, shows_text: bool = True) -> list[Terminal]:
    """What is seen after each event."""
    found, shown = [], terminal(monkeypatch)
    with Screen() as screen:
        view = RunView(screen, shows_text=shows_text)
        view.begin("there")
        for event in events:
            view.show(event)
            screen.flush()
            found.append(seen(shown))
    return [*found, seen(shown)]


class TestView:
    def test_an_utterance(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listening, growing, settled, speech, done, end = watched(
            monkeypatch,
            StatusEvent("main", State.LISTENING, "listening to 'x'"),
            partial("", "hello"),
            partial("hello", " world"),
            StatusEvent("main", State.SPEECH, "speech"),
            final("Hello\x1b[2J, world."),
        )
        assert listening.text() == ["asrd: listening to 'x' · there"]
        assert listening.lit(DIM) == listening.text()[0]
        assert (growing.text(), growing.lit(DIM)) == (["hello"], "hello")
        assert (settled.lit(BRIGHT), settled.lit(DIM)) == ("hello", " world")
        assert speech.text() == settled.text(), "what is being said stays in sight"
        assert done.text() == ["Hello [2J, world.", "asrd: speech · there"]
        assert end.text() == ["Hello [2J, world.", ""]

    def test_one_that_comes_to_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _, dropped, _ = watched(monkeypatch, partial("", "um"), DroppedEvent("main", 1))
        assert dropped.text() == ["asrd: starting · there"]

    def test_another_session_is_not_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert watched(monkeypatch, final("Hello.", "client-1"))[-1].text() == [""]

    def test_without_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second, _ = watched(monkeypatch, partial("hello", ""), final("Hello."), shows_text=False)
        assert first.text() == second.text() == ["asrd: starting · there"]

    def test_trouble_is_told_where_there_is_no_status_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        lost = StatusEvent("main", State.MIC_LOST, "it was\x1b[2J unplugged")
        with Screen() as screen:
            view = RunView(screen, shows_text=True, tells_trouble=True)
            for event in (lost, lost, StatusEvent("main", State.LISTENING, "listening"), partial("a", "b")):
                view.show(event)
        assert tuple(capsys.readouterr()) == ("", "asrd: it was [2J unplugged\n")

    def test_trouble_that_does_not_fit_into_the_line_is_told_in_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its end says what to do."""
        sentence = f"the library {'which records ' * 5}is missing: apt install it"
        lost = StatusEvent("main", State.MIC_LOST, sentence)
        shown = watched(monkeypatch, lost, lost, StatusEvent("main", State.MIC_LOST, "gone"))
        told = "".join(shown[1].text())
        assert told.replace(" ", "").startswith(f"asrd: {sentence}asrd: the library ".replace(" ", ""))
        assert told.count("apt install it") == 1, "once, and not in the status line"
        assert shown[2].text()[-1] == "asrd: gone · there"


class TestScreen:
    def test_lines_stand_above_the_status(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown = terminal(monkeypatch)
        with Screen() as screen:
            screen.show("status\nof two lines")
            screen.flush()
            screen.print("one")
            screen.note("two\x1b")
            screen.write("three\n")
            screen.flush()
            assert seen(shown).text() == ["one", "asrd: two\\x1b", "three", "status", "of two lines"]
        assert [line for line in seen(shown).text() if line] == ["one", "asrd: two\\x1b", "three"]

    def test_what_is_logged_stands_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown = terminal(monkeypatch)
        handler = logging.StreamHandler(shown)
        logging.getLogger().addHandler(handler)
        try:
            with Screen() as screen, logging_apart(screen):
                screen.show("status")
                screen.flush()
                logging.getLogger("asrd").warning("careful")
            assert handler.stream is shown
        finally:
            logging.getLogger().removeHandler(handler)
        assert [line for line in seen(shown).text() if line] == ["careful"]

    def test_a_microphone_that_opens_silences_nothing_of_ours(
        self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 - as without pytest
        monkeypatch.setattr(sys, "stderr", real)
        handler = logging.StreamHandler(sys.stderr)
        logging.getLogger().addHandler(handler)
        before = sys.stderr
        try:
            with stderr_apart(), native_stderr_silenced(True):
                with Screen() as screen:
                    screen.note("one")
                logging.getLogger("asrd").warning("two")
                os.write(2, b"of a library")
            assert handler.stream is sys.stderr is before
        finally:
            logging.getLogger().removeHandler(handler)
        assert capfd.readouterr().err == "asrd: one\ntwo\n"

    def test_a_reader_that_stands_still_holds_nobody_up(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        goes_on, is_held = threading.Event(), threading.Event()

        class Stalled(io.StringIO):
            def write(self, text: str) -> int:
                is_held.set()
                assert goes_on.wait(60)
                return super().write(text)

        monkeypatch.setattr(sys, "stdout", stalled := Stalled())
        with Screen() as screen:
            screen.print("0")
            assert is_held.wait(60)
            for number in range(1, MAX_WAITING + 3):
                screen.print(str(number))
            assert [record.getMessage() for record in caplog.records] == [
                "standard output is not read: a line was dropped"
            ] * 2
            goes_on.set()
        assert stalled.getvalue() == "".join(f"{number}\n" for number in range(MAX_WAITING + 1)), (
            "first come first kept"
        )

    def test_a_reader_that_went_away_is_told_at_the_next_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Gone(io.StringIO):
            def write(self, _text: str) -> int:
                raise BrokenPipeError

        monkeypatch.setattr(sys, "stdout", Gone())
        with Screen() as screen:
            screen.print("one")
            screen.flush()
            with pytest.raises(BrokenPipeError):
                screen.print("two")

    def test_nobody_at_standard_error_stops_no_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Gone(io.StringIO):
            def write(self, _text: str) -> int:
                raise OSError(5, "Input/output error")

        monkeypatch.setattr(sys, "stderr", Gone())
        monkeypatch.setattr(sys, "stdout", said := io.StringIO())
        with Screen() as screen:
            screen.note("one")
            screen.flush()
            screen.print("two")
        assert said.getvalue() == "two\n"
