"""`asrd inspect`: its flags."""

from __future__ import annotations

import argparse

from asrd.cli.options import add_engine_flags
from asrd.cli.parser import Subparsers, deferred

run = deferred("asrd.cli.inspect_run")


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "inspect",
        help="show what every stage makes of a file",
        description="Take one audio file through the plain pass and show shape, dtype, range and time "
        "at every stage: samples, mel, hidden rows and embedding rows of each window, "
        "prompt, tokens, text.",
        example="asrd inspect clip.wav",
    )
    parser.set_defaults(run=run)
    parser.add_argument("file", metavar="FILE", help="audio file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_engine_flags(parser)
