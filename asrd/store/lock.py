"""Who has a model in hand: one who pulls or removes it, or any number who use it. The kernel forgets those who died.

The file of a lock goes with its model, while the lock is held. So whoever gets the lock of a file must see whether that
file still has the name: those who come later would make another one, and hold that.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from asrd.store.errors import StoreError


@contextmanager
def changing(models: Path, name: str) -> Iterator[None]:
    """While the block lasts nobody else changes this model, and nobody uses it.

    Raises:
        StoreError: somebody does.
        OSError: the folder cannot be written.
    """
    path = _lock_file(models, name)
    try:
        handle = _locked(path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX)
    except BlockingIOError:
        raise StoreError(
            f"{name} is in use: another asrd is pulling it, or a daemon runs it; wait for the one or stop the other"
        ) from None
    try:
        yield
    finally:
        if not (models / name).exists():
            with suppress(OSError):  # an empty file that stays harms nobody
                path.unlink()
        os.close(handle)


@contextmanager
def using(folder: Path) -> Iterator[None]:
    """While the block lasts nobody changes the model in `folder`, if the store holds it."""
    handle = _shared(_lock_file(folder.parent, folder.name))
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _shared(path: Path) -> int | None:
    """The lock; None where there is none to be had: a folder that is not the store's, or one that is being changed."""
    try:
        return _locked(path, os.O_RDONLY, fcntl.LOCK_SH)
    except OSError:
        return None


def _locked(path: Path, flags: int, how: int) -> int:
    """A descriptor of the file that has this name, with its lock.

    Raises:
        BlockingIOError: somebody else has it.
        OSError: the file cannot be opened.
    """
    while True:
        handle = os.open(path, flags | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            if _has_name(handle, path):
                return handle
        except OSError:
            os.close(handle)
            raise
        os.close(handle)


def _has_name(handle: int, path: Path) -> bool:
    """Whether the open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _lock_file(models: Path, name: str) -> Path:
    return models / f".{name}.lock"
