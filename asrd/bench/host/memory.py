"""Resident memory of a process."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path

_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, KiB on Linux
_KB_BYTES = 1024  # proc(5) says kB
_PROC = Path("/proc")


def peak_resident_bytes() -> int:
    """The largest resident set so far.

    Where there is proc(5) it is VmHWM: what getrusage(2) says begins, on Linux, with the largest resident set of the
    process that started this one.
    """
    known = peak_resident_bytes_of("self")
    largest = known or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT_BYTES
    return max(largest, _resident_now() or 0)  # the kernel counts the two in different batches


def peak_resident_bytes_of(process: int | str) -> int:
    """The largest resident set of another process so far; 0 where the system does not say, or it has ended."""
    return _KB_BYTES * status_number(_PROC / str(process), "VmHWM")


def resident_bytes(pid: int | None = None) -> int:
    """The resident set now, of this process or of another; where the system does not say, this one's largest so far."""
    return _resident_now("self" if pid is None else str(pid)) or peak_resident_bytes()


def status_number(folder: Path, name: str) -> int:
    """A number of proc(5)'s `status`, of a process or a thread: kB where it is memory; 0 where there is none."""
    with suppress(OSError):  # it has ended, or the system has no /proc
        for line in (folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def _resident_now(process: str = "self") -> int | None:
    statm = _PROC / process / "statm"
    return int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else None
