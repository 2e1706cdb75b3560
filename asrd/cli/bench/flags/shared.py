"""Flags that several actions of `asrd bench` share."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.cli.options import add_model_flag


def add_result_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what is done with the result."""
    group = parser.add_argument_group("result")
    group.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    group.add_argument("--store", metavar="PLACE", type=Path, help="keep the result: a .json file, or a folder")
    group.add_argument("--plots", metavar="DIR", type=Path, help="draw it as PNG files (needs matplotlib)")


def add_clip_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the clips that are spoken to a daemon, and the daemon."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="clips of speech, one utterance each")
    add_daemon_flags(parser)


def add_daemon_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the model, and further flags of `asrd run`."""
    add_model_flag(parser)
    parser.add_argument(
        "--run-flag",
        dest="run_flags",
        metavar="FLAG",
        action="append",
        default=[],
        help="a flag for `asrd run`, as in --run-flag=--segment-vad=silero; may be given again",
    )
