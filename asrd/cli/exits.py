"""The exit codes of `asrd`: those of `asrd.errors`, and what a command line adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BUG: Final = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED: Final = 128 + 2
BROKEN_PIPE: Final = 128 + 13
NO_COMMAND: Final = 2

EXIT_CODES: Final[Mapping[int, str]] = {
    0: "done",
    1: "audio, a daemon that is not there or refuses, or a finding of `asrd doctor`",
    2: "command line or configuration",
    3: "model",
    4: "native library",
    5: "another program listens on the daemon's address",
    BUG: "a bug in asrd",
    INTERRUPTED: "interrupted from the keyboard",
    BROKEN_PIPE: "the reader of the output went away",
}
