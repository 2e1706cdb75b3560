"""Brings a model from where it is published into the store: whole and checked, or not at all.

MODELS/.NAME.lock      held while a model is being changed
MODELS/.NAME.pull/     what came so far; a later pull goes on with it
MODELS/NAME/           the model; appears in one step, by a rename
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from asrd.convert.folder import write_description
from asrd.errors import ModelError
from asrd.model_folder import read_model_folder
from asrd.store.amounts import amount
from asrd.store.archive import unpack
from asrd.store.errors import StoreError
from asrd.store.fetch import Fetcher
from asrd.store.installed import check_against, is_installed, is_whole, same_file, work_folder
from asrd.store.lock import changing
from asrd.store.manifest import Download, Entry, StoredFile
from asrd.store.settings import PullSettings, Watcher
from asrd.store.sources import plain_hosts, sources
from asrd.store.web import Web

_SPARE_BYTES: Final = 16 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def pull(
    entry: Entry,
    models: Path,
    environ: Mapping[str, str],
    watcher: Watcher,
    settings: PullSettings,
    *,
    force: bool = False,
) -> Path:
    """The folder of the model, which is fetched if it is not there; `force` fetches it in any case.

    Raises:
        StoreError: it cannot be had, is in use, or there is no room for it; what came is kept.
        ConfigError: a mirror is no address.
    """
    with _told(models):
        models.mkdir(parents=True, exist_ok=True)
        with changing(models, entry.name):
            if is_installed(entry, models) and not force:
                return models / entry.name
            return _Pull(entry, models, environ, watcher, settings).run()


class _Pull:
    def __init__(
        self, entry: Entry, models: Path, environ: Mapping[str, str], watcher: Watcher, settings: PullSettings
    ) -> None:
        self._entry = entry
        self._models = models
        self._environ = environ
        self._watcher = watcher
        self._settings = settings
        self._work = work_folder(models, entry.name)
        self._folder = self._work / "folder"
        self._fetcher = Fetcher(self._work, Web(plain_hosts(environ), settings.stall_s), settings, watcher)

    def run(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        missing = [file for file in self._entry.files if not self._is_there(file)]
        wanted = [each for each in self._entry.downloads if any(file.download == each.name for file in missing)]
        self._check_room(wanted)
        for download in wanted:
            path = self._fetcher.fetch(download, sources(download, self._environ))
            self._place(download, path, [file for file in missing if file.download == download.name])
        self._describe()
        target = self._models / self._entry.name
        _replace(self._folder, target, self._work / "old")
        shutil.rmtree(self._work, ignore_errors=True)
        return target

    def _is_there(self, file: StoredFile) -> bool:
        """Whether an earlier run brought the file, or another model of the store has it as well."""
        target = self._folder / file.path
        if target.exists():
            if is_whole(file, target):
                return True
            target.unlink()  # of an interrupted run
        found = same_file(file, self._models)
        if found is None:
            return False
        try:
            os.link(found, target)  # one copy on the disk where that can be
        except OSError:
            shutil.copyfile(found, target)
        return True

    def _check_room(self, wanted: list[Download]) -> None:
        needed = _SPARE_BYTES
        for download in wanted:
            unpacked = sum(file.size_bytes for file in self._entry.files_of(download))
            size = download.size_bytes or unpacked  # weights hardly get smaller in an archive
            needed += max(0, size - self._fetcher.bytes_there(download)) + (unpacked if download.is_archive else 0)
        free = self._settings.free_bytes(self._models)
        if wanted and free < needed:
            raise StoreError(
                f"{self._entry.name} needs {amount(needed)} on the disk of {self._models}, and {amount(free)} are free:"
                " make room, or set ASRD_MODELS to a folder on another disk"
            )

    def _place(self, download: Download, path: Path, files: list[StoredFile]) -> None:
        if not download.is_archive:
            path.replace(self._folder / files[0].path)
        else:
            done, total = 0, sum(file.size_bytes for file in files)

            def progress(count: int) -> None:
                nonlocal done
                done += count
                self._watcher.amount(f"unpacking {download.file_name}", done, total)

            try:
                unpack(path, files, self._folder, progress)
            except StoreError:
                self._fetcher.forget(download)
                raise

    def _describe(self) -> None:
        """Make a model folder of it, and look at it as whoever runs it will."""
        entry = self._entry
        files = {
            file.role: {"path": file.path, "bytes": file.size_bytes, "sha256": file.sha256} for file in entry.files
        }
        known = {"name": entry.name, "version": entry.version, "license": entry.license, "files": files}
        write_description(self._folder, known | {"languages": list(entry.languages)})
        if entry.notice:
            (self._folder / "NOTICE.txt").write_text(entry.notice.strip() + "\n", encoding="utf-8")
        for path in self._folder.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        check_against(entry, read_model_folder(self._folder))


def _replace(folder: Path, target: Path, old: Path) -> None:
    """Rename `folder` to `target`; what stood there is moved aside first and removed last."""
    shutil.rmtree(old, ignore_errors=True)
    if not target.exists():
        folder.rename(target)
        return
    target.rename(old)
    try:
        folder.rename(target)
    except OSError:
        with suppress(OSError):
            old.rename(target)
        raise


@contextmanager
def _told(models: Path) -> Iterator[None]:
    """What the disk refuses, as a sentence."""
    try:
        yield
    except ModelError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise StoreError(
                f"the disk of {models} is full: what came is kept; make room and pull again, or set ASRD_MODELS"
            ) from None
        raise StoreError(
            f"{error.filename or models} cannot be written ({error.strerror or error}): "
            "see to its folder, or set ASRD_MODELS to another"
        ) from None
