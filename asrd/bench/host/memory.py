"""Resident memory of a process."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, KiB on Linux


def peak_resident_bytes() -> int:
    """The largest resident set so far."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT_BYTES
    return max(largest, _resident_now() or 0)  # the kernel counts the two in different batches


def resident_bytes(pid: int | None = None) -> int:
    """The resident set now, of this process or of another; where the system does not say, this one's largest so far."""
    return _resident_now("self" if pid is None else str(pid)) or peak_resident_bytes()


def _resident_now(process: str = "self") -> int | None:
    statm = Path(f"/proc/{process}/statm")
    return int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else None
