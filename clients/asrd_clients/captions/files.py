"""Files that are whole after every write, whatever happens then: one write a cue, flushed to the disk."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from asrd.errors import ConfigError
from asrd_clients.captions.existing import Existing, read_existing
from asrd_clients.captions.formats import Format

_MODE: Final = 0o666  # less what the user's mask takes away
# What says that a file system, a device or a pipe knows no flushing or locking, not that it failed.
_NOT_KNOWN: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOTTY, errno.ENOLCK})


class Target(Protocol):
    """Where the text of one format goes."""

    def open(self) -> None:
        """Make it ready, with what it begins with; raises as `write`."""

    def write(self, text: str) -> None:
        """Write it, at once.

        Raises:
            ConfigError: it cannot be written.
        """

    def close(self) -> None:
        """No more comes. May be called again."""


class IfThere(Enum):
    """What to do with a file that is there already."""

    REFUSE = "refuse"
    REPLACE = "replace"
    APPEND = "append"


class CaptionFile:
    """A file that only grows, by whole cues or lines.

    Nothing is made or changed before `open`, so that a command that fails at its start leaves all as it was.
    """

    def __init__(self, path: Path, to: Format, if_there: IfThere) -> None:
        """Look at what is there.

        Raises:
            ConfigError: it is there and must not be, is a folder, or holds something else.
        """
        self.path = path
        self.format = to
        self._if_there = if_there
        self._descriptor = -1
        self._size = 0
        self._identity: tuple[int, int] | None = None
        self._is_regular = not path.exists() or path.is_file()
        self._check_place()
        goes_on = if_there is IfThere.APPEND and self._is_regular
        self.existing = read_existing(path, to) if goes_on else Existing(needs=to.header)

    def _check_place(self) -> None:
        if self.path.is_dir():
            raise ConfigError(f"{self.path} is a folder: give -o the name of a file")
        if not self.path.absolute().parent.is_dir():
            raise ConfigError(f"{self.path} cannot be written: there is no folder {self.path.parent}")
        if self._if_there is IfThere.REFUSE and self.path.is_file():
            raise ConfigError(f"{self.path} is there already: go on with it by --append, or replace it by --force")

    def open(self) -> None:
        """Make the file, or cut off what is not to stay of the one that is there.

        Raises:
            ConfigError: it cannot be written, or another process writes it.
        """
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        if self._if_there is IfThere.REFUSE and self._is_regular:
            flags |= os.O_EXCL
        try:
            self._descriptor = os.open(self.path.resolve(), flags, _MODE)  # through a link that leads nowhere yet
            self._lock()
            self._begin()
        except OSError as error:
            self.close()
            raise self._refusal(error) from None
        if self.existing.needs:
            self.write(self.existing.needs)

    def _begin(self) -> None:
        found = os.fstat(self._descriptor)
        self._is_regular = stat.S_ISREG(found.st_mode)
        if self._is_regular:
            if self._if_there is IfThere.APPEND and found.st_size < self.existing.keep_bytes:
                raise OSError(errno.EBUSY, "another program changes it")
            self._identity = found.st_dev, found.st_ino
            self._size = self.existing.keep_bytes
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)

    def write(self, text: str) -> None:
        """See `Target`; what was written before is whole, even if this fails."""
        data = text.encode("utf-8", "replace")
        try:
            self._check_it_is_ours()
            self._write_all(data)
            self._size += len(data)
            self._flush()
        except OSError as error:
            raise self._refusal(error) from None

    def close(self) -> None:
        """See `Target`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _check_it_is_ours(self) -> None:
        """Whether what the name leads to is still the file that was opened, and as long as it was left."""
        if self._identity is None:
            return
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise OSError(errno.ENOENT, "it was removed or renamed meanwhile") from None
        if (found.st_dev, found.st_ino) != self._identity:
            raise OSError(errno.ESTALE, "another file was put in its place meanwhile")
        if found.st_size != self._size:
            raise OSError(errno.EBUSY, "another program has changed it meanwhile")

    def _write_all(self, data: bytes) -> None:
        try:
            done = 0
            while done < len(data):
                done += os.write(self._descriptor, data[done:])
        except OSError:
            if self._identity is not None:  # half a cue is none
                with suppress(OSError):
                    os.ftruncate(self._descriptor, self._size)
            raise

    def _flush(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            if error.errno not in _NOT_KNOWN:
                raise

    def _lock(self) -> None:
        import fcntl

        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError(errno.EBUSY, "another asrd captions writes it") from None
        except OSError as error:
            if error.errno not in _NOT_KNOWN:
                raise

    def _refusal(self, error: OSError) -> Exception:
        if isinstance(error, BrokenPipeError):
            return error
        reason = error.strerror or error
        hint = "what was written before is whole" if self._size else "choose another place with -o"
        return ConfigError(f"{self.path} cannot be written ({reason}): {hint}")
