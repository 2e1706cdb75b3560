"""Keeping native libraries (libmpg123 in libsndfile, ALSA and JACK in PortAudio) from writing to standard error.

What is wrong is told by an exception.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STANDARD_ERROR = 2
# Two threads at once would each restore what the other left; in one thread it may be nested.
_lock = threading.RLock()


@contextmanager
def native_stderr_silenced(needed: bool) -> Iterator[None]:
    """Send what is written to file descriptor 2 nowhere, if `needed`. Concerns the whole process: keep it short."""
    if not needed:
        yield
        return
    with _lock:
        try:
            saved = os.dup(_STANDARD_ERROR)
        except OSError:  # it is closed already
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, _STANDARD_ERROR)
            yield
        finally:
            os.dup2(saved, _STANDARD_ERROR)
            os.close(saved)
            os.close(nowhere)


@contextmanager
def native_stderr_kept() -> Iterator[None]:
    """Have file descriptor 2 afterwards as it was before, also if another thread hangs that had silenced it."""
    saved = None
    with suppress(OSError):  # it is closed already
        saved = os.dup(_STANDARD_ERROR)
    try:
        yield
    finally:
        if saved is not None:
            os.dup2(saved, _STANDARD_ERROR)
            os.close(saved)
