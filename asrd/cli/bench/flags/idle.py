"""Flags of `asrd bench idle`."""

from __future__ import annotations

from asrd.cli.bench.flags.shared import add_daemon_flags, add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_SOURCES = ("mic", "silence", "none")  # asrd.bench.daemon.idle.IdleSource, which loads much


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    idle = actions.add_parser(
        "idle",
        help="measure what a daemon costs while nobody speaks",
        description="Start a daemon, and measure its processor time, wake-ups and memory while nobody speaks.",
    )
    idle.set_defaults(run=deferred("asrd.cli.bench.idle"))
    add_daemon_flags(idle)
    idle.add_argument(
        "--source",
        choices=_SOURCES,
        default="mic",
        help="what it hears: the default microphone, a client that sends the noise of a quiet room, or nothing "
        "(default: %(default)s)",
    )
    idle.add_argument(
        "--seconds",
        metavar="N",
        type=whole_number(2, 1_000_000),
        default=300,
        help="how many seconds to watch it (default: 300)",
    )
    add_result_flags(idle)
