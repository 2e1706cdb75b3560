"""Flags of `asrd bench idle`."""

from __future__ import annotations

from asrd.cli.bench.flags.shared import add_daemon_flags, add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    idle = actions.add_parser(
        "idle",
        help="measure what a daemon costs while nobody speaks",
        description="Start a daemon with the default microphone and measure its processor time and memory.",
    )
    idle.set_defaults(run=deferred("asrd.cli.bench.idle"))
    add_daemon_flags(idle)
    idle.add_argument("--minutes", metavar="N", type=whole_number(1, 100_000), default=10, help="to watch it (10)")
    add_result_flags(idle)
