"""The thread that types: carries out what the typist decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asrd_clients.graphemes import clusters
from asrd_clients.injectors.interface import Desktop, HeldKeyError, InjectError, Injector, Method
from asrd_clients.typist import sentences
from asrd_clients.typist.inbox import Inbox
from asrd_clients.typist.settings import Erase, Operation, Say, Seen, Type
from asrd_clients.typist.typist import Typist

HELD_POLL_S: Final = 0.03
HELD_S: Final = 600.0  # a final waits so long for a modifier key to be let go: push-to-talk holds some for as long
# What is done between two looks at the desktop: some tens of milliseconds of typing.
MOST_CHARACTERS: Final = 100
MOST_BACKSPACES: Final = 16
_AT_ONCE: Final = frozenset({Method.CLIPBOARD, Method.STDOUT})  # a paste, or a line, is one thing


class Hands:
    """Owns the typist, and is the only one to use the injector while `run` runs."""

    def __init__(
        self, typist: Typist, injector: Injector, desktop: Desktop, inbox: Inbox, notice: Callable[[str], None]
    ) -> None:
        """`notice` takes sentences for people; from the thread that runs this."""
        self._typist = typist
        self._injector = injector
        self._desktop = desktop
        self._inbox = inbox
        self._notice = notice
        self._trouble = ""
        self._is_blind = False

    def run(self) -> None:
        """Work until the inbox is closed.

        Raises:
            InjectError: standard output takes no more text.
        """
        while (item := self._inbox.take()) is not None:
            if isinstance(item, dict):
                self._take(item)
            else:
                self._typist.use(item)

    def _take(self, message: dict[str, Any]) -> None:
        self._typist.hear(message, self._look())
        self._carry_out()
        if refused := self._inbox.take_refused():
            self._notice(sentences.missed(refused))

    def _carry_out(self) -> None:
        """Everything that is to be done by now."""
        waited_s = 0.0
        while (operation := self._typist.next(self._look())) is not None:
            if self._attempt(operation):
                continue
            # A key is held. A partial waits for the next one; what is final waits here, and the inbox takes the rest.
            if not self._typist.is_urgent or not self._inbox.pause(HELD_POLL_S):
                return
            waited_s += HELD_POLL_S
            if waited_s >= HELD_S:
                self._typist.give_up()

    def _attempt(self, operation: Operation) -> bool:
        """Carry it out, and tell the typist how it went; returns whether there is no key in the way."""
        part = self._part(operation)
        try:
            self._do(part)
        except HeldKeyError as error:
            self._typist.did(part, error.typed)
            return False
        except InjectError as error:
            if self._injector.method is Method.STDOUT:
                raise  # a pipe whose reader has gone does not come back
            self._tell(str(error))
            self._typist.failed(operation)
        else:
            self._typist.did(part)
        return True

    def _part(self, operation: Operation) -> Operation:
        """As much of it as may be done before the desktop is looked at again."""
        if isinstance(operation, Erase):
            return Erase(min(operation.count, MOST_BACKSPACES))
        if isinstance(operation, Type) and self._injector.method not in _AT_ONCE:
            return Type(_beginning(operation.text))
        return operation

    def _do(self, operation: Operation) -> None:
        if isinstance(operation, Type):
            self._injector.type(operation.text)
            self._trouble = ""
        elif isinstance(operation, Erase):
            self._injector.erase(operation.count)
        elif isinstance(operation, Say):
            self._notice(operation.sentence)

    def _tell(self, trouble: str) -> None:
        """The same trouble is told once."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._notice(trouble)

    def _look(self) -> Seen:
        try:
            return Seen(self._desktop.focus(), self._desktop.user_acts())
        except InjectError as error:
            if not self._is_blind:
                self._notice(str(error))
            self._is_blind = True
            return Seen()


def _beginning(text: str) -> str:
    """At most `MOST_CHARACTERS` of it, and no half of a character that a user sees."""
    if len(text) <= MOST_CHARACTERS:
        return text
    whole = "".join(clusters(text[: MOST_CHARACTERS + 1])[:-1])
    return whole or text[:MOST_CHARACTERS]
