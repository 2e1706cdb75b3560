"""Words as the pieces that subtitles are made of: none is wider than a line, and each knows what may follow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from asrd.text.columns import columns, cut_to_columns, harmless
from asrd.text.units import join_texts

_SENTENCE_ENDS: Final = tuple(".!?…。！？｡؟۔।")
_CLAUSE_ENDS: Final = tuple(",;:،؛、，；：–—")
_CLOSERS: Final = "\"'”’»)]」』）】"
_OPENERS: Final = "\"'“‘«([「『（【¿¡"
_MS_PER_S: Final = 1000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Common words of a few languages before which a break reads well, or after which it does not.
_BREAK_BEFORE: Final = _words("""
    and but or because that which who when while if so than as
    und aber oder weil dass  et mais ou parce que quand  y pero porque cuando  e ma perché che
""")
_NO_BREAK_AFTER: Final = _BREAK_BEFORE | _words("""
    a an the my your his her its our their this of to in on at for with from by mr. mrs. ms. dr. i is are was
    der die das den dem ein eine einen im am zum zur  le la les un une des du de au  el los las una del al  il lo gli
""")
_ABBREVIATIONS: Final = _words("mr. mrs. ms. dr. st. prof. vs. e.g. i.e. no. z.b. bzw. nr. sr. sra. m. mme.")


class Joint(IntEnum):
    """How well a break fits between two pieces, best first."""

    SENTENCE = 0
    CLAUSE = 1
    BEFORE_CONJUNCTION = 2
    PLAIN = 3
    AFTER_SMALL_WORD = 4  # an article, a preposition
    WITHIN_WORD = 5


@dataclass(frozen=True)
class TimedText:
    """A word, or any piece of text, and when it was spoken, in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Part:
    """A word, or as much of it as fits into a line: text without white space, and its time.

    Attributes:
        text: of at least one character.
        start_ms: when it begins.
        end_ms: when it ends; not before it begins.
        is_glued: the rest of a word that was cut: no space before it.
    """

    text: str
    start_ms: int
    end_ms: int
    is_glued: bool = False


@dataclass(frozen=True)
class Piece:
    """A part behind the one that came before it.

    Attributes:
        text: as in the part.
        start_ms: when it begins; not before the piece before it does.
        end_ms: when it ends.
        columns: its width; at least 1, so that only so many find room in a cue.
        space: columns between it and the piece before it, if both are in one line.
        joint: how well a break before it fits.
        ends_sentence: whether a sentence ends with it.
    """

    text: str
    start_ms: int
    end_ms: int
    columns: int
    space: int
    joint: Joint
    ends_sentence: bool


def piece_of(part: Part, before: Piece | None) -> Piece:
    """The part as a piece behind `before`. Utterances overlap by their pre-roll: a time that runs back is held."""
    start_ms = max(part.start_ms, before.start_ms) if before is not None else part.start_ms
    return Piece(
        text=part.text,
        start_ms=start_ms,
        end_ms=max(start_ms, part.end_ms),
        columns=max(1, columns(part.text)),
        space=0 if before is None else _space(before, part),
        joint=Joint.PLAIN if before is None else _joint(before, part),
        ends_sentence=_ends_sentence(part.text),
    )


def _joint(before: Piece, after: Part) -> Joint:
    if after.is_glued:
        return Joint.WITHIN_WORD
    if before.ends_sentence:
        return Joint.SENTENCE
    if before.text.rstrip(_CLOSERS).endswith(_CLAUSE_ENDS):
        return Joint.CLAUSE
    if _bare(before.text) in _NO_BREAK_AFTER:
        return Joint.AFTER_SMALL_WORD
    return Joint.BEFORE_CONJUNCTION if _bare(after.text) in _BREAK_BEFORE else Joint.PLAIN


def _ends_sentence(text: str) -> bool:
    """Whether a sentence ends with the text; an initial or a common abbreviation ends none."""
    if not text.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS):
        return False
    word = _bare(text)
    is_initial = len(word) == 2 and word.isascii() and word[0].isalpha() and word[1] == "."
    return not is_initial and word not in _ABBREVIATIONS


def _bare(text: str) -> str:
    """In lower case, without quotes and brackets before it."""
    return text.lstrip(_OPENERS).lower()


def _space(before: Piece, after: Part) -> int:
    return 0 if after.is_glued or len(join_texts(before.text[-1], after.text[0])) == 2 else 1


def joined(pieces: Iterable[Piece]) -> str:
    """The pieces as a line of text."""
    return "".join(" " * piece.space + piece.text for piece in pieces).lstrip(" ")


def parts_of(word: TimedText, line_columns: int) -> Iterator[Part]:
    """The word, made harmless, in as many parts as it needs; nothing if nothing is left of it.

    Each part of several gets of the word's time what its share of the characters is.
    """
    text = harmless(word.text)
    start_ms = to_ms(word.start_s)
    long_ms = max(0, to_ms(word.end_s) - start_ms)
    done = 0
    for part, is_glued in _parts(text, line_columns):
        first, done = done, done + len(part)
        begins_ms, ends_ms = (start_ms + long_ms * count // len(text) for count in (first, done))
        yield Part(part, begins_ms, ends_ms, is_glued)
        done += 0 if done == len(text) or text[done] != " " else 1


def _parts(text: str, line_columns: int) -> Iterator[tuple[str, bool]]:
    """Words of one line's width at most; with each, whether it goes on the one before."""
    for one in text.split():
        for index, part in enumerate(cut_to_columns(one, line_columns)):
            yield part, index > 0


def to_ms(seconds: float) -> int:
    """Seconds as whole milliseconds."""
    return round(seconds * _MS_PER_S)
