"""Runs `asrd bench load`: a daemon as a child process, and clients that all speak to it at real time."""

from __future__ import annotations

import argparse
import sys

from asrd.bench.daemon.load import LoadOptions, measure_load
from asrd.bench.outcome.command import command_of
from asrd.bench.sets.chosen import read_sets
from asrd.bench.sets.demo import demo_set
from asrd.cli.bench.emit import emit
from asrd.cli.options import model_path
from asrd.cli.output import StatusLine


def run(args: argparse.Namespace) -> int:
    """Measure, and show the result."""
    options = LoadOptions(
        model=model_path(args),
        sessions=args.sessions,
        clips=args.clips,
        limit_ms=args.limit_ms,
        run_flags=args.run_flags,
        seed=args.seed,
    )
    with demo_set() as demo, StatusLine() as line:
        files = args.files or [demo]
        result = measure_load(options, read_sets(files, 0), command_of(sys.argv), line.show)
    return emit(result, args)
