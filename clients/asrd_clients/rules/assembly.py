"""Sets words, marks and commands side by side: spaces and capitals within an utterance.

Where the model's own words stand side by side their spacing and capitals stay as the model wrote them; only where a
command comes between they are set anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from asrd_clients.rules.commands import Deed, Side, Typed
from asrd_clients.rules.editing import Gone, Part
from asrd_clients.rules.options import Options
from asrd_clients.rules.places import Place, place_after, space_after, space_between
from asrd_clients.rules.sides import side_of
from asrd_clients.rules.styles import Style
from asrd_clients.rules.tokens import Token

_TAIL: Final = 200  # characters that decide on the next space and capital


@dataclass(frozen=True)
class Assembled:
    """An utterance as text, before it is fitted to what stands before it.

    Attributes:
        text: the text, without white space of its own at either end but what a command typed.
        is_glued: whether no space may come before it.
        is_apart: whether a space must come before it, whatever it begins with.
        keeps_capital: whether its first word's capital was commanded, or put in by a rule.
    """

    text: str
    is_glued: bool = False
    is_apart: bool = False
    keeps_capital: bool = False


def assemble(parts: Iterable[Part], style: Style, options: Options) -> Assembled:
    """The parts as text; linear in their number."""
    writer = _Writer(style, options)
    for part in parts:
        if isinstance(part, Token):
            writer.token(part)
        elif isinstance(part, Typed):
            writer.typed(part)
        elif isinstance(part, Gone):
            writer.is_touched = writer.is_case_open = True
        else:
            writer.deed(part)
    return Assembled("".join(writer.written), writer.starts_glued, writer.starts_apart, writer.keeps_capital)


def fit_case(word: str, place: Place, style: Style, options: Options) -> str:
    """The word with the capital or small letter that its place asks for."""
    if not options.capitals or place is Place.UNCLEAR or (place is Place.LINE and not options.capital_after_line):
        return word
    return style.uncapital(word) if place is Place.WITHIN else style.capital(word)


class _Writer:
    def __init__(self, style: Style, options: Options) -> None:
        self._style = style
        self._options = options
        self.written: list[str] = []
        self._tail = ""
        self.is_touched = False  # a command came between: the space is set anew
        self.is_case_open = False  # likewise the next word's capital
        self._is_glued = False
        self._is_capital = False
        self._is_upper = False
        self.starts_glued = self.starts_apart = False
        self.keeps_capital = False

    def token(self, token: Token) -> None:
        self._put(self._gap(token), self._cased(token))
        self.is_touched = self._is_glued = False

    def typed(self, typed: Typed) -> None:
        side = side_of(typed)
        text = self._style.marks.get(typed.text, typed.text)
        is_apart = side in (Side.BEFORE, Side.BOTH) and not self._is_glued
        self._is_glued = not is_apart
        if not self.written:
            self.starts_apart = is_apart
        self._put(space_after(self._tail) if is_apart else "", self._style.upper(text) if self._is_upper else text)
        self.is_touched = self.is_case_open = True
        self._is_glued = side in (Side.BEFORE, Side.NONE)

    def deed(self, deed: Deed) -> None:
        self.is_touched = self.is_case_open = True
        if deed is Deed.NO_SPACE:
            self._is_glued = True
        elif deed is Deed.CAPITAL:
            self._is_capital = True
        else:
            self._is_upper = deed is Deed.CAPITALS_ON

    def _put(self, gap: str, text: str) -> None:
        if not self.written:
            self.starts_glued = self._is_glued
        self.written += (gap, text)
        self._tail = (self._tail + gap + text)[-_TAIL:]

    def _gap(self, token: Token) -> str:
        if self._is_glued or not self._tail:
            return ""
        return space_between(self._tail, token.text) if self.is_touched else token.gap

    def _cased(self, token: Token) -> str:
        if token.is_mark:
            return token.text
        if not self.written:
            self.keeps_capital = self._is_capital or self._is_upper or token.is_fixed
        text = self._recased(token)
        self.is_case_open = self._is_capital = False
        return text

    def _recased(self, token: Token) -> str:
        word = token.text
        if self._is_upper:
            return self._style.upper(word)
        if self._is_capital:
            return self._style.capital(word)
        if not self.is_case_open or not self._tail:
            return word
        place = place_after(self._tail)
        if token.is_fixed and place is Place.WITHIN:
            return word
        return fit_case(word, place, self._style, self._options)
