"""Runs `asrd bench document`."""

from __future__ import annotations

import argparse

from asrd.bench.outcome.document import document, read_results
from asrd.bench.outcome.plots import draw
from asrd.cli.output import open_output, report


def run(args: argparse.Namespace) -> int:
    """Write the document, and draw the results if that is wanted."""
    with open_output(args.output) as output:
        output.write(document(args.folder))
    if args.plots is not None:
        for name, result in read_results(args.folder).items():
            for path in draw(result, args.plots, name):
                report(f"drawn: {path}")
    return 0
