"""Flags of `asrd bench latency`."""

from __future__ import annotations

from pathlib import Path

from asrd.cli.bench.flags.shared import add_daemon_flags, add_result_flags, add_said_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_DESCRIPTION = """\
Start a daemon, say clips to it at real time, and measure how long its text takes from
the true onset and the true end of speech, how steady it is, and what it costs. Where a
table has no true onsets, the energy of the clean clips tells them; how late words are
is measured where SET.words.tsv tells when they were said (`asrd bench labelled`)."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    latency = actions.add_parser(
        "latency",
        help="measure how late and how steady text is",
        description=_DESCRIPTION,
        example="asrd bench latency talks.tsv --clips 10",
    )
    latency.set_defaults(run=deferred("asrd.cli.bench.latency"))
    add_said_flags(latency)
    add_daemon_flags(latency)
    latency.add_argument(
        "--clips",
        metavar="N",
        type=whole_number(0, 100_000),
        default=60,
        help="clips of each table; 0: all (default: 60)",
    )
    latency.add_argument(
        "--repeats",
        metavar="N",
        type=whole_number(1, 100),
        default=1,
        help="how often each set is said, with other pauses (default: 1)",
    )
    latency.add_argument("--log", metavar="FILE", type=Path, help="write every message with its times, as JSON lines")
    add_result_flags(latency)
