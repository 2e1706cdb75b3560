"""`asrd config`: its flags."""

from __future__ import annotations

import argparse

from asrd.cli.parser import Subparsers, deferred
from asrd.config.flags import add_config_flags


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "config",
        help="show the settings and where each came from",
        description="Show every setting with its value and where that came from: the default, the configuration file, "
        "a variable or a flag.",
        example="asrd config --segment-vad webrtc",
    )
    parser.set_defaults(run=deferred("asrd.cli.config_run"))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="one JSON object")
    what.add_argument("--path", action="store_true", help="only the path of the configuration file")
    what.add_argument("--example", action="store_true", help="a configuration file with all keys, to begin with")
    add_config_flags(parser)
