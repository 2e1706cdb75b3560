"""A file that is coming in, in pieces, and how much of each piece is there.

That is written down beside it, so that a later run goes on. Nothing here is trusted in the end: the checksum of the
whole file is. What is written down may be up to a second old after a crash; those bytes are then fetched again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from asrd.store.record import Record, read_record


@dataclass(frozen=True)
class Hole:
    """A part of the file that is missing: from `first` up to, but without, `end`."""

    first: int
    end: int


class Partial:
    """The file, its record, and who takes which piece. All methods may be called from any thread.

    Attributes:
        path: the file.
        size: its length once it is whole; None while nobody has said it.
        etag: which version of the file the source sends, "" if unknown.
        source: where its bytes come from.
        is_pure: whether every byte came in this run, from one version at one source.
    """

    def __init__(
        self,
        path: Path,
        sha256: str,
        *,
        piece_bytes: int,
        save_every_s: float,
        grown: Callable[[int], None] = lambda _bytes: None,
    ) -> None:
        """Go on where the record says, or begin; `grown` is called with the number of bytes that are there."""
        self.path = path
        self.size: int | None = None
        self.etag = ""
        self.source = ""
        self.is_pure = True
        self._record = path.with_name(f"{path.name}.json")
        self._sha256 = sha256
        self._piece_bytes = piece_bytes
        self._save_every_s = save_every_s
        self._saved_s = float("-inf")
        self._grown = grown
        self._done: list[int] = []
        self._taken: set[int] = set()
        self._lock = threading.Lock()
        self._resume()
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    @property
    def bytes_there(self) -> int:
        """How much of it is there."""
        with self._lock:
            return sum(self._done)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there."""
        with self._lock:
            return self.size is not None and sum(self._done) == self.size

    def go_on_from(self, source: str) -> None:
        """The missing bytes come from `source`; which version of the file is there, another source cannot know."""
        with self._lock:
            if source != self.source:
                self.source, self.etag = source, ""
                self.is_pure = self.is_pure and not any(self._done)

    def begin(self, size: int | None, etag: str) -> None:
        """Forget what is there; the file is now `size` bytes of the version `etag`."""
        with self._lock:
            assert self._file is not None
            os.ftruncate(self._file, 0)
            self.size, self.etag, self.is_pure = size, etag, True
            self._done = [0] * (1 if size is None else max(1, -(-size // self._piece_bytes)))
            self._taken.clear()
            self._save()

    def take(self, *, is_alone: bool) -> Hole | None:
        """A missing part that nobody else has taken, for the caller to fill from its beginning; None if there is none.

        It is within a piece, or goes on to what is there already where the caller `is_alone`. The length must be known.
        """
        with self._lock:
            assert self.size is not None
            for number, done in enumerate(self._done):
                first, end = number * self._piece_bytes + done, self._end_of(number)
                if number in self._taken or first == end:
                    continue
                self._taken.add(number)
                following = number + 1
                while is_alone and following < len(self._done) and not self._done[following]:
                    end = self._end_of(following)
                    following += 1
                return Hole(first, end)
        return None

    def give_back(self) -> None:
        """Nobody fills anything any more."""
        with self._lock:
            self._taken.clear()

    def write(self, first: int, data: bytes) -> None:
        """Put `data` at the position `first`, which is where its piece ends so far.

        Raises:
            OSError: the disk is full, or broken.
        """
        with self._lock:
            if self._file is None:  # a thread that was left behind by an interrupt
                return
            written = 0
            while written < len(data):
                written += os.pwrite(self._file, data[written:], first + written)
            self._count(first, len(data))
            if time.monotonic() - self._saved_s >= self._save_every_s:
                self._save()
            self._grown(sum(self._done))

    def end_here(self) -> None:
        """A file whose length nobody said has come to its end."""
        with self._lock:
            self.size = sum(self._done)
            self._done = [
                min(self._piece_bytes, self.size - first) for first in range(0, self.size, self._piece_bytes)
            ] or [0]
            self._save()

    def discard(self) -> None:
        """Forget what is there and whatever was known about it."""
        self.begin(None, "")

    def close(self) -> None:
        """Write down how far it is, and let nobody write any more."""
        with self._lock:
            if self._file is not None:
                with suppress(OSError):  # a full disk: what was written down before counts
                    self._save()
                os.close(self._file)
                self._file = None

    def remove(self) -> None:
        """Close it and delete it with its record; a file that was moved away is no longer ours."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    def _count(self, first: int, length: int) -> None:
        if self.size is None:
            self._done[0] += length
            return
        end = first + length
        while first < end:
            number = first // self._piece_bytes
            stop = min(end, self._end_of(number))
            self._done[number] += stop - first
            first = stop

    def _end_of(self, number: int) -> int:
        assert self.size is not None
        return min(self.size, (number + 1) * self._piece_bytes)

    def _save(self) -> None:
        self._saved_s = time.monotonic()
        Record(self._sha256, self.size, self.etag, self.source, self._piece_bytes, self._done).write(self._record)

    def _resume(self) -> None:
        record = read_record(self._record, self.path, self._sha256)
        if record is None:
            self._done = [0]
            return
        self.size, self.etag, self.source = record.size, record.etag, record.source
        self._piece_bytes, self._done = record.piece_bytes, record.done
        self.is_pure = not any(self._done)
