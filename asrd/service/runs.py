"""The last runs of the daemon as a service: when each began, where it listened, how it ended.

Kept in the state folder by `asrd service run`; a run without an end was killed or crashed, or still goes on.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from asrd.plain_file import replace_plain

FILE_NAME: Final = "service-runs.json"
_KEPT: Final = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        pid: of its process.
        started_s: when, in seconds since 1970.
        url: where it listened; "" before it did.
        model: the name of its model, or "".
        ended_s: when it ended in an orderly way, or None.
        code: its exit code, or None.
        counts: whether it counts as an attempt: not after somebody asked for a start.
    """

    pid: int
    started_s: float
    url: str = ""
    model: str = ""
    ended_s: float | None = None
    code: int | None = None
    counts: bool = True


class RunRecord:
    """The record in a folder. What cannot be written is logged: the daemon does not depend on it."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the state folder."""
        self._path = folder / FILE_NAME

    def runs(self) -> list[Run]:
        """The last ones, the newest at the end; what cannot be read is as good as nothing."""
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
            return [Run(**one) for one in read]
        except (OSError, ValueError, TypeError):
            return []

    def add(self, run: Run) -> None:
        """A run begins."""
        self._write([*self.runs(), run])

    def change(self, **changes: object) -> None:
        """Something is new about the run that goes on: the newest."""
        runs = self.runs()
        if runs:
            self._write([*runs[:-1], replace(runs[-1], **changes)])  # type: ignore[arg-type]

    def forgive(self) -> None:
        """Somebody asks for a start: what was tried before does not count against it."""
        if runs := self.runs():
            self._write([replace(run, counts=False) for run in runs])

    def remove(self) -> None:
        """Leave nothing."""
        self._path.unlink(missing_ok=True)

    def _write(self, runs: list[Run]) -> None:
        content = json.dumps([asdict(run) for run in runs[-_KEPT:]]) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_plain(self._path, content.encode())
        except OSError as error:
            _log.warning("%s cannot be written (%s)", self._path, error.strerror or error)


def is_alive(run: Run) -> bool:
    """Whether the process of a run without an end is there."""
    if run.ended_s is not None:
        return False
    try:
        os.kill(run.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
