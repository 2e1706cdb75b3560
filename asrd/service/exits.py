"""What the exit codes of the daemon mean to a service, and when to leave it alone."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Final

# asrd.errors and asrd.cli.main; beyond 200 they are systemd's own (systemd.exec(5)).
_MEANINGS: Final = {
    0: "it was stopped",
    1: "audio, or the last words did not come in time",
    2: "a setting",
    3: "the model cannot be used",
    4: "a native library failed",
    5: "another program listens on its address",
    70: "a bug in asrd",
    200: "its working folder is not there",
    203: "the program cannot be run: install the service again",
    217: "the system refuses it a user namespace: install the service again",
    226: "the system refuses it its own view of the files: install the service again",
    228: "the system refuses a filter of system calls",
}
HOPELESS: Final = frozenset({2, 3})
"""Codes after which starting again cannot help: somebody has to mend something first."""

BURST: Final = 5
BURST_S: Final = 600.0


def meaning_of(code: int) -> str:
    """An exit code, in words."""
    if 128 < code < 128 + signal.NSIG:
        return f"exit code {code}: {killed_by(code - 128)}"
    return f"exit code {code}: {_MEANINGS.get(code, 'for a reason that its log tells')}"


def killed_by(number: int) -> str:
    """A signal, in words."""
    try:
        return f"killed by {signal.Signals(number).name}"
    except ValueError:
        return f"killed by signal {number}"


def is_too_often(starts_s: Sequence[float], now_s: float) -> bool:
    """Whether a start at `now_s` would be one too many after those: five in ten minutes are enough."""
    return sum(1 for start_s in starts_s if 0.0 <= now_s - start_s < BURST_S) >= BURST
