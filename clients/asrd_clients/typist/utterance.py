"""The utterance that is being typed: what stands in the window of it, and the next step to what should. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from asrd_clients.graphemes import common_start, erasable
from asrd_clients.rules.interface import Rendered
from asrd_clients.typist.draft import Heard, Stage
from asrd_clients.typist.rest import rest_after
from asrd_clients.typist.settings import Erase, Type


@dataclass
class Utterance:
    """One utterance from its first partial on.

    Attributes:
        number: as the daemon counts.
        home: the focus when it was begun; "" until one is known.
        heard: its newest text.
        before: what stood before the cursor when its first character was typed.
        typed: what counts as typed of it.
        taken: what stands before that and is being taken back with it; the beginning of `typed`.
        is_ours: `typed` is what stands before the cursor, and nothing was touched since it was begun.
        rendered: what its final comes to.
        goal: what should stand there by a partial, and for which circumstances that was computed.
    """

    number: int
    home: str
    heard: Heard
    before: str = ""
    typed: str = ""
    taken: str = ""
    is_ours: bool = True
    rendered: Rendered | None = None
    goal: tuple[object, str] | None = None

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        return self.heard.stage

    def update(self, heard: Heard) -> None:
        """Something newer was heard of it."""
        self.heard, self.rendered, self.goal = heard, None, None

    def toward(self, goal: str, *, may_erase: bool) -> Type | Erase | None:
        """The next operation; None: there is nothing left to be done, or to be done safely."""
        if not may_erase:
            return self._append(goal)
        keep = common_start(self.typed, goal)
        surplus = len(self.typed) - keep
        if surplus > erasable(self.typed):
            return self._append(goal)
        if surplus:
            return Erase(surplus)
        return Type(goal[keep:]) if goal[keep:] else None

    def add(self, text: str, before: str) -> None:
        """This was typed; `before` stood before the cursor."""
        if text and not self.typed:
            self.before = before
        self.typed += text

    def remove(self, count: int) -> None:
        """So many characters were erased."""
        self.typed = self.typed[: len(self.typed) - count]
        self.taken = self.taken[: len(self.typed)]

    def touched(self) -> bool:
        """Nothing of it can be erased any more; returns whether that undoes a "scratch that"."""
        undoes = bool(self.taken) and self.rendered is not None and not self.rendered.text.startswith(self.typed)
        if undoes:
            self.typed = self.typed.removeprefix(self.taken)
        self.taken = ""
        self.is_ours = self.is_ours and not self.typed
        return undoes

    def missing(self) -> int:
        """How many characters of its final are not typed."""
        return 0 if self.rendered is None else len(rest_after(self.typed, self.rendered.text).strip())

    def _append(self, goal: str) -> Type | None:
        rest = rest_after(self.typed, goal)
        if not goal.startswith(self.typed):
            self.is_ours = False  # what stands there and what counts as typed differ from now on
        if not rest:
            return None
        self.typed = goal[: len(goal) - len(rest)]
        return Type(rest)
