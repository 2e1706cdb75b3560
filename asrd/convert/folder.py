"""Writes a model folder as a whole or not at all, and describes it in `asrd.json`."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asrd.errors import ExportError
from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, WINDOW_CHUNKS
from asrd.model_folder import DESCRIPTION_FILE, FORMAT
from asrd.text.languages import LANGUAGES

_NOTICES = ("LICENSE", "LICENSE.txt", "NOTICE", "NOTICE.txt")
_READ_BYTES = 1 << 20


@contextmanager
def new_folder(target: Path, *, force: bool = False) -> Iterator[Path]:
    """A temporary folder beside `target` that becomes `target` when the block ends without an error.

    On an error it is removed and `target` stays as it was. Raises `ExportError` at once when `target` exists, unless
    `force` says to replace it and it is a model folder, a checkpoint or empty.
    """
    if target.exists() and not force:
        raise ExportError(f"{target} exists already; choose another folder, or replace it with --force")
    if target.exists() and not _is_ours(target):
        raise ExportError(f"{target} is neither a model folder nor empty, so it is not replaced; choose another folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise ExportError(f"{target.parent} cannot be written ({error}); choose another folder") from error
    try:
        work.chmod(0o755)  # mkdtemp makes it private; a model folder is not
        yield work
        _replace(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _is_ours(target: Path) -> bool:
    """Whether --force may replace it: whatever else somebody keeps in a folder of that name is not ours to delete."""
    if not target.is_dir():
        return False
    names = {path.name for path in target.iterdir()}
    return not names or not names.isdisjoint({DESCRIPTION_FILE, "config.json"})


def _replace(work: Path, target: Path) -> None:
    """Rename `work` to `target`; what stood there is moved aside first and removed last."""
    try:
        if not target.exists():
            work.rename(target)
            return
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
        target.rename(old / target.name)
        try:
            work.rename(target)
        except OSError:
            (old / target.name).rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise ExportError(f"{target} cannot be replaced ({error}); close what uses it and try again") from error


def describe(folder: Path, roles: Mapping[str, str], *, name: str, version: str) -> None:
    """Write `asrd.json` into `folder`; `roles` maps frontend, backend and decoder to file names in it."""
    files = {role: _entry(folder / file_name) for role, file_name in roles.items()}
    write_description(folder, {"name": name, "version": version, "files": files})


def write_description(folder: Path, known: Mapping[str, Any]) -> None:
    """Write `asrd.json` into `folder` with `known`: name, version, files, and the licence and languages if others."""
    description: dict[str, Any] = {
        "format": FORMAT,
        "name": "",
        "version": "",
        "license": "Apache-2.0",
        "languages": list(LANGUAGES),
        "files": {},
        "chunk_frames": CHUNK_FRAMES,
        "window_chunks": WINDOW_CHUNKS,
        "rows_per_chunk": CHUNK_ROWS,
    }
    text = json.dumps(description | dict(known), indent=2, ensure_ascii=False)
    (folder / DESCRIPTION_FILE).write_text(text + "\n", encoding="utf-8")


def _entry(path: Path) -> dict[str, Any]:
    return {"path": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def copy_notices(source: Path, folder: Path) -> None:
    """Copy the licence and notice of a checkpoint into a model folder, where there are any."""
    for name in _NOTICES:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
