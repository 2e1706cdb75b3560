"""Writes and removes the files of a service: only those that are its own, and none that was changed by hand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from asrd.plain_file import replace_plain
from asrd.service.errors import ServiceError
from asrd.service.filling import MARK
from asrd.service.interface import File
from asrd.service.manifest import Manifest


class Change(Enum):
    """What writing a file means."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "unchanged"


@dataclass(frozen=True)
class Step:
    """A file, and what writing it means."""

    file: File
    change: Change


def plan(files: Iterable[File], manifest: Manifest | None, *, force: bool = False) -> list[Step]:
    """What is to be written, without writing it.

    Raises:
        ServiceError: a file is in the way that is not ours, or was changed by hand and `force` is not given.
    """
    return [Step(file, _change(file, manifest, force=force)) for file in files]


def write(steps: Sequence[Step]) -> None:
    """Write what is new or changed, each file whole or not at all.

    Raises:
        ServiceError: a file or folder cannot be written.
    """
    for step in steps:
        if step.change is Change.SAME:
            continue
        try:
            step.file.path.parent.mkdir(parents=True, exist_ok=True)
            replace_plain(step.file.path, step.file.content, step.file.mode)
        except OSError as error:
            raise ServiceError(f"{step.file.path} cannot be written ({error.strerror}): see to its folder") from None


def check_removable(manifest: Manifest, *, force: bool = False) -> None:
    """Refuse to remove what somebody changed.

    Raises:
        ServiceError: a file was changed by hand, and `force` is not given.
    """
    for path, digest in manifest.files.items():
        if not force and path.is_file() and digest_of(path.read_bytes()) != digest:
            raise ServiceError(f"{path} was changed by hand: move it away if you need it, or remove it with --force")


def remove(manifest: Manifest) -> list[Path]:
    """Remove the files that were written; returns those that were there.

    Raises:
        ServiceError: a file cannot be removed.
    """
    return [path for path in manifest.files if _unlink(path)]


def remove_folders(manifest: Manifest) -> list[Path]:
    """Remove the folders that were made and are empty now; returns them."""
    gone = []
    for folder in sorted(manifest.folders, key=lambda path: len(path.parts), reverse=True):
        with suppress(OSError):  # not empty: somebody else's files are in it
            folder.rmdir()
            gone.append(folder)
    return gone


def missing_folders(paths: Iterable[Path]) -> list[Path]:
    """The folders that writing these files will make, the outermost first."""
    missing = {folder for path in paths for folder in path.parents if not folder.exists()}
    return sorted(missing, key=lambda folder: len(folder.parts))


def digest_of(content: bytes) -> str:
    """The SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ServiceError(f"{path} cannot be removed ({error.strerror}): see to its folder") from None
    return True


def _change(file: File, manifest: Manifest | None, *, force: bool) -> Change:
    path = file.path
    if not os.path.lexists(path):
        return Change.NEW
    if path.is_symlink() or not path.is_file():
        raise ServiceError(f"{path} is in the way and is no file of asrd's: move it away")
    found = path.read_bytes()
    if found == file.content:
        return Change.SAME
    known = manifest.files.get(path) if manifest else None
    if known == digest_of(found):
        return Change.CHANGED
    if known is None and MARK.encode() not in found:
        raise ServiceError(f"{path} is in the way and was not written by asrd: move it away")
    if not force:
        raise ServiceError(
            f"{path} was changed by hand since it was installed: keep your changes elsewhere (docs/SERVICE.md says "
            "where) and write over it with --force"
        )
    return Change.CHANGED
