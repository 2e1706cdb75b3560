"""A peer that stays: it takes the path of a clip as a line, and prints its text as a line."""

from __future__ import annotations

import queue
import subprocess
import time
from pathlib import Path
from threading import Thread
from typing import Final

from asrd.bench.peers.child import Child, PeerError
from asrd.bench.peers.peer import Peer, PeerText
from asrd.bench.peers.spec import PeerSpec
from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.geometry import SAMPLE_RATE_HZ

_FIRST_CLIP: Final = ClipSpec(seed=1, samples=SAMPLE_RATE_HZ)
_CLOSED_S: Final = 2.0  # one that has closed its output ends at once, or never
_END_S: Final = 30.0  # it may take so long to end after its last clip


class StayingPeer(Peer):
    """Runs the command once; a thread takes its lines, so that waiting for one can end."""

    _child: Child

    def __init__(self, spec: PeerSpec, folder: Path) -> None:
        super().__init__(spec, folder)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def start(self) -> None:
        """See `Peer`; the first clip is one second of made sound."""
        started = time.perf_counter()
        self._child = Child(self.spec.name, self.spec.words, self._folder / "errors.txt", takes_input=True)
        Thread(target=self._take_lines, daemon=True).start()
        self.transcribe(make_clip(_FIRST_CLIP))
        self.load_s = time.perf_counter() - started

    def close(self) -> None:
        """See `Peer`."""
        process = self._child.process
        assert process.stdin is not None
        process.stdin.close()
        try:
            code = process.wait(_END_S)
            rest = self._lines.get(timeout=_END_S)
        except (subprocess.TimeoutExpired, queue.Empty):  # the latter: what it has started holds its output
            raise self._child.failure(f"did not end within {_END_S:g} s after its last clip") from None
        if code:
            raise self._child.failure(f"ended with exit code {code} after its last clip")
        if rest is not None:
            raise self._too_many()

    def abandon(self) -> None:
        """See `Peer`."""
        if hasattr(self, "_child"):
            self._child.end()

    def _hear(self, path: Path) -> PeerText:
        if not self._lines.empty():  # before it was asked
            raise self._ended() if self._lines.get() is None else self._too_many()
        started = time.perf_counter()
        line = self._answer(path)
        seconds = time.perf_counter() - started
        if line is None:
            raise self._ended()
        self._child.look_at_memory()
        self.peak_resident_bytes = self._child.peak_resident_bytes
        return PeerText(" ".join(line.split()), seconds)

    def _answer(self, path: Path) -> str | None:
        """The line for a clip; None where it has ended."""
        stdin = self._child.process.stdin
        assert stdin is not None
        try:
            stdin.write(f"{path}\n")
            stdin.flush()
            return self._lines.get(timeout=self.spec.timeout_s)
        except queue.Empty:
            raise self._child.failure(f"gave no line within {self.spec.timeout_s:g} s") from None
        except BrokenPipeError:
            return None

    def _take_lines(self) -> None:
        """Runs in the thread: None follows the last line."""
        assert self._child.process.stdout is not None
        with self._child.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)

    def _ended(self) -> PeerError:
        try:
            code = self._child.process.wait(_CLOSED_S)
        except subprocess.TimeoutExpired:
            return self._child.failure("closed its standard output before it gave a line")
        return self._child.failure(f"ended with exit code {code} before it gave a line")

    def _too_many(self) -> PeerError:
        return self._child.failure("gave more than one line for a clip: all but the text belongs on standard error")
