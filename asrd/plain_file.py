"""Files that somebody else has put there: only a plain one is read, at once, and no more of it than it may hold.

A pipe would be waited for, perhaps for ever, and a device may have no end.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


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


def _opened_at_once(path: str, flags: int) -> int:
    """Without waiting for whoever might write into a pipe of this name; Windows has no such pipes."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
