"""Finals and their audio, written down for the user: one thread of its own, so that a slow disk delays no final.

The queue takes `MAX_WAITING` finals and `MAX_AUDIO_BYTES` of their audio. What finds no room is counted and told in the
log: of a final first the audio, then the final itself. A final is handed to the system as soon as it is written, so
that a killed daemon loses nothing; it is forced onto the disk (fsync) whenever nothing more waits, at the latest after
`SYNC_EVERY` finals, so that a power failure loses the last few at most.

Trouble (disk full, read-only, no permission, another daemon in the same folder) switches the history off with one
sentence in the log. It is tried again with the first final that comes `RETRY_S` later; those in between are counted. A
folder that was deleted is made anew at once.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from asrd.daemon.history_files import HistoryFiles
from asrd.events import FinalEvent
from asrd.geometry import SAMPLE_RATE_HZ, seconds_of
from asrd.options import HistoryOptions

FloatArray = npt.NDArray[np.float32]
MAX_WAITING: Final = 1000
MAX_AUDIO_BYTES: Final = 64 << 20
SYNC_EVERY: Final = 32
RETRY_S: Final = 30.0
CLOSE_S: Final = 5.0
_BYTES_PER_MB: Final = 1_000_000
_DECIMALS: Final = 3
_LOG = logging.getLogger("asrd.history")


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class HistoryClocks:
    """Where the time comes from; tests bring their own.

    Attributes:
        now: UTC, for what is written.
        monotonic_s: for what is waited for.
    """

    now: Callable[[], datetime] = _utc_now
    monotonic_s: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class HistoryState:
    """Counters since the start.

    Attributes:
        trouble: why it is switched off, in a sentence; else "".
        written: finals.
        lost: finals that were not written.
        lost_audio: finals whose audio alone was not.
    """

    trouble: str = ""
    written: int = 0
    lost: int = 0
    lost_audio: int = 0


@dataclass(frozen=True, eq=False)
class _Waiting:
    final: FinalEvent
    audio: FloatArray | None
    moment: datetime

    @property
    def audio_bytes(self) -> int:
        return 0 if self.audio is None else self.audio.nbytes


class History:
    """Writes finals down if `options` ask for it, else does nothing. All methods may be called from any thread."""

    def __init__(self, options: HistoryOptions, folder: Path, clocks: HistoryClocks = HistoryClocks()) -> None:
        """The files are opened in the background. `close` ends it."""
        self._options = options
        self._clocks = clocks
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._audio_bytes = 0
        self._is_closing = False
        self._is_slow = False
        self._state = HistoryState()
        self._writer = _Writer(options, folder, clocks)
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        if options.enabled:
            self._thread.start()

    @property
    def state(self) -> HistoryState:
        """What has become of the finals so far."""
        with self._changed:
            return self._state

    def record(self, final: FinalEvent, audio: FloatArray | None) -> None:
        """Have a final written, with its audio if that is kept: (n,) float32 at 16 kHz, which must not change any more.

        Never waits for the disk, and raises nothing.
        """
        if not self._options.enabled:
            return
        waiting = _Waiting(final, audio if self._options.audio else None, self._clocks.now())
        with self._changed:
            if self._is_closing or len(self._waiting) >= MAX_WAITING:
                self._state = replace(self._state, lost=self._state.lost + 1)
                self._tell_slow()
                return
            if self._audio_bytes + waiting.audio_bytes > MAX_AUDIO_BYTES:
                waiting = replace(waiting, audio=None)
                self._state = replace(self._state, lost_audio=self._state.lost_audio + 1)
                self._tell_slow()
            self._waiting.append(waiting)
            self._audio_bytes += waiting.audio_bytes
            self._changed.notify()

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Write what waits, for at most so long, and close the files. Again: nothing."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._options.enabled:
            self._thread.join(timeout_s)

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell_slow(self) -> None:
        if not self._is_slow and not self._is_closing:
            self._is_slow = True
            _LOG.warning("the disk is too slow for the history: what finds no room in the queue is counted as lost")

    def _run(self) -> None:
        unsynced = 0
        self._writer.prepare()
        self._note()
        while (waiting := self._take()) is not None:
            is_written = self._writer.write(waiting.final, waiting.audio, waiting.moment)
            unsynced += 1
            if unsynced >= SYNC_EVERY or self._is_idle():
                self._writer.sync()
                unsynced = 0
            self._note(written=is_written, lost=not is_written)
        self._writer.close()

    def _take(self) -> _Waiting | None:
        """The next final, when there is one; None at the end."""
        with self._changed:
            while not self._waiting:
                if self._is_closing:
                    return None
                self._changed.wait()
            waiting = self._waiting.popleft()
            self._audio_bytes -= waiting.audio_bytes
            return waiting

    def _is_idle(self) -> bool:
        with self._changed:
            return not self._waiting

    def _note(self, *, written: bool = False, lost: bool = False) -> None:
        with self._changed:
            self._state = replace(
                self._state,
                trouble=self._writer.trouble,
                written=self._state.written + written,
                lost=self._state.lost + lost,
            )


class _Writer:
    """Puts finals into files, and deals with disks that do not want them. Used by one thread."""

    def __init__(self, options: HistoryOptions, folder: Path, clocks: HistoryClocks) -> None:
        self.trouble = ""
        self._folder = folder
        self._max_bytes = options.max_mb * _BYTES_PER_MB
        self._clocks = clocks
        self._files: HistoryFiles | None = None
        self._retry_at_s = float("-inf")
        self._missed = 0

    def prepare(self) -> None:
        """Open the files, so that trouble is told before the first final comes."""
        try:
            self._opened()
        except Exception as error:  # noqa: BLE001 - whatever happens here, recognition goes on
            self._switch_off(error)

    def write(self, final: FinalEvent, audio: FloatArray | None, moment: datetime) -> bool:
        """Write a final; whether it is written."""
        if self.trouble and self._clocks.monotonic_s() < self._retry_at_s:
            self._missed += 1
            return False
        try:
            self._opened().append(_record(final, moment), moment, None if audio is None else _flac(audio))
        except Exception as error:  # noqa: BLE001 - whatever happens here, recognition goes on
            self._switch_off(error)
            self._missed += 1
            return False
        self._switch_on()
        return True

    def sync(self) -> None:
        """Force what is written onto the disk."""
        if self._files is not None:
            try:
                self._files.sync()
            except OSError as error:
                self._switch_off(error)

    def close(self) -> None:
        """Close the files."""
        if self._files is not None:
            self._files.close()
            self._files = None

    def _opened(self) -> HistoryFiles:
        if self._files is not None:
            try:
                self._files.check()
            except FileNotFoundError:
                _LOG.warning("the history in %s was deleted or replaced: it is begun anew", self._folder)
                self.close()
        if self._files is None:
            self._files = HistoryFiles(self._folder, self._max_bytes)
            if self._files.repaired:
                _LOG.warning("a line of the history in %s was not written to its end: it is cut off", self._folder)
            if not self._files.is_private:
                _LOG.warning("others may see which files the history has in %s: chmod 700 that folder", self._folder)
        return self._files

    def _switch_off(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or error
        is_new = not self.trouble
        self.trouble = f"the history in {self._folder} cannot be written ({reason})"
        if is_new:
            _LOG.error("%s: it is off, and tried again every %g s; recognition goes on", self.trouble, RETRY_S)
        self._retry_at_s = self._clocks.monotonic_s() + RETRY_S
        self.close()

    def _switch_on(self) -> None:
        if self.trouble:
            _LOG.warning("the history in %s is written again; %d finals are missing", self._folder, self._missed)
        self.trouble = ""
        self._missed = 0


def _record(final: FinalEvent, moment: datetime) -> dict[str, object]:
    """A line of the history. Times in seconds count from the session's beginning; `time` is when the final came."""
    return {
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "session": final.session,
        "utterance": final.utterance,
        "text": final.text,
        "language": final.language,
        "start_s": _rounded(final.start),
        "end_s": _rounded(final.end),
        "words": [
            {"word": word.text, "start_s": _rounded(word.start), "end_s": _rounded(word.end)} for word in final.words
        ],
    }


def _rounded(samples: int) -> float:
    return round(seconds_of(samples), _DECIMALS)


def _flac(audio: FloatArray) -> bytes:
    """(n,) float32, full scale 1.0, as a FLAC file of 16 bits at 16 kHz."""
    whole = np.clip(np.rint(np.nan_to_num(audio) * 32768.0), -32768, 32767).astype(np.int16)
    file = io.BytesIO()
    soundfile.write(file, whole, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    return file.getvalue()
