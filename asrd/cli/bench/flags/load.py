"""Flags of `asrd bench load`."""

from __future__ import annotations

import argparse

from asrd.cli.bench.flags.shared import add_daemon_flags, add_result_flags, add_said_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_MOST_SESSIONS = 64
_DESCRIPTION = """\
Start a daemon for each number of sessions, have so many clients speak to it at once at
real time, and measure lag, losses, fairness, processor time and memory."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    load = actions.add_parser(
        "load", help="measure sessions against lag", description=_DESCRIPTION, example="asrd bench load --sessions 1,4"
    )
    load.set_defaults(run=deferred("asrd.cli.bench.load"))
    add_said_flags(load)
    add_daemon_flags(load)
    load.add_argument(
        "--sessions",
        metavar="LIST",
        type=_counts,
        default=(1, 2, 4, 8),
        help="how many speak at once (default: 1,2,4,8)",
    )
    load.add_argument(
        "--clips", metavar="N", type=whole_number(1, 10_000), default=10, help="clips of each session (default: 10)"
    )
    load.add_argument(
        "--limit-ms",
        metavar="N",
        type=whole_number(1, 60_000),
        default=1000,
        help="lag of 95 %% of the partials up to which a number of sessions counts as carried (default: 1000)",
    )
    add_result_flags(load)


def _counts(text: str) -> tuple[int, ...]:
    parse = whole_number(1, _MOST_SESSIONS)
    try:
        return tuple(parse(part) for part in text.split(","))
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, in a list such as 1,2,4") from None
