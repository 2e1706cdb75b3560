"""Cuts a transcript into words and marks, each with the space before it, so that joined again they are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from asrd_clients.rules.characters import MARKS, UNSPACED

_LETTER: Final = rf"[^\s{re.escape(MARKS)}{UNSPACED}]"
# One word: letters, digits, emoji; an apostrophe, and a point between letters (example.com) or digits (3.5, 12:30,
# 1,000) do not end it. In scripts without spaces every character is a word.
_TOKEN: Final = re.compile(
    rf"(?P<gap>\s*)(?:(?P<word>{_LETTER}+(?:(?:['’](?={_LETTER})|\.(?={_LETTER})|(?<=\d)[,:](?=\d)){_LETTER}+)*"
    rf"|[{UNSPACED}])|(?P<mark>\S))"
)


@dataclass(frozen=True)
class Token:
    """A word or a mark.

    Attributes:
        text: the word or mark.
        gap: the white space before it.
        is_mark: whether it is a mark.
        is_fixed: whether it was put in by a rule, so that its own capitals stay.
    """

    text: str
    gap: str = ""
    is_mark: bool = False
    is_fixed: bool = False


def tokens_of(text: str) -> list[Token]:
    """The words and marks of a clean text; linear in its length."""
    found = []
    for match in _TOKEN.finditer(text):
        word = match.group("word")
        found.append(Token(word or match.group("mark"), match.group("gap"), is_mark=word is None))
    return found


def rewritten(tokens: Sequence[Token], found_at: Callable[[int], tuple[str, int] | None]) -> list[Token]:
    """The tokens with stretches of them replaced; what was put in is not looked at again.

    Args:
        tokens: the words and marks.
        found_at: what stands for the stretch that begins at an index ("": nothing), and where it ends; None: no change.
    """
    done: list[Token] = []
    at = 0
    while at < len(tokens):
        text, end = found_at(at) or (None, at + 1)
        if text is None:
            done.append(tokens[at])
        elif text:
            done.append(Token(text, tokens[at].gap, is_fixed=True))
        at = end
    return done


def text_of(tokens: Iterable[Token]) -> str:
    """Tokens as text again."""
    return "".join(token.gap + token.text for token in tokens)


def key_of(word: str) -> str:
    """A word as commands and replacements are compared: without case, one kind of apostrophe."""
    return unicodedata.normalize("NFC", word.casefold()).replace("’", "'")


def phrase_keys(phrase: str) -> tuple[str, ...]:
    """The words of a command or term, as they are compared; marks between them do not count."""
    return tuple(key_of(token.text) for token in tokens_of(phrase) if not token.is_mark)
