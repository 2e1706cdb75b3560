"""`asrd model pull`: fetches models by name, and shows how far it is."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from asrd.cli.output import Failures, StatusLine, report, write_line
from asrd.config.places import models_folder
from asrd.store.amounts import Speed, amount, progress_text
from asrd.store.installed import entry_named, is_installed, place_of
from asrd.store.manifest import Entry
from asrd.store.pull import pull
from asrd.store.settings import DEFAULTS, Watcher

_LINE_EVERY_S: Final = 10.0


def run(args: argparse.Namespace) -> int:
    """Fetch models, and print their folders; returns the exit code of the first that cannot be had."""
    failures = Failures()
    for name in args.names:
        with failures.reported():
            entry = entry_named(name)
            if entry.is_shipped:
                report(f"{name} comes with asrd: there is nothing to fetch")
                write_line(str(place_of(entry)))
                continue
            if is_installed(entry, models_folder()) and not args.force:
                report(f"{name} is there already; `asrd model verify {name}` checks it")
            write_line(str(_pull(entry, force=args.force)))
    return failures.exit_code


def pull_named(name: str) -> Path:
    """Fetch one model, and show how far it is.

    Raises:
        ModelError: it cannot be had.
        ConfigError: there is no model of that name.
    """
    return _pull(entry_named(name))


def offer(name: str) -> bool:
    """Ask whoever sits before the terminal whether the model is to be fetched now; False where nobody does."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    entry = entry_named(name)
    sys.stderr.write(
        f"The model {name} is not on this machine. Fetch it now ({amount(entry.download_bytes)}, {entry.license})? "
        "[y/N] "
    )
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _pull(entry: Entry, *, force: bool = False) -> Path:
    with StatusLine() as status:
        try:
            return pull(entry, models_folder(), os.environ, PullView(status), DEFAULTS, force=force)
        except KeyboardInterrupt:
            status.clear()
            report(f"what came is kept: `asrd model pull {entry.name}` goes on with it")
            raise


class PullView(Watcher):
    """Shows how a pull goes: in a line on a terminal, elsewhere in a line of its own every ten seconds."""

    def __init__(self, status: StatusLine, clock: Callable[[], float] = time.monotonic) -> None:
        self._status = status
        self._clock = clock
        self._what = ""
        self._speed = Speed(clock)
        self._lock = threading.Lock()
        self._line_s = clock()

    def amount(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
        """See `Watcher`."""
        with self._lock:
            if what != self._what:
                self._what, self._speed = what, Speed(self._clock)
            self._speed.add(done_bytes)
            text = progress_text(what, done_bytes, total_bytes, self._speed.bytes_per_s)
            if self._status.is_shown:
                self._status.show(text)
            elif self._clock() - self._line_s >= _LINE_EVERY_S:
                self._line_s = self._clock()
                report(text)

    def say(self, sentence: str) -> None:
        """See `Watcher`."""
        with self._lock:
            self._status.clear()
            report(sentence)
