"""Why a file cannot be read or written, and what its user can do: as words for an error's sentence."""

from __future__ import annotations

import errno
import os
import shlex
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM)


def access_remedy(path: Path, error: OSError) -> str:
    """What to do after `error`, which concerned `path` or a folder on the way to it; "" if nothing better is known.

    The most frequent fault: asrd was once run with `sudo`, and its folders belong to root since then.
    """
    if error.errno in _FULL:
        return "make room on that disk"
    if error.errno == errno.EROFS:
        return "that disk takes no changes; choose another place"
    if error.errno not in _DENIED:
        return ""
    blocker, owner = _nearest(path.absolute())  # the folder one is in may be the closed one
    if owner == os.getuid():
        return f"let yourself in: chmod u+rwX {shlex.quote(str(blocker))}"
    # A folder above may be another user's by right, such as /home: only what lies in the home folder is taken back.
    if Path.home() in (blocker, *blocker.parents):
        return (
            f"{blocker} belongs to the user {user_name(owner)}: sudo chown -R {os.getuid()} {shlex.quote(str(blocker))}"
        )
    return f"{blocker} belongs to the user {user_name(owner)}: choose another place"


def user_name(number: int) -> str:
    """The user of that number; the number itself where it has no name."""
    import pwd  # not there on Windows, where no file tells its owner's number

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _nearest(path: Path) -> tuple[Path, int]:
    """The path, or else the nearest folder above it that is there and can be looked at; and its owner."""
    try:
        return path, path.stat().st_uid
    except OSError:
        if path == path.parent:
            raise
        return _nearest(path.parent)
