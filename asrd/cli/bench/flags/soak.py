"""Flags of `asrd bench soak`."""

from __future__ import annotations

from asrd.cli.bench.flags.shared import add_clip_flags, add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_DESCRIPTION = """\
Start a daemon and have it recognise clips again and again, as fast as it can, while
its resident set, threads and descriptors are watched. The table tells whether they
grow; it ends with an error if they do."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    soak = actions.add_parser("soak", help="watch the memory of a daemon over hours of audio", description=_DESCRIPTION)
    soak.set_defaults(run=deferred("asrd.cli.bench.soak"))
    add_clip_flags(soak)
    soak.add_argument("--minutes", metavar="N", type=whole_number(1, 100_000), default=120, help="of audio (120)")
    soak.add_argument(
        "--limit-mb", metavar="N", type=whole_number(1, 10_000), default=5, help="growth that is an error (5)"
    )
    add_result_flags(soak)
