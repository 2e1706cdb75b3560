"""Simulated window hypotheses for the decoder: what the recognizer of a window may hear, and the text to be written.

Most are plain copies of all sorts of text; at the junction of two windows a text is cut, between words or within one,
and gets what a recognizer that hears only one side puts there: a full stop, a capital, a fragment, a repeated word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from asrd.geometry import CHUNK_ROWS, WINDOW_CHUNKS, WINDOW_ROWS
from asrd.text.prompt import build_prompt
from model.train.vocabulary import TEXT_TAG, NanoVocabulary, WhisperTokenizer

ROWS_PER_S: Final = CHUNK_ROWS
WINDOW_S: Final = WINDOW_CHUNKS
LONGEST_S: Final = 18.0
SHORTEST_S: Final = 0.5
_SENTENCE_END: Final = (".", "?", "!")
_ECHOES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("no", "yes", "ha", "go", "very", "left", "right", "stop", "the", "a", "that", "okay", "bye", "hello", "oh"),
)
_SHORT_SHARE: Final = 0.3  # of the utterances have one window; of the others, as many as their length brings
_MOST_CONTEXT_LETTERS: Final = 180
_MOST_REPEATS: Final = 6  # of a word in a row; the recognizer of a window leaves no more
_CUT_LETTERS: Final = 4  # shorter words are not cut in two

T = TypeVar("T")


@dataclass(frozen=True)
class Example:
    """One utterance.

    Attributes:
        head: ids of the prompt before the rows.
        windows: (token ids or None for no speech, number of rows) of each window.
        suffix: ids between the rows and the output.
        output: ids that the decoder has to write, `<|im_end|>` included.
    """

    head: tuple[int, ...]
    windows: tuple[tuple[tuple[int, ...] | None, int], ...]
    suffix: tuple[int, ...]
    output: tuple[int, ...]


@dataclass(frozen=True)
class Border:
    """The words on both sides of a border between windows: as heard and as written; to be changed."""

    left_heard: list[str]
    left_target: list[str]
    right_heard: list[str]
    right_target: list[str]


@dataclass(frozen=True)
class Heard:
    """A window: the words that its recognizer writes, and those that it contributes to the text; None: no speech."""

    words: tuple[str, ...]
    target: tuple[str, ...]


Maker = Callable[[list[int]], list[Heard | None]]


class Pieces:
    """Words to ids through one Whisper's tokenizer."""

    def __init__(self, vocabulary: NanoVocabulary, tokenizer: WhisperTokenizer) -> None:
        self.vocabulary = vocabulary
        self._tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}

    def words(self, words: Sequence[str]) -> tuple[int, ...]:
        """Ids of words, a space before each."""
        return tuple(index for word in words for index in self._ids(f" {word}"))

    def _ids(self, text: str) -> tuple[int, ...]:
        if text not in self._known:
            (pieces,) = self._tokenizer.split([text])
            self._known[text] = tuple(self.vocabulary.encode_pieces(pieces))
        return self._known[text]


def output_ids(vocabulary: NanoVocabulary, windows: Sequence[Sequence[int] | None], *, forced: bool) -> tuple[int, ...]:
    """What the decoder writes when the windows contribute these ids (None: no speech)."""
    ids = vocabulary.ids
    spoken = [window for window in windows if window is not None]
    language = vocabulary.tokenize("language English" if spoken else "language None")
    start = () if forced else (*language, ids[TEXT_TAG])
    text = [index for window in spoken for index in (*window, ids["<|window|>"])]
    return (*start, *text, ids["<|im_end|>"])


class Simulator:
    """Draws examples; the same seed gives the same ones.

    Args:
        pieces: one or more ways to write words as ids, one is drawn for every example.
        sentences: cased sentences.
        seed: of the generator.
        longest_s: longest utterance in seconds.
    """

    def __init__(
        self, pieces: Sequence[Pieces], sentences: Sequence[str], seed: int, *, longest_s: float = LONGEST_S
    ) -> None:
        self.pieces = pieces
        self._seed = seed
        self.random = np.random.default_rng(seed)
        self._sentences = [tuple(sentence.split()) for sentence in sentences]
        self._words = sorted({word for sentence in self._sentences for word in sentence})
        self._longest_s = longest_s
        self._makers: tuple[tuple[Maker, float], ...] = (
            (self._natural, 0.62),
            (self._echoing, 0.10),
            (self._mixed, 0.08),
            (self._spelled, 0.05),
        )

    def example(self) -> Example:
        """The next one."""
        draw = self.random
        pieces = self.pieces[int(draw.integers(len(self.pieces)))]
        rows = self._window_rows()
        forced = draw.random() < 0.1
        context = self._context() if draw.random() < 0.08 else ""
        vocabulary = pieces.vocabulary
        prompt = build_prompt(vocabulary, context=context, language="English" if forced else None)
        heard, target = self._ids(pieces, rows)
        windows = tuple(zip(heard, rows, strict=True))
        return Example(prompt.head, windows, prompt.suffix, output_ids(vocabulary, target, forced=forced))

    def _window_rows(self) -> list[int]:
        """Rows of each window of an utterance."""
        if self.random.random() < _SHORT_SHARE:
            seconds = self.random.uniform(SHORTEST_S, min(WINDOW_S, self._longest_s))
        else:
            seconds = self.random.uniform(SHORTEST_S, self._longest_s)
        rows = max(2, round(seconds * ROWS_PER_S))
        return [min(WINDOW_ROWS, rows - start) for start in range(0, rows, WINDOW_ROWS)]

    def _context(self) -> str:
        sentence = self._sentences[self.random.integers(len(self._sentences))]
        return " ".join(sentence)[:_MOST_CONTEXT_LETTERS]

    def _ids(
        self, pieces: Pieces, rows: list[int]
    ) -> tuple[list[tuple[int, ...] | None], list[tuple[int, ...] | None]]:
        """What is heard and what is to be written, in ids for each window."""
        kind = self.random.random()
        if kind < 0.04:
            return [None] * len(rows), [None] * len(rows)
        if kind < 0.16:
            random = [self._random_ids(count) if count > 1 else None for count in rows]
            return self._silence(random, random)
        heard = self._choose(*self._makers)(self._room(rows))
        words = [None if one is None else pieces.words(one.words) for one in heard]
        target = [None if one is None else pieces.words(one.target) for one in heard]
        if any(ids is not None and not 0 < len(ids) < count for ids, count in zip(words, rows, strict=True)):
            words = [(ids[: count - 1] or None) if ids else None for ids, count in zip(words, rows, strict=True)]
            target = words  # too dense for its rows: shortened windows are plain copies
        return self._silence(words, target)

    def _silence(
        self, heard: Sequence[tuple[int, ...] | None], target: Sequence[tuple[int, ...] | None]
    ) -> tuple[list[tuple[int, ...] | None], list[tuple[int, ...] | None]]:
        """Now and then one window of several has no speech; its neighbours are then copied as heard."""
        if len(heard) == 1 or self.random.random() >= 0.12:
            return list(heard), list(target)
        empty = self.random.integers(len(heard))
        silent = [None if place == empty else ids for place, ids in enumerate(heard)]
        return silent, list(silent)

    def _room(self, rows: list[int]) -> list[int]:
        """Words that are said in each window, at one tempo for the utterance; the pause at its end differs."""
        words_per_s = self.random.uniform(1.0, 4.5)
        return [max(1, round(words_per_s * count / ROWS_PER_S)) for count in rows]

    def _random_ids(self, rows: int) -> tuple[int, ...]:
        most = min(rows - 1, int(self.random.integers(1, 60 if self.random.random() < 0.9 else WINDOW_ROWS)))
        count = max(1, most)
        alphabet = len(self.pieces[0].vocabulary.pieces)
        if self.random.random() < 0.3:  # few different ones: order is all that tells them apart
            chosen = self.random.integers(alphabet, size=max(2, count // 3))
            return tuple(int(chosen[i]) for i in self.random.integers(len(chosen), size=count))
        return tuple(int(i) for i in self.random.integers(alphabet, size=count))

    def _copied(self, words: list[str], room: list[int]) -> list[Heard | None]:
        """`words` shared out to the windows, without any repair."""
        heard: list[Heard | None] = []
        for count in room:
            part = tuple(words[:count])
            words = words[count:]
            heard.append(Heard(part, part) if part else None)
        return heard

    def _echoing(self, room: list[int]) -> list[Heard | None]:
        """Digits and small words, many of them more than once in a row."""
        few = [str(word) for word in self.random.choice(_ECHOES, size=self.random.integers(1, 6))]
        words: list[str] = []
        while len(words) < sum(room):
            word = few[self.random.integers(len(few))]
            repeats = int(self.random.integers(2, _MOST_REPEATS)) if self.random.random() < 0.4 else 1
            comma = "," if self.random.random() < 0.2 else ""
            words.extend([word + comma] * repeats)
        words[0] = words[0].capitalize()
        return self._copied(words, room)

    def _mixed(self, room: list[int]) -> list[Heard | None]:
        """Unconnected words and numbers."""
        words = []
        for _ in range(sum(room)):
            if self.random.random() < 0.25:
                words.append(str(self.random.integers(10 ** self.random.integers(1, 5))))
            else:
                words.append(self._words[self.random.integers(len(self._words))])
        return self._copied(words, room)

    def _spelled(self, room: list[int]) -> list[Heard | None]:
        """Letters, one by one or with hyphens."""
        letters = [chr(ord("A") + i) for i in self.random.integers(26, size=sum(room))]
        if self.random.random() < 0.5:
            letters = ["-".join(letters[i : i + 4]) for i in range(0, len(letters), 4)]
        return self._copied(letters, room)

    def _natural(self, room: list[int]) -> list[Heard | None]:
        """Sentences, cut where a window happens to end."""
        words: list[str] = []
        while len(words) < sum(room):
            words.extend(self._sentences[self.random.integers(len(self._sentences))])
        if len(room) == 1 and self.random.random() < 0.5:  # whole sentences more often than cut ones
            return self._copied(words, [len(words)])
        starts = [sum(room[:place]) for place in range(len(room))]
        heard = [words[start : start + count] for start, count in zip(starts, room, strict=True)]
        target = [list(part) for part in heard]
        for place in range(len(room) - 1):
            self._junction(Border(heard[place], target[place], heard[place + 1], target[place + 1]))
        return [Heard(tuple(h), tuple(t)) for h, t in zip(heard, target, strict=True)]

    def _junction(self, border: Border) -> None:
        """Change what is heard on both sides of a border, unless a sentence ends there."""
        if border.left_target[-1].endswith(_SENTENCE_END) or not border.right_target:
            return
        word = border.right_target[0]
        if len(word) >= _CUT_LETTERS and word.isalpha() and self.random.random() < 0.4:
            place = int(self.random.integers(1, len(word)))
            left, right = self._choose(
                ((word[:place], word[place:]), 0.5),
                ((word, word[place:]), 0.15),
                ((word[:place], word), 0.2),
                ((word, word), 0.15),
            )
            border.left_target.append(border.right_target.pop(0))
            border.left_heard.append(left)
            border.right_heard[0] = right
        end = self._choose((".", 0.4), ("...", 0.08), (",", 0.04), ("-", 0.04), ("", 0.44))
        if end:
            border.left_heard[-1] = border.left_heard[-1].rstrip(",;:") + end
        if self.random.random() < 0.6:
            border.right_heard[0] = border.right_heard[0][:1].upper() + border.right_heard[0][1:]

    def _choose(self, *options: tuple[T, float]) -> T:
        place = self.random.random() * sum(share for _, share in options)
        for option, share in options:
            place -= share
            if place < 0:
                return option
        return options[-1][0]

    def examples(self, step: int, count: int) -> list[Example]:
        """The `count` examples of a step, the same ones every time."""
        self.random = np.random.default_rng((self._seed, step))
        return [self.example() for _ in range(count)]
