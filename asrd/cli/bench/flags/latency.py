"""Flags of `asrd bench latency`."""

from __future__ import annotations

from asrd.cli.bench.flags.shared import add_clip_flags, add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_DESCRIPTION = """\
Start a daemon, speak clips to it at real time, and measure how long text takes from
the true onset and the true end of speech, which the energy of the clean clips tells."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    latency = actions.add_parser("latency", help="measure latency and load of a daemon", description=_DESCRIPTION)
    latency.set_defaults(run=deferred("asrd.cli.bench.latency"))
    add_clip_flags(latency)
    latency.add_argument("--sessions", metavar="N", type=whole_number(1, 64), default=1, help="that speak at once (1)")
    latency.add_argument(
        "--clips", metavar="N", type=whole_number(1, 10_000), default=100, help="of each session (100)"
    )
    add_result_flags(latency)
