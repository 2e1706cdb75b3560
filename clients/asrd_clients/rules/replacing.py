"""Replacements: words for words, literally."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from asrd_clients.rules.tokens import Token, key_of, rewritten, tokens_of


@dataclass(frozen=True)
class Replacement:
    """One replacement.

    Attributes:
        find: whole words; marks between them count.
        type: what is typed for them.
        language: the model's name for the language it is for; "" for all.
        match_case: whether capitals must be as in `find`.
    """

    find: str
    type: str
    language: str = ""
    match_case: bool = False


class Replacements:
    """Replacements by their first word; where several fit, the one with the most words counts, then the later one."""

    def __init__(self, replacements: Iterable[Replacement]) -> None:
        self._by_first: dict[str, list[tuple[list[Token], Replacement]]] = {}
        for one in replacements:
            wanted = tokens_of(one.find)
            self._by_first.setdefault(key_of(wanted[0].text), []).insert(0, (wanted, one))
        for found in self._by_first.values():
            found.sort(key=lambda entry: -len(entry[0]))

    def applied(self, tokens: Sequence[Token]) -> Sequence[Token]:
        """The tokens with every replacement made; what was put in is not searched again."""
        if not self._by_first:
            return tokens
        return rewritten(tokens, lambda at: self._at(tokens, at))

    def _at(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        for wanted, one in self._by_first.get(key_of(tokens[at].text), ()):
            heard = tokens[at : at + len(wanted)]
            if len(heard) == len(wanted) and _same(heard, wanted, match_case=one.match_case):
                return one.type, at + len(wanted)
        return None


def _same(heard: Sequence[Token], wanted: Sequence[Token], *, match_case: bool) -> bool:
    first = replace(heard[0], gap=wanted[0].gap)
    for have, want in zip([first, *heard[1:]], wanted, strict=True):
        if bool(have.gap) != bool(want.gap):
            return False
        if have.text != want.text and (match_case or key_of(have.text) != key_of(want.text)):
            return False
    return True
