"""What is written down beside a file that is coming in: how much of each piece is there, and from where."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

_FORMAT: Final = 1


@dataclass(frozen=True)
class Record:
    """How far a file is.

    Attributes:
        sha256: which file it is.
        size: its length once it is whole, in bytes; None while nobody has said it.
        etag: which version of the file the source sends, "" if unknown.
        source: where its bytes come from.
        piece_bytes: length of a piece.
        done: of each piece the bytes that are there.
    """

    sha256: str
    size: int | None
    etag: str
    source: str
    piece_bytes: int
    done: list[int]

    def write(self, path: Path) -> None:
        """Write it as a whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        work = path.with_name(f"{path.name}.new")
        work.write_text(json.dumps({"format": _FORMAT, **asdict(self)}), encoding="utf-8")
        work.replace(path)


def read_record(path: Path, file: Path, sha256: str) -> Record | None:
    """What is written in `path` about `file`; None if that is not of use: another file, or not in step with it."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        there = file.stat().st_size
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or (value.pop("format", None), value.get("sha256")) != (_FORMAT, sha256):
        return None
    try:
        record = Record(**value)
    except TypeError:
        return None
    return record if _is_in_step(record, there) else None


def _is_in_step(record: Record, there: int) -> bool:
    """Whether no piece has more than it can have, or than the `there` bytes on the disk have room for."""
    size, piece, done = record.size, record.piece_bytes, record.done
    if not _has_types(record) or size is None or not (size > 0 < piece and len(done) == -(-size // piece)):
        return False
    for number, count in enumerate(done):
        first = number * piece
        if not 0 <= count <= min(piece, size - first) or (count and first + count > there):
            return False
    return True


def _has_types(record: Record) -> bool:
    numbers: list[Any] = [record.size, record.piece_bytes]
    if not isinstance(record.done, list) or not all(isinstance(each, int) for each in (*numbers, *record.done)):
        return False
    return isinstance(record.etag, str) and isinstance(record.source, str)
