"""A peer that is run for each clip: what it prints is the text, and what its start costs is counted."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from asrd.bench.peers.child import Child
from asrd.bench.peers.peer import Peer, PeerText
from asrd.bench.peers.spec import WAV

_LOOK_S: Final = 0.1  # at its memory: what a process held at most is not to be had once it has ended


class OncePeer(Peer):
    """Runs the command with the path in it."""

    def _hear(self, path: Path) -> PeerText:
        words = [word.replace(WAV, str(path)) for word in self.spec.words]
        started = time.perf_counter()
        child = Child(self.spec.name, words, self._folder / "errors.txt", takes_input=False)
        try:
            printed = self._output(child)
            seconds = time.perf_counter() - started
            if child.process.returncode:
                raise child.failure(f"ended with exit code {child.process.returncode}")
        finally:
            child.end()
        if child.peak_resident_bytes is not None:
            self.peak_resident_bytes = max(child.peak_resident_bytes, self.peak_resident_bytes or 0)
        return PeerText(" ".join(printed.split()), seconds)

    def _output(self, child: Child) -> str:
        """All that it prints until it ends; its memory is looked at meanwhile."""
        end_s = time.monotonic() + self.spec.timeout_s
        assert child.process.stdout is not None
        with child.process.stdout:
            while time.monotonic() < end_s:
                child.look_at_memory()
                with suppress(subprocess.TimeoutExpired):
                    return child.process.communicate(timeout=_LOOK_S)[0]
        raise child.failure(f"printed no text within {self.spec.timeout_s:g} s")
