"""Names and terms: told to the model beforehand, put right in its text afterwards.

A word becomes a term if it is spelled almost like it. What keeps ordinary words what they are:

- words known to be common (`small_words.py`) never change by themselves, nor do inflections of a term;
- the term's first sound must be there, and nothing under five letters is corrected but for its capitals and spaces;
- edits are counted against the length: with `likeness` 0.8 one edit in five letters, two in ten; one more where a term
  of seven or more letters sounds the same, consonant by consonant;
- a word that the model wrote small, and so took for no name, becomes a short name only if it sounds the same; several
  words become one, or one several, only if they sound the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from asrd.wire.commands import MAX_CONTEXT_CHARACTERS
from asrd_clients.rules.sounds import bag_of, distance, letters_of, sound_of
from asrd_clients.rules.tokens import Token, key_of, rewritten, text_of, tokens_of

_SHORTEST: Final = 5  # letters of a term that is corrected by edits
_LONG: Final = 7  # letters from which a term may be further from what was heard
_MOST_HEARD: Final = 4096  # spellings whose correction is remembered
_LONGEST_WORD: Final = 60  # letters
_ENDINGS: Final = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "y", "e", "n", "en", "ns", "r")
_RELATIONS: Final = (*_ENDINGS, "a", "an", "ian")  # as in Martin, Martina, Martian
_POSSESSIVES: Final = ("'s", "’s")


@dataclass(frozen=True)
class Vocabulary:
    """The table [vocabulary].

    Attributes:
        terms: names and terms as they are to be written.
        correct: put right what is almost one of them.
        likeness: share of a term's letters that must be right, from 0.5 to 1; at 1 only capitals and spaces are.
        send: tell them to the model.
    """

    terms: tuple[str, ...] = ()
    correct: bool = True
    likeness: float = 0.8
    send: bool = True

    @property
    def context(self) -> str:
        """The terms in one line, as many as the protocol takes; "" if they are not to be sent."""
        text = ""
        for term in self.terms if self.send else ():
            longer = f"{text}, {term}" if text else term
            if len(longer) > MAX_CONTEXT_CHARACTERS:
                break
            text = longer
        return text

    @property
    def names(self) -> frozenset[str]:
        """The words of terms that begin with a capital, as they are compared."""
        words = (token.text for term in self.terms for token in tokens_of(term) if not token.is_mark)
        return frozenset(key_of(word) for word in words if word[0] != word[0].lower())


@dataclass(frozen=True)
class _Term:
    text: str
    letters: str
    words: tuple[str, ...]

    @cached_property
    def sound(self) -> str:
        return sound_of(self.letters)

    @cached_property
    def bag(self) -> int:
        return bag_of(self.letters)


@dataclass(frozen=True)
class _Heard:
    """Words that may be a term; `is_small`: the model saw no name in them."""

    words: tuple[str, ...]
    is_small: bool

    @property
    def letters(self) -> str:
        return "".join(self.words)


def _heard(window: Sequence[Token], ending: str) -> _Heard:
    texts = [token.text for token in window if not token.is_mark]
    texts[-1] = texts[-1].removesuffix(ending) if ending else texts[-1]
    return _Heard(tuple(map(letters_of, texts)), all(text == text.lower() for text in texts))


class Corrector:
    """Puts the terms of a vocabulary right in one language."""

    def __init__(self, vocabulary: Vocabulary, common: frozenset[str]) -> None:
        self._likeness = vocabulary.likeness
        self._common = common
        self._exact: dict[str, _Term] = {}
        self._by_sound: dict[str, list[_Term]] = {}
        self._heard: dict[_Heard, _Term | None] = {}
        self._widest = 0
        for text in vocabulary.terms if vocabulary.correct else ():
            self._learn(text)

    def _learn(self, text: str) -> None:
        words = tuple(letters_of(token.text) for token in tokens_of(text) if not token.is_mark)
        term = _Term(text, letters_of(text), tuple(filter(None, words)))
        self._exact[term.letters] = term
        self._widest = max(self._widest, len(term.words) + 1)
        if len(term.letters) >= _SHORTEST:
            self._by_sound.setdefault(term.sound[:1], []).append(term)

    def applied(self, tokens: Sequence[Token]) -> Sequence[Token]:
        """The tokens with what is almost a term put right; a term may come from a word more or less than it has."""
        if not self._exact:
            return tokens
        return rewritten(tokens, lambda at: self._at(tokens, at))

    def _at(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """What is to be typed for the words at `at`, and where they end; the widest that fits."""
        for end in reversed(list(self._windows(tokens, at))):
            window = tokens[at:end]
            ending = next((tail for tail in _POSSESSIVES if window[-1].text.endswith(tail)), "")
            heard = _heard(window, ending)
            term = self._term(heard)
            if term is not None and self._is_other(text_of(window).strip(), term, heard.words, ending):
                return term.text + ending, end
        return None

    def _windows(self, tokens: Sequence[Token], at: int) -> Iterator[int]:
        """Where stretches of words end that begin at `at`, with one space or a hyphen between the words."""
        end = at
        for _ in range(self._widest):
            if end >= len(tokens) or tokens[end].is_mark or len(tokens[end].text) > _LONGEST_WORD:
                return
            end += 1
            yield end
            if end < len(tokens) and tokens[end].text == "-" and not tokens[end].gap:
                end += 1

    def _is_other(self, written: str, term: _Term, words: Sequence[str], ending: str) -> bool:
        """Whether the term is written otherwise, in a way that asks for correction."""
        if "".join(words) != term.letters or len(words) != len(term.words):
            return True
        stem = written.removesuffix(ending) if ending else written
        if stem == term.text or (term.text == term.text.lower() and stem[1:] == term.text[1:]):
            return False  # the same, or a sentence's capital
        return len(words) > 1 or words[0] not in self._common

    def _term(self, heard: _Heard) -> _Term | None:
        if heard not in self._heard:
            if len(self._heard) >= _MOST_HEARD:
                self._heard.clear()
            self._heard[heard] = self._looked_up(heard)
        return self._heard[heard]

    def _looked_up(self, heard: _Heard) -> _Term | None:
        exact = self._exact.get(heard.letters)
        if exact is not None:
            return exact if len(heard.words) == len(exact.words) or len(heard.letters) >= _SHORTEST else None
        if len(heard.letters) < _SHORTEST - 1:
            return None
        likely = [
            (edits, term.text, term)
            for term in self._by_sound.get(sound_of(heard.letters)[:1], ())
            if (edits := self._edits(heard, term)) is not None
        ]
        return min(likely)[2] if likely else None

    def _edits(self, heard: _Heard, term: _Term) -> int | None:
        """The edits from what was heard to the term; None if it is not meant to be it."""
        limit = self._limit(heard, term)
        if limit == 0 or (bag_of(heard.letters) ^ term.bag).bit_count() > 2 * limit:
            return None
        edits = distance(heard.letters, term.letters, limit)
        return edits if edits <= limit and self._is_meant(heard, term) else None

    def _limit(self, heard: _Heard, term: _Term) -> int:
        """How many edits there may be."""
        allowed = int(len(term.letters) * (1 - self._likeness) + 1e-9)
        is_alike = allowed > 0 and len(term.letters) >= _LONG and sound_of(heard.letters) == term.sound
        return allowed + 1 if is_alike else allowed

    def _is_meant(self, heard: _Heard, term: _Term) -> bool:
        """Whether nothing speaks for the words as they were heard."""
        is_alike = sound_of(heard.letters) == term.sound
        first, wanted = heard.letters[0], term.letters[0]
        if _is_inflected(heard.letters, term.letters):
            return False
        if len(heard.words) != len(term.words):
            is_near = abs(len(heard.words) - len(term.words)) == 1
            is_form = any(_is_inflected(word, term.letters) for word in heard.words)
            return is_near and is_alike and len(term.letters) >= _LONG and first == wanted and not is_form
        if len(heard.words) > 1:
            return all(word in term.words or not self._is_common(word) for word in heard.words)
        is_name = term.text[0] != term.text[0].lower()
        is_odd_one = heard.is_small and is_name and not is_alike and len(term.letters) <= _LONG
        return not is_odd_one and not self._is_common(heard.words[0])

    def _is_common(self, word: str) -> bool:
        """Whether it is a common word, or a form of one."""
        if word in self._common:
            return True
        return any(word.endswith(ending) and word[: -len(ending)] in self._common for ending in _ENDINGS)


def _is_inflected(left: str, right: str) -> bool:
    shorter, longer = sorted((left, right), key=len)
    return longer.startswith(shorter) and longer[len(shorter) :] in _RELATIONS
