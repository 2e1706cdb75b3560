"""Takes out what a spoken command makes needless: the model's marks around it, and what was said before "scratch that".

A model writes a comma or a full stop where a speaker pauses, so also around a command: "Hello, new line, how are you?"
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from asrd_clients.rules.characters import CLOSING, COMMAS, PAUSE_MARKS, SENTENCE_ENDS
from asrd_clients.rules.commands import Deed, Effect, Typed
from asrd_clients.rules.matching import Piece
from asrd_clients.rules.sides import closes, is_punctuation, opens
from asrd_clients.rules.tokens import Token

_NONE: Final[frozenset[str]] = frozenset()
_ENDS: Final = frozenset(SENTENCE_ENDS)
_CLOSING: Final = frozenset(CLOSING + "\"'’")
_MOST_CLOSING: Final = 4  # parts that may end a sentence: its mark, and what is closed behind it
_TURNED: Final = frozenset("¿¡")


@dataclass(frozen=True)
class Gone:
    """Stands where marks were taken out, so that spaces and capitals there are set anew."""


Part: TypeAlias = "Token | Effect | Gone"


def edit(pieces: Iterable[Piece], *, keeps_marks: bool) -> tuple[int, list[Part]]:
    """The utterances before this one to be taken back, and what this one consists of; linear in its length.

    Args:
        pieces: the utterance.
        keeps_marks: whether the model's own punctuation stays where no command is near.
    """
    editor = _Editor(keeps_marks=keeps_marks)
    for piece in pieces:
        editor.add(piece)
    return editor.take_back, editor.parts


class _Editor:
    def __init__(self, *, keeps_marks: bool) -> None:
        self._unwanted = _NONE if keeps_marks else PAUSE_MARKS | _TURNED
        self.take_back = 0
        self.parts: list[Part] = []
        self._needless: frozenset[str] = _NONE  # marks that the command just said makes needless

    def add(self, piece: Piece) -> None:
        if not isinstance(piece, Token):
            self._command(piece.command.effect)
        elif piece.is_mark and piece.text in self._needless | self._unwanted:
            self.parts.append(Gone())
        else:
            self._needless = _NONE
            self.parts.append(piece)

    def _command(self, effect: Effect) -> None:
        if effect is Deed.SCRATCH:
            self._scratch()
            self._needless = PAUSE_MARKS
            return
        before, self._needless = _needless_around(effect)
        is_sentence_closed = self._drop_marks(before)
        if isinstance(effect, Typed) and closes(effect) and is_sentence_closed:
            self._needless = PAUSE_MARKS
        self.parts.append(effect)

    def _drop_marks(self, needless: frozenset[str]) -> bool:
        """Take the marks at the end away; tells whether a sentence end is left there."""
        while self.parts and _is_mark_of(self.parts[-1], needless):
            self.parts.pop()
        return bool(self.parts) and _ends_sentence(self.parts[-1])

    def _scratch(self) -> None:
        """Take back the last sentence of this utterance, or if nothing of it is left, one more utterance before it."""
        if not any(_shows(part) for part in self.parts):
            self.take_back += 1
        while self.parts and not _is_body(self.parts[-1]):
            self.parts.pop()
        while self.parts and not self._is_at_end():
            self.parts.pop()

    def _is_at_end(self) -> bool:
        """Whether a sentence ends here, with its quotes and brackets closed or not."""
        for part in reversed(self.parts[-_MOST_CLOSING:]):
            if not _is_closing(part):
                return _ends_sentence(part)
        return False


def _needless_around(effect: Effect) -> tuple[frozenset[str], frozenset[str]]:
    """The marks that are needless before and after a command."""
    if not isinstance(effect, Typed):
        return COMMAS, COMMAS if effect is Deed.CAPITALS_OFF else PAUSE_MARKS
    text = effect.text
    if not text or any(character.isalnum() for character in text):
        return _NONE, _NONE
    if is_punctuation(text):
        return PAUSE_MARKS, PAUSE_MARKS
    if opens(effect):
        return _NONE, PAUSE_MARKS
    is_symbol = len(text) == 1 and not text.isspace() and text not in "-/\\_@–"
    return COMMAS, COMMAS if is_symbol else PAUSE_MARKS


def _is_mark_of(part: Part, marks: frozenset[str]) -> bool:
    return isinstance(part, Gone) or (isinstance(part, Token) and part.is_mark and part.text in marks)


def _shows(part: Part) -> bool:
    return isinstance(part, Token | Typed)


def _is_body(part: Part) -> bool:
    return _shows(part) and not _ends_sentence(part) and not _is_closing(part)


def _is_closing(part: Part) -> bool:
    if isinstance(part, Typed):
        return closes(part)
    return isinstance(part, Token) and part.is_mark and part.text in _CLOSING


def _ends_sentence(part: Part) -> bool:
    if isinstance(part, Typed):
        return part.text[-1:] in _ENDS or "\n" in part.text
    return isinstance(part, Token) and part.is_mark and part.text in _ENDS
