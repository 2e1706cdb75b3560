from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from asrd_clients.injectors.interface import HeldKeyError, InjectError, Method
from asrd_clients.rules.interface import Rendered
from asrd_clients.typist import hands as hands_module
from asrd_clients.typist.arrivals import LATE_S, Arrivals
from asrd_clients.typist.hands import Hands
from asrd_clients.typist.inbox import Inbox
from asrd_clients.typist.settings import Mode, Settings
from asrd_clients.typist.typist import Typist
from tests.clients.typist.editor import PlainRules


@dataclass
class Recorder:
    """An injector and a desktop that write down what they are asked, and fail as they are told."""

    done: list[str | int] = field(default_factory=list)
    before: Callable[[Recorder], None] = lambda _self: None
    window: str = "A"
    acts: int = 0
    method: Method = Method.X11
    can_erase: bool = True

    def type(self, text: str) -> None:
        self.before(self)
        self.done.append(text)

    def erase(self, count: int) -> None:
        self.before(self)
        self.done.append(-count)

    def focus(self) -> str:
        return self.window

    def user_acts(self) -> int:
        return self.acts

    def close(self) -> None:
        pass


def final(text: str, utterance: int = 1) -> dict[str, Any]:
    return {"type": "final", "utterance": utterance, "text": text}


def partial(tail: str, utterance: int = 1) -> dict[str, Any]:
    return {"type": "partial", "utterance": utterance, "committed": "", "tail": tail}


def work(recorder: Recorder, *messages: dict[str, Any], mode: Mode = Mode.LIVE) -> list[str]:
    notices: list[str] = []
    inbox = Inbox()
    for message in messages:
        inbox.put(message)
    inbox.finish()
    Hands(Typist(Settings(mode=mode), PlainRules()), recorder, recorder, inbox, notices.append).run()
    return notices


class TestHands:
    def test_carries_out_what_the_typist_decides(self) -> None:
        recorder = Recorder()
        assert work(recorder, partial("hallo"), partial("x", 2), final("hello"), final("more", 2)) == []
        assert recorder.done == ["hello", " more"], "the partials were overtaken while they waited"

    def test_waits_for_a_key_to_be_let_go_and_looks_again(self) -> None:
        """Alt+Tab is held while the final comes: what is left does not go to the other window."""
        failures = iter([2, 0, 0])

        def alt_tab(recorder: Recorder) -> None:
            typed = next(failures, None)
            if typed is not None:
                recorder.done.append("hello world"[:typed])
                recorder.acts += 1
                recorder.window = "B"
                raise HeldKeyError("a key is held", typed)

        recorder = Recorder(before=alt_tab)
        notices = work(recorder, final("hello world"))
        assert "".join(map(str, recorder.done)) == "he"
        assert len(notices) == 1
        assert "9 characters" in notices[0]

    def test_the_rest_is_typed_when_the_key_is_let_go_in_the_same_window(self) -> None:
        failures = iter([2, 0, 0])

        def shift(recorder: Recorder) -> None:
            typed = next(failures, None)
            if typed is not None:
                recorder.acts = 1
                raise HeldKeyError("a key is held", typed)

        recorder = Recorder(before=shift)
        assert work(recorder, final("hello world")) == []
        assert recorder.done == ["llo world"]

    def test_gives_up_after_a_while(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(hands_module, "HELD_S", 0.1)

        def held(_recorder: Recorder) -> None:
            raise HeldKeyError("a key is held")

        recorder = Recorder(before=held)
        notices = work(recorder, final("hello"), final("again", 2))
        assert recorder.done == []
        assert len(notices) == 2

    def test_a_held_key_does_not_hold_up_partials(self) -> None:
        def held(_recorder: Recorder) -> None:
            raise HeldKeyError("a key is held")

        assert work(Recorder(before=held), partial("hello")) == []

    def test_the_same_trouble_is_told_once(self) -> None:
        def broken(_recorder: Recorder) -> None:
            raise InjectError("the window is gone")

        notices = work(Recorder(before=broken), final("secret"), final("more", 2), final("words", 3))
        assert notices.count("the window is gone") == 1
        assert sum("not typed" in notice for notice in notices) == 3
        assert not any("secret" in notice for notice in notices)

    def test_a_desktop_that_fails_is_an_unknown_one(self) -> None:
        class Blind(Recorder):
            def focus(self) -> str:
                raise InjectError("no desktop")

        blind = Blind()
        notices = work(blind, final("hello"), mode=Mode.FINAL)
        assert blind.done == ["hello"]
        assert notices == ["no desktop"]

    def test_a_pipe_whose_reader_has_gone_ends_it(self) -> None:
        def broken(_recorder: Recorder) -> None:
            raise InjectError("standard output takes no more text")

        with pytest.raises(InjectError):
            work(Recorder(before=broken, method=Method.STDOUT), final("hello"))

    def test_other_rules_reach_the_typist(self) -> None:
        recorder, inbox, loud = Recorder(), Inbox(), PlainRules()
        loud.render = lambda text, *_rest, **_more: Rendered(0, text.upper())  # type: ignore[method-assign]
        inbox.put(loud)
        inbox.put(final("hello"))
        inbox.finish()
        Hands(Typist(Settings(), PlainRules()), recorder, recorder, inbox, print).run()
        assert recorder.done == ["HELLO"]


class TestInbox:
    def drained(self, inbox: Inbox) -> list[Any]:
        inbox.finish()
        return list(iter(inbox.take, None))

    def test_a_newer_partial_replaces_the_older_one_of_its_utterance_alone(self) -> None:
        inbox = Inbox()
        for message in (partial("a", 1), partial("b", 2), partial("c", 1)):
            inbox.put(message)
        assert self.drained(inbox) == [partial("b", 2), partial("c", 1)]

    def test_a_final_replaces_its_partials(self) -> None:
        inbox = Inbox()
        for message in (partial("a"), final("b"), {"type": "status", "state": "x"}, {"type": "status", "state": "y"}):
            inbox.put(message)
        assert self.drained(inbox) == [final("b"), {"type": "status", "state": "y"}]

    def test_not_across_a_greeting(self) -> None:
        inbox = Inbox()
        messages = [partial("a"), {"type": "hello"}, partial("b")]
        for message in messages:
            inbox.put(message)
        assert self.drained(inbox) == messages

    def test_is_bounded_and_counts(self) -> None:
        inbox = Inbox(limit=2)
        for number in range(1, 6):
            inbox.put(final("x", number))
        assert inbox.take_refused() == 3
        assert inbox.take_refused() == 0
        assert self.drained(inbox) == [final("x", 1), final("x", 2)]

    def test_takes_no_levels(self) -> None:
        inbox = Inbox()
        inbox.put({"type": "level"})
        assert self.drained(inbox) == []

    def test_close_ends_the_wait(self) -> None:
        inbox = Inbox()
        taken: list[Any] = [0]
        thread = threading.Thread(target=lambda: taken.append(inbox.take()))
        thread.start()
        inbox.close()
        thread.join(30)
        assert taken == [0, None]
        assert not inbox.pause(60.0)

    def test_what_was_refused_is_told(self) -> None:
        notices: list[str] = []
        inbox = Inbox(limit=1)
        inbox.put(final("one"))
        inbox.put(final("two", 2))
        inbox.finish()
        recorder = Recorder()
        Hands(Typist(Settings(), PlainRules()), recorder, recorder, inbox, notices.append).run()
        assert recorder.done == ["one"]
        assert "1 utterance" in notices[0]


class TestArrivals:
    def sorted(self, away_s: float, **more: Any) -> str:
        arrivals = Arrivals()
        arrivals.sorted({"type": "hello", "seq": 1}, 100.0)
        arrivals.lost(200.0)
        arrivals.lost(200.0 + away_s)  # "connected again" is a notice, too
        arrivals.sorted({"type": "hello", "seq": 1}, 200.0 + away_s)
        return str(arrivals.sorted({**final("x", 7), **more}, 200.0 + away_s)["type"])

    def test_what_was_said_a_moment_ago_is_typed(self) -> None:
        assert self.sorted(LATE_S - 0.1) == "final"

    def test_what_was_said_longer_ago_is_not(self) -> None:
        assert self.sorted(LATE_S + 0.1) == "missed"

    def test_what_comes_now_always_is(self) -> None:
        assert self.sorted(1000.0, seq=3) == "final"

    def test_the_next_connection_counts_anew(self) -> None:
        arrivals = Arrivals()
        arrivals.lost(0.0)
        arrivals.sorted({"type": "hello"}, 100.0)
        assert arrivals.sorted(final("x"), 100.0) == {"type": "missed", "utterance": 1}
        assert arrivals.take_missed() == 1
        assert arrivals.take_missed() == 0
        arrivals.lost(200.0)
        arrivals.sorted({"type": "hello"}, 201.0)
        assert arrivals.sorted(final("y", 2), 201.0)["type"] == "final"


class TestLongOperations:
    """They are done in parts, each after a look at the desktop."""

    def test_the_window_changes_in_mid_text(self) -> None:
        def leave(recorder: Recorder) -> None:
            if len(recorder.done) == 2:
                recorder.window = "B"

        recorder = Recorder(before=leave)
        notices = work(recorder, final("abcde " * 200))
        assert len("".join(map(str, recorder.done))) == 3 * hands_module.MOST_CHARACTERS
        assert len(notices) == 1

    def test_the_user_types_while_much_is_erased(self) -> None:
        def press(recorder: Recorder) -> None:
            recorder.acts += recorder.done[-1:] == [-hands_module.MOST_BACKSPACES]

        recorder = Recorder(before=press)
        work(recorder, final("x" * 90), final("scratch that", 2))
        erased = [one for one in recorder.done if isinstance(one, int)]
        assert erased == [-hands_module.MOST_BACKSPACES] * 2, "none after the key was seen"

    def test_no_character_is_cut(self) -> None:
        recorder = Recorder()
        text = "x" * (hands_module.MOST_CHARACTERS - 1) + "e\u0301\u0323" * 3 + "x"
        work(recorder, final(text))
        assert len(recorder.done) == 2
        assert str(recorder.done[1]).startswith(("e", "\u1eb9"))

    def test_a_line_of_standard_output_is_one(self) -> None:
        recorder = Recorder(method=Method.STDOUT, can_erase=False)
        work(recorder, final("abcde " * 200))
        assert len(recorder.done) == 1
