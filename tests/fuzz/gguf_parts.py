"""A GGUF file taken apart, so that one part of it can lie and the rest is sound.

Source: ggml's `docs/gguf.md`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any, Final

from hypothesis import strategies as st

from tests.fuzz.damage import Content

STRING, ARRAY, UINT32 = 8, 9, 4
FORMATS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
_COUNTS: Final = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    9,
    31,
    64,
    100,
    255,
    256,
    4096,
    1 << 20,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
)
_LONG_COUNTS: Final = (*_COUNTS, 1 << 32, 1 << 40, 1 << 61, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
_FLOATS: Final = (0.0, -0.0, -1.0, 1e-30, 1e30, float("inf"), float("-inf"), float("nan"), 1.0)


@dataclass(frozen=True, repr=False)
class Pair:
    """A key with its value, as bytes that begin with what kind it is."""

    key: bytes
    value: bytes

    def __repr__(self) -> str:
        return f"<{self.key!r} of {len(self.value)} bytes>"

    @property
    def kind(self) -> int:
        return int.from_bytes(self.value[:4], "little")


@dataclass(frozen=True)
class Tensor:
    """What the header says of a tensor."""

    name: bytes
    dimensions: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True, repr=False)
class Gguf:
    """A whole file."""

    pairs: tuple[Pair, ...]
    tensors: tuple[Tensor, ...]
    data: bytes
    magic: bytes = b"GGUF"
    version: int = 3
    said_pairs: int | None = None
    said_tensors: int | None = None

    def __repr__(self) -> str:
        return f"<GGUF of {len(self.pairs)} pairs and {len(self.tensors)} tensors>"

    def encoded(self) -> bytes:
        pairs = len(self.pairs) if self.said_pairs is None else self.said_pairs
        tensors = len(self.tensors) if self.said_tensors is None else self.said_tensors
        parts = [self.magic, struct.pack("<IQQ", self.version, tensors, pairs)]
        parts += [_text(pair.key) + pair.value for pair in self.pairs]
        for tensor in self.tensors:
            parts += [_text(tensor.name), struct.pack("<I", len(tensor.dimensions))]
            parts += [struct.pack("<Q", one) for one in tensor.dimensions]
            parts.append(struct.pack("<IQ", tensor.kind, tensor.offset))
        head = b"".join(parts)
        return head + bytes(-len(head) % 32) + self.data


def _text(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self, layout: str) -> Any:
        (found,) = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return found

    def text(self) -> bytes:
        length = self.number("Q")
        self.at += length
        return self.data[self.at - length : self.at]

    def skip_value(self, kind: int) -> None:
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            inner, count = self.number("I"), self.number("Q")
            for _ in range(count):
                self.skip_value(inner)
        else:
            self.number(FORMATS[kind])

    def pair(self) -> Pair:
        key, start = self.text(), self.at
        self.skip_value(self.number("I"))
        return Pair(key, self.data[start : self.at])

    def tensor(self) -> Tensor:
        name, count = self.text(), self.number("I")
        return Tensor(name, tuple(self.number("Q") for _ in range(count)), self.number("I"), self.number("Q"))


def parse(data: bytes) -> Gguf:
    """Take a sound file apart."""
    reader = _Reader(data)
    reader.at = 8
    tensors, pairs = reader.number("Q"), reader.number("Q")
    found_pairs = tuple(reader.pair() for _ in range(pairs))
    found_tensors = tuple(reader.tensor() for _ in range(tensors))
    return Gguf(found_pairs, found_tensors, data[reader.at + -reader.at % 32 :])


def text_value(text: bytes) -> bytes:
    """A value that is a text."""
    return struct.pack("<I", STRING) + _text(text)


def number_value(kind: int, number: float) -> bytes:
    """A value that is a number."""
    return struct.pack("<I" + FORMATS[kind], kind, number)


@st.composite
def lying(draw: st.DrawFn, sound: Gguf) -> Content:
    """The file with one to three lies in its header."""
    told, lies = sound, []
    for _ in range(draw(st.integers(1, 3))):
        lie = draw(st.sampled_from((_value, _value, _value, _lost, _again, _tensor, _tensor, _counts, _cut)))
        told, what = lie(draw, told)
        lies.append(what)
    content = Content(told.encoded())
    content.edits = ", ".join(lies)
    return content


def _value(draw: st.DrawFn, file: Gguf) -> tuple[Gguf, str]:
    """Another value for a key."""
    if not file.pairs:
        return file, "nothing"
    at = draw(st.integers(0, len(file.pairs) - 1))
    pair = file.pairs[at]
    value = draw(_values(pair))
    shown = value if len(value) < 40 else f"{len(value)} bytes"
    return _with_pair(file, at, replace(pair, value=value)), f"{pair.key.decode(errors='replace')} = {shown!r}"


def _values(pair: Pair) -> st.SearchStrategy[bytes]:
    other = st.one_of(
        st.sampled_from((b"", b"gpt2", b"llama", b"qwen3", b"bert", b"\xff\xfe", b"x" * 300)).map(text_value),
        st.sampled_from(_COUNTS).map(lambda number: number_value(UINT32, number)),
        st.sampled_from(_FLOATS).map(lambda number: number_value(6, number)),
        st.builds(_array, st.sampled_from([*FORMATS, STRING, ARRAY, 13, 255]), st.sampled_from(_LONG_COUNTS)),
        st.binary(min_size=4, max_size=24),
    )
    if pair.kind == STRING:
        return other | st.binary(max_size=40).map(text_value)
    if pair.kind == ARRAY and len(pair.value) > 16 + 4 * 8:  # a sound one, no lie from before
        return other | st.builds(lambda cut: pair.value[:cut], st.integers(4, len(pair.value))) | _shorter(pair)
    if pair.kind not in FORMATS:
        return other
    if pair.kind in (6, 12):
        return other | st.sampled_from(_FLOATS).map(lambda number: number_value(pair.kind, number))
    mask = (1 << 8 * struct.calcsize(FORMATS[pair.kind])) - 1
    signed = pair.kind in (1, 3, 5, 11)
    numbers = st.sampled_from(_LONG_COUNTS) if not signed else st.sampled_from((0, 1, -1, 127, -128))
    same = numbers.map(lambda number: number_value(pair.kind, number if signed else number & mask))
    return same | same | other


def _array(kind: int, count: int) -> bytes:
    """An array that says to have so many members, and has a few."""
    member = _text(b"a") if kind == STRING else bytes(8)
    return struct.pack("<IIQ", ARRAY, kind, count) + member * min(count, 4)


def _shorter(pair: Pair) -> st.SearchStrategy[bytes]:
    """The first members of an array alone."""
    (inner, count) = struct.unpack_from("<IQ", pair.value, 4)
    if inner == STRING:
        return st.sampled_from((0, 1)).map(lambda few: struct.pack("<IIQ", ARRAY, inner, few) + _text(b"a") * few)
    width = struct.calcsize(FORMATS[inner])
    return st.integers(0, count).map(
        lambda few: struct.pack("<IIQ", ARRAY, inner, few) + pair.value[16 : 16 + few * width]
    )


def _lost(draw: st.DrawFn, file: Gguf) -> tuple[Gguf, str]:
    """A key or a tensor is not there."""
    is_pair: bool = draw(st.booleans())
    if file.pairs and is_pair:
        at = draw(st.integers(0, len(file.pairs) - 1))
        return replace(file, pairs=file.pairs[:at] + file.pairs[at + 1 :]), f"no {file.pairs[at].key!r}"
    if not file.tensors:
        return file, "nothing"
    at = draw(st.integers(0, len(file.tensors) - 1))
    return replace(file, tensors=file.tensors[:at] + file.tensors[at + 1 :]), f"no {file.tensors[at].name!r}"


def _again(draw: st.DrawFn, file: Gguf) -> tuple[Gguf, str]:
    """A key or a tensor is there twice, or one that nobody knows."""
    added = draw(
        st.sampled_from(
            (
                Pair(b"", number_value(UINT32, 1)),
                Pair(b"general.alignment", number_value(UINT32, draw(st.sampled_from(_COUNTS)))),
                Pair(b"general.architecture", text_value(draw(st.sampled_from((b"", b"llama", b"qwen3", b"clip"))))),
                Pair(b"split.count", number_value(2, 3)),
                Pair(b"tokenizer.ggml.add_bos_token", number_value(7, 255)),
                Pair(b"qwen3vl.expert_count", number_value(UINT32, draw(st.sampled_from(_COUNTS)))),
                Pair(b"qwen3vl.vocab_size", number_value(UINT32, draw(st.sampled_from(_COUNTS)))),
                Pair(b"qwen3vl.rope.scaling.type", text_value(b"yarn")),
                Pair(b"x" * 70_000, text_value(b"")),
            )
        )
    )
    at = draw(st.integers(0, len(file.pairs)))
    return replace(file, pairs=(*file.pairs[:at], added, *file.pairs[at:])), f"{added.key[:40]!r} as well"


def _tensor(draw: st.DrawFn, file: Gguf) -> tuple[Gguf, str]:
    """A tensor has another shape, type, place or name."""
    if not file.tensors:
        return file, "nothing"
    at = draw(st.integers(0, len(file.tensors) - 1))
    old = file.tensors[at]
    what = draw(st.sampled_from(("dimension", "dimensions", "kind", "offset", "name")))
    if what == "dimension" and old.dimensions:
        place = draw(st.integers(0, len(old.dimensions) - 1))
        one = draw(st.sampled_from(_LONG_COUNTS))
        new = replace(old, dimensions=(*old.dimensions[:place], one, *old.dimensions[place + 1 :]))
    elif what == "dimensions":
        new = replace(old, dimensions=tuple(draw(st.lists(st.sampled_from(_LONG_COUNTS), max_size=6))))
    elif what == "kind":
        new = replace(old, kind=draw(st.integers(0, 50) | st.sampled_from(_COUNTS)))
    elif what == "offset":
        new = replace(old, offset=draw(st.sampled_from(_LONG_COUNTS) | st.integers(0, 1 << 20)))
    else:
        new = replace(old, name=draw(st.sampled_from((b"", b"x" * 80, file.tensors[0].name, b"\xff\0"))))
    tensors = (*file.tensors[:at], new, *file.tensors[at + 1 :])
    return replace(file, tensors=tensors), f"{old} is {new}"


def _counts(draw: st.DrawFn, file: Gguf) -> tuple[Gguf, str]:
    """The first numbers of the file are wrong."""
    what = draw(st.sampled_from(("said_pairs", "said_tensors", "version", "magic")))
    if what == "magic":
        return replace(file, magic=draw(st.sampled_from((b"GGUX", b"FUGG", b"\0\0\0\0")))), what
    number = draw(st.sampled_from(_LONG_COUNTS if what != "version" else _COUNTS))
    return replace(file, **{what: number}), f"{what} = {number}"  # type: ignore[arg-type] # one of the numbers


def _cut(draw: st.DrawFn, file: Gguf) -> tuple[Gguf, str]:
    """The end is missing, or the weights are no numbers."""
    if draw(st.booleans()):
        length = draw(st.integers(0, len(file.data)))
        return replace(file, data=file.data[:length]), f"{length} bytes of data"
    byte = draw(st.sampled_from((b"\0", b"\xff", b"\x7e")))
    return replace(file, data=byte * len(file.data)), f"all weights are {byte!r}"


def _with_pair(file: Gguf, at: int, pair: Pair) -> Gguf:
    return replace(file, pairs=(*file.pairs[:at], pair, *file.pairs[at + 1 :]))
