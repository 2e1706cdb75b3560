"""A peer's process."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from asrd.bench.host.memory import peak_resident_bytes_of
from asrd.errors import AsrdError, ConfigError

_PROC = Path("/proc")


class PeerError(AsrdError):
    """A peer did not do what it should."""


class Child:
    """Runs a command in a process group of its own; what it writes to standard error is kept for a sentence.

    Attributes:
        process: with text on standard input and output.
        peak_resident_bytes: the largest resident sets of it and of all its children together, as last looked at; None
            where the system does not tell (Linux alone does, in /proc).
    """

    def __init__(self, name: str, words: Sequence[str], log: Path, *, takes_input: bool) -> None:
        """Start it; `log` takes its standard error.

        Raises:
            ConfigError: there is no such command.
        """
        self._name = name
        self._log = log
        self.peak_resident_bytes: int | None = None
        try:
            with log.open("wb") as errors:
                self.process = subprocess.Popen(
                    words,
                    stdin=subprocess.PIPE if takes_input else subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    start_new_session=True,
                )
        except OSError as error:
            raise ConfigError(f"peer {name}: {words[0]} cannot be run ({error.strerror}): mend its command") from None

    def failure(self, what: str) -> PeerError:
        """The error that says what went wrong, with the last line that the peer wrote to standard error."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        said = f"; it said: {last}" if last else ""
        return PeerError(f"peer {self._name} {what}{said}; try its command by hand")

    def end(self) -> None:
        """End it and what it has started by force, as far as they still run; its output is closed by who reads it."""
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter where only the dead are left
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def look_at_memory(self) -> None:
        """Note the largest resident sets of it and its children up to now."""
        now = sum(peak_resident_bytes_of(pid) for pid in _family(self.process.pid))
        if now:
            self.peak_resident_bytes = max(now, self.peak_resident_bytes or 0)


def _family(pid: int) -> Iterator[int]:
    """A process and its descendants (proc(5): /proc/PID/task/TID/children)."""
    yield pid
    with suppress(OSError):  # it ended meanwhile, or the system has no /proc
        for children in list((_PROC / str(pid) / "task").glob("*/children")):
            for child in children.read_text().split():
                yield from _family(int(child))
