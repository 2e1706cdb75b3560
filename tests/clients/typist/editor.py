"""A window with a text field, as the typist's operations and a user's keys change it; and rules to try it with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asrd_clients.graphemes import clusters
from asrd_clients.rules.interface import Before, Rendered
from asrd_clients.typist.settings import Erase, Operation, Say, Seen, Settings, Type
from asrd_clients.typist.typist import Typist


class PlainRules:
    """A space between utterances, `enter` and `scratch that` as commands."""

    context = ""

    def render(self, text: str, _language: str, before: Before, *, is_growing: bool = False) -> Rendered:
        take_back = int(text.strip().startswith("scratch that"))
        text = text.strip().removeprefix("scratch that").lstrip() if take_back else text
        text = text.replace(" new line ", "\n").replace(" tab ", "\t")
        space = " " if text and before.text and not before.text[-1].isspace() else ""
        return Rendered(take_back, space + text)


@dataclass
class Field:
    """Characters, and whose each is: "u" the user's, else the typist's."""

    text: str = ""
    owners: str = ""
    cursor: int = 0

    def insert(self, text: str, owner: str) -> None:
        at = self.cursor
        self.text = self.text[:at] + text + self.text[at:]
        self.owners = self.owners[:at] + owner * len(text) + self.owners[at:]
        self.cursor += len(text)

    def backspace(self, *, whole: bool) -> str:
        """Delete a character as the user sees it (or its last code point); returns whose it was."""
        size = len(clusters(self.text[: self.cursor])[-1]) if whole and self.cursor else min(1, self.cursor)
        at = self.cursor - size
        gone = self.owners[at : self.cursor]
        self.text = self.text[:at] + self.text[self.cursor :]
        self.owners = self.owners[:at] + self.owners[self.cursor :]
        self.cursor = at
        return gone or "nothing"


@dataclass
class Desk:
    """Two windows, a keyboard, and a typist."""

    settings: Settings = field(default_factory=Settings)
    deletes_whole: bool = True
    rules: Any = field(default_factory=PlainRules)
    windows: dict[str, Field] = field(default_factory=lambda: {"A": Field(), "B": Field()})
    focus: str = "A"
    acts: int = 0
    knows_focus: bool = True
    knows_acts: bool = True
    said: list[str] = field(default_factory=list)
    done: list[Operation] = field(default_factory=list)
    erased_of_others: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.typist = Typist(self.settings, self.rules)
        self.hear(type="hello", run="r", session="main", state="listening")

    @property
    def text(self) -> str:
        return self.windows["A"].text

    @property
    def seen(self) -> Seen:
        return Seen(self.focus if self.knows_focus else "", self.acts if self.knows_acts else -1)

    def hear(self, **message: Any) -> list[Operation]:
        self.typist.hear(message, self.seen)
        return self.settle()

    def settle(self) -> list[Operation]:
        before = len(self.done)
        while (operation := self.typist.next(self.seen)) is not None:
            assert len(self.done) < before + 20, "it never ends"
            self.done.append(operation)
            self.carry_out(operation)
            self.typist.did(operation)
        return self.done[before:]

    def carry_out(self, operation: Operation) -> None:
        field_ = self.windows[self.focus]
        if isinstance(operation, Type):
            assert operation.text
            field_.insert(operation.text, "t")
        elif isinstance(operation, Erase):
            assert operation.count > 0
            for _ in range(operation.count):
                gone = field_.backspace(whole=self.deletes_whole)
                if set(gone) != {"t"}:
                    self.erased_of_others.append(gone)
        elif isinstance(operation, Say):
            self.said.append(operation.sentence)

    def partial(self, committed: str, tail: str = "", utterance: int = 1) -> list[Operation]:
        return self.hear(type="partial", utterance=utterance, committed=committed, tail=tail, language="English")

    def final(self, text: str, utterance: int = 1) -> list[Operation]:
        return self.hear(type="final", utterance=utterance, text=text, language="English")

    def dropped(self, utterance: int = 1) -> list[Operation]:
        return self.hear(type="dropped", utterance=utterance)

    def status(self, state: str) -> list[Operation]:
        return self.hear(type="status", state=state, message="")

    def user_types(self, text: str) -> None:
        for character in text:
            self.acts += 1
            self.windows[self.focus].insert(character, "u")

    def user_deletes(self) -> None:
        self.acts += 1
        self.windows[self.focus].backspace(whole=True)

    def user_clicks(self, position: int) -> None:
        self.acts += 1
        self.windows[self.focus].cursor = min(position, len(self.windows[self.focus].text))

    def focus_moves(self, to: str) -> None:
        self.focus = to
