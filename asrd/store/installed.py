"""Which models are on this machine, where a name leads, and how one is removed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from asrd.config.places import models_folder
from asrd.errors import ConfigError, ModelError
from asrd.model_folder import DESCRIPTION_FILE, ModelFile, ModelFolder, read_model_folder
from asrd.shipped import shipped
from asrd.store.errors import NotPulledError, StoreError
from asrd.store.lock import changing
from asrd.store.manifest import Entry, StoredFile, entries
from asrd.text.suggest import did_you_mean


def entry_named(name: str) -> Entry:
    """The model of that name.

    Raises:
        ConfigError: there is none.
    """
    known = entries()
    if name not in known:
        raise ConfigError(
            f"there is no model named {name}{did_you_mean(name, known) or '; `asrd model list` shows the names'}"
        )
    return known[name]


def place_of(entry: Entry) -> Path:
    """Where the model is, or would be."""
    if entry.is_shipped:
        return shipped(entry.name) or models_folder() / entry.name
    return models_folder() / entry.name


def find_model(name: str | Path) -> Path:
    """The model folder that is meant: a folder that is there, else the place of the model of that name.

    What is neither is returned as it is: whoever reads the folder says that it is missing.

    Raises:
        NotPulledError: it is the name of a model that is not on this machine.
        ModelError: it is nearly the name of a model.
    """
    path = Path(name)
    if _is_folder(path) or path.parent not in (Path(), models_folder()):
        return path
    known = entries()
    if path.name not in known:
        hint = did_you_mean(path.name, known)
        if hint:
            raise ModelError(f"there is no model folder {path} and no model of that name{hint}")
        return path
    place = place_of(known[path.name])
    if not _is_folder(place):
        raise NotPulledError(path.name)
    return place


def name_as_folder(text: str, base: Path) -> str | None:
    """Where the model named `text` is, or would be; None if a folder of that name is in `base`, or it is no name."""
    if not text or Path(text).name != text or _is_folder(base / text) or text not in entries():
        return None
    return str(place_of(entries()[text]))


def entry_at(folder: Path) -> Entry | None:
    """The model of the store whose place this is."""
    found = (entry for entry in entries().values() if not entry.is_shipped and place_of(entry) == folder)
    return next(found, None)


def is_installed(entry: Entry, models: Path) -> bool:
    """Whether the model is in the store, with files of the right lengths."""
    try:
        check_against(entry, read_model_folder(models / entry.name))
    except ModelError:
        return False
    return True


def check_against(entry: Entry, folder: ModelFolder) -> None:
    """Compare what a folder says of its files with what was published.

    Raises:
        ModelError: it is another model.
    """
    published = {file.role: file for file in entry.files}
    for file in folder.files:
        wanted = published.get(file.role)
        if wanted and (file.size_bytes, file.sha256) != (wanted.size_bytes, wanted.sha256):
            raise ModelError(
                f"{folder.path / DESCRIPTION_FILE} does not describe {entry.name} as it was published "
                f"({file.path.name}): fetch it with `asrd model pull --force {entry.name}`"
            )


def same_file(file: StoredFile, models: Path) -> Path | None:
    """A file of another model in the store that is this one, its checksum included."""
    for entry in entries().values():
        for other in entry.files:
            if other.sha256 == file.sha256 and is_installed(entry, models):
                path = models / entry.name / other.path
                if is_whole(file, path):
                    return path
    return None


def is_whole(file: StoredFile, path: Path) -> bool:
    """Whether `path` is this file, to the last bit."""
    try:
        ModelFile(file.role, path, file.size_bytes, file.sha256).check_sum()
    except ModelError:
        return False
    return True


def remove(entry: Entry, models: Path) -> int:
    """Delete a model and what an interrupted pull left; returns how many bytes are free again.

    Raises:
        StoreError: it comes with asrd, is not there, is in use, or cannot be deleted.
    """
    if entry.is_shipped:
        raise StoreError(f"{entry.name} comes with asrd and cannot be removed")
    places = [models / entry.name, work_folder(models, entry.name)]
    if not any(map(_is_folder, places)):
        raise StoreError(f"{entry.name} is not on this machine: there is nothing to remove")
    try:
        with changing(models, entry.name):
            freed = sum(_size_bytes(place) for place in places)
            for place in filter(_is_folder, places):
                shutil.rmtree(place)
    except OSError as error:
        raise StoreError(
            f"{error.filename or models} cannot be removed ({error.strerror}): see to its folder"
        ) from None
    return freed


def work_folder(models: Path, name: str) -> Path:
    """Where a pull keeps what came so far."""
    return models / f".{name}.pull"


def _size_bytes(folder: Path) -> int:
    """Room on the disk: of a file that another model has as well, nothing gets free."""
    found = [Path(base) / name for base, _, names in os.walk(folder) for name in names]
    return sum(stat.st_blocks * 512 for stat in (path.lstat() for path in found) if stat.st_nlink == 1)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
