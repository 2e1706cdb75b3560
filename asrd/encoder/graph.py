"""What ONNX Runtime does not survive in a graph, looked for before it loads one.

A LayerNormalization whose bias is left out by an empty name is allowed, and ends the process while the graph is
optimised (1.15 to 1.32; microsoft/onnxruntime issue 18967 is of that kind). Only nodes are read; weights are passed
over. A graph with far more parts than any that was exported, which may be millions in a small file, is refused before
they are all read. The numbers of the fields are those of onnx.proto3.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from asrd.errors import ModelError

_GRAPH_NODE: Final = 1
_NODES_OF: Final = {7: _GRAPH_NODE, 25: 7}  # of a model's graph, and of the functions beside it
_NODE_INPUT, _NODE_OPERATOR, _NODE_ATTRIBUTE = 1, 4, 5
_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS = 6, 11
_NORMALIZATION: Final = b"LayerNormalization"
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT_BYTES: Final = 10
_MOST_PARTS: Final = 1_000_000  # fields that are read; nano's graphs have 3,500
_SKIPPED_BYTES: Final = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_Span = tuple[int, int]


def check_graph(path: Path) -> None:
    """Refuse a graph that would end the process; one that is damaged otherwise, ONNX Runtime refuses itself.

    Raises:
        ModelError: with the operator; or the graph has too many parts to look through.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            is_fatal = _is_fatal(_Message(data, path))
    except (OSError, ValueError):  # an empty file cannot be mapped
        return
    if is_fatal:
        raise ModelError(
            f"{path} has a LayerNormalization with an input without a name, which ONNX Runtime does not survive; "
            "fetch or export it again"
        )


class _Message:
    """The fields of a file, and how many of them were read."""

    def __init__(self, data: mmap.mmap, path: Path) -> None:
        self.data, self._path, self._read = data, path, 0

    def parts(self, span: _Span) -> Iterator[tuple[int, _Span]]:
        """The fields of a message that have a length, with where they lie, up to where it is damaged.

        Raises:
            ModelError: too many fields were read.
        """
        data = self.data
        position, end = span
        while position < end:
            self._read += 1
            if self._read > _MOST_PARTS:
                raise ModelError(
                    f"{self._path} has more than {_MOST_PARTS} parts beside its weights, as no exported graph has; "
                    "fetch or export it again"
                )
            key, position = _varint(data, position, end)
            number, kind = key >> 3, key & 7
            if kind == _LENGTH:
                length, position = _varint(data, position, end)
                if position + length > end:
                    return
                yield number, (position, position + length)
                position += length
            elif kind == _VARINT:
                _, position = _varint(data, position, end)
            elif kind in _SKIPPED_BYTES:
                position += _SKIPPED_BYTES[kind]
            else:
                return


def _is_fatal(message: _Message) -> bool:
    data, parts = message.data, message.parts
    waiting = [(span, _NODES_OF[number]) for number, span in parts((0, len(data))) if number in _NODES_OF]
    while waiting:
        graph, nodes_field = waiting.pop()
        for number, span in parts(graph):
            if number != nodes_field:
                continue
            node = list(parts(span))
            operators = [data[start:end] for field, (start, end) in node if field == _NODE_OPERATOR]
            is_unnamed = any(field == _NODE_INPUT and start == end for field, (start, end) in node)
            if operators[-1:] == [_NORMALIZATION] and is_unnamed:
                return True
            waiting += [
                (inner, _GRAPH_NODE)
                for field, attribute in node
                if field == _NODE_ATTRIBUTE
                for inner_field, inner in parts(attribute)
                if inner_field in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS)
            ]
    return False


def _varint(data: mmap.mmap, position: int, end: int) -> _Span:
    """A number of seven bits a byte, and where it ends; one that is cut off or too long ends there."""
    value = shift = 0
    end = min(end, position + _LONGEST_VARINT_BYTES)
    while position < end:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            break
    return value, position
