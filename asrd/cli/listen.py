"""`asrd listen`: its flags."""

from __future__ import annotations

import argparse

from asrd.cli.options import add_daemon_flags, add_stream_flags
from asrd.cli.parser import Subparsers, deferred


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "listen",
        help="show what a running daemon hears",
        description="Show what a running daemon hears: on a terminal live, what has settled bright and the rest dim; "
        "in a file or pipe every finished utterance, one a line.",
        epilog="The token is in ASRD_TOKEN or in the daemon's token file. A connection that breaks is made again, and "
        "what was said meanwhile is asked for. It ends with Ctrl-C, or with the session, as when a file was played.",
        example="asrd listen --json --replay 5",
    )
    parser.set_defaults(run=deferred("asrd.cli.listen_run"))
    parser.add_argument("--json", action="store_true", help="every message as one JSON object a line")
    add_stream_flags(parser, replay="first show")
    parser.add_argument("--once", action="store_true", help="end after one finished utterance")
    add_daemon_flags(parser)
