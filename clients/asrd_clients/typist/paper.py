"""What stands before the cursor, as far as the typist wrote it itself. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Final

from asrd_clients.typist.settings import Seen

MOST_BEFORE: Final = 1000  # characters that decide about spaces and capitals
MOST_UTTERANCES: Final = 50  # that can be taken back
SHORTCUT_KEYS: Final = 4  # as in Ctrl+Alt+Shift+D


class Change(Enum):
    """What has happened between two looks at the desktop."""

    NOTHING = "nothing"
    MOVED = "moved"  # our own Tab or Return led to another field
    TOUCHED = "touched"  # the user pressed something, or another window has the focus


class Paper:
    """The text at the cursor, and whether it is still only ours.

    Attributes:
        before: the last characters that were typed at the cursor; "" after the user has touched something.
    """

    def __init__(self) -> None:
        self.before = ""
        self._utterances: list[str] = []  # finished ones that end at the cursor and were not touched
        self._seen: Seen | None = None
        self._may_move = False
        self._was_steered = False
        self._forgiven: tuple[int, int] | None = None  # keys of our hotkey, and the count of acts with them

    def look(self, seen: Seen) -> Change:
        """Compare with the last look."""
        last, self._seen = self._seen or seen, seen
        if seen == last:
            return Change.NOTHING
        acts, has_moved = seen.acts - last.acts, seen.focus != last.focus
        if self._is_forgiven(acts, seen) and not has_moved:
            return Change.NOTHING
        self._utterances.clear()
        is_shortcut, self._was_steered = self._was_steered and 0 < acts <= SHORTCUT_KEYS, False
        if has_moved or not is_shortcut:
            self.before = ""
        return Change.MOVED if acts == 0 and self._may_move else Change.TOUCHED

    def steered(self) -> None:
        """The microphone was opened or closed: a few keys may have been the shortcut for it.

        The spacing goes on as before then; nothing is erased for all that.
        """
        self._was_steered = True

    def forgive(self, keys: int, acts: int) -> None:
        """Our own hotkey, of so many keys, was pressed, with which the user's acts came to `acts`.

        So many keys at most have changed nothing in the window. From any thread.
        """
        self._forgiven = (keys, acts)

    def _is_forgiven(self, acts: int, seen: Seen) -> bool:
        """Whether all that was pressed since the last look was the hotkey: nothing before it, nothing since."""
        forgiven, self._forgiven = self._forgiven, None
        return forgiven is not None and seen.acts == forgiven[1] and 0 < acts <= forgiven[0]

    def typed(self, text: str) -> None:
        """This was typed."""
        self.before = (self.before + text)[-MOST_BEFORE:]
        self._may_move = "\n" in text or "\t" in text
        self._was_steered = False

    def erased(self, count: int) -> None:
        """So many characters were erased."""
        self.before = self.before[: max(0, len(self.before) - count)]

    def finished(self, text: str, *, is_ours: bool) -> None:
        """An utterance is finished. If it is still only ours, this text of it ends at the cursor."""
        self._may_move = False  # a Tab or Return in it has led wherever it leads
        if not is_ours:
            self._utterances.clear()  # what was typed before it is not at the cursor any more
        elif text:
            self._utterances = [*self._utterances, text][-MOST_UTTERANCES:]

    def last(self, count: int) -> str | None:
        """The last so many utterances; None if so many are not known."""
        return "".join(self._utterances[-count:]) if 0 < count <= len(self._utterances) else None

    def forget_last(self, count: int) -> None:
        """They are about to be erased."""
        del self._utterances[-count:]

    def forget(self) -> None:
        """What stands in the window is not known any more."""
        self._utterances.clear()
        self.before = ""
