"""Runs `asrd bench idle`."""

from __future__ import annotations

import argparse
import sys

from asrd.bench.daemon.idle import IdleOptions, IdleSource, measure_idle
from asrd.bench.outcome.command import command_of
from asrd.cli.bench.emit import emit
from asrd.cli.options import model_path
from asrd.cli.output import StatusLine


def run(args: argparse.Namespace) -> int:
    """Measure, and show the result."""
    options = IdleOptions(model_path(args), IdleSource(args.source), float(args.seconds), args.run_flags)
    with StatusLine() as line:
        result = measure_idle(options, command_of(sys.argv), line.show)
    return emit(result, args)
