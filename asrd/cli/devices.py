"""`asrd devices`: its flags."""

from __future__ import annotations

import argparse

from asrd.cli.parser import Subparsers, deferred


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "devices",
        help="list the microphones",
        description="List what can record. The default has a star; `asrd run --device TEXT` takes the number, the "
        "name, or a part of it that no other has.",
    )
    parser.set_defaults(run=deferred("asrd.cli.devices_run"))
    parser.add_argument("--json", action="store_true", help="one JSON object a device and line")
    parser.add_argument("--rates", action="store_true", help="also ask each which usual sample rates it takes")
