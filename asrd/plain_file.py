"""Small files: only a plain one is read, at once, and no more of it than it may hold; none is ever there half.

Somebody else may have put there what is read: a pipe would be waited for, perhaps for ever, and a device may have no
end.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

PRIVATE_MODE: Final = 0o600


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file, or a link to one, to read its bytes.

    Raises:
        OSError: there is none, it may not be read, or it is none; its `strerror` says so.
        ValueError: no file can have that name.
    """
    file = open(path, "rb", opener=_opened_at_once)  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is a pipe or a device, no plain file", str(path))
    return file


def read_plain(path: Path, most_bytes: int) -> bytes:
    """The content of a plain file.

    Raises:
        OSError: as `open_plain`, or it holds more than `most_bytes`.
        ValueError: no file can have that name.
    """
    with open_plain(path) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it is longer than {most_bytes} bytes", str(path))
    return content


def replace_plain(path: Path, content: bytes, mode: int = PRIVATE_MODE) -> None:
    """Write a file, or put another in its place, as a whole or not at all; a link is replaced itself.

    Raises:
        OSError: it cannot be written.
    """
    with written_beside(path, content, mode) as work:
        work.replace(path)


@contextmanager
def written_beside(path: Path, content: bytes, mode: int = PRIVATE_MODE) -> Iterator[Path]:
    """A file in the folder of `path` that is on the disk with all its content, to be given its name; else it goes.

    Nobody else may read it before it is complete, and the mode does not depend on the umask.

    Raises:
        OSError: it cannot be written.
    """
    work = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    file = open(work, "xb", opener=_opened_for_its_user)  # noqa: SIM115 - closed before it is given its name
    try:
        with file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        work.chmod(mode)
        yield work
    finally:
        work.unlink(missing_ok=True)


def _opened_for_its_user(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_MODE)


def _opened_at_once(path: str, flags: int) -> int:
    """Without waiting for whoever might write into a pipe of this name; Windows has no such pipes."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
