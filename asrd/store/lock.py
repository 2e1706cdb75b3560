"""Who has a model in hand: one who pulls or removes it, or any number who use it. The kernel forgets those who died."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asrd.store.errors import StoreError


@contextmanager
def changing(models: Path, name: str) -> Iterator[None]:
    """While the block lasts nobody else changes this model, and nobody uses it.

    Raises:
        StoreError: somebody does.
        OSError: the folder cannot be written.
    """
    handle = os.open(_lock_file(models, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"{name} is in use: another asrd is pulling it, or a daemon runs it; wait for the one or stop the other"
            ) from None
        yield
    finally:
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
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _lock_file(models: Path, name: str) -> Path:
    return models / f".{name}.lock"
