"""Numbers as digits, by the library text2num (module `text_to_num`), releases 2.5 and 3.

The library is shown nothing but words that are numbers, a few at a time, so that the rest of the text stays as it is
and a hostile transcript does not reach it. What is added to it: small numbers that stand alone stay words in all its
releases; "two million" stays 2 million; years and rows of single digits are written together.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from asrd.installing import with_extra
from asrd_clients.rules.refusal import RulesError
from asrd_clients.rules.tokens import Token, key_of, text_of, tokens_of

_CODES: Final = MappingProxyType(
    {
        "English": "en",
        "German": "de",
        "French": "fr",
        "Spanish": "es",
        "Italian": "it",
        "Portuguese": "pt",
        "Dutch": "nl",
        "Danish": "da",
    }
)
# Words that belong to a number only between two number words.
_LINKS: Final = MappingProxyType(
    {
        "English": frozenset({"and", "point"}),
        "German": frozenset({"und", "komma"}),
        "French": frozenset({"et", "virgule"}),
        "Spanish": frozenset({"y", "coma"}),
        "Italian": frozenset({"e", "virgola"}),
        "Portuguese": frozenset({"e", "vírgula"}),
        "Dutch": frozenset({"en", "komma"}),
        "Danish": frozenset({"og", "komma"}),
    }
)
_ARTICLES: Final = frozenset(
    {"a", "an", "ein", "eine", "einer", "einen", "un", "une", "uno", "una", "um", "uma", "een"}
)
# After a number these stay: 2 million.
_MILLION_WORDS: Final = (
    "million millions billion billions trillion trillions millionen milliarde milliarden billionen milliard milliards"
    " millón millones billón billones milione milioni miliardo miliardi milhão milhões bilhão bilhões biljoen miljoen"
    " miljard millioner milliarder"
)
_MILLIONS: Final = frozenset(_MILLION_WORDS.split())
_LONGEST_WORD: Final = 60  # characters
_LONGEST_RUN: Final = 24  # words
_YEAR: Final = re.compile(r"(1[1-9]|20) ([1-9]\d)")
_DIGITS: Final = re.compile(r"\d(?: ?\d){2,}")
_HINT: Final = f"{with_extra('dictation')}, or write numbers = false"


def check_installed() -> None:
    """Make sure that numbers can be written as digits.

    Raises:
        RulesError: the library is not installed, or a release that is not known.
    """
    try:
        _converter()
    except ImportError:
        raise RulesError(f"it needs the package text2num, which is not installed: {_HINT}") from None


class Numbers:
    """Writes the numbers of one language as digits."""

    def __init__(self, language: str, smallest: int) -> None:
        self._code = _CODES.get(language, "")
        self._links = _LINKS.get(language, frozenset())
        self._smallest = smallest

    def applied(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens with digits for the number words; as they were in a language that the library does not know."""
        if not self._code:
            return list(tokens)
        done: list[Token] = []
        at = 0
        while at < len(tokens):
            end = self._run_end(tokens, at)
            if end > at:
                done += self._digits(tokens[at:end], tokens[at - 1] if at else None)
                at = end
            else:
                done.append(tokens[at])
                at += 1
        return done

    def _run_end(self, tokens: Sequence[Token], first: int) -> int:
        """Where the number that begins at `first` ends; `first` if none begins there."""
        end, links = first, 0  # links: words since the last number word
        for at in range(first, min(len(tokens), first + _LONGEST_RUN)):
            token = tokens[at]
            is_hyphen = token.text == "-" and not token.gap
            if not token.is_mark and self._is_number(token):
                end, links = at + 1, 0
            elif at > first and not is_hyphen and not links and key_of(token.text) in self._links:
                links += 1
            elif not is_hyphen or at == first:
                break
        return end

    def _is_number(self, token: Token) -> bool:
        return len(token.text) <= _LONGEST_WORD and _is_number(key_of(token.text), self._code)

    def _digits(self, run: Sequence[Token], before: Token | None) -> Sequence[Token]:
        words = [key_of(token.text) for token in run if not token.is_mark]
        if before is not None and key_of(before.text) in _ARTICLES and _is_round(words[0], self._code):
            return run
        if len(words) > 1 and words[-1] in _MILLIONS:
            return [*self._digits(run[:-1], None), run[-1]]
        text = _converted(text_of(run).strip().lower(), self._code)
        digits = re.match(r"\d+", text)
        if digits is None or (len(words) == 1 and int(digits.group()) < self._smallest):
            return run
        return _with_gap(tokens_of(_joined(text, words, self._code)), run[0].gap)


def _with_gap(tokens: list[Token], gap: str) -> list[Token]:
    return [Token(tokens[0].text, gap, tokens[0].is_mark), *tokens[1:]]


def _joined(text: str, words: Sequence[str], code: str) -> str:
    """Years, which English says in two halves, and rows of single digits: "19 84" is 1984, "0 1 2" is 012."""
    if code == "en" and (year := _YEAR.fullmatch(text)):
        return year.group(1) + year.group(2)
    if _DIGITS.fullmatch(text) and len(words) == sum(map(str.isdigit, text)):
        return text.replace(" ", "")
    return text


@lru_cache(maxsize=4096)
def _is_number(word: str, code: str) -> bool:
    if not word.isalpha() and "-" not in word:
        return False
    return any(map(str.isdigit, _converted(word, code))) or _value(word, code) is not None


def _is_round(word: str, code: str) -> bool:
    """Whether the word is a hundred, thousand, million ...: "a hundred" is not written as "a 100"."""
    value = _value(word, code)
    return word in _MILLIONS or (value is not None and value >= 100 and set(str(value)[1:]) == {"0"})


def _value(word: str, code: str) -> int | None:
    from text_to_num import text2num

    try:
        return int(text2num(word, code))
    except Exception:  # noqa: BLE001  the library has several kinds of "no number"
        return None


def _converted(text: str, code: str) -> str:
    try:
        return _converter()(text, code)
    except Exception:  # noqa: BLE001  the library stumbles over some words: they stay
        return text


@lru_cache(maxsize=1)
def _converter() -> Callable[[str, str], str]:
    """Text and language code to text with digits, by whichever release is installed."""
    from text_to_num import alpha2digit

    wants: dict[str, Any] = {"threshold": 0.0}
    if not _takes(alpha2digit, "threshold"):  # before release 3
        wants = {"relaxed": True, "signed": False, "ordinal_threshold": 0}
    return lambda text, code: str(alpha2digit(text, code, **wants))


def _takes(function: Callable[..., object], name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except ValueError:  # a compiled function may not tell
        return True


def forget() -> None:
    """Look for the library anew, as after it was installed."""
    for kept in (_converter, _is_number):
        kept.cache_clear()
