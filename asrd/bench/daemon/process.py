"""A daemon as a child process, as a service manager would run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from asrd.bench.host.memory import peak_resident_bytes_of, resident_bytes, status_number
from asrd.errors import AsrdError
from asrd.server.tokens import ALL_SCOPES, load

_STOP_S = 60.0


@dataclass(frozen=True)
class Usage:
    """What a process holds and has used.

    Attributes:
        resident: bytes now.
        threads: now.
        descriptors: open now.
        cpu_s: seconds of processor time so far.
        peak: bytes of the resident set at its largest.
        waits: how often its threads have waited for something so far: each time ends with a wake-up.
    """

    resident: int
    threads: int
    descriptors: int
    cpu_s: float
    peak: int = 0
    waits: int = 0


class DaemonProcess:
    """Runs `asrd run --json ...` with a configuration and a state folder of its own, on a free port.

    Attributes:
        url: of its stream.
        page: of its pages.
        token: one that opens everything.
        log: what it wrote to standard error.
    """

    def __init__(self, arguments: Sequence[str], state: Path, environment: Mapping[str, str] | None = None) -> None:
        """Start it, and wait until clients can connect.

        Args:
            arguments: flags of `asrd run`.
            state: an empty folder, for its home.
            environment: variables beside those of this process.

        Raises:
            AsrdError: it ended before; with the last line that it wrote.
        """
        command = [sys.executable, "-m", "asrd", "run", "--json", *arguments]
        if "--port" not in arguments:
            command += ["--port", "0"]
        own = {"HOME": str(state), "XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state)}
        self.log_path = state / "daemon.log"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **own, **(environment or {})},
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("{"):
            self.wait()
            self.process.stdout.close()
            raise AsrdError(f"the daemon did not start: {self.log.strip().rpartition(chr(10))[2]}")
        ready = json.loads(line)
        self.url: str = ready["url"]
        self.page: str = ready["page"]
        self.token_file = Path(ready["token_file"])
        self.token = load(self.token_file).secret_for(ALL_SCOPES, 0.0) or ""

    @property
    def log(self) -> str:
        """What it wrote to standard error up to now."""
        return self.log_path.read_text(encoding="utf-8")

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; returns its exit code."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        return self.process.wait(_STOP_S)

    def usage(self) -> Usage:
        """What it holds now. Linux alone."""
        folder = Path("/proc") / str(self.process.pid)
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])  # proc(5): utime and stime; the first field after the name is the 3rd
        return Usage(
            resident=resident_bytes(self.process.pid),
            threads=int(fields[17]),
            descriptors=len(list((folder / "fd").iterdir())),
            cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
            peak=peak_resident_bytes_of(self.process.pid),
            waits=sum(status_number(task, "voluntary_ctxt_switches") for task in (folder / "task").iterdir()),
        )

    def __enter__(self) -> DaemonProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it, by force if need be."""
        if self.process.poll() is None:
            self.signal()
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
