"""A look into a GGUF file's header before the file is loaded.

Source: ggml's `docs/gguf.md`: magic, version, counts, then key-value pairs.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Final

_MAGIC: Final = b"GGUF"
_FILE_TYPE_KEY: Final = b"general.file_type"
_STRING, _ARRAY = 8, 9
_FORMATS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_LONGEST_STRING: Final = 1 << 20


def read_file_type(path: Path) -> int | None:
    """The `general.file_type` of the file (enum llama_ftype), or None if it does not say."""
    try:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                return None
            _version, _tensors, pairs = _read(file, "<IQQ")
            return _find(file, pairs)
    except (OSError, struct.error, ValueError):
        return None  # loading it will say what is wrong


def _find(file: BinaryIO, pairs: int) -> int | None:
    for _ in range(pairs):
        key = _string(file)
        (kind,) = _read(file, "<I")
        if key == _FILE_TYPE_KEY:
            return int(_read(file, f"<{_format(kind)}")[0])
        _skip(file, kind)
    return None


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _string(file)
    elif kind == _ARRAY:
        element, count = _read(file, "<IQ")
        if element == _STRING:
            for _ in range(count):
                _string(file)
        else:
            file.seek(count * struct.calcsize(f"<{_format(element)}"), 1)
    else:
        _read(file, f"<{_format(kind)}")


def _format(kind: int) -> str:
    if kind not in _FORMATS:
        raise ValueError(kind)
    return _FORMATS[kind]


def _string(file: BinaryIO) -> bytes:
    (length,) = _read(file, "<Q")
    if length > _LONGEST_STRING:
        raise ValueError(length)
    return file.read(length)


def _read(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
