"""A GGUF file's header, read before llama.cpp reads it: what it does not expect there makes it end the process.

Source: ggml's `docs/gguf.md`: magic, version, counts, then key-value pairs, then the tensors' names, shapes and types.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asrd.errors import ModelError

_MAGIC: Final = b"GGUF"
_FILE_TYPE_KEY: Final = "general.file_type"
_ALIGNMENT_KEY: Final = "general.alignment"
_ARCHITECTURE_KEY: Final = "general.architecture"
_STRING, _ARRAY = 8, 9
_FORMATS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_LONGEST_STRING: Final = 1 << 20
_MOST_DIMENSIONS: Final = 4
_SHORT_ROW: Final = 8
_TENSOR_ALIGNMENT: Final = 32  # of the CPU's buffers
_MOST_LAYERS: Final = 512
_ROPE_SCALINGS: Final = ("none", "linear", "yarn", "longrope")
_F32: Final = 0  # enum ggml_type: what a norm has to be
_INTEGER_TYPES: Final = range(24, 29)  # I8 to I64, and F64: no kernel multiplies with them

Value = int | float | str | tuple[int | float, ...]


@dataclass(frozen=True)
class TensorHead:
    """What the header says of a tensor: its name, its shape, and its type (enum ggml_type)."""

    name: str
    shape: tuple[int, ...]
    kind: int


@dataclass(frozen=True)
class Header:
    """All single values and short rows of numbers by their keys, and all tensors; longer arrays are left out."""

    values: Mapping[str, Value]
    tensors: tuple[TensorHead, ...]

    @property
    def file_type(self) -> int | None:
        """`general.file_type` (enum llama_ftype), or None if the file does not say."""
        value = self.values.get(_FILE_TYPE_KEY)
        return value if isinstance(value, int) else None


def read_header(path: Path) -> Header | None:
    """The header of the file; None if it is none, or damaged: loading it will say what is wrong."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(data).header()
    except (OSError, struct.error, ValueError):
        return None


def check_header(header: Header, path: Path) -> None:
    """Refuse what would make llama.cpp end the process, now or in the middle of a pass.

    Raises:
        ModelError: with the key or the tensor.
    """
    for key, is_sound in _sound_values(header).items():
        value = header.values.get(key)
        if value is not None and not is_sound(value):
            raise _refusal(path, f"its {key} is {str(value)[:40]!r}")
    for tensor in header.tensors:
        if tensor.kind in _INTEGER_TYPES or (len(tensor.shape) == 1 and tensor.kind != _F32):
            raise _refusal(path, f"its tensor {tensor.name[:64]!r} is of type {tensor.kind}")


def _sound_values(header: Header) -> Mapping[str, Callable[[Value], bool]]:
    """Key -> whether a value of it is one that can be run."""
    architecture = str(header.values.get(_ARCHITECTURE_KEY, ""))
    head_width = header.values.get(f"{architecture}.attention.key_length")
    return {
        _ALIGNMENT_KEY: lambda value: isinstance(value, int) and value > 0 and value % _TENSOR_ALIGNMENT == 0,
        f"{architecture}.block_count": lambda value: isinstance(value, int) and 0 < value <= _MOST_LAYERS,
        f"{architecture}.expert_count": lambda value: value == 0,  # the decoder of Qwen3-ASR has none
        f"{architecture}.attention.layer_norm_rms_epsilon": _is_amount,
        f"{architecture}.rope.scaling.type": lambda value: value in _ROPE_SCALINGS,
        f"{architecture}.rope.dimension_sections": lambda value: _are_sections(value, head_width),
    }


def _is_amount(value: Value) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0


def _are_sections(value: Value, head_width: Value | None) -> bool:
    """Whether each plane of positions turns a number of dimensions, and all of them no more than a head has."""
    if not isinstance(value, tuple) or not all(isinstance(one, int) and one >= 0 for one in value):
        return False
    return 0 < sum(value) <= (head_width if isinstance(head_width, int) else sum(value))


def _refusal(path: Path, reason: str) -> ModelError:
    return ModelError(f"{path} cannot be loaded as a decoder ({reason}); fetch or export it again")


class _Reader:
    """Goes through the bytes; raises struct.error or ValueError where they end or make no sense."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def header(self) -> Header:
        if self._data[: len(_MAGIC)] != _MAGIC:
            raise ValueError("no GGUF")
        self._at = len(_MAGIC)
        _version, tensors, pairs = self._read("IQQ")
        values = {}
        for _ in range(pairs):
            key, value = self._string(), self._value()
            if value is not None:
                values[key] = value
        return Header(values, tuple(self._tensor() for _ in range(tensors)))

    def _value(self) -> Value | None:
        """A single value or a short row of numbers; None for another array, which is passed over."""
        (kind,) = self._read("I")
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            found: Value = self._read(_format(kind))[0]
            return found
        element, count = self._read("IQ")
        if element == _STRING:
            self._skip_strings(count)
        elif count <= _SHORT_ROW:
            return self._read(_format(element) * count)
        else:
            self._skip(count * struct.calcsize(f"<{_format(element)}"))
        return None

    def _tensor(self) -> TensorHead:
        name, (dimensions,) = self._string(), self._read("I")
        if dimensions > _MOST_DIMENSIONS:
            raise ValueError(dimensions)
        shape, (kind, _offset) = self._read("Q" * dimensions), self._read("IQ")
        return TensorHead(name, shape, kind)

    def _string(self) -> str:
        (length,) = self._read("Q")
        if length > _LONGEST_STRING:
            raise ValueError(length)
        self._skip(length)
        return self._data[self._at - length : self._at].decode("utf-8", "replace")

    def _skip_strings(self, count: int) -> None:
        """A vocabulary has hundreds of thousands."""
        data, at, end = self._data, self._at, len(self._data)
        for _ in range(count):
            at += 8 + int.from_bytes(data[at : at + 8], "little")
            if at > end:
                raise ValueError(at)
        self._at = at

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > len(self._data):
            raise ValueError(self._at)

    def _read(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{layout}", self._data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return found


def _format(kind: int) -> str:
    if kind not in _FORMATS:
        raise ValueError(kind)
    return _FORMATS[kind]
