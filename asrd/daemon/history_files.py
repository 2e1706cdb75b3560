"""The history on disk. Everything here may raise `OSError`; `asrd.daemon.history` knows what to do then.

    <folder>/.lock                                   held while a daemon writes
    <folder>/2026-11-22.jsonl, 2026-11-22-002.jsonl  finals, one a line; another file each day, and when one is long
    <folder>/audio/2026-11-22/20-45-12.345Z_mic_000012.flac

Nothing but plain files with such names is ever counted, repaired or deleted, so that the folder may hold other things.
All are for their owner's eyes only: files 0600, folders 0700, also those that were there with another mode. Only the
history's own folder stays as it is if it holds other things: closing it might lock somebody out of those.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from asrd.daemon.history_names import days, file_name, holds_nothing_else, own_files, remove_empty_days, text_path

_OTHERS: Final = 0o077  # what a mode allows others
_PART: Final = ".part"
_MAX_TEXT_BYTES: Final = 16 << 20  # of one file
_TEXT_SHARE: Final = 8  # and at most this part of the whole
_ROOM: Final = 20  # when the cap is reached, a 20th of it is made free, so that this is seldom
_READ_BYTES: Final = 1 << 16


class InUseError(OSError):
    """Another process writes into the folder."""


@dataclass(frozen=True)
class _Entry:
    """A file of the history; the oldest goes first."""

    written_ns: int
    path: Path
    size: int


class HistoryFiles:
    """The files of one history. One thread at a time.

    Attributes:
        size_bytes: of all files.
        repaired: damaged last lines that were cut off.
        is_private: whether only its owner may look into the folder.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Open the history in `folder`, which is made if it is missing, and repair what an interrupted write left.

        Raises:
            InUseError: another process writes there.
            OSError: it cannot be made or written.
        """
        self.folder = folder
        self.repaired = 0
        self._max_bytes = max_bytes
        self._max_text_bytes = min(_MAX_TEXT_BYTES, max_bytes // _TEXT_SHARE)
        self._text: int | None = None
        self._text_path = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock: int | None = _lock(folder / ".lock")
        try:
            self.is_private = _make_private(folder)
            self._tidy()
            self.size_bytes = sum(entry.size for entry in self._entries())
        except BaseException:
            self.close()
            raise

    def append(self, record: dict[str, object], moment: datetime, flac: bytes | None = None) -> None:
        """Write a line, all of it or nothing, and before it the utterance's audio, which the line then names.

        `moment` is in UTC; `record` holds `session` and `utterance`.
        """
        audio = None
        if flac is not None:
            audio = self._audio_path(moment, str(record["session"]), int(str(record["utterance"])))
            _write_whole(audio, flac)
            record = record | {"audio": audio.relative_to(self.folder).as_posix()}
        try:
            written = self._append_line(record, moment)
        except OSError:
            if audio is not None:
                audio.unlink(missing_ok=True)
            raise
        self.size_bytes += written + len(flac or b"")
        self._keep_to_the_cap()

    def sync(self) -> None:
        """Return once the text is on the disk itself."""
        if self._text is not None:
            os.fsync(self._text)

    def check(self) -> None:
        """See whether the files are still where they were.

        Raises:
            FileNotFoundError: the folder, or the file that is written, was deleted or replaced.
        """
        _check_same(self._lock, self.folder / ".lock")
        if self._text is not None:
            _check_same(self._text, self._text_path)

    def close(self) -> None:
        """Close the files and let others write. Again: nothing."""
        for descriptor in (self._text, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._text, self._lock = None, None

    def _append_line(self, record: dict[str, object], moment: datetime) -> int:
        """Returns its length in bytes."""
        line = (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "replace")
        descriptor = self._text_for(moment, len(line))
        size = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, line)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
        return len(line)

    def _audio_path(self, moment: datetime, session: str, utterance: int) -> Path:
        day = self.folder / "audio" / f"{moment:%Y-%m-%d}"
        for made in (day.parent, day):
            made.mkdir(mode=0o700, exist_ok=True)
        time_of_day = f"{moment:%H-%M-%S}.{moment.microsecond // 1000:03d}Z"
        return day / f"{time_of_day}_{file_name(session)}_{utterance:06d}.flac"

    def _text_for(self, moment: datetime, more_bytes: int) -> int:
        """The file that the next line goes to."""
        if self._text is not None:
            is_of_today = self._text_path.name.startswith(f"{moment:%Y-%m-%d}")
            if is_of_today and os.fstat(self._text).st_size + more_bytes <= self._max_text_bytes:
                return self._text
            os.fsync(self._text)
            os.close(self._text)
            self._text = None
        path = text_path(self.folder, moment, self._max_text_bytes - more_bytes)
        self._text = _open(path, os.O_APPEND)
        self._text_path = path
        return self._text

    def _keep_to_the_cap(self) -> None:
        if self.size_bytes <= self._max_bytes:
            return
        entries = sorted(self._entries(), key=lambda entry: (entry.written_ns, entry.path))
        self.size_bytes = sum(entry.size for entry in entries)  # others may have deleted some
        wanted = self._max_bytes - self._max_bytes // _ROOM
        for entry in entries:
            if self.size_bytes <= wanted:
                break
            if entry.path != self._text_path:
                entry.path.unlink(missing_ok=True)
                self.size_bytes -= entry.size
        remove_empty_days(self.folder)

    def _entries(self) -> Iterator[_Entry]:
        for path in own_files(self.folder):
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            yield _Entry(status.st_mtime_ns, path, status.st_size)

    def _tidy(self) -> None:
        for day in days(self.folder):
            _restrict(day.parent)
            _restrict(day)
        for path in own_files(self.folder):
            if path.suffix == _PART:
                path.unlink(missing_ok=True)
                continue
            _restrict(path)
            if path.suffix == ".jsonl":
                self.repaired += _repair(path)


def _make_private(folder: Path) -> bool:
    """Close the folder to others if it holds the history alone; returns whether it is closed to them."""
    if holds_nothing_else(folder):
        _restrict(folder)
    return not folder.stat().st_mode & _OTHERS


def _restrict(path: Path) -> None:
    """Take away what others may do with it."""
    mode = stat.S_IMODE(path.lstat().st_mode)
    if mode & _OTHERS and not path.is_symlink():
        with suppress(PermissionError):  # it belongs to somebody else
            path.chmod(mode & ~_OTHERS)


def _lock(path: Path) -> int:
    descriptor = _open(path, 0)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InUseError(f"another daemon writes into {path.parent}") from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open(path: Path, flags: int) -> int:
    """Open for writing, make it if it is missing, and see that nobody else may read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # it may have been there with another mode
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _write_whole(path: Path, data: bytes) -> None:
    """The file is there once it is complete."""
    part = path.with_name(path.name + _PART)
    try:
        descriptor = _open(part, os.O_TRUNC)
        try:
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _check_same(descriptor: int | None, path: Path) -> None:
    if descriptor is not None and not os.path.samestat(os.fstat(descriptor), path.lstat()):
        raise FileNotFoundError(2, "it was replaced", str(path))


def _repair(path: Path) -> int:
    """Cut off a last line that was not written to its end (SIGKILL, power loss): 1 if there was one, else 0."""
    with path.open("r+b") as file:
        start, line = _last_line(file)
        if not line:
            return 0
        if _is_record(line):
            if not line.endswith(b"\n"):  # only the line end is missing
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
            return 0
        file.truncate(start)
        return 1


def _last_line(file: BinaryIO) -> tuple[int, bytes]:
    """Where the last line begins, and the line."""
    start = file.seek(0, os.SEEK_END)
    data = b""
    while start > 0 and b"\n" not in data[:-1]:
        length = min(_READ_BYTES, start)
        start -= length
        file.seek(start)
        data = file.read(length) + data
    begin = data.rfind(b"\n", 0, max(0, len(data) - 1)) + 1
    return start + begin, data[begin:]


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
