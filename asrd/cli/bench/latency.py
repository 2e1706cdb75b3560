"""Runs `asrd bench latency`: a daemon as a child process, and a client that speaks to it at real time."""

from __future__ import annotations

import argparse
import sys

from asrd.bench.daemon.latency import LatencyOptions, measure_latency
from asrd.bench.outcome.command import command_of
from asrd.bench.sets.chosen import read_sets
from asrd.bench.sets.demo import demo_set
from asrd.cli.bench.emit import emit
from asrd.cli.options import model_path
from asrd.cli.output import StatusLine


def run(args: argparse.Namespace) -> int:
    """Measure, and show the result."""
    options = LatencyOptions(model_path(args), args.run_flags, args.repeats, args.seed, args.log)
    with demo_set() as demo, StatusLine() as line:
        files = args.files or [demo]
        result = measure_latency(options, read_sets(files, args.clips), command_of(sys.argv), line.show)
    return emit(result, args)
