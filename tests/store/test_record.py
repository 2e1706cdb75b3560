from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asrd.store.record import Record, read_record

RECORD = Record("a" * 64, size=25, etag='"x"', source="https://h", piece_bytes=10, done=[10, 3, 5])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The record of a file of which 25 bytes are on the disk."""
    (tmp_path / "file").write_bytes(bytes(25))
    RECORD.write(tmp_path / "record")
    return tmp_path / "record"


def read(path: Path, sha256: str = RECORD.sha256) -> Record | None:
    return read_record(path, path.with_name("file"), sha256)


def test_as_it_was_written(path: Path) -> None:
    assert read(path) == RECORD
    assert sorted(each.name for each in path.parent.iterdir()) == ["file", "record"]


def test_of_another_file(path: Path) -> None:
    assert read(path, "b" * 64) is None


def test_without_its_file(path: Path) -> None:
    path.with_name("file").unlink()
    assert read(path) is None


def test_of_more_than_is_on_the_disk(path: Path) -> None:
    path.with_name("file").write_bytes(bytes(24))
    assert read(path) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2},
        {"size": None},
        {"size": 0},
        {"size": 40},
        {"size": "25"},
        {"etag": None},
        {"source": 3},
        {"piece_bytes": 0},
        {"piece_bytes": -10},
        {"done": [10, 3]},
        {"done": [11, 3, 5]},
        {"done": [10, 3, 6]},
        {"done": [10, -1, 5]},
        {"done": [10, None, 5]},
        {"done": [10, 3.0, 5]},
        {"done": None},
        {"further": 1},
    ],
    ids=str,
)
def test_out_of_step_with_itself(path: Path, changed: dict[str, Any]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    assert read(path) is None
