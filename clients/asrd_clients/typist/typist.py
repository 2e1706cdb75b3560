"""What to type, and what to take back: decided from messages and looks at the desktop. No clock, thread, or keyboard.

`hear` takes a message. Then `next` is asked again and again with a fresh look at the desktop: it gives one operation,
whose success is told by `did`, until it gives None. So each operation is decided on what is seen just before it.

What it never does: erase a character that it did not type itself, or erase anything after the user has pressed a key or
a button, after another window got the focus, or where the focus is not known; type a final twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from asrd_clients.graphemes import erasable
from asrd_clients.rules.interface import Rules
from asrd_clients.typist import sentences
from asrd_clients.typist.draft import Heard, Stage, Writer, heard_final, heard_partial
from asrd_clients.typist.paper import Change, Paper
from asrd_clients.typist.settings import Erase, FocusRule, Mode, Operation, Say, Seen, Settings, Type
from asrd_clients.typist.utterance import Utterance

Message = Mapping[str, Any]
_CLOSED_STATES: Final = frozenset({"idle", "paused"})


class Typist:
    """One utterance at a time: the daemon ends each before it tells of the next."""

    def __init__(self, settings: Settings, rules: Rules) -> None:
        self._settings = settings
        self._writer = Writer(rules, settings.enter)
        self._paper = Paper()
        self._open: Utterance | None = None
        self._waiting: Message | None = None  # the newest partial of a later utterance than the open one
        self._ended = 0  # no utterance up to this one is typed any more
        self._run = ("", "")
        self._state = ""
        self._is_resumed = False  # the end of the open utterance may have been missed
        self._sayings: deque[str] = deque()
        self._has_warned = False

    def use(self, rules: Rules) -> None:
        """Other rules from now on; what was typed stays."""
        self._writer = Writer(rules, self._settings.enter)
        if self._open is not None:
            self._open.goal = None

    def forgive(self, keys: int, acts: int) -> None:
        """Our own hotkey, of so many keys, was pressed; with them the user's acts came to `acts`. From any thread."""
        self._paper.forgive(keys, acts)

    @property
    def is_urgent(self) -> bool:
        """Whether something is to be typed that no later message brings."""
        return self._open is not None and self._open.stage is not Stage.PARTIAL

    # What the daemon says

    def hear(self, message: Message, seen: Seen) -> None:
        """Take note of a message; `seen` is the desktop when it came."""
        kind = str(message.get("type", ""))
        if kind == "status":
            self._hear_status(message)
        self._look(seen)
        hears: dict[str, Callable[[Message, Seen], None]] = {
            "hello": self._hear_hello,
            "partial": self._hear_partial,
            "final": self._hear_final,
            "dropped": self._hear_dropped,
            "missed": self._hear_missed,
            "closed": self._hear_closed,
        }
        if kind in hears:
            hears[kind](message, seen)

    def _hear_status(self, message: Message) -> None:
        before, self._state = self._state, _text(message, "state")
        if (before in _CLOSED_STATES) != (self._state in _CLOSED_STATES):
            self._paper.steered()

    def _hear_hello(self, message: Message, _seen: Seen) -> None:
        run = (_text(message, "run"), _text(message, "session"))
        self._state = _text(message, "state")
        if run != self._run:  # another daemon: utterances count from 1 again, and what was open never ends
            self._leave()  # what was typed of it stays, and what follows it has its space
            self._run, self._ended, self._waiting = run, 0, None
        self._is_resumed = True

    def _hear_partial(self, message: Message, seen: Seen) -> None:
        number = _number(message)
        if number <= self._ended:
            return
        if self._open is not None and number > self._open.number:
            if not self._is_resumed and self._open.stage is Stage.PARTIAL:
                self._waiting = message
                return
            self._leave()
        if self._open is None or number == self._open.number:
            heard = heard_partial(_text(message, "committed"), _text(message, "tail"), _text(message, "language"))
            self._update(number, heard, seen)

    def _hear_final(self, message: Message, seen: Seen) -> None:
        number = _number(message)
        if number <= self._ended:
            return
        if self._open is not None and number > self._open.number:
            self._leave()
        if self._open is not None and number < self._open.number:
            self._sayings.append(sentences.OUT_OF_ORDER)
            return
        heard = heard_final(_text(message, "text"), _text(message, "language"))
        if heard.cut:
            self._sayings.append(sentences.cut(heard.cut))
        self._update(number, heard, seen)

    def _hear_dropped(self, message: Message, seen: Seen) -> None:
        number = _number(message)
        if self._waiting is not None and number == _number(self._waiting):
            self._waiting = None
        if self._open is not None and number == self._open.number:
            self._update(number, Heard(Stage.DROPPED), seen)
        elif self._open is None:
            self._ended = max(self._ended, number)

    def _hear_missed(self, message: Message, _seen: Seen) -> None:
        """A final that came too late to be typed."""
        if self._open is not None and _number(message) >= self._open.number:
            self._leave()
        self._ended = max(self._ended, _number(message))

    def _hear_closed(self, _message: Message, _seen: Seen) -> None:
        self._leave()

    def _update(self, number: int, heard: Heard, seen: Seen) -> None:
        self._is_resumed = False
        if self._open is None:
            self._open = Utterance(number, seen.focus, heard)
        self._open.update(heard)

    # What is to be done

    def next(self, seen: Seen) -> Operation | None:
        """The next operation, by a look at the desktop right now; None: nothing until something else is heard."""
        self._look(seen)
        while not self._sayings and self._open is not None:
            operation = self._step(self._open, seen)
            if operation is not None:
                return operation
            if self._open.stage is Stage.PARTIAL:
                break
            self._leave()
            self._take_waiting(seen)
        return Say(self._sayings.popleft()) if self._sayings else None

    def did(self, operation: Operation, count: int | None = None) -> None:
        """It was carried out; `count`: only so many characters or Backspaces of it."""
        now = self._open
        if now is not None and isinstance(operation, Type):
            text = operation.text[:count]
            now.add(text, self._paper.before)
            self._paper.typed(text)
        elif now is not None and isinstance(operation, Erase):
            erased = operation.count if count is None else count
            now.remove(erased)
            self._paper.erased(erased)

    def failed(self, operation: Operation) -> None:
        """Nobody knows how much of it was carried out: nothing is erased any more, and it is not tried again."""
        now = self._open
        self._paper.forget()
        if now is None:
            return
        now.is_ours = False
        if isinstance(operation, Type):
            now.typed += operation.text
            self._sayings.append(sentences.untyped(len(operation.text)))
        elif now.stage is not Stage.PARTIAL:
            self._leave()

    def give_up(self) -> None:
        """The open utterance has waited for too long to be typed."""
        if self._open is not None:
            self._say_untyped(self._open, sentences.held)
            self._leave()

    def _step(self, now: Utterance, seen: Seen) -> Type | Erase | None:
        mode = self._settings.effective_mode
        if now.stage is Stage.PARTIAL and mode is Mode.FINAL:
            return None
        if mode is Mode.LIVE and not seen.is_whole:
            self._warn()
        if now.stage is Stage.FINAL:
            self._render_final(now, seen)
        if not self._may_type(now, seen):
            if now.stage is Stage.FINAL:
                self._say_untyped(now, sentences.moved)
            return None
        can_erase = now.is_ours and self._can_erase(seen)
        goal = self._goal(now, may_correct=can_erase and mode is Mode.LIVE)
        is_asked_for = bool(now.taken) or now.stage is Stage.DROPPED
        return now.toward(goal, may_erase=can_erase and (mode is Mode.LIVE or is_asked_for))

    def _goal(self, now: Utterance, *, may_correct: bool) -> str:
        """What should stand there; `may_correct`: what turns out to be wrong can be taken back."""
        if now.stage is Stage.DROPPED:
            return ""
        if now.rendered is not None:
            return now.rendered.text
        before = self._before(now)
        key = (may_correct, before)
        if now.goal is None or now.goal[0] != key:
            live = self._writer.live(now.heard, before, now.typed) if may_correct else None
            now.goal = (key, self._writer.steady(now.heard, before) if live is None else live)
        return now.goal[1]

    def _render_final(self, now: Utterance, seen: Seen) -> None:
        """Apply the rules to a final, once, and take back what they say."""
        if now.rendered is not None:
            return
        before = self._before(now)
        rendered = self._writer.final(now.heard, before)
        if rendered.take_back and self._take_back(now, rendered.take_back, seen):
            now.before = before[: max(0, len(before) - len(now.taken))]
            rendered = self._writer.final(now.heard, now.before)
        now.rendered = rendered

    def _take_back(self, now: Utterance, count: int, seen: Seen) -> bool:
        """Make earlier utterances part of what is to be corrected, if they are still only ours."""
        earlier = self._paper.last(count)
        reason = ""
        if not self._can_erase(seen):
            reason = sentences.CANNOT_ERASE
        elif earlier is None or not now.is_ours:
            reason = sentences.TOUCHED
        elif erasable(earlier + now.typed) < len(earlier + now.typed):
            reason = sentences.UNSURE
        if reason or earlier is None:
            self._sayings.append(sentences.not_taken_back(reason))
            return False
        self._paper.forget_last(count)
        now.taken, now.typed = earlier, earlier + now.typed
        return True

    def _before(self, now: Utterance) -> str:
        return now.before if now.typed else self._paper.before

    def _may_type(self, now: Utterance, seen: Seen) -> bool:
        if not now.home:
            now.home = seen.focus
        return self._settings.focus is FocusRule.FOLLOW or now.home == seen.focus

    def _can_erase(self, seen: Seen) -> bool:
        return self._settings.can_erase and seen.is_whole

    def _look(self, seen: Seen) -> None:
        change, now = self._paper.look(seen), self._open
        if change is Change.NOTHING or now is None:
            return
        if change is Change.MOVED:
            now.home = seen.focus
        if now.touched():
            self._sayings.append(sentences.not_taken_back(sentences.TOUCHED))

    def _leave(self) -> None:
        """The open utterance is over; what was typed of it stays."""
        now, self._open = self._open, None
        if now is not None:
            self._ended = max(self._ended, now.number)
            self._paper.finished(now.typed, is_ours=now.is_ours)

    def _take_waiting(self, seen: Seen) -> None:
        message, self._waiting = self._waiting, None
        if message is not None:
            self._hear_partial(message, seen)

    def _say_untyped(self, now: Utterance, sentence: Callable[[int], str]) -> None:
        if missing := now.missing():
            self._sayings.append(sentence(missing))

    def _warn(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._sayings.append(sentences.UNWATCHED)


def _number(message: Message) -> int:
    number = message.get("utterance")
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def _text(message: Message, name: str) -> str:
    text = message.get(name)
    return text if isinstance(text, str) else ""
