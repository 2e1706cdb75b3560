"""One attempt to get what is missing of a file from one source: over several connections where it sends parts."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Final

from asrd.store.errors import AgainError, SourceError
from asrd.store.manifest import Download
from asrd.store.partial import Hole, Partial
from asrd.store.settings import PullSettings
from asrd.store.web import BEYOND_THE_END, PARTIAL, Answer, Web

_READ_BYTES: Final = 1 << 18


class ChangedError(AgainError):
    """The source has another file now than the one whose beginning is there."""


class Transfer:
    """Fills a `Partial` from a source; each attempt goes on where the last one ended."""

    def __init__(self, url: str, download: Download, part: Partial, web: Web, settings: PullSettings) -> None:
        self._url = url
        self._download = download
        self._part = part
        self._web = web
        self._piece_bytes = settings.piece_bytes
        self._connections = settings.connections
        self._is_alone = False
        self._stop = threading.Event()
        self._failures: list[BaseException] = []

    def attempt(self) -> None:
        """Get what is missing.

        Raises:
            AgainError: it broke off; what came is kept.
            ChangedError: what is there is of no use any more.
            SourceError: the source has something else than what is wanted.
            OSError: it cannot be written.
        """
        part = self._part
        self._stop.clear()
        self._failures.clear()
        self._is_alone = self._connections == 1
        part.give_back()
        hole = Hole(0, self._piece_bytes) if part.size is None else part.take(is_alone=self._is_alone)
        if hole is None:
            return
        last = None if self._is_alone and hole.first == 0 else hole.end - 1
        answer = self._web.get(self._url, hole.first, last, part.etag)
        with closing(answer):
            if answer.status == BEYOND_THE_END:
                raise ChangedError("has less of the file than is there already")
            if answer.status == PARTIAL:
                self._fill_together(answer, hole)
            else:
                self._stream(answer)

    def _fill_together(self, answer: Answer, hole: Hole) -> None:
        part = self._part
        if part.size is None:
            assert answer.total is not None
            self._check_size(answer.total)
            self._check_part(answer, hole)
            part.begin(answer.total, answer.etag)
            first = part.take(is_alone=self._is_alone)
            assert first is not None
            hole = first
        else:
            self._check_part(answer, hole)
            part.etag = part.etag or answer.etag
        helpers = [threading.Thread(target=self._help, daemon=True) for _ in range(self._connections - 1)]
        try:
            for helper in helpers:
                helper.start()
            self._fill(answer, hole)
            self._fill_further()
        except (AgainError, SourceError, OSError) as error:
            self._failures.insert(0, error)
        except BaseException:  # an interrupt waits for nobody; a file that has been closed takes nothing more
            self._stop.set()
            raise
        if self._failures:
            self._stop.set()
        for helper in helpers:
            helper.join()
        if self._failures:
            # Some servers refuse more than one connection, or break it off.
            self._connections = max(1, self._connections // 2)
            raise self._failures[0]

    def _help(self) -> None:
        try:
            self._fill_further()
        except (AgainError, SourceError, OSError) as error:
            self._failures.append(error)
            self._stop.set()

    def _fill_further(self) -> None:
        while not self._stop.is_set() and (hole := self._part.take(is_alone=self._is_alone)):
            answer = self._web.get(self._url, hole.first, hole.end - 1, self._part.etag)
            with closing(answer):
                if answer.status != PARTIAL:
                    self._connections = 1
                    raise ChangedError("has another version of the file now")
                self._check_part(answer, hole)
                self._fill(answer, hole)

    def _fill(self, answer: Answer, hole: Hole) -> None:
        position = hole.first
        while position < hole.end and not self._stop.is_set():
            data = answer.read(min(_READ_BYTES, hole.end - position))
            if not data:
                raise AgainError("broke off")
            self._part.write(position, data)
            position += len(data)

    def _stream(self, answer: Answer) -> None:
        """The source sends no parts, or has another version now: all of it, from the beginning."""
        size = self._download.size_bytes if answer.length is None else answer.length
        if size is not None:
            self._check_size(size)
        self._part.begin(size, answer.etag)
        if size is not None:
            self._fill(answer, Hole(0, size))
            return
        position = 0
        while data := answer.read(_READ_BYTES):
            if position + len(data) > self._download.max_bytes:
                raise SourceError(f"sends more than {self._download.max_bytes} bytes")
            self._part.write(position, data)
            position += len(data)
        self._part.end_here()

    def _check_part(self, answer: Answer, hole: Hole) -> None:
        """Whether a part of the file is the one asked for, of the version that is there."""
        part = self._part
        if answer.first != hole.first:
            raise SourceError(f"sends the file from byte {answer.first} on when asked for byte {hole.first}")
        if part.size is not None and (answer.total != part.size or (part.etag and answer.etag not in ("", part.etag))):
            self._connections = 1
            raise ChangedError("has another version of the file now")

    def _check_size(self, size: int) -> None:
        wanted = self._download.size_bytes
        if wanted is not None and size != wanted:
            raise SourceError(f"has a file of {size} bytes instead of {wanted}")
        if size > self._download.max_bytes:
            raise SourceError(f"has a file of {size} bytes, more than the {self._download.max_bytes} expected at most")
