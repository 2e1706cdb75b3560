"""Which dimensions of the decoder's residual stream hold what, and the embeddings and rows that begin it.

Every embedding and every row has the same length: a dimension of its own makes up for what is missing. So the RMSNorm
of the first layer divides all by the same number.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asrd.geometry import WINDOW_ROWS
from asrd.text.prompt import TEXT_TAG
from model.train.addresses import GROUP, GROUPS, WINDOWS, address
from model.train.parts import RowCode
from model.train.vocabulary import WINDOW, NanoVocabulary

Array = NDArray[np.float32]

LENGTH: Final = 6.0  # of every embedding and row
END: Final = "<|im_end|>"
SINK: Final = "<|audio_start|>"
ENGLISH: Final = "language English"
SILENT: Final = "language None"
_TEXT: Final = 0.5  # magnitude of a dimension of a piece's code
_SPECIAL: Final = 4.0
PAIR: Final = 3.0
"""Magnitude of the two dimensions of an address."""


class Places:
    """Lists of dimensions, by what they hold.

    Output: `text` a piece's code of signs, `window` and `group` of an address, `special` tag, window's end, end.
    Found by a token: `near_window`, `near_group` and `near` of the nearest address, `distance` to all addresses among
    the last positions, `place` to the nearest, `heard` whether there is a row.
    Of a row: `row_window` or `beyond` all windows, `row_group`, `row_place`. Marks of embeddings: the others.
    """

    def __init__(self, hidden: int, asking: int) -> None:
        """Of `hidden` dimensions; `asking` tokens of the announcement are told apart."""
        numbers = count()

        def take(size: int) -> list[int]:
            return list(islice(numbers, size))

        self.window, self.group, self.special = take(WINDOWS), take(GROUPS), take(3)
        self.near_window, self.near_group, (self.near,) = take(WINDOWS), take(GROUPS), take(1)
        self.distance, self.place = take(GROUP - 1), take(GROUP - 1)
        self.row_window, self.row_group, self.row_place = take(WINDOWS), take(GROUPS), take(GROUP)
        (self.beyond,) = take(1)
        self.token, self.row, self.text_row, self.address, self.sink, self.end, self.tag = take(7)
        self.asking = take(asking)
        self.heard, self.ballast = take(2)
        used = next(numbers)
        if used >= hidden:
            raise ValueError(f"a decoder of {hidden} dimensions is too narrow: {used} are marks")
        self.text = list(range(used, hidden))


class Codes:
    """What stands for the tokens of a vocabulary."""

    def __init__(self, vocabulary: NanoVocabulary, hidden: int) -> None:
        english, silent = (vocabulary.tokenize(text) for text in (ENGLISH, SILENT))
        # "\n" and the announcement but for its last token: each calls for the next.
        self.announced = [*vocabulary.tokenize("\n"), *english]
        self.silent = silent[-1]
        if english[:-1] != silent[:-1] or len(set(self.announced)) < len(self.announced):
            raise ValueError(f"the vocabulary splits {ENGLISH!r} and {SILENT!r} into tokens that cannot be told apart")
        self.vocabulary, self.hidden = vocabulary, hidden
        self.places = Places(hidden, len(self.announced))
        self.output = self._output()
        self.embedding = _balanced(self.output + self._marks(), self.places.ballast)

    def _output(self) -> Array:
        """(V, E): what the output is compared with. Tokens that are never written are 0."""
        places, ids = self.places, self.vocabulary.ids
        code = np.zeros((len(self.vocabulary), self.hidden), np.float32)
        pieces = len(self.vocabulary.pieces)
        # Signs of a fixed seed: two of 12 000 pieces agree in at most 80 % of 90 dimensions.
        code[:pieces, places.text] = _TEXT * np.random.default_rng(0).choice((-1, 1), (pieces, len(places.text)))
        for place, name in zip(places.special, (TEXT_TAG, WINDOW, END), strict=True):
            code[ids[name], place] = _SPECIAL
        for window, group, index in self.addresses():
            code[index, [places.window[window], places.group[group]]] = PAIR
        return code

    def _marks(self) -> Array:
        places, ids = self.places, self.vocabulary.ids
        marks = np.zeros((len(self.vocabulary), self.hidden), np.float32)
        marks[:, places.token] = 1
        marks[[index for _, _, index in self.addresses()], places.address] = 1
        for name, place in ((SINK, places.sink), (WINDOW, places.end), (TEXT_TAG, places.tag)):
            marks[ids[name], place] = 1
        for index, place in zip(self.announced, places.asking, strict=True):
            marks[index, place] = 1
        marks[self.silent, places.asking[-1]] = 1
        return marks

    def addresses(self) -> Iterator[tuple[int, int, int]]:
        """Window, group and id of every address token."""
        for window in range(WINDOWS):
            for group in range(GROUPS):
                yield window, group, self.vocabulary.ids[address(window, group)]

    def row_code(self) -> RowCode:
        """The rows that go with these embeddings."""
        places = self.places
        index = np.zeros((WINDOW_ROWS, self.hidden), np.float32)
        index[:, [places.row, places.text_row, places.row_window[0]]] = 1
        for row, (group, place) in enumerate(divmod(row, GROUP) for row in range(WINDOW_ROWS)):
            index[row, [places.row_group[group], places.row_place[place]]] = 1
        # Places and codes have no dimension in common, so their squares add up.
        tokens = _balanced(self.output, places.ballast, used=float((index[0] ** 2).sum()))
        empty = np.zeros((1, self.hidden), np.float32)
        empty[:, places.row] = 1
        empty = _balanced(empty, places.ballast)[0]
        return RowCode(tokens, index, empty, empty, self.vocabulary.window_id)


def _balanced(vectors: Array, ballast: int, used: float = 0.0) -> Array:
    """With a value in `ballast` that brings the square of each length to LENGTH squared less `used`."""
    missing = LENGTH**2 - used - (vectors**2).sum(axis=1)
    if missing.min() < 0:
        raise ValueError("a decoder of so many dimensions is too wide: its codes are longer than LENGTH")
    balanced: Array = vectors.copy()
    balanced[:, ballast] = np.sqrt(missing)
    return balanced
