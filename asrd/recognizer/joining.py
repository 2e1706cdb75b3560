"""The texts of an utterance's pieces as one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import chain

from asrd.text.units import join_texts
from asrd.values import Hypothesis, Timing, Word, Work


def join_pieces(placed: Sequence[tuple[int, Hypothesis]], *, is_final: bool) -> Hypothesis:
    """One hypothesis of at least one piece, each with the sample at which it begins; costs are added up."""
    pieces = [piece for _, piece in placed]
    last_start, last = placed[-1]
    text = reduce(join_texts, (piece.text for piece in pieces))
    committed = reduce(join_texts, (piece.committed for piece in pieces))
    tail = last.tail if last.committed else join_texts(committed, last.tail)[len(committed) :]
    return Hypothesis(
        text=text,
        language=",".join(dict.fromkeys(name for piece in pieces for name in piece.language.split(",") if name)),
        committed=text if is_final else committed,
        tail="" if is_final else tail,
        is_final=is_final,
        samples=last_start + last.samples,
        tokens=tuple(token for piece in pieces for token in piece.tokens),
        stop=last.stop,
        words=tuple(chain.from_iterable(_moved(piece.words, start) for start, piece in placed)),
        timing=sum((piece.timing for piece in pieces), Timing()),
        work=sum((piece.work for piece in pieces), Work()),
    )


def _moved(words: tuple[Word, ...], samples: int) -> tuple[Word, ...]:
    return tuple(Word(word.text, word.start + samples, word.end + samples) for word in words) if samples else words
