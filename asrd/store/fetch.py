"""Fetches a file from the first source that has it, in whatever pieces it comes, and checks it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from asrd.store.errors import AgainError, SourceError, StoreError
from asrd.store.manifest import Download
from asrd.store.partial import Partial
from asrd.store.settings import PullSettings, Watcher
from asrd.store.transfer import ChangedError, Transfer
from asrd.store.web import Web

_READ_BYTES: Final = 1 << 20
_LONGEST_BACKOFF_S: Final = 30.0


class Fetcher:
    """Fetches downloads into a folder, where what came stays until it is whole."""

    def __init__(self, folder: Path, web: Web, settings: PullSettings, watcher: Watcher) -> None:
        self._folder = folder
        self._web = web
        self._settings = settings
        self._watcher = watcher

    def bytes_there(self, download: Download) -> int:
        """How much of it came in earlier runs."""
        part = self._partial(download)
        part.close()
        return part.bytes_there

    def fetch(self, download: Download, sources: Sequence[str]) -> Path:
        """The file, whole and with the right checksum.

        Raises:
            StoreError: no source has it.
            OSError: it cannot be written.
        """
        part = self._partial(download)
        try:
            refusals = []
            for url in sources:
                refusal = self._refusal_of(url, download, part)
                if refusal is None:
                    return part.path
                refusals.append(f"{urlsplit(url).hostname} {refusal}")
                if url != sources[-1]:
                    self._watcher.say(f"{refusals[-1]}; the next source is asked")
        finally:
            part.close()
        raise StoreError(
            f"{download.file_name} cannot be fetched: {'; '.join(refusals)}; what came is kept: pull again later, "
            "or set ASRD_MIRROR"
        )

    def forget(self, download: Download) -> None:
        """Delete what is there of it."""
        self._partial(download).remove()

    def _partial(self, download: Download) -> Partial:
        return Partial(
            self._folder / f"{download.sha256[:16]}.part",
            download.sha256,
            piece_bytes=self._settings.piece_bytes,
            save_every_s=self._settings.save_every_s,
            grown=lambda done: self._watcher.amount(download.file_name, done, download.size_bytes),
        )

    def _refusal_of(self, url: str, download: Download, part: Partial) -> SourceError | None:
        """Fetch from this source; returns why that is not possible, None once the file is there."""
        try:
            self._fetch_from(url, download, part)
        except SourceError as error:
            return error
        return None

    def _fetch_from(self, url: str, download: Download, part: Partial) -> None:
        part.go_on_from(url)
        while True:
            self._try_until_whole(Transfer(url, download, part, self._web, self._settings), part)
            found = self._sum(part.path, download)
            if found == download.sha256:
                return
            was_pure = part.is_pure
            part.discard()
            if was_pure:
                raise SourceError(
                    f"sends a file with the checksum {found[:16]}... instead of {download.sha256[:16]}..."
                )
            self._watcher.say("what was there from before is damaged: it is fetched from its beginning")

    def _try_until_whole(self, transfer: Transfer, part: Partial) -> None:
        """Raises `SourceError` when attempts bring nothing new so many times in a row."""
        fruitless, most = 0, part.bytes_there
        while not part.is_whole:
            error = _trouble_of(transfer)
            if error is not None:
                fruitless = 1 if part.bytes_there > most else fruitless + 1
                most = max(most, part.bytes_there)
                if isinstance(error, ChangedError):
                    part.discard()
                self._wait_after(error, fruitless)

    def _wait_after(self, error: AgainError, fruitless: int) -> None:
        if fruitless >= self._settings.attempts:
            raise SourceError(str(error)) from None
        if error.after_s > self._settings.patience_s:
            raise SourceError(f"{error} and asks for {error.after_s:.0f} s of patience") from None
        wait_s = max(error.after_s, min(self._settings.backoff_s * 2 ** (fruitless - 1), _LONGEST_BACKOFF_S))
        self._watcher.say(f"the source {error}; going on in {math.ceil(wait_s)} s")
        self._settings.wait(wait_s)

    def _sum(self, path: Path, download: Download) -> str:
        digest, done, total = hashlib.sha256(), 0, path.stat().st_size
        with path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                digest.update(block)
                done += len(block)
                self._watcher.amount(f"checksum of {download.file_name}", done, total)
        return digest.hexdigest()


def _trouble_of(transfer: Transfer) -> AgainError | None:
    """Why an attempt broke off; None if it did not."""
    try:
        transfer.attempt()
    except AgainError as error:
        return error
    return None
