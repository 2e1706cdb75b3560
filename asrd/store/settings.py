"""How a pull goes about it, and who is told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol


def free_bytes(folder: Path) -> int:
    """Room on the disk that holds `folder`."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True)
class PullSettings:
    """The defaults are meant for people; tests take smaller ones.

    Attributes:
        connections: at most so many at once, where a source sends parts of files.
        piece_bytes: a file of more than this is fetched in several pieces.
        attempts: a source that gives nothing new so many times in a row is given up.
        backoff_s: wait before the second attempt; twice as long before each further one.
        patience_s: a source that asks to be left alone for longer is given up.
        stall_s: so long without a byte, and a connection counts as broken.
        save_every_s: how often it is written down how far a file is.
        wait: waits so many seconds.
        free_bytes: room on the disk that holds a folder.
    """

    connections: int = 4
    piece_bytes: int = 32 << 20
    attempts: int = 5
    backoff_s: float = 1.0
    patience_s: float = 120.0
    stall_s: float = 30.0
    save_every_s: float = 1.0
    wait: Callable[[float], None] = time.sleep
    free_bytes: Callable[[Path], int] = free_bytes


DEFAULTS: Final = PullSettings()


class Watcher(Protocol):
    """Is told how a pull goes; may be called from any thread."""

    def amount(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
        """So much of `what` is there."""

    def say(self, sentence: str) -> None:
        """Something that a person may want to know."""
