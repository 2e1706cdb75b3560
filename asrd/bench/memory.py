"""Resident memory of this process."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")
_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, KiB on Linux


def peak_resident_bytes() -> int:
    """The largest resident set so far."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT_BYTES
    return max(largest, _resident_now() or 0)  # the kernel counts the two in different batches


def resident_bytes() -> int:
    """The resident set now; where the system does not say, the largest so far."""
    return _resident_now() or peak_resident_bytes()


def _resident_now() -> int | None:
    return int(_STATM.read_text().split()[1]) * resource.getpagesize() if _STATM.exists() else None
