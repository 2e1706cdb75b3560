"""nano's decoder: Qwen3's architecture with weights that are written down, not trained, so that it copies exactly.

It reads the rows of all windows (see `places.RowCode`) and writes the announcement, then for every window with speech
its tokens with addresses between them (see `addresses`) and the window token, then the end. Addresses, window token and
end are control tokens, invisible in the text. Every position so knows which row comes next by a key that is there once:
repeated words cannot lead it astray, and it cannot loop, since addresses only rise.

Layer 0 looks at fixed distances. Of a row: whether there are rows 104, 208, .. positions before it, which is the number
of its window. Of a token: which is the nearest address (one head), and how far back it is (the others).
Layer 1 looks up: the row of the address and the distance; behind a window's end, and at the beginning, the first row of
the next window with speech; behind "language" whether there is a row at all. What is not found counts as a window's
end, and behind that as the end. Its feed-forward part writes all that is no copy.

Compare Olsson et al. (2022), "In-context learning and induction heads", for what attention can copy without addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asrd.geometry import WINDOW_ROWS
from asrd.text.prompt import TEXT_TAG
from model.train.addresses import GROUP, GROUPS
from model.train.places import END, LENGTH, PAIR, Codes
from model.train.qwen3 import Head, Layer, Shape
from model.train.vocabulary import WINDOW, NanoVocabulary

Array = NDArray[np.float32]

HIDDEN: Final = 192
_HEADS: Final = GROUP
_HEAD_DIM: Final = 64
_FFN: Final = 64
_ROPE_THETA: Final = 1e9

# Rotary positions turn pair i of a head (dimensions i and i + 32) by _SPEED[i] a position.
_HALF: Final = _HEAD_DIM // 2
_SPEED: Final = _ROPE_THETA ** (-np.arange(_HALF) / _HALF)
_TURNING: Final = slice(0, 12)  # of these the sum below has its top at one distance, 20 % above any other up to 1400
_TURNING_WEIGHTS: Final = _SPEED[_TURNING] ** 0.7
_FALLING: Final = slice(3, 12)  # turned on by 0.8, the sum of these falls with the distance
_FALLING_PHASE: Final = 0.8
# Pairs that turn by less than 0.03 within 1000 positions hold content, the stillest first.
_STILL: Final = tuple(place for pair in range(_HALF - 1, 15, -1) for place in (pair, pair + _HALF))

_SHARPNESS: Final = 10.0  # scores reach 8 x its square: what leads by 2 % of that takes all
_GAIN: Final = 8.0  # of what is to be written, against the own code of the token before
_DEFAULT: Final = 0.3  # of that, for what is written where nothing is found
_STEEP: Final = 10.0  # value of an open gate; a closed one has -0.0005
_NO_ROW: Final = 0.9  # score of "no such row", between a match (1) and the next best distance (0.8)
_RANK: Final = 0.15  # score between one window and the next


class Decoder:
    """The weights for a vocabulary, by their names."""

    def __init__(self, vocabulary: NanoVocabulary, hidden: int = HIDDEN) -> None:
        self.codes = Codes(vocabulary, hidden)
        self.shape = Shape(len(vocabulary), hidden, 2, _HEADS, _HEAD_DIM, _FFN, _ROPE_THETA)
        # What a value of 1 has been divided by after the first RMSNorm; later ones differ by some percent.
        self._unit = np.float32(LENGTH / np.sqrt(hidden))
        first, second = Layer(self.shape), Layer(self.shape)
        self._look_back(first)
        self._find_nearest(Head.of(first, _HEADS - 1))
        self._measure_distance(first)
        self._copy(second)
        self._find_next_window(self._looking_up(second, 2))
        self._find_speech(self._looking_up(second, 3))
        self._write(second)
        self.tensors = self._named(first, second)

    def _named(self, *layers: Layer) -> Mapping[str, Array]:
        places = self.codes.places
        norm = np.zeros(self.shape.hidden, np.float32)
        norm[[*places.text, *places.window, *places.group, *places.special]] = 1
        named = {"embed_tokens.weight": self.codes.embedding, "norm.weight": norm}
        for index, layer in enumerate(layers):
            named |= {f"layers.{index}.{name}": value for name, value in layer.tensors(_SHARPNESS).items()}
        return named

    # Layer 0.

    def _look_back(self, layer: Layer) -> None:
        """Head h - 1 looks h positions back for an address, and from a row 104 h back for a row."""
        places = self.codes.places
        windows = [*places.row_window, places.beyond]
        for distance in range(1, GROUP):
            head = Head.of(layer, distance - 1)
            here = _turned(_TURNING, _TURNING_WEIGHTS, 0.0)
            head.key[:, [places.token, places.row]] = here[:, None]
            head.key[:, places.sink] = -here
            head.key[_STILL[0], places.sink] = 1
            head.query[:, places.token] = _turned(_TURNING, _TURNING_WEIGHTS, -distance * _SPEED[_TURNING])
            angles = -distance * WINDOW_ROWS * _SPEED[_TURNING]
            head.query[:, places.row] = _turned(_TURNING, _TURNING_WEIGHTS, angles)
            head.query[_STILL[0], places.row] = _NO_ROW
            head.value[0, places.address] = 1
            head.out[0, places.distance[distance - 1]] = self._unit
            # A row so far back: the window is not the one that was thought of, but the next.
            head.value[1, places.row] = 1
            head.out[1, windows[distance - 1]] = -self._unit
            head.out[1, windows[distance]] = self._unit

    def _find_nearest(self, head: Head) -> None:
        """What the nearest address is, the own position included."""
        places = self.codes.places
        even = np.ones(_FALLING.stop - _FALLING.start)
        head.key[:, [places.token, places.row]] = _turned(_FALLING, even, 0.0)[:, None]
        head.key[_STILL[0], [places.token, places.row]] = -1
        head.key[_STILL[0], places.address] = 2
        head.query[:, places.token] = _turned(_FALLING, even, _FALLING_PHASE)
        head.query[_STILL[0], places.token] = 1
        read = [*places.window, *places.group, places.address]
        kept = [*places.near_window, *places.near_group, places.near]
        _move(head, read, kept, self._unit / np.array([PAIR] * (len(read) - 1) + [1.0]))

    def _measure_distance(self, layer: Layer) -> None:
        """Of the addresses among the last positions the nearest alone."""
        places = self.codes.places
        for unit, (seen, place) in enumerate(zip(places.distance, places.place, strict=True)):
            nearer = [*places.distance[:unit], places.address]
            self._gate(layer, unit, {seen: 1.0} | dict.fromkeys(nearer, -2.0))
            layer.up[unit, places.token] = self._unit
            layer.down[place, unit] = 1 / _STEEP

    # Layer 1.

    def _looking_up(self, layer: Layer, index: int) -> Head:
        """Head `index`, with the keys by which rows are found."""
        places, head = self.codes.places, Head.of(layer, index)
        head.key[self._still(self._keys), self._keys] = 1
        head.key[self._nothing, places.sink] = 1
        # All others: in a dimension that nobody asks for.
        head.key[_STILL[len(self._keys) + 1], [places.token, places.row]] = 1
        head.key[_STILL[len(self._keys) + 1], [places.text_row, places.sink]] = -1
        return head

    @property
    def _keys(self) -> list[int]:
        places = self.codes.places
        return [*places.row_window, *places.row_group, *places.row_place, places.beyond]

    @property
    def _nothing(self) -> int:
        """The dimension of a head in which the prompt answers: nothing found."""
        return _STILL[len(self._keys)]

    def _still(self, keys: list[int]) -> list[int]:
        return [_STILL[self._keys.index(key)] for key in keys]

    def _copy(self, layer: Layer) -> None:
        """Two heads take half of the code each from the row that comes next."""
        places = self.codes.places
        asked = [*places.near_window, *places.near_group, places.address, *places.place]
        for index, part in enumerate(np.array_split([*places.text, *places.special], 2)):
            head = self._looking_up(layer, index)
            head.query[self._still(self._keys[:-1]), asked] = 1
            # A row has three keys, each 1 / sqrt(3) long: three matches count, two do not.
            head.query[self._nothing, places.token] = 2.5 / np.sqrt(3)
            head.query[self._nothing, places.end] = 4
            _move(head, part.tolist(), part.tolist(), np.full(len(part), _GAIN * self._unit))

    def _find_next_window(self, head: Head) -> None:
        """Behind a window's end and the tag: the first row of the next window, written as its first address."""
        places = self.codes.places
        head.query[np.ix_(self._first_row, [places.tag, places.end])] = 2
        for window, key in enumerate(self._still(places.row_window)):
            head.query[key, places.tag] = 1.3 - _RANK * window
            for now, near in enumerate(places.near_window):
                head.query[key, near] = 1.3 - _RANK * (window - now - 1) if window > now else -2.0
        (beyond,) = self._still([places.beyond])
        head.query[beyond, [places.tag, places.end]] = -2
        # Between a first row of a later window (2.4 to 3.1) and of this one, or another row (at most 1.9).
        head.query[self._nothing, places.token] = 2.1
        read = [*places.row_window, places.text_row]
        _move(head, read, [*places.window, places.group[0]], np.full(len(read), PAIR * _GAIN * self._unit))

    def _find_speech(self, head: Head) -> None:
        """Behind the last token before the language: any first row."""
        places = self.codes.places
        head.query[self._first_row, places.asking[-2]] = 1
        head.query[self._nothing, places.token] = 1.5 / np.sqrt(3)
        _move(head, [places.text_row], [places.heard], np.array([self._unit]))

    @property
    def _first_row(self) -> list[int]:
        places = self.codes.places
        return self._still([places.row_group[0], places.row_place[0]])

    def _write(self, layer: Layer) -> None:
        """What is written without a copy: each a gate, the dimension whose value counts, and a code."""
        for unit, (when, value, code) in enumerate(self._rules()):
            self._gate(layer, unit, when)
            layer.up[unit, value] = self._unit
            layer.down[:, unit] = code * _GAIN / _STEEP

    def _rules(self) -> Iterator[tuple[dict[int, float], int, Array]]:
        places, ids = self.codes.places, self.codes.vocabulary.ids
        codes = self.codes.output
        unaddressed = {places.near: -1.0}
        for mark, token in zip(places.asking[:-2], self.codes.announced[1:-1], strict=True):
            yield {mark: 1.0} | unaddressed, places.token, codes[token]
        language, named = places.asking[-2:]
        yield {language: 1.0} | unaddressed, places.token, _DEFAULT * codes[self.codes.silent]
        yield {language: 1.0} | unaddressed, places.heard, codes[self.codes.announced[-1]]
        yield {named: 1.0} | unaddressed, places.token, codes[ids[TEXT_TAG]]
        for mark in (places.tag, places.end):
            yield {mark: 1.0}, places.token, _DEFAULT * codes[ids[END]]
        in_group = dict.fromkeys((places.address, *places.place), 1.0)
        yield in_group | {places.end: -1.0}, places.token, _DEFAULT * codes[ids[WINDOW]]
        yield from self._next_addresses(in_group)

    def _next_addresses(self, in_group: Mapping[int, float]) -> Iterator[tuple[dict[int, float], int, Array]]:
        """Behind the last token of a group the address of the next one; there is none after the last."""
        places = self.codes.places
        passed = {places.near: 1.0, places.end: -1.0} | dict.fromkeys(in_group, -1.0)
        one = PAIR * np.eye(self.shape.hidden, dtype=np.float32)
        for near, window in zip(places.near_window, places.window, strict=True):
            yield passed, near, one[window]
        for group in range(GROUPS - 1):
            yield passed, places.near_group[group], one[places.group[group + 1]]
        window_end = self.codes.output[self.codes.vocabulary.window_id]
        yield passed, places.near_group[-1], 2 * window_end

    def _gate(self, layer: Layer, unit: int, when: Mapping[int, float]) -> None:
        """Open `unit` where the weighted sum of dimensions of 0 or 1 is 1, and close it where it is 0 or less."""
        for place, weight in when.items():
            layer.gate[unit, place] = 2 * weight * _STEEP * self._unit
        layer.gate[unit, self.codes.places.token] = -_STEEP * self._unit


def _turned(pairs: slice, weights: NDArray[np.floating[Any]], angles: NDArray[np.floating[Any]] | float) -> Array:
    """A vector (head_dim,) of the unit length whose pairs are turned by `angles`.

    A query of angles b at distance d from a key of angles 0 scores the sum of weights x cos(d x speed + b).
    """
    vector = np.zeros(_HEAD_DIM, np.float32)
    lengths = np.sqrt(weights / weights.sum())
    vector[:_HALF][pairs] = lengths * np.cos(angles)
    vector[_HALF:][pairs] = lengths * np.sin(angles)
    return vector


def _move(head: Head, read: list[int], written: list[int], gains: Array) -> None:
    """Take dimensions `read` where the head looks, and add them to `written`, times `gains`."""
    if len(read) > _HEAD_DIM:
        raise ValueError(f"a head carries at most {_HEAD_DIM} values, not {len(read)}")
    places = range(len(read))
    head.value[places, read] = 1
    head.out[places, written] = gains


def run(*, smoke: bool) -> None:
    """The stage: the decoder's files and its row code."""
    from model.train.assemble import DECODER, vocabulary
    from model.train.decoder_files import write_pair
    from model.train.speech import SMOKE
    from model.train.vocabulary_smoke import smoke_vocabulary

    if smoke:
        write_pair(Decoder(smoke_vocabulary(SMOKE / "tokenizers")[0]), SMOKE / DECODER.name)
    else:
        write_pair(Decoder(vocabulary()), DECODER)
