"""Runs `asrd bench accuracy`."""

from __future__ import annotations

import argparse
import sys

from asrd.bench.accuracy.hearing import Ways
from asrd.bench.accuracy.measuring import AccuracyRequest, measure
from asrd.bench.outcome.command import command_of
from asrd.bench.peers.spec import parse_peers
from asrd.bench.sets.demo import demo_set
from asrd.cli.bench.emit import emit
from asrd.cli.options import engine_options, model_path, utterance_options
from asrd.cli.output import StatusLine


def run(args: argparse.Namespace) -> int:
    """Measure, and give the result."""
    with demo_set() as demo, StatusLine() as line:
        request = AccuracyRequest(
            tables=args.tables or [demo],
            model=model_path(args),
            command=command_of(sys.argv),
            engine=engine_options(args),
            ways=Ways(args.margins, utterance_options(args), is_segmented=args.segmented),
            clips=args.clips,
            peers=parse_peers(args.peers),
            resume=args.resume,
        )
        result = measure(request, line.show)
    return emit(result, args)
