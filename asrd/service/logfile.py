"""Keeps the log of a service small where the manager does not: launchd opens a file, and then leaves it alone.

Nobody but the service writes into it, through descriptors that launchd opened. So what is in it is copied to a second
file and the first is cut to nothing: the descriptors stay good, as long as they append. At most twice the limit is
kept. A line that another thread writes between copy and cut would be lost, which only native libraries can.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 2_000_000
_log = logging.getLogger(__name__)


class LogFile:
    """The file that standard error goes to."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, descriptor: int | None = None) -> None:
        """`descriptor`: the one that leads to it; by default standard error's."""
        self._path = path
        self._max_bytes = max_bytes
        self._descriptor = sys.stderr.fileno() if descriptor is None else descriptor
        self._old = path.with_name(f"{path.name}.1")

    def keep_small(self) -> None:
        """Move what is in it away if it is long; nothing if the descriptor leads elsewhere."""
        try:
            if not self._is_ours() or os.fstat(self._descriptor).st_size <= self._max_bytes:
                return
            self._append_only()
            work = self._old.with_name(f"{self._old.name}.tmp")
            shutil.copyfile(self._path, work)
            work.chmod(0o600)
            work.replace(self._old)
            os.ftruncate(self._descriptor, 0)
        except OSError as error:
            _log.warning("%s cannot be kept small (%s)", self._path, error.strerror or error)

    def _is_ours(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def _append_only(self) -> None:
        """Else the next line would be written where the file had ended, after a hole."""
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | os.O_APPEND)
