"""Runs `asrd bench soak`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from asrd.bench.outcome.command import command_of
from asrd.bench.sets.table import read_table
from asrd.bench.soak.plan import Plan
from asrd.bench.soak.report import result_of
from asrd.bench.soak.script import FloatArray, clips_of
from asrd.bench.soak.soaking import Tell, soak
from asrd.cli.bench.emit import emit
from asrd.cli.main import parse
from asrd.cli.options import model_path
from asrd.cli.output import StatusLine, report
from asrd.config.loading import load_config
from asrd.daemon.sources import DEMO_CLIP
from asrd.options import Config
from asrd.source.file import read_audio

_NOWHERE = "/nonexistent"
_EVERY_LINES = 30  # where there is no terminal, a line of progress for so many


def run(args: argparse.Namespace) -> int:
    """Keep a daemon at it, and print what came of it.

    Raises:
        BrokenBoundError: something was lost, or the daemon grew.
        ConfigError: a clip or a flag cannot be used.
    """
    plan = Plan(
        model=model_path(args),
        config=_config(args.run_flags),
        run_flags=args.run_flags,
        clips=clips_of(list(_recordings(args.files or [DEMO_CLIP]))),
        audio_s=3600.0 * args.hours,
        faults=args.faults,
        sessions=args.sessions,
        seed=args.seed,
        has_sound=not args.no_sound,
    )
    with StatusLine() as line:
        soaked = soak(plan, Tell(_Progress(line).show, report))
    return emit(result_of(soaked, command_of(sys.argv)), args)


class _Progress:
    """A status line on a terminal; elsewhere a line now and then, for a log."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._shown = 0

    def show(self, text: str) -> None:
        """Show how far it is."""
        self._line.show(text)
        if not self._line.is_shown and self._shown % _EVERY_LINES == 0:
            report(text)
        self._shown += 1


def _config(run_flags: list[str]) -> Config:
    """The settings of a daemon that is started with these flags in a folder of its own, without the user's file."""
    nowhere = {"HOME": _NOWHERE, "XDG_CONFIG_HOME": _NOWHERE}
    return load_config(parse(["run", *run_flags]), {**os.environ, **nowhere}).config


def _recordings(paths: list[Path]) -> Iterator[FloatArray]:
    """The samples of audio files, and of those that tables name."""
    for path in paths:
        if path.suffix != ".tsv":
            yield read_audio(path).samples
            continue
        for clip in read_table(path).clips:
            yield clip.samples()
