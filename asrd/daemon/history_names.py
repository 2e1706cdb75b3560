"""The names in a history's folder: which file is ours, and what the next one is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

_TEXT_NAME: Final = re.compile(r"\d{4}-\d\d-\d\d(-\d{3,})?\.jsonl")
_DAY_NAME: Final = re.compile(r"\d{4}-\d\d-\d\d")
_AUDIO_NAME: Final = re.compile(r"\d\d-\d\d-\d\d\.\d{3}Z_.*\.flac(\.part)?")
_OWN_NAMES: Final = (".lock", "audio")


def holds_nothing_else(folder: Path) -> bool:
    """Whether everything in the folder is the history's."""
    return all(path.name in _OWN_NAMES or _TEXT_NAME.fullmatch(path.name) for path in folder.iterdir())


def text_path(folder: Path, moment: datetime, most_bytes: int) -> Path:
    """The last file of that day, or the next one if there is no room in it."""
    day = f"{moment:%Y-%m-%d}"
    numbers = [
        int(path.stem[len(day) + 1 :] or 1)
        for path in folder.iterdir()
        if _TEXT_NAME.fullmatch(path.name) and path.name.startswith(day)
    ]
    number = max(numbers, default=1)
    path = _numbered(folder, day, number)
    if path.exists() and path.stat().st_size > most_bytes:
        path = _numbered(folder, day, number + 1)
    return path


def _numbered(folder: Path, day: str, number: int) -> Path:
    return folder / (f"{day}.jsonl" if number == 1 else f"{day}-{number:03d}.jsonl")


def own_files(folder: Path) -> Iterator[Path]:
    """The files of the history, links left out."""
    yield from _children(folder, lambda path: bool(_TEXT_NAME.fullmatch(path.name)) and _is_plain(path))
    for day in days(folder):
        yield from _children(day, lambda path: bool(_AUDIO_NAME.fullmatch(path.name)) and _is_plain(path))


def _is_plain(path: Path) -> bool:
    """Whether it is a file, and no link to one, which may be none of ours."""
    return path.is_file() and not path.is_symlink()


def days(folder: Path) -> Iterator[Path]:
    """The folders with audio, links left out."""
    return _children(
        folder / "audio",
        lambda path: bool(_DAY_NAME.fullmatch(path.name)) and path.is_dir() and not path.is_symlink(),
    )


def _children(folder: Path, is_wanted: Callable[[Path], bool]) -> Iterator[Path]:
    try:
        yield from filter(is_wanted, list(folder.iterdir()))
    except (FileNotFoundError, NotADirectoryError):
        return


def remove_empty_days(folder: Path) -> None:
    """Remove folders whose audio is gone."""
    for day in days(folder):
        with suppress(OSError):  # not empty
            day.rmdir()


def file_name(session: str) -> str:
    """A session's name as a part of a file name: a client may have chosen it."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", session)[:32] or "-"
